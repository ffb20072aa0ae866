"""What an export can measure of the models, as exhibits: KPI by KPI, the refusals, and what to collect."""

from collections.abc import Iterable

import pandas as pd

from salesperf.language import Voice
from salesperf.present.choice.recommendation import model_name, percent
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.scoring.choice import Choice
from salesperf.scoring.readiness import Gap, Readiness, needs, preset
from salesperf.scoring.reweighting import shares_of_score


def data_frame(voice: Voice, choice: Choice) -> pd.DataFrame:
    """A row per KPI of the models, as texts: its name, what is missing of it, and its weight in each model.

    The last row holds the share of each model's weight that can be measured. Models that the choice has no readiness of
    have no column.
    """
    model_readiness = [choice.readiness[name] for name in choice.points if name in choice.readiness]
    kpis = dict.fromkeys(kpi for readiness in model_readiness for kpi in readiness.gaps)
    gaps = {kpi: readiness.gaps[kpi] for readiness in model_readiness for kpi in readiness.gaps}
    shares = [shares_of_score(readiness.model) for readiness in model_readiness]
    rows = [
        [voice.kpi(kpi), _gap_words(voice, gaps[kpi]), *(percent(model_weights.get(kpi)) for model_weights in shares)]
        for kpi in kpis
    ]
    rows.append([voice("choice_measured"), "", *(percent(readiness.measured) for readiness in model_readiness)])
    names = [model_name(voice, readiness.name) for readiness in model_readiness]
    return pd.DataFrame(rows, columns=[voice("choice_kpi"), voice("choice_in_export"), *names])


def data_table(voice: Voice, choice: Choice) -> Exhibit:
    """What the export can measure of each model, as a table of `data_frame`."""
    words, caption = (voice("choice_in_export"),), voice("choice_data_caption")
    return table(data_frame(voice, choice), "readiness", left=words, wide=words, caption=caption)


def refusals(voice: Voice, choice: Choice) -> Exhibit:
    """A remark on each model that cannot be used with this export, then a table of what to collect for them.

    A sentence says so where all models can be used.
    """
    if not choice.refused:
        return paragraph(voice("choice_all_usable"))
    sentences = notes([refusal(voice, readiness) for readiness in choice.refused])
    return together(sentences, collection(voice, choice.refused))


def refusal(voice: Voice, readiness: Readiness) -> str:
    """Why a model is refused, and the least to collect for it, in a sentence."""
    wanted = voice.listed([_gap_word(voice, gap) for gap in _by_table(readiness.collect)])
    shares = {"measured": percent(readiness.measured), "least": percent(readiness.model.measured_at_least)}
    words = {"model": model_name(voice, readiness.name), "collect": wanted, **shares}
    return voice("choice_refused" if readiness.too_little else "choice_refused_apart", **words)


def collection(voice: Voice, refused: Iterable[Readiness]) -> Exhibit:
    """A row per gap of the refused models: table, missing columns, the KPIs that need it, and how to collect it."""
    refused_models = list(refused)
    opens: dict[tuple[str, str], dict[str, None]] = {}
    for readiness in refused_models:
        for kpi, gaps in readiness.gaps.items():
            for gap in gaps:
                opens.setdefault((gap.kind, gap.table), {})[voice.kpi(kpi)] = None
    to_close = _by_table(gap for readiness in refused_models for gaps in readiness.gaps.values() for gap in gaps)
    rows = [
        (
            voice(f"choice_table_{gap.table}"),
            f"{gap.table}: {', '.join(gap.columns)}" if gap.kind == "missing" else _gap_word(voice, gap),
            voice.listed(list(opens[gap.kind, gap.table])),
            voice(f"choice_collect_{gap.table}") if gap.kind == "missing" else voice(f"choice_close_{gap.kind}"),
        )
        for gap in to_close
    ]
    columns = [voice("choice_table"), voice("choice_columns"), voice("choice_opens"), voice("choice_how")]
    wide = (voice("choice_columns"), voice("choice_how"))
    return table(pd.DataFrame(rows, columns=columns), "collect", left=tuple(columns[1:]), wide=wide)


def needs_frame(voice: Voice, choice: Choice) -> pd.DataFrame:
    """A row per table that the models need, as texts: table, columns, models, how to collect it. It needs no export."""
    needed = {model: needs(preset(model)) for model in choice.points}
    names = dict.fromkeys(name for tables in needed.values() for name in tables)
    columns = {
        name: dict.fromkeys(column for tables in needed.values() for column in tables.get(name, ())) for name in names
    }
    rows = [
        (
            voice(f"choice_table_{name}"),
            f"{name}: {', '.join(columns[name])}",
            voice.listed([model_name(voice, model) for model, tables in needed.items() if name in tables]),
            voice(f"choice_collect_{name}"),
        )
        for name in names
    ]
    return pd.DataFrame(
        rows, columns=[voice("choice_needed"), voice("choice_columns"), voice("choice_model"), voice("choice_how")]
    )


def _gap_words(voice: Voice, gaps: tuple[Gap, ...]) -> str:
    return voice("choice_available") if not gaps else voice.listed([_gap_word(voice, gap) for gap in gaps])


def _gap_word(voice: Voice, gap: Gap) -> str:
    columns = ", ".join(gap.columns)
    return voice(f"choice_gap_{gap.kind}", table=gap.table, columns=columns, span=gap.span)


def _by_table(gaps: Iterable[Gap]) -> list[Gap]:
    """The gaps; those of one kind and table become one, with the columns of all and the span of the first."""
    merged: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        known = merged.setdefault((gap.kind, gap.table), gap)
        columns = tuple(dict.fromkeys((*known.columns, *gap.columns)))
        merged[gap.kind, gap.table] = Gap(gap.kind, gap.table, columns, known.span)
    return list(merged.values())
