"""Several models of what should count, side by side: agreement, effects, and named disagreements (docs/weights.md)."""

from math import isnan

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.people.weights.minds import Minds
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph, table, together
from salesperf.present.figure import drawn, heat_map
from salesperf.present.money import cents
from salesperf.present.values import teams_of
from salesperf.present.weights.robustness import span, tau

_NAMED = 12  # people on whom the minds disagree most


def agreement_of_minds(voice: Voice, found: Minds) -> Exhibit:
    """How far all agree, and Kendall's τ of each two of them."""
    people = voice.count(len(found.people))
    if isnan(found.agreement):
        return paragraph(voice("minds_alone", people=people))
    sentence = paragraph(voice("minds_agreement", w=f"{found.agreement:.2f}", people=people, n=len(found.tau)))
    names, values = list(map(str, found.tau)), found.tau.to_numpy(np.float64)
    labels = [["" if isnan(value) else tau(voice, value) for value in row] for row in values]
    pairs = [
        voice.labelled(f"{names[row]} – {names[column]}", labels[row][column] or voice.missing)
        for row, column in zip(*np.triu_indices(len(names), 1), strict=True)
    ]
    figure = heat_map(names, [str(place) for place in range(1, len(names) + 1)], values, labels)
    numbered = voice.listed([f"{place} {name}" for place, name in enumerate(names, 1)])
    title, alternative = voice("minds_tau"), voice.listed(pairs)
    return together(sentence, drawn(figure, "minds", title, alternative=alternative, caption=numbered))


def minds_table(voice: Voice, found: Minds) -> Exhibit:
    """What each mind's model does against the one in force: order, grades, payouts, and whom it hurts most."""
    comparisons, hurt = found.comparisons, {name: found.hurt_by(name) for name in found.comparisons}
    columns = {
        voice("minds_who"): list(comparisons),
        voice("robust_tau"): [tau(voice, one.tau) for one in comparisons.values()],
        voice("robust_up"): [voice.count(one.raised) for one in comparisons.values()],
        voice("robust_down"): [voice.count(one.lowered) for one in comparisons.values()],
        voice("minds_payouts"): [
            voice.missing if one.costs is None else cents(voice, one.costs[1] - one.costs[0])
            for one in comparisons.values()
        ],
        voice("minds_hurt"): [_falls_most(voice, people) for people in hurt.values()],
    }
    return table(pd.DataFrame(columns), "minds-effects", left=(voice("minds_hurt"),), caption=voice("minds_caption"))


def disagreements(voice: Voice, found: Minds) -> Exhibit:
    """On whom the minds disagree most: the best and the worst rank, and by whom; NOTHING where all agree."""
    people = found.people[found.people["spread"] > 0].sort_values(["spread", "rep"], ascending=[False, True])
    people = people.head(_NAMED)
    if people.empty:
        return NOTHING
    rows, grades = people.to_dict("records"), found.grades.loc[people.index]
    columns = {
        voice("rep"): [row["rep"] for row in rows],
        voice("team"): teams_of(voice, people),
        voice("minds_best"): [voice.in_brackets(voice.count(row["best"]), row["best_by"]) for row in rows],
        voice("minds_worst"): [voice.in_brackets(voice.count(row["worst"]), row["worst_by"]) for row in rows],
        voice("minds_grades"): [" ".join(grade or "–" for grade in of) for of in grades.to_numpy()],
        voice("minds_mixed"): [span(voice, row["mixed_low"], row["mixed_high"]) for row in rows],
    }
    words = tuple(voice(word) for word in ("team", "minds_best", "minds_worst", "minds_grades"))
    caption = voice("minds_disagreements", minds=voice.listed(list(found.comparisons)))
    return table(pd.DataFrame(columns), "disagreements", left=words, caption=caption)


def _falls_most(voice: Voice, people: pd.DataFrame) -> str:
    """Who falls most, and from which rank to which."""
    if people.empty:
        return ""
    first = people.iloc[0]
    return voice.in_brackets(str(first["rep"]), f"{voice.count(first['rank'])} → {voice.count(first['other_rank'])}")
