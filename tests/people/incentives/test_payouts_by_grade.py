"""What each grade would pay each rep: the payout of the grade in force is what is paid, and the others by hand."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pandas as pd
import pytest

from salesperf import open_company
from salesperf.company import Company
from salesperf.params import Client
from salesperf.people.incentives.payouts import Payouts
from salesperf.people.incentives.payouts_by_grade import payouts_by_grade, scale_of

ANCHORS = {"threshold": 0.5, "target": 1, "excellent": 2}
MODEL = {
    "perspectives": [
        {"name": "results", "weight": 1, "kpis": [{"kpi": "revenue_attainment", "weight": 1, "anchors": ANCHORS}]}
    ],
    "grades": [{"grade": "A", "at_least": 60, "coefficient": 1.5}, {"grade": "B", "at_least": 0, "coefficient": 0.25}],
}
BONUS = {"target_incentive": 300, "bonus": {"share": 0.5}}

CompanyOf = Callable[..., Company]


@pytest.fixture
def by_grade(company: CompanyOf) -> Callable[..., pd.DataFrame | None]:
    """The payouts by grade of the small company, whose export tells up to the end of the year."""

    def told(plan: object = BONUS, **settings: Any) -> pd.DataFrame | None:
        return payouts_by_grade(company(plan, **{"model": MODEL, "as_of": "2025-12-31"} | settings))

    return told


def of(table: pd.DataFrame | None, rep: str) -> dict[str, Any]:
    assert table is not None
    return {str(grade): amount for grade, amount in table.loc[rep].items()}


def paid_without_awards(company: Company) -> dict[str, tuple[str, Any]]:
    """Rep → the grade that the bonus follows, and what is paid without awards."""
    paid = company.payouts()
    assert isinstance(paid, Payouts)
    summary = company.scorecard().summary
    grades = summary["forced_grade"] if "forced_grade" in summary else summary["pay_grade"]
    return {
        str(rep): (grades.get(rep, ""), None if row["payout"] is None else row["payout"] - row["award"])
        for rep, row in paid.people.iterrows()
    }


def test_the_grade_in_force_pays_what_is_paid_to_every_rep_of_the_demo_company(demo_client: Client) -> None:
    company = open_company(demo_client.path)
    table, paid = payouts_by_grade(company), paid_without_awards(company)
    assert table is not None and list(table.columns) == ["S", "A", "B", "C", "D", ""]
    assert list(table.index) == list(paid) and len(paid) == 100
    assert {rep: table.at[rep, grade] for rep, (grade, _) in paid.items()} == {
        rep: payout for rep, (_, payout) in paid.items()
    }
    assert {grade for grade, _ in paid.values()} == {"S", "A", "B", "C", "D", ""}
    best, worst = (sum(amount for amount in table[grade] if amount is not None) for grade in ("S", "D"))
    assert best > worst


def test_the_bonus_alone_follows_the_grade(by_grade: Callable[..., Any]) -> None:
    # 300 × 0.5 × the coefficient, or nothing without a grade
    assert of(by_grade(), "r1") == {"A": D(225), "B": D("37.50"), "": D(0)}
    # and 10 % of what is credited in the quarter: 350 + 700 − 100
    with_commission = by_grade({**BONUS, "commission": {"by": "amount", "tiers": [{"from": 0, "rate": 0.1}]}})
    # The refund of o2, sold in the third quarter, takes back 10 % of 300.
    assert of(with_commission, "r1") == {"A": D(225 + 95 - 30), "B": D("102.50"), "": D(65)}


def test_a_cap_cuts_and_a_draw_fills_and_recovers_for_each_grade(by_grade: Callable[..., Any]) -> None:
    assert of(by_grade({**BONUS, "cap": {"amount": 100}}), "r1") == {"A": D(100), "B": D("37.50"), "": D(0)}
    drawn = by_grade({**BONUS, "draw": {"amount": 60}})
    assert of(drawn, "r1") == {"A": D(225), "B": D(60), "": D(60)}
    # Di has no target, so no score and no bonus in the third quarter: a draw of 60, which 225 pays back.
    assert of(drawn, "r4") == {"A": D(165), "B": D(60), "": D(60)}


def test_newcomers_are_paid_alike_for_every_grade(by_grade: Callable[..., Any]) -> None:
    # From September 10, with a ramp of four months: too new in the fourth quarter, so 300 × 0.5 × 1.
    new = by_grade(targets={"ramp": [0.5] * 4})
    assert of(new, "r2") == {"A": D(150), "B": D(150), "": D(150)}
    less = by_grade({**BONUS, "bonus": {"share": 0.5, "newcomers": 0.5}}, targets={"ramp": [0.5] * 4})
    assert of(less, "r2") == {"A": D(75), "B": D(75), "": D(75)}
    assert of(new, "r1")["A"] == D(225)


def test_awards_are_left_out(by_grade: Callable[..., Any], company: CompanyOf) -> None:
    plan = {**BONUS, "awards": [{"name": "Star", "prize": 9, "kpi": "revenue", "within": "company"}]}
    opened = company(plan, model=MODEL, as_of="2025-12-31")
    paid = opened.payouts()
    assert isinstance(paid, Payouts) and paid.people.at["r4", "award"] == D(9)
    pd.testing.assert_frame_equal(by_grade(plan), by_grade())


def test_who_is_paid_by_attainment_and_has_no_target_has_none_for_any_grade(by_grade: Callable[..., Any]) -> None:
    assert of(by_grade({**BONUS, "curve": {}}), "r4") == {"A": None, "B": None, "": None}


def test_another_scale_of_grades_is_paid_by_its_own_coefficients(company: CompanyOf) -> None:
    opened = company(BONUS, model=MODEL, as_of="2025-12-31")
    assert scale_of(opened.model) == (("A", 1.5), ("B", 0.25))
    other = payouts_by_grade(opened, (("A", 2.0), ("best", 3.0)))
    assert of(other, "r1") == {"A": D(300), "best": D(450), "": D(0)}
    assert of(payouts_by_grade(opened), "r1")["A"] == D(225)


def test_under_a_forced_distribution_the_forced_grade_pays_what_is_paid(company: CompanyOf) -> None:
    opened = company(BONUS, model={**MODEL, "forced": {"A": 0.34, "B": 0.66}}, as_of="2025-12-31")
    table, paid = payouts_by_grade(opened), paid_without_awards(opened)
    assert table is not None
    assert {rep: table.at[rep, grade] for rep, (grade, _) in paid.items()} == {
        rep: payout for rep, (_, payout) in paid.items()
    }
    assert [grade for grade, _ in paid.values()] == ["A", "B", "B", ""]


@pytest.mark.parametrize(
    ("plan", "period", "settings"),
    [
        (None, "2025Q4", {}),
        ({"commission": {"by": "amount", "tiers": [{"from": 0, "rate": 0.1}]}}, "2025Q4", {}),
        ({**BONUS, "every": "month"}, "2025Q4", {}),  # a quarter of three settlements
        (BONUS, "2025-10", {}),
        (BONUS, "2025H2", {}),
        ({**BONUS, "since": "2026Q1"}, "2025Q4", {}),
        (BONUS, "2025Q4", {"as_of": "2025-12-30"}),  # not over
    ],
)
def test_there_are_none_where_grades_do_not_decide_the_payouts_of_the_period(
    by_grade: Callable[..., Any], plan: object, period: str, settings: dict[str, Any]
) -> None:
    assert by_grade(plan, period=period, **settings) is None
