"""Scores of several periods side by side."""

import numpy as np
import pandas as pd
import pytest

from salesperf.periods import Period, parse_period
from salesperf.scoring.model import Model
from salesperf.scoring.period_scores import parts_of, period_scores

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points
KPIS = [{"kpi": name, "weight": 0.5, "anchors": PERCENT} for name in ("a", "b")]
MODEL = Model.model_validate({"perspectives": [{"name": "all", "weight": 1, "kpis": KPIS}]})


@pytest.mark.parametrize(
    ("period", "parts"),
    [
        ("2025Q4", ["2025-10", "2025-11", "2025-12"]),
        ("2025H1", ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06"]),
        ("2025", ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]),
        ("2025-11", []),
    ],
)
def test_a_period_stands_beside_its_months_and_a_year_beside_its_quarters(period, parts):
    assert [one.label for one in parts_of(parse_period(period))] == parts


def test_a_period_of_two_months_stands_beside_both():
    assert [part.label for part in parts_of(Period(24309, 2))] == ["2025-10", "2025-11"]


def test_the_smallest_of_several_n_is_told():
    columns = ["period", "a", "a_n", "b", "b_n"]
    table = pd.DataFrame([("2025Q4", 90.0, 7, 100.0, 4), ("2025Q4", 90.0, 3, 100.0, 8)], columns=columns)
    cases = period_scores(table, [parse_period("2025Q4")], MODEL).cases
    assert cases["2025Q4"].tolist() == [4, 3]


def test_quarters_of_a_fiscal_year_are_its_own():
    assert [one.start.month for one in parts_of(parse_period("2025", fiscal_year_start=4))] == [4, 7, 10, 1]


def test_every_period_is_scored_by_itself_with_what_was_measured_and_the_smallest_n():
    rows = [
        ("2025-10", "r1", 100.0, 80.0, 2), ("2025-11", "r1", 100.0, NAN, 0), ("2025Q4", "r1", 90.0, 110.0, 5),
        ("2025Q4", "r2", 70.0, 90.0, 3),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["period", "rep_id", "a", "b", "b_n"]).set_index("rep_id")
    found = period_scores(table, [parse_period(one) for one in ("2025-10", "2025-11", "2025Q4")], MODEL)
    # (100 + 80) ÷ 2; only half of the weight in November; (90 + 110) ÷ 2; (70 + 90) ÷ 2.
    np.testing.assert_array_equal(found.scores, [[90, NAN, 100], [NAN, NAN, 80]])
    np.testing.assert_array_equal(found.measured, [[1, 0.5, 1], [NAN, NAN, 1]])
    np.testing.assert_array_equal(found.cases, [[2, NAN, 5], [NAN, NAN, 3]])
    assert found.scores.columns.tolist() == ["2025-10", "2025-11", "2025Q4"]
