"""Payouts of a small company, worked out by hand, and their traces, which sum to them to the cent."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.people.incentives.accounts import Unpaid, check_settlement, first_settlement
from salesperf.people.incentives.incentive_plan import IncentivePlan, read_incentives
from salesperf.people.incentives.payouts import Payouts, payouts, settled_payouts, sums
from salesperf.people.incentives.traces import Line, trace
from salesperf.periods import parse_period

TIERS = [{"from": 0, "to": 1, "rate": 0.1}, {"from": 1, "rate": 0.2}]
MARGINAL = {"commission": {"tiers": TIERS}}


def paid(opened: Company, period: str = "2025Q4") -> Payouts:
    plan = read_incentives(opened)
    assert plan is not None
    found = payouts(opened, plan, parse_period(period))
    assert isinstance(found, Payouts)
    return found


def row(found: Payouts, rep: str, *names: str) -> list[Any]:
    return [found.people.at[rep, name] for name in names]


def test_a_marginal_commission_with_split_refunds_and_clawback(company: Callable[..., Company]) -> None:
    found = paid(company(MARGINAL))
    # Ann: 70 % of 500 and 700 − 100: 950 × 10 % = 95. The refund of o2 takes the third quarter from 1,200 to 900:
    # 100 + 200 × 20 % = 140 becomes 90, so 50 go back.
    assert row(found, "r1", "credited", "commission", "clawback", "payout") == [D(950), D(95), D(-50), D(45)]
    assert row(found, "r1", "revenue") == [D(650)]  # 350 + 700 − 100 − 300, by the day of each
    assert row(found, "r2", "commission", "payout") == [D("5.06"), D("5.06")]  # 50.55 × 10 % = 5.055
    assert row(found, "r3", "credited", "payout") == [D(150), D(15)]  # 30 % of 500


def test_who_has_no_target_has_a_payout_that_is_not_available_and_not_0(company: Callable[..., Company]) -> None:
    found = paid(company(MARGINAL))
    assert row(found, "r4", "credited", "attainment", "commission", "payout", "reason") == [
        D(800), None, None, None, "target",
    ]  # fmt: skip
    whole = sums(found.people, "company").iloc[0]
    # 45 + 5.06 + 15 over the revenue of those three: 650 + 50.55 + 150
    assert (whole["payout"], whole["unavailable"], whole["people"]) == (D("65.06"), 1, 4)
    assert whole["cost"] == pytest.approx(65.06 / 850.55)


def test_sums_by_team_and_region_add_up_to_the_company(company: Callable[..., Company]) -> None:
    found = paid(company(MARGINAL))
    by_region = sums(found.people, "region")
    assert by_region["region"].tolist() == ["East", "West"]
    assert by_region["payout"].tolist() == [D("50.06"), D("15.00")]
    assert sum(sums(found.people, "team")["payout"]) == sum(by_region["payout"]) == D("65.06")


def test_a_longer_period_is_the_sum_of_its_settlements(company: Callable[..., Company]) -> None:
    # Ann's third quarter paid 140, the fourth 45: together what 900 and 950 earn, 90 + 95.
    found = paid(company(MARGINAL), "2025H2")
    assert row(found, "r1", "payout", "credited", "target") == [D(185), D(2150), D(2000)]


def test_the_plan_starts_with_the_first_whole_settlement_or_where_it_says(company: Callable[..., Company]) -> None:
    opened = company({**MARGINAL, "since": "2025Q4"})
    plan = read_incentives(opened)
    assert plan is not None and first_settlement(opened, plan).label == "2025Q4"
    # The sale of o2 was before the plan: its refund takes nothing back.
    assert row(paid(opened), "r1", "clawback", "payout") == [D(0), D(95)]
    assert payouts(opened, plan, parse_period("2025Q3")) == Unpaid("before", "2025Q4")
    assert payouts(opened, plan, parse_period("2025-10")) == Unpaid("short", "quarter")
    assert payouts(opened, plan, parse_period("2026Q1")) == Unpaid("after", "2025-12-30")
    half = IncentivePlan.model_validate({**MARGINAL, "every": "half"})
    assert first_settlement(opened, half).label == "2025H2"


def test_a_period_without_settlement_is_refused_in_one_line(company: Callable[..., Company]) -> None:
    opened = company(MARGINAL, period="2025-10")
    plan = read_incentives(opened)
    assert plan is not None
    with pytest.raises(
        RequestError, match=r"period: expected a period of whole settlements, one every quarter, got 2025"
    ):
        check_settlement(opened, plan)


def test_a_bonus_follows_the_grade_and_the_months_of_employment(company: Callable[..., Company]) -> None:
    model = {
        "perspectives": [
            {
                "name": "results",
                "weight": 1,
                "kpis": [
                    {
                        "kpi": "revenue_attainment",
                        "weight": 1,
                        "anchors": {"threshold": 0.5, "target": 1, "excellent": 2},
                    }
                ],
            }
        ],
        "grades": [
            {"grade": "A", "at_least": 60, "coefficient": 1.5},
            {"grade": "B", "at_least": 0, "coefficient": 0.25},
        ],
    }
    found = paid(company({"target_incentive": 300, "bonus": {"share": 0.5}}, model=model), "2025Q3")
    assert row(found, "r1", "bonus", "reason") == [D(225), ""]  # attainment 120 %: A; 300 × 0.5 × 1.5
    # From September, and so too new for a grade: 300 ÷ 3 × 0.5 × 1, or × what the plan puts there.
    assert row(found, "r2", "bonus", "reason") == [D(50), "too_new"]
    half = paid(company({"target_incentive": 300, "bonus": {"share": 0.5, "newcomers": 0.5}}, model=model), "2025Q3")
    assert row(half, "r2", "bonus") == [D(25)]
    # With a ramp of one month September is the only one in which nobody is graded, with two October is another.
    for ramp, period, bonus, reason in (
        ([0.5], "2025Q3", D(50), "too_new"),
        ([0.5], "2025Q4", D("37.50"), ""),
        ([0.5] * 3, "2025Q4", D("37.50"), ""),
        ([0.5] * 4, "2025Q4", D(150), "too_new"),
    ):
        plan = {"target_incentive": 300, "bonus": {"share": 0.5}}
        again = paid(company(plan, model=model, targets={"ramp": ramp}), period)
        assert row(again, "r2", "bonus", "reason") == [bonus, reason], (ramp, period)
    assert row(found, "r4", "bonus", "payout", "reason") == [D(0), D(0), "score"]


def test_margins_need_the_cost_of_every_sale(company: Callable[..., Company]) -> None:
    plan = {"commission": {"of": "margin", "by": "amount", "tiers": [{"from": 0, "rate": 0.1}]}}
    found = paid(company(plan))
    # Ann: 70 % of 200, and 300 of which a seventh goes back with the refund of 100: 140 + 257.1429 = 397.1429
    assert row(found, "r1", "commission") == [D("39.71")]
    orders = "order_id,rep_id,account_id,date,amount,cost\no1,r1,a,2025-07-10,9,\no2,r1,a,2025-10-10,9,5\n"
    orders += "o3,r1,a,2025-11-10,9,\n"
    without = paid(company(plan, {"orders": orders, "splits": "sale_id,rep_id,share\no2,r1,100\n"}))
    assert row(without, "r1", "payout", "reason") == [None, "cost"]


def test_sales_of_nobody_earn_nothing_and_are_told(company: Callable[..., Company]) -> None:
    assert paid(company(MARGINAL)).accounts.uncredited == 77


def test_a_trace_goes_deal_by_deal_and_sums_to_the_payout(company: Callable[..., Company]) -> None:
    opened = company(MARGINAL)
    found = paid(opened)
    lines = trace(opened, found, "r1")
    told = [(one.part, one.sale.event_id if one.sale else "", one.amount, one.reached) for one in lines]
    assert told == [
        ("deal", "o5", D("35.00"), D(350)),
        ("deal", "o6", D("75.00"), D(1050)),  # 650 × 10 % + 50 × 20 %
        ("deal", "x6", D("-15.00"), D(950)),  # back over the tier: −50 × 20 % − 50 × 10 %
        ("clawback", "x2", D("-50.00"), None),
    ]
    assert [one.rates for one in lines[:2]] == [(D("0.1"),), (D("0.1"), D("0.2"))]
    assert str(lines[-1].made) == "2025Q3"
    assert sum(one.amount for one in lines) == found.people.at["r1", "payout"]


def test_a_retroactive_trace_pays_the_rate_reached_on_every_deal(company: Callable[..., Company]) -> None:
    opened = company({"commission": {"mode": "retroactive", "tiers": TIERS}})
    lines = trace(opened, paid(opened, "2025Q3"), "r1")
    # 900 + 300 reach 20 %
    assert [(one.amount, one.rates) for one in lines] == [(D(180), (D("0.2"),)), (D(60), (D("0.2"),))]


def test_curve_cap_draw_and_award_have_lines_of_their_own(company: Callable[..., Company]) -> None:
    plan = {
        "target_incentive": 100,
        "curve": {},
        "cap": {"amount": 60},
        "draw": {"amount": 70, "recoverable": False},
        "awards": [{"name": "Star", "prize": 9, "kpi": "revenue", "within": "company"}],
    }
    opened = company(plan)
    found = paid(opened)
    # Ann: attainment 95 % pays 0.5 + 0.2 × 2 = 90; over the cap 30; 10 up to the draw. The third quarter paid 70, by
    # its cap 60 and 10 of draw, before and after the refund. Di sold 800 and Ann has a share of hers only, so Di wins.
    told = {one.part: one.amount for one in trace(opened, found, "r1") if one.part != "deal"}
    assert told == {"curve": D(90), "cap_cut": D(-30), "draw": D(10), "clawback": D(0)}
    assert found.people.at["r1", "payout"] == 70
    assert (found.people.at["r4", "award"], found.people.at["r4", "payout"]) == (D(9), None)


RATES = st.sampled_from(["0.013", "0.0377", "0.11", "0.3333"])


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    by = draw(st.sampled_from(["attainment", "amount"]))
    start = "0.35" if by == "attainment" else "333.33"
    return {
        "target_incentive": 777.77,
        "commission": {
            "by": by,
            "of": draw(st.sampled_from(["amount", "margin"])),
            "mode": draw(st.sampled_from(["marginal", "retroactive"])),
            "tiers": [{"from": 0, "rate": draw(RATES)}, {"from": start, "rate": draw(RATES)}],
        },
        "curve": draw(st.sampled_from([None, {"share": 0.7}])),
        "cap": draw(st.sampled_from([None, {"amount": 44.44}])),
        "draw": draw(st.sampled_from([None, {"amount": 33.33}, {"amount": 333.33, "recoverable": False}])),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans(), st.sampled_from(["2025Q3", "2025Q4", "2025H2"]))
def test_the_lines_of_every_trace_sum_to_the_payout_exactly(
    opened_once: Company, plan: dict[str, Any], period: str
) -> None:
    read = IncentivePlan.model_validate(plan)
    found = payouts(opened_once, read, parse_period(period))
    assert isinstance(found, Payouts)
    for rep, payout in found.people["payout"].items():
        lines: list[Line] = trace(opened_once, found, str(rep))
        assert all(isinstance(one.amount, D) for one in lines)
        if payout is not None:
            assert sum((one.amount for one in lines), D(0)) == payout


@pytest.fixture
def opened_once(company: Callable[..., Company]) -> Company:
    return company(MARGINAL)


def test_the_order_of_rows_in_the_export_changes_nothing(company: Callable[..., Company]) -> None:
    opened = company(MARGINAL)
    written = {
        name: (opened.client.folder / f"{name}.csv").read_text("utf-8").splitlines()
        for name in ("orders", "splits", "reps")
    }
    mixed = {name: "\n".join([rows[0], *reversed(rows[1:])]) + "\n" for name, rows in written.items()}
    reversed_rows = company(MARGINAL, mixed)
    found, again = paid(opened), paid(reversed_rows)
    assert found.people.equals(again.people)
    assert trace(opened, found, "r1") == trace(reversed_rows, again, "r1")


def test_a_trace_of_several_settlements_goes_through_each(company: Callable[..., Company]) -> None:
    opened = company(MARGINAL)
    plan = IncentivePlan.model_validate(MARGINAL)
    found = settled_payouts(opened, plan, [parse_period("2025Q3"), parse_period("2025Q4")])
    lines = trace(opened, found, "r1")
    assert [str(one.period) for one in lines] == ["2025Q3"] * 2 + ["2025Q4"] * 4
    assert sum(one.amount for one in lines) == 185
