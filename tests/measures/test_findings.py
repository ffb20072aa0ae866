"""What of a region's period is beyond chance, and what it is worth."""

from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest

from salesperf.measures.findings import MOST_FINDINGS, Finding, findings
from salesperf.measures.kpis import KPIS

PERIODS = [f"p{place}" for place in range(9)]
REGIONS = [f"R{place}" for place in range(8)]


def by_chance(seed: int) -> pd.DataFrame:
    """Eight regions whose periods differ by chance alone."""
    draw, count = np.random.default_rng(seed), len(PERIODS) * len(REGIONS)
    closed, answers = draw.poisson(300, count), draw.poisson(60, count)
    columns = {
        "revenue": draw.lognormal(14, 0.12, count),
        "customers": draw.poisson(110, count).astype(float),
        "new_customers": draw.poisson(35, count).astype(float),
        "win_rate": draw.binomial(closed, 0.4) / closed,
        "win_rate_n": closed.astype(float),
        "average_deal": draw.lognormal(9, 0.08, count),
        "average_deal_n": draw.poisson(120, count).astype(float),
        "gross_margin": draw.normal(0.4, 0.01, count),
        "satisfaction": draw.binomial(answers, 0.7) / answers,
        "satisfaction_n": answers.astype(float),
        "activities": draw.normal(5000, 250, count),
    }
    places = pd.MultiIndex.from_product([PERIODS, REGIONS], names=["period", "region"]).to_frame(index=False)
    return places.join(pd.DataFrame(columns))


def changed(rows: pd.DataFrame, region: str = "R3", **now: float) -> pd.DataFrame:
    """The rows with other values of a region in the last period."""
    rows.loc[(rows["region"] == region) & (rows["period"] == PERIODS[-1]), list(now)] = list(now.values())
    return rows


def found(rows: pd.DataFrame, region: str = "R3") -> dict[str, Finding]:
    return {finding.kpi.id: finding for finding in findings(rows, region, PERIODS, KPIS).found}


def test_of_regions_that_chance_alone_moves_one_in_twenty_has_a_finding() -> None:
    pages = [bool(found(rows, region)) for rows in map(by_chance, range(40)) for region in REGIONS]
    assert len(pages) == 320
    assert np.mean(pages) <= 0.05 + 2.33 * sqrt(0.05 * 0.95 / 320)


def test_what_else_a_page_could_claim_is_of_the_same_family() -> None:
    rows = changed(by_chance(1), win_rate=0.52, win_rate_n=300)
    alone = findings(rows, "R3", PERIODS, KPIS)
    assert [finding.kpi.id for finding in alone.found] == ["win_rate"] and min(alone.p_values) > 1e-4
    assert findings(rows, "R3", PERIODS, KPIS, beside=[0.9] * 500).found == ()
    assert findings(rows, "R3", PERIODS, KPIS, beside=[0.9] * 500).p_values == alone.p_values
    assert findings(rows, "R3", PERIODS, KPIS, beside=[0.001, float("nan")]).found == alone.found


def test_a_difference_comes_with_its_average_its_n_and_what_it_is_worth() -> None:
    rows = changed(by_chance(1), win_rate=0.6, win_rate_n=300, average_deal=8000.0, average_deal_n=180.0)
    finding = found(rows)["win_rate"]
    past = rows[(rows["region"] == "R3") & (rows["period"] != PERIODS[-1])]
    assert (finding.now, finding.n, finding.periods, finding.better) == (0.6, 300, 8, True)
    assert finding.average == pytest.approx(past["win_rate"].mean())
    assert finding.worth == pytest.approx((0.6 - finding.average) * 300 * 8000)


@pytest.mark.parametrize(
    ("kpi", "value", "worth"),
    [
        ("revenue", 3e6, lambda off: off),
        ("new_customers", 90.0, lambda off: off * 1e6 / 100),
        ("average_deal", 20_000.0, lambda off: off * 50),
        ("gross_margin", 0.3, lambda off: off * 1e6),
    ],
)
def test_what_a_difference_is_worth_is_told_from_the_period(kpi: str, value: float, worth: object) -> None:
    usual = {"revenue": 1e6, "customers": 100.0, "average_deal_n": 50.0}
    finding = found(changed(by_chance(2), **(usual | {kpi: value})))[kpi]
    assert finding.worth == pytest.approx(worth(value - finding.average))  # type: ignore[operator]
    assert finding.better is (kpi != "gross_margin")


def test_activities_and_satisfaction_are_worth_no_money() -> None:
    some = found(changed(by_chance(3), activities=9000.0, satisfaction=0.2))
    assert list(some) and all(isnan(finding.worth) for finding in some.values())


def test_at_most_three_are_given_the_least_likely_by_chance_first() -> None:
    rows = changed(
        by_chance(4), revenue=6e6, activities=8500.0, gross_margin=0.2, average_deal=1e5, new_customers=120.0
    )
    some = findings(rows, "R3", PERIODS, KPIS)
    assert len(some.found) == MOST_FINDINGS == 3
    assert "new_customers" not in [finding.kpi.id for finding in some.found]
    assert some.looked_at == 7


def test_too_few_periods_or_values_are_held_against_nothing() -> None:
    rows = by_chance(5)
    assert findings(rows, "R3", PERIODS[-3:], KPIS).looked_at == 0
    assert findings(rows, "R3", PERIODS[-4:], KPIS).looked_at == 7
    rows["win_rate"] = float("nan")
    assert findings(rows, "R3", PERIODS, KPIS).looked_at == 6
    assert findings(rows[rows["region"] == "R3"], "R3", PERIODS, KPIS).looked_at == 6  # one region alone


def test_the_order_of_rows_changes_nothing() -> None:
    rows = changed(by_chance(6), revenue=6e6, activities=8500.0)
    assert findings(rows, "R3", PERIODS, KPIS) == findings(rows.sample(frac=1, random_state=1), "R3", PERIODS, KPIS)
