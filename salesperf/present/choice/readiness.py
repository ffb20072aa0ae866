"""What an export can measure of the models, as exhibits: KPI by KPI, the refusals, and what to collect."""

from collections.abc import Iterable

import pandas as pd

from salesperf.language import Voice
from salesperf.present.choice.recommendation import model_name, percent
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.scoring.choice import Choice
from salesperf.scoring.readiness import Gap, Readiness, needs, preset, weights


def data_frame(voice: Voice, found: Choice) -> pd.DataFrame:
    """Every KPI of the models: whether the export can tell it, its weight in each model, and the sums below."""
    ready = [found.readiness[name] for name in found.points if name in found.readiness]
    kpis = dict.fromkeys(kpi for one in ready for kpi in one.gaps)
    gaps = {kpi: one.gaps[kpi] for one in ready for kpi in one.gaps}
    shares = [weights(one.model) for one in ready]
    rows = [[voice.kpi(kpi), _gap_words(voice, gaps[kpi]), *(percent(one.get(kpi)) for one in shares)] for kpi in kpis]
    rows.append([voice("choice_measured"), "", *(percent(one.measured) for one in ready)])
    names = [model_name(voice, one.name) for one in ready]
    return pd.DataFrame(rows, columns=[voice("choice_kpi"), voice("choice_in_export"), *names])


def data_table(voice: Voice, found: Choice) -> Exhibit:
    """What the export can measure of each model."""
    words, caption = (voice("choice_in_export"),), voice("choice_data_caption")
    return table(data_frame(voice, found), "readiness", left=words, wide=words, caption=caption)


def refusals(voice: Voice, found: Choice) -> Exhibit:
    """The models that cannot be used with this export, each with what would open it, and how that is collected."""
    if not found.refused:
        return paragraph(voice("choice_all_usable"))
    said = notes([refusal(voice, one) for one in found.refused])
    return together(said, collection(voice, found.refused))


def refusal(voice: Voice, ready: Readiness) -> str:
    """Why a model is refused, and the least to collect for it, in a sentence."""
    wanted = voice.listed([_gap_word(voice, gap) for gap in _by_table(ready.collect)])
    shares = {"measured": percent(ready.measured), "least": percent(ready.model.measured_at_least)}
    said = {"model": model_name(voice, ready.name), "collect": wanted, **shares}
    return voice("choice_refused" if ready.too_little else "choice_refused_apart", **said)


def collection(voice: Voice, refused: Iterable[Readiness]) -> Exhibit:
    """What to collect for the refused models: table, columns, the KPIs it opens, and how to come by it."""
    ready = list(refused)
    opens: dict[tuple[str, str], dict[str, None]] = {}
    for one in ready:
        for kpi, gaps in one.gaps.items():
            for gap in gaps:
                opens.setdefault((gap.kind, gap.table), {})[voice.kpi(kpi)] = None
    every = _by_table(gap for one in ready for gaps in one.gaps.values() for gap in gaps)
    rows = [
        (
            voice(f"choice_table_{gap.table}"),
            f"{gap.table}: {', '.join(gap.columns)}" if gap.kind == "missing" else _gap_word(voice, gap),
            voice.listed(list(opens[gap.kind, gap.table])),
            voice(f"choice_collect_{gap.table}") if gap.kind == "missing" else voice(f"choice_close_{gap.kind}"),
        )
        for gap in every
    ]
    columns = [voice("choice_table"), voice("choice_columns"), voice("choice_opens"), voice("choice_how")]
    wide = (voice("choice_columns"), voice("choice_how"))
    return table(pd.DataFrame(rows, columns=columns), "collect", left=tuple(columns[1:]), wide=wide)


def needs_frame(voice: Voice, found: Choice) -> pd.DataFrame:
    """The tables that the models need, where there is no export to look at: columns, models and how to collect them."""
    wanted = {name: needs(preset(name)) for name in found.points}
    rows = [
        (
            voice(f"choice_table_{one}"),
            f"{one}: {', '.join(dict.fromkeys(column for each in wanted.values() for column in each.get(one, ())))}",
            voice.listed([model_name(voice, name) for name, each in wanted.items() if one in each]),
            voice(f"choice_collect_{one}"),
        )
        for one in dict.fromkeys(name for each in wanted.values() for name in each)
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
    """The gaps, those of one kind and table as one with the columns of all."""
    merged: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        known = merged.setdefault((gap.kind, gap.table), gap)
        columns = tuple(dict.fromkeys((*known.columns, *gap.columns)))
        merged[gap.kind, gap.table] = Gap(gap.kind, gap.table, columns, known.span)
    return list(merged.values())
