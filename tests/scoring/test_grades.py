"""Grades of a period that is over, and none of one that runs on."""

import pandas as pd
import pytest

from salesperf.periods import parse_period
from salesperf.scoring.grades import graded, has_grades
from salesperf.scoring.readiness import preset
from salesperf.scoring.scorecard import scorecard

ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-07-01,1\no2,r1,a,2025-11-20,1\n"
MODEL = preset("goal_oriented")


@pytest.fixture
def export(company_of):
    return company_of({"reps": "rep_id,rep,region\nr1,Ann,East\nr2,Bo,East\n", "orders": ORDERS})


@pytest.mark.parametrize(
    ("period", "over"), [("2025Q3", True), ("2025-10", True), ("2025-11", False), ("2025Q4", False), ("2025", False)]
)
def test_scores_so_far_have_no_grade_and_no_coefficient(export, period, over):
    values = {name: [1.0, float("nan")] for name in MODEL.kpi_ids}
    card = scorecard(pd.DataFrame(values, index=pd.Index(["r1", "r2"], name="rep_id")), MODEL)
    found = graded(export, parse_period(period), card)
    assert has_grades(card) and has_grades(found) is over
    assert found.summary["score"].equals(card.summary["score"])
    kept = found.summary.loc["r1", ["grade", "pay_grade", "coefficient"]].tolist()
    assert (kept == card.summary.loc["r1", ["grade", "pay_grade", "coefficient"]].tolist()) is over
    if not over:
        assert kept[:2] == ["", ""] and pd.isna(kept[2])


def test_where_nobody_has_a_score_nobody_lacks_a_grade(export):
    values = {name: [float("nan")] for name in MODEL.kpi_ids}
    card = scorecard(pd.DataFrame(values, index=pd.Index(["r1"], name="rep_id")), MODEL)
    assert has_grades(graded(export, parse_period("2025Q4"), card))
