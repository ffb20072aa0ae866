"""How far the order depends on the weights, as it is said: from frames, with names that stay text."""

import numpy as np
import pandas as pd
import pytest

from salesperf.language import Voice
from salesperf.people.weights.robustness import Robustness
from salesperf.people.weights.sensitivity import Decides
from salesperf.present.exhibit import NOTHING
from salesperf.present.weights import robustness
from salesperf.scoring.model import Model

NAN = float("nan")
EN, ZH = Voice("en"), Voice("zh")
ANCHORS = {"threshold": 60, "target": 100, "excellent": 120}
MODEL = Model.model_validate(
    {"perspectives": [{"name": "all", "weight": 1, "kpis": [{"kpi": "revenue", "weight": 1, "anchors": ANCHORS}]}]}
)


def found(count: int, company: int | None = None, **columns: list[object]) -> Robustness:
    """A result of as many people, each of whom keeps rank and grade, but for other columns."""
    company = company or count
    reps = [f"r{place:03}" for place in range(count)]
    usual = {"region": "East", "team": "One", "score": 90.0, "grade": "B", "likeliest": "", "likeliest_share": 0.0}
    people = pd.DataFrame({"rep": [f"Rep {rep}" for rep in reps]}, index=pd.Index(reps, name="rep_id")).assign(**usual)
    rank = np.arange(1, count + 1, dtype=float)
    first = (rank == 1).astype(float)
    people = people.assign(rank=rank, rank_low=rank, rank_high=rank, scored=1.0, kept=1.0, first=first, confidence=NAN)
    people = people.assign(**columns)
    acceptability = pd.DataFrame(np.eye(company)[:count], people.index, range(1, company + 1))
    central = pd.DataFrame({"revenue": np.where(first > 0, 1.0, NAN)}, people.index)
    weights, grades = pd.DataFrame(np.ones((50, 1)), columns=["revenue"]), pd.DataFrame(index=people.index)
    return Robustness(MODEL, weights, company, people, acceptability, grades, central)


def test_the_sentence_counts_who_keeps_the_grade() -> None:
    some = found(3, kept=[1.0, 0.9, 0.89])
    assert robustness.robustness_sentences(EN, some, "near", 0.05).plain == (
        "50 weights were drawn at random from weights that differ from the present ones by at most 5 points of a "
        "hundred. Of 3 people with a grade, 2 have the same one under at least 90% of them. "
        "1 person is the first in the company under 1% of them or more."
    )
    assert "保持重要性次序不变的权重" in robustness.robustness_sentences(ZH, some, "ordered").plain


def test_without_grades_none_are_counted_and_who_is_not_measured_is_told() -> None:
    said = robustness.robustness_sentences(EN, found(2, kept=[NAN, NAN], scored=[1.0, 0.4]), "any").plain
    assert "with a grade" not in said and "Of 1 person too little is measured" in said


@pytest.mark.parametrize(("count", "rows"), [(8, 8), (25, 25), (26, 10), (93, 10), (1000, 10)])
def test_of_many_people_the_map_has_groups_of_ranks(count: int, rows: int) -> None:
    shown = robustness.acceptability_map(EN, found(count))
    alternative = shown.plain.split("\n")[1]
    assert alternative.count("(100%)") + alternative.count("%)") >= rows
    assert alternative.count(". ") + 1 == rows
    assert f"–{count} (" in alternative or f"{count} (100%)" in alternative


def test_ranks_of_a_region_are_those_of_the_company() -> None:
    shown = robustness.acceptability_map(EN, found(3, company=93))
    assert "Rep r000 (1): 1–10 (100%)." in shown.plain and "85–93" in shown.html


def test_a_name_stays_text() -> None:
    shown = robustness.acceptability_map(EN, found(1, rep=["<b>Ann</b>"])).html
    assert "<b>Ann" not in shown and "&lt;b&gt;Ann" in shown
    listed = robustness.least_sure_grades(EN, found(1, rep=["<b>Ann</b>"], kept=[0.5])).html
    assert "<b>Ann" not in listed


def test_who_keeps_the_grade_always_is_not_listed_and_the_least_sure_come_first() -> None:
    shown = robustness.least_sure_grades(EN, found(3, kept=[0.8, 1.0, 0.2], likeliest=["A", "", "C"]))
    assert shown.plain.index("Rep r002") < shown.plain.index("Rep r000") and "Rep r001" not in shown.plain
    assert robustness.least_sure_grades(EN, found(3)) == NOTHING


def test_nobody_has_neither_map_nor_central_weights() -> None:
    nobody = found(2, rank=[NAN, NAN], first=[NAN, NAN])
    assert robustness.acceptability_map(EN, nobody) == NOTHING
    assert robustness.central_weights_table(EN, nobody) == NOTHING
    assert robustness.without_each_table(EN, {}) == NOTHING


def test_an_unknown_confidence_is_not_available() -> None:
    assert "n/a" in robustness.central_weights_table(EN, found(2)).plain


def test_a_correlation_that_is_not_known_is_not_available_in_words() -> None:
    index = pd.Index(["revenue", "orders"], name="kpi")
    together = pd.DataFrame([[1.0, NAN], [NAN, NAN]], index, list(index))
    kpis = pd.DataFrame({"nominal": [0.5, 0.5], "effective": [1.0, 0.0]}, index)
    shown = robustness.what_decides(EN, Decides(kpis, together, 7))
    assert "Revenue – orders: n/a" in shown.plain and "7 people" in shown.plain
    alone = robustness.what_decides(EN, Decides(kpis.head(1), together.iloc[:1, :1], 7))
    assert "<svg" not in alone.html


@pytest.mark.parametrize(("value", "said"), [(-0.5, "−0.50"), (-0.001, "0.00"), (1, "1.00"), (NAN, "n/a")])
def test_tau_has_two_decimals(value: float, said: str) -> None:
    assert robustness.tau(EN, value) == said
