"""How sure the people's scores and ranks are, and which KPIs tell people apart at all."""

from collections.abc import Mapping, Sequence

import pandas as pd

from salesperf.inference.reliability import RELIABLE_FROM
from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Kpi
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together
from salesperf.present.figure import MAIN, PALE, canvas, drawn, names_beside, short_name
from salesperf.present.values import in_full
from salesperf.scoring.scorecard import Scorecard

_HEAD, _ROW = 0.25, 0.26  # inches: the scale under the rows, and a row
_RANK = ["rank", "rank_low", "rank_high"]


def score_intervals(
    voice: Voice,
    reps: pd.DataFrame,
    card: Scorecard,
    sure: pd.DataFrame,
    *,
    apart: bool,
    without_deals: Sequence[str] = (),
) -> Exhibit:
    """A row per person of a region, best first: the score, where the expected score lies, and the rank with its set.

    NOTHING where nobody's interval is known. ``reps``: rows of the KPI table, index rep_id, as that of ``card``;
    ``sure``: rows of `score_certainty` with these people; ``apart``: whether any two of them differ beyond chance;
    ``without_deals``: names of reps who are left out.
    """
    rows = reps[["rep"]].join(card.summary[["score"]]).join(sure.reindex(reps.index))
    rows = rows[~rows["rep"].isin(without_deals) & rows["score_low"].notna()]
    if rows.empty:
        return NOTHING
    rows = rows.sort_values(["region_rank", "score", "rep"], ascending=[True, False, True], na_position="last")
    height = _HEAD + _ROW * len(rows)
    with canvas(height, left=0.33, right=0.76, bottom=_HEAD / height, top=0.995) as (figure, axes):
        for place, (score, low, high) in enumerate(rows[["score", "score_low", "score_high"]].to_numpy()):
            axes.plot([low, high], [place, place], color=PALE, linewidth=6, solid_capstyle="butt")
            axes.plot(score, place, "o", color=MAIN, markersize=6)
            about = axes.get_yaxis_transform()
            axes.text(1.04, place, _rank(voice, rows.iloc[place]), transform=about, va="center", fontsize=8.5)
        axes.set(yticks=[], ylim=(len(rows) - 0.5, -0.5))
        axes.margins(x=0.03)
        axes.tick_params(axis="x", labelsize=8.5)
        names_beside(axes, [short_name(name) for name in rows["rep"]])
    alternative = voice("certainty_alt", rows=voice.listed([_in_words(voice, row) for _, row in rows.iterrows()]))
    shown = drawn(
        figure, "certainty", voice("certainty_title"), alternative=alternative, caption=voice("certainty_caption")
    )
    return together(shown, paragraph(_who_is_apart(voice, rows, apart=apart)))


def told_apart(voice: Voice, separation: pd.DataFrame, verdicts: pd.Series) -> Exhibit:
    """A row per KPI: whether it tells the company's people apart, or their differences could be chance alone.

    NOTHING where no KPI has two people. ``separation``, ``verdicts``: see `salesperf.scoring.separation`.
    """
    rows = separation[separation["groups"].notna()]
    if rows.empty:
        return NOTHING
    verdicts = verdicts[rows.index]
    groups = rows["groups"].mask(verdicts == "chance", 1)
    columns = {
        voice("sheet_kpi"): [voice.kpi(str(name)) for name in rows.index],
        voice("apart_verdict"): [voice(f"apart_{verdict}") for verdict in verdicts],
        voice("apart_people"): [voice.count(people) for people in rows["people"]],
        voice("apart_reliability"): [voice.share(share, 0) for share in rows["reliability"]],
        voice("apart_p_value"): [voice.chance(p) for p in rows["p_value"]],
        voice("apart_groups"): [voice.count(count) for count in groups],
    }
    caption = voice("apart_caption", limit=voice.share(RELIABLE_FROM, 0))
    return table(pd.DataFrame(columns), "apart", left=(voice("apart_verdict"),), caption=caption)


def ranks_by_kpi(
    voice: Voice,
    reps: pd.DataFrame,
    ranks: Mapping[str, pd.DataFrame],
    *,
    without_deals: Sequence[str] = (),
    known: Mapping[str, Kpi] = KPIS,
) -> Exhibit:
    """A row per person of a region and for each KPI the value, the rank and which ranks it could truly be.

    In the order of the first KPI. NOTHING without anybody. ``reps``: rows of the KPI table, index rep_id; ``ranks``:
    see `region_ranks`; ``without_deals``: names of reps who are left out; ``known``: the client's KPIs by id.
    """
    reps = reps[~reps["rep"].isin(without_deals)]
    if reps.empty or not ranks:
        return NOTHING
    first = next(iter(ranks.values())).reindex(reps.index)
    order = first.assign(rep=reps["rep"]).sort_values(["rank", "rep"], na_position="last").index
    columns = {voice("rep"): reps.loc[order, "rep"].tolist()}
    for name, of_kpi in ranks.items():
        rows = of_kpi.reindex(order)
        columns[voice.kpi(name)] = [in_full(voice, known[name], value) for value in rows["value"]]
        columns[voice("certainty_rank_by", kpi=voice.kpi(name))] = [_range(voice, row) for _, row in rows.iterrows()]
    return table(pd.DataFrame(columns), "ranks", caption=voice("certainty_ranks_caption"))


def _rank(voice: Voice, row: pd.Series) -> str:
    """The rank in the region with its set, such as "3 (1–9)"; in words where somebody is too new to be ranked."""
    if pd.isna(row["region_rank"]):
        return voice("standing_too_new")
    return _range(voice, row[["region_rank", "region_rank_low", "region_rank_high"]].set_axis(_RANK))


def _range(voice: Voice, row: pd.Series) -> str:
    if pd.isna(row["rank"]):
        return voice.missing
    low, high = voice.count(row["rank_low"]), voice.count(row["rank_high"])
    return voice.in_brackets(voice.count(row["rank"]), low if low == high else f"{low}–{high}")


def _in_words(voice: Voice, row: pd.Series) -> str:
    spread = {"low": voice.points(row["score_low"]), "high": voice.points(row["score_high"])}
    return voice("certainty_row", rep=row["rep"], score=voice.points(row["score"]), rank=_rank(voice, row), **spread)


def _who_is_apart(voice: Voice, rows: pd.DataFrame, *, apart: bool) -> str:
    """How many could be the first, if anybody is surely above somebody else."""
    ranked = rows[rows["region_rank"].notna()]
    if len(ranked) < 2:
        return voice("certainty_alone")
    if not apart:
        return voice("certainty_nobody_apart", n=len(ranked))
    firsts = int(ranked["region_first"].sum())
    if firsts == len(ranked):
        return voice("certainty_some_apart", n=firsts)
    return voice("certainty_firsts", n=firsts, all=len(ranked))
