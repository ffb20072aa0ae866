"""How far the order of people depends on the weights: sentences, heat maps and tables (docs/weights.md)."""

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.language import Voice
from salesperf.people.weights.comparison import ModelComparison
from salesperf.people.weights.robustness import NEAR, Robustness
from salesperf.people.weights.sensitivity import Decides
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together
from salesperf.present.figure import drawn, heat_map
from salesperf.present.values import teams_of

MOST_ROWS = 25  # people in a heat map; of more, groups of neighbouring ranks are its rows
MOST_GROUPS = 10  # of ranks
SURE = 0.9  # share of weights from which a grade is kept for sure
SEEN = 0.005  # share of weights from which a cell of a heat map is written
_FIRSTS = 0.01  # share of weights from which somebody is listed as the first
_LEAST_SURE = 12  # people whose grades are listed
Array = NDArray[np.float64]


def robustness_sentences(voice: Voice, found: Robustness, allowed: str, by: float = NEAR) -> Exhibit:
    """How many keep their grade under nine in ten of the weights, and how many are ever the first.

    ``allowed``, ``by``: which weights were drawn (`allowed_weights`).
    """
    people = found.people
    which = voice(f"robust_{allowed}", by=voice.number(by * 100).removesuffix(".0"))
    graded, firsts = int(people["kept"].notna().sum()), int((people["first"] >= _FIRSTS).sum())
    texts = [voice("robust_drawn", draws=voice.count(len(found.weights)), which=which)]
    if graded:
        numbers = {"people": voice.count(graded), "n": voice.count(found.keeping(SURE))}
        texts.append(voice("robust_kept", share=voice.share(SURE, 0), **numbers))
    if firsts:
        texts.append(voice("robust_firsts", n=voice.count(firsts), least=voice.share(_FIRSTS, 0)))
    if unscored := int((people["scored"] < 1).sum()):
        texts.append(voice("robust_unscored", n=voice.count(unscored)))
    return paragraph(voice.sentences(texts))


def acceptability_map(voice: Voice, found: Robustness) -> Exhibit:
    """Rank acceptability: a row per person, best first, or per group of ranks where they are many, by groups of ranks.

    NOTHING where nobody has a rank under the model.
    """
    people = found.people[found.people["rank"].notna()].sort_values(["rank", "rep"])
    if people.empty:
        return NOTHING
    shares = _grouped(found.acceptability, found.ranked).loc[people.index]
    if len(people) <= MOST_ROWS:
        pairs = zip(people["rep"], people["rank"], strict=True)
        rows = [voice.in_brackets(rep, voice.count(rank)) for rep, rank in pairs]
    else:
        parts = np.array_split(np.arange(len(people)), MOST_GROUPS)
        rows = [span(voice, people["rank"].iloc[part[0]], people["rank"].iloc[part[-1]]) for part in parts]
        shares = pd.DataFrame([shares.iloc[part].mean() for part in parts])
    names, values = list(map(str, shares)), shares.to_numpy(np.float64)
    labels = [[voice.share(value, 0) if value >= SEEN else "" for value in row] for row in values]
    told = [_row_in_words(voice, row, names, cells) for row, cells in zip(rows, labels, strict=True)]
    caption = voice("robust_map_people" if len(people) <= MOST_ROWS else "robust_map_groups")
    figure = heat_map(rows, names, values, labels)
    return drawn(figure, "acceptability", voice("robust_map"), alternative=voice.sentences(told), caption=caption)


def least_sure_grades(voice: Voice, found: Robustness) -> Exhibit:
    """Whose grades depend most on the weights: how often it is kept, which other comes most often, and the ranks.

    NOTHING where everybody keeps their grade under all weights, or nobody has one.
    """
    people = found.people[found.people["kept"] < 1].sort_values(["kept", "rank", "rep"]).head(_LEAST_SURE)
    if people.empty:
        return NOTHING
    rows = people.to_dict("records")
    frame = pd.DataFrame(
        {
            voice("rep"): [row["rep"] for row in rows],
            voice("team"): teams_of(voice, people),
            voice("grade"): [row["grade"] for row in rows],
            voice("robust_stays"): [voice.chance(row["kept"]) for row in rows],
            voice("robust_other"): [
                voice.in_brackets(row["likeliest"], voice.chance(row["likeliest_share"])) if row["likeliest"] else ""
                for row in rows
            ],
            voice("weights_rank"): [voice.count(row["rank"]) for row in rows],
            voice("robust_ranks"): [span(voice, row["rank_low"], row["rank_high"]) for row in rows],
        }
    )
    left = (voice("team"), voice("grade"), voice("robust_other"))
    return table(frame, "least-sure", left=left, caption=voice("robust_least_sure"))


