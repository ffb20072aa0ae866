"""What stands in for a rate without cases, and who is too new to be judged: worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from salesperf.company import Company
from salesperf.scoring.model import Model
from salesperf.scoring.score_basis import RAMP, months_until_judged

CompanyOf = Callable[..., Company]
REPS = (
    "rep_id,rep,region,team,start_date\nr1,Ann,East,One,2020-01-01\nr2,Bo,East,Two,2020-01-01\nr3,Cy,West,,2020-01-01\n"
)
ORDERS = """\
order_id,rep_id,account_id,date,amount,cost
o1,r1,a,2024-10-01,100,60
o2,r1,a,2025-01-15,200,100
o3,r2,b,2025-04-15,100,90
o4,r3,c,2025-07-15,400,100
o5,r1,a,2025-12-31,100,80
"""


def anchors(kpi: str) -> dict[str, float]:
    rising = {"threshold": 0.2, "target": 0.4, "excellent": 0.6}
    return {name: -limit if kpi == "staff_turnover" else limit for name, limit in rising.items()}


def model_of(*kpis: str, **settings: Any) -> dict[str, Any]:
    weighted = [{"kpi": kpi, "weight": 1 / len(kpis), "anchors": anchors(kpi)} for kpi in kpis]
    return {"perspectives": [{"name": "results", "weight": 1, "kpis": weighted}], "measured_at_least": 0, **settings}


def neutral(company: Company, by: Any, *keys: str, kpi: str = "gross_margin") -> dict[Any, float]:
    rows = company.score_basis(by, only=[kpi]).dropna(subset=[f"{kpi}_neutral"])
    values = rows[f"{kpi}_neutral"].round(6)
    return dict(zip(rows[list(keys)].itertuples(index=False, name=None), values, strict=True))


def test_the_company_s_rate_of_the_periods_before_stands_in_for_a_rate_without_cases(
    company_of: CompanyOf,
) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS}, model=model_of("gross_margin"))
    # One sale a quarter, of margins 40, 50, 10 and 75 %: the four count the same.
    assert neutral(company, "rep", "rep_id") == {("r2",): 0.4375, ("r3",): 0.4375}
    assert neutral(company, "team", "region", "team") == {("East", "Two"): 0.4375, ("West", ""): 0.4375}
    assert neutral(company, "region", "region") == {("West",): 0.4375}


def test_periods_of_the_same_length_are_taken_and_none_of_the_period_itself_or_later(company_of: CompanyOf) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS}, model=model_of("gross_margin"), period="2025Q2")
    assert neutral(company, "rep", "rep_id") == {("r1",): 0.45, ("r3",): 0.45}  # 40 and 50 %
    # Two halves of the fiscal year before and this one's first: 2024H2 has 40 %, 2025H1 (100 + 10) of 300.
    halves = company_of({"reps": REPS, "orders": ORDERS}, model=model_of("gross_margin"), period="2025H2")
    assert neutral(halves, "rep", "rep_id") == {("r2",): round(110 / 300, 6)}  # 2024H2 is not covered whole


def test_without_a_whole_period_before_the_company_s_rate_of_the_period_itself_stands_in(company_of: CompanyOf) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS}, model=model_of("gross_margin"), period="2024Q4")
    assert neutral(company, "rep", "rep_id") == {("r2",): 0.4, ("r3",): 0.4}


def test_a_model_may_move_the_weight_as_before(company_of: CompanyOf) -> None:
    tables = {"reps": REPS, "orders": ORDERS}
    company = company_of(tables, model=model_of("customers", "gross_margin", without_cases="moves"))
    assert "gross_margin_neutral" not in company.score_basis("rep")
    # Ann has one customer, excellent, and a margin of 20 %, the threshold; the others have neither.
    assert company.scorecard().summary["score"].tolist() == pytest.approx([90, 20, 20])
    stands_in = company.scorecard(model=Model.model_validate(model_of("customers", "gross_margin")))
    # 43.75 % lies three sixteenths of the way from the target of 40 % to 60 %: 103.75 points, and 20 for no customer.
    assert stands_in.summary["score"].tolist() == pytest.approx([90, 61.875, 61.875])
    assert stands_in.summary["measured"].tolist() == [1, 0.5, 0.5]
    alone = company.scorecard(model=Model.model_validate(model_of("gross_margin")))
    assert alone.summary["score"].isna().tolist() == [False, True, True]  # nothing of them is measured


def test_what_the_export_lacks_altogether_has_no_neutral_value(company_of: CompanyOf) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS}, model=model_of("gross_margin", "satisfaction"))
    rows = company.score_basis("rep")
    assert rows["satisfaction_neutral"].isna().all() and rows["gross_margin_neutral"].notna().any()


@pytest.mark.parametrize("kpi", ["revenue_attainment", "key_results", "velocity", "staff_turnover"])
def test_what_has_no_rate_of_one_person_has_no_neutral_value(company_of: CompanyOf, kpi: str) -> None:
    company = company_of({"reps": REPS, "orders": ORDERS}, model=model_of(kpi))
    assert f"{kpi}_neutral" not in company.score_basis("rep")


def test_nobody_s_neutral_value_depends_on_the_others_of_the_period(company_of: CompanyOf) -> None:
    more = ORDERS + "o6,r2,b,2025-11-01,1000,999\n"
    whole, other = (
        neutral(company_of({"reps": REPS, "orders": orders}, model=model_of("gross_margin")), "rep", "rep_id")
        for orders in (ORDERS, more)
    )
    assert other == {("r3",): whole["r3",]}


@pytest.mark.parametrize(
    ("started", "ramp", "period", "new"),
    [
        ("2025-10-01", [], "2025Q4", True),
        ("2025-10-31", [], "2025Q4", True),
        ("2025-09-30", [], "2025Q4", False),
        ("2025-09-30", [], "2025-11", True),
        ("2025-09-30", [], "2025-12", False),
        ("2025-07-15", [], "2025Q4", False),
        ("2025-07-15", [0, 0.2, 0.4, 0.6, 0.8, 0.9], "2025Q4", True),
        ("2025-06-15", [0, 0.2, 0.4, 0.6, 0.8, 0.9], "2025Q4", False),
        ("2025-12-01", [0.5], "2025Q4", True),
        ("2025-11-30", [0.5], "2025Q4", False),
        ("2025-10-01", [], "2025", True),
        ("", [], "2025Q4", False),
    ],
)
def test_who_is_within_the_ramp_at_the_period_s_end_is_too_new(
    company_of: CompanyOf, started: str, ramp: list[float], period: str, new: bool
) -> None:
    reps = f"rep_id,rep,region,start_date\nr1,Ann,East,2020-01-01\nr2,Bo,East,{started}\n"
    targets = {"ramp": ramp} if ramp else {"split": "equal"}
    tables = {"reps": reps, "orders": ORDERS}
    company = company_of(tables, model=model_of("gross_margin"), period=period, targets=targets)
    rows = company.score_basis("rep").set_index("rep_id")
    assert rows["too_new"].loc[["r1", "r2"]].tolist() == [False, new]
    assert months_until_judged(company) == (len(ramp) or RAMP)


def test_a_newcomer_has_a_score_and_neither_grade_nor_coefficient_nor_seat(company_of: CompanyOf) -> None:
    reps = REPS + "r4,Di,West,,2025-11-03\n"
    orders = ORDERS + "o7,r4,c,2025-12-01,100,10\no8,r2,b,2025-12-01,100,90\no9,r3,b,2025-12-01,100,70\n"
    forced = {"S": 1 / 3, "A": 0, "B": 1 / 3, "C": 0, "D": 1 / 3}
    company = company_of({"reps": reps, "orders": orders}, model=model_of("gross_margin", forced=forced))
    summary = company.scorecard().summary
    assert summary["score"].rank(ascending=False).to_dict() == {"r4": 1, "r3": 2, "r1": 3, "r2": 4}
    assert summary.loc["r4", ["grade", "pay_grade", "forced_grade"]].tolist() == ["", "", ""]
    assert summary["coefficient"].isna().to_dict() == {"r1": False, "r2": False, "r3": False, "r4": True}
    assert summary["forced_grade"].to_dict() == {"r3": "S", "r1": "B", "r2": "D", "r4": ""}  # three seats, three people
