"""Another plan on past periods: costs, gains and losses, stretches and cliffs, worked out by hand."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.people.incentives.incentive_plan import IncentivePlan
from salesperf.people.incentives.what_if import cliffs, payout_line, segments, standing, what_if

TIERS = [{"from": 0, "to": 1, "rate": 0.1}, {"from": 1, "rate": 0.2}]


def plan(**parts: Any) -> IncentivePlan:
    return IncentivePlan.model_validate({"target_incentive": 100, **parts})


MARGINAL, RETROACTIVE = plan(commission={"tiers": TIERS}), plan(commission={"tiers": TIERS, "mode": "retroactive"})


def test_costs_and_who_gains_are_told_for_every_period(company: Callable[..., Company]) -> None:
    opened = company()
    found = what_if(opened, MARGINAL, RETROACTIVE, 4)
    # 2025Q3: Ann 1,200 (140 or 240), Bo 400 (40), Cy 1,000 (100 or 200). 2025Q4: Ann 950 (95) less what o2 takes back
    # (50, or 240 − 90 = 150), Bo 5.06, Cy 15. Di has no target.
    assert found.costs["period"].tolist() == ["2025Q3", "2025Q4"]
    assert found.costs["present"].tolist() == [D("280.00"), D("65.06")]
    assert found.costs["other"].tolist() == [D("480.00"), D("-34.94")]
    assert found.people["difference"].tolist() == [D(0), D(0), D(100), None]
    assert (found.gainers, found.losers, found.unavailable) == (1, 0, 1)


def test_plans_of_different_settlement_periods_are_compared_over_the_longer(company: Callable[..., Company]) -> None:
    opened = company()
    monthly = plan(every="month", commission={"by": "amount", "tiers": [{"from": 0, "rate": 0.1}]})
    quarterly = plan(commission={"by": "amount", "tiers": [{"from": 0, "rate": 0.2}]})
    found = what_if(opened, monthly, quarterly, 3)
    # 2025Q4 at 10 %: 350 + 700 − 100 − 300, 50.55, 150 and 800 by the day: 1,650.55; twice as much at 20 %. Cents are
    # rounded by rep: 65 + 5.06 + 15 + 80, and 130 + 10.11 + 30 + 160.
    assert found.costs.iloc[0].tolist() == ["2025Q4", D("1650.55"), D("165.06"), D("330.11")]


def test_a_plan_that_settles_no_past_period_is_refused(company: Callable[..., Company]) -> None:
    opened = company()
    with pytest.raises(RequestError, match="expected past settlements of both plans up to 2025Q4, got none"):
        what_if(opened, MARGINAL, plan(every="year", commission={"tiers": TIERS}))


def test_every_settlement_lies_on_one_stretch(company: Callable[..., Company]) -> None:
    opened = company()
    found = what_if(opened, plan(curve={}), RETROACTIVE, 2)
    # Attainments: Ann 120 % and 95 %, Bo 40 % and 5 %, Cy 100 % and 15 %.
    assert sorted(standing(found.present, "curve")) == [D("0.05055"), D("0.15"), D("0.4"), D("0.95"), D(1), D("1.2")]
    assert [one.settlements for one in segments(found.present, "curve")] == [3, 1, 2, 0]
    assert [(one.start, one.end, one.settlements) for one in segments(found.other, "commission")] == [
        (D(0), D(1), 4),
        (D(1), None, 2),
    ]
    assert segments(found.present, "commission") == []


def test_cliffs_are_found_with_who_stands_just_below(company: Callable[..., Company]) -> None:
    opened = company()
    found = what_if(opened, plan(curve={"share": 0.6}), RETROACTIVE, 2)
    (tier,) = cliffs(found.other)
    # At 100 % the rate rises from 10 % to 20 % of everything: 10 % of the target. Ann's 95 % is near.
    assert (tier.kind, tier.at, tier.jump, tier.near, tier.just_over) == ("commission", D(1), D("0.1"), 1, 1)
    (start,) = cliffs(found.present)
    assert (start.kind, start.at, start.jump, start.near) == ("curve", D("0.75"), D("0.30"), 0)
    assert cliffs(what_if(opened, MARGINAL, MARGINAL, 1).other) == []


def test_the_line_of_a_plan_is_what_it_pays() -> None:
    places = [D("0.5"), D("1.5")]
    assert payout_line(MARGINAL, "commission", places) == [D("0.05"), D("0.2")]  # 0.1 + 0.5 × 20 %
    assert payout_line(plan(curve={"share": 0.5}), "curve", places) == [D(0), D("1.5")]
    assert payout_line(MARGINAL, "curve", places) == []