def central_weights_table(voice: Voice, found: Robustness) -> Exhibit:
    """Who is the first under some of the weights: how often, the central weights, and the confidence factor."""
    people = found.people[found.people["first"] >= _FIRSTS].sort_values(["first", "rep"], ascending=[False, True])
    people = people.head(_LEAST_SURE)
    if people.empty:
        return NOTHING
    central = found.central_weights.loc[people.index]
    columns = {
        voice("rep"): people["rep"].tolist(),
        voice("robust_first"): [voice.chance(share) for share in people["first"]],
        voice("robust_confidence"): [
            voice.missing if isnan(one) else voice.chance(one) for one in people["confidence"]
        ],
    }
    columns |= {voice.kpi(str(kpi)): [voice.share(one, 0) for one in of_kpi] for kpi, of_kpi in central.items()}
    return table(pd.DataFrame(columns), "central-weights", caption=voice("robust_central"))


def without_each_table(voice: Voice, without: Mapping[str, ModelComparison]) -> Exhibit:
    """What the model is without each of its KPIs: Kendall's τ to the present order, and who gets another grade."""
    if not without:
        return NOTHING
    columns = {
        voice("robust_without"): [voice.kpi(kpi) for kpi in without],
        voice("robust_tau"): [tau(voice, one.tau) for one in without.values()],
        voice("robust_regraded"): [voice.count(len(one.regraded)) for one in without.values()],
        voice("robust_up"): [voice.count(one.raised) for one in without.values()],
        voice("robust_down"): [voice.count(one.lowered) for one in without.values()],
    }
    return table(pd.DataFrame(columns), "without-each", caption=voice("robust_tau_means"))


def what_decides(voice: Voice, found: Decides) -> Exhibit:
    """Nominal and effective weights side by side, and, of several KPIs, how far they go together."""
    names = [voice.kpi(str(kpi)) for kpi in found.kpis.index]
    columns = {
        voice("sheet_kpi"): names,
        voice("robust_nominal"): [voice.share(share, 0) for share in found.kpis["nominal"]],
        voice("robust_effective"): [voice.share(share, 0) for share in found.kpis["effective"]],
    }
    caption = voice("robust_decides", n=voice.count(found.people))
    shown = table(pd.DataFrame(columns), "decides", caption=caption)
    values = found.correlations.to_numpy(np.float64)
    if len(names) < 2 or np.isnan(values).all():
        return shown
    labels = [["" if isnan(value) else tau(voice, value) for value in row] for row in values]
    pairs = [
        voice.labelled(f"{names[row]} – {names[column]}", labels[row][column] or voice.missing)
        for row, column in zip(*np.triu_indices(len(names), 1), strict=True)
    ]
    figure = heat_map(names, [str(place + 1) for place in range(len(names))], values, labels)
    numbered = voice.listed([f"{place} {name}" for place, name in enumerate(names, 1)])
    title, alternative = voice("robust_correlations"), voice.listed(pairs)
    return together(shown, drawn(figure, "correlations", title, alternative=alternative, caption=numbered))


def order_by_period_table(voice: Voice, order: pd.DataFrame) -> Exhibit:
    """How alike the order of each of the last periods is to the present one, and to that of all of them.

    ``order``: see `order_by_period`.
    """
    columns = {
        voice("robust_period"): [voice.period(str(period)) for period in order.index],
        voice("robust_people"): [voice.count(count) for count in order["people"]],
        voice("robust_tau"): [tau(voice, value) for value in order["tau"]],
        voice("robust_tau_mean"): [tau(voice, value) for value in order["tau_mean"]],
    }
    return table(pd.DataFrame(columns), "order-by-period", caption=voice("robust_periods"))


def tau(voice: Voice, value: float) -> str:
    """Kendall's τ or a correlation, from −1 to 1, with two decimals."""
    text = f"{abs(value):.2f}"
    return voice.missing if isnan(value) else f"−{text}" if value < 0 and text != "0.00" else text


def _chance(voice: Voice, chance: float) -> str:
    return voice.missing if isnan(chance) else voice.chance(chance)


def span(voice: Voice, low: float, high: float) -> str:
    """Ranks from one to another, such as "3–9"."""
    return voice.count(low) if low == high else f"{voice.count(low)}–{voice.count(high)}"


def _row_in_words(voice: Voice, row: str, names: Sequence[str], cells: Sequence[str]) -> str:
    shown = [voice.in_brackets(name, cell) for name, cell in zip(names, cells, strict=True) if cell]
    return voice("robust_row", row=row, ranks=voice.listed(shown))


def _grouped(acceptability: pd.DataFrame, ranked: int) -> pd.DataFrame:
    """The shares of at most MOST_GROUPS groups of ranks, named "1", "2–3"."""
    firsts = [*map(int, acceptability.columns.to_numpy()), ranked + 1]
    parts = np.array_split(np.arange(len(firsts) - 1), min(MOST_GROUPS, len(firsts) - 1))
    ends = [(firsts[part[0]], firsts[part[-1] + 1] - 1) for part in parts]
    names = [str(first) if first == last else f"{first}–{last}" for first, last in ends]
    sums = [acceptability.iloc[:, part].sum(axis=1) for part in parts]
    return pd.DataFrame(dict(zip(names, sums, strict=True)), index=acceptability.index)
