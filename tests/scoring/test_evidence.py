"""What a period's results tell of true values: priors of the periods before, and errors worked out by hand."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.inference.priors import BetaPrior, NormalPrior
from salesperf.scoring.company_scores import evidence_to_settle
from salesperf.scoring.evidence import AmountEvidence, RateEvidence, evidence
from salesperf.scoring.priors import periods_before, rate_priors
from salesperf.scoring.score_basis import score_basis

CompanyOf = Callable[..., Company]
REPS = "rep_id,rep,region,start_date\nr1,Ann,East,2020-01-01\nr2,Bo,East,2020-01-01\nr3,Cy,West,2020-01-01\n"
TARGETS = "level,name,period,kpi,target\n" + "".join(
    f"rep,{rep},2025Q{quarter},{kpi},{target}\n"
    for rep in ("r1", "r2", "r3")
    for quarter in (1, 2, 3, 4)
    for kpi, target in (("revenue", 200), ("new_customers", 2))
)
DAYS = [f"2025-{month:02}-10" for month in range(1, 13)]
ORDERS = "order_id,rep_id,account_id,date,amount\n" + "".join(
    f"o{place}{rep},{rep},a{place}{rep},{day},{50 + 50 * (place % 2)}\n"
    for place, day in enumerate(["2024-10-01", *DAYS[:-1], "2025-12-31"])
    for rep in ("r1", "r2", "r3")
)
SURVEYS = "date,score,rep_id\n" + "".join(
    f"{day},{5 if (place + number) % 3 else 1},r{1 + number % 3}\n"
    for place, day in enumerate(DAYS)
    for number in range(12)
)
TABLES = {"reps": REPS, "orders": ORDERS, "surveys": SURVEYS, "targets": TARGETS}


def model_of(*kpis: str, **settings: Any) -> dict[str, Any]:
    anchors = {"threshold": 0.5, "target": 0.75, "excellent": 1.0}
    weighted = [{"kpi": kpi, "weight": 1 / len(kpis), "anchors": {**anchors}, **settings} for kpi in kpis]
    return {"perspectives": [{"name": "results", "weight": 1, "kpis": weighted}], "measured_at_least": 0}


def test_priors_are_of_the_whole_periods_before(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("satisfaction"))
    labels = [period.label for period in periods_before(company, company.period)]
    assert labels == ["2024Q4", "2025Q1", "2025Q2", "2025Q3"]
    first = company_of(TABLES, model=model_of("satisfaction"), period="2024Q4")
    assert periods_before(first, first.period) == []


def test_a_prior_has_the_neutral_value_as_its_mean(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("satisfaction"))
    (prior,) = rate_priors(company, company.period, "rep", ("satisfaction", "revenue_attainment")).values()
    assert prior.mean == pytest.approx(2 / 3) and prior.strength > 0


@pytest.mark.parametrize(("least", "drawn"), [({}, False), ({"least_cases": 12}, False), ({"least_cases": 13}, True)])
def test_a_rate_of_fewer_cases_than_the_model_asks_is_drawn_to_the_prior(
    company_of: CompanyOf, least: dict[str, int], drawn: bool
) -> None:
    company = company_of(TABLES, model=model_of("satisfaction", **least))
    row = company.score_basis("rep").set_index("rep_id").loc["r1"]
    assert row["satisfaction_n"] == 12 and row["satisfaction"] == pytest.approx(8 / 12)
    assert ("satisfaction_drawn" in row.index) is drawn
    if drawn:
        strength = rate_priors(company, company.period, "rep", ("satisfaction",))["satisfaction"].strength
        assert row["satisfaction_drawn"] == pytest.approx((8 + 2 / 3 * strength) / (12 + strength))
        # Between 50 % (60 points) and 75 % (100), and so the points of what is drawn, not of the rate itself:
        counted = company.scorecard().points.loc["r1", "satisfaction"]
        assert counted == pytest.approx(60 + 160 * (row["satisfaction_drawn"] - 0.5))


def test_regions_have_enough_cases_or_stand_as_they_are(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("satisfaction", least_cases=1000))
    assert "satisfaction_drawn" in company.score_basis("rep")
    assert "satisfaction_drawn" not in company.score_basis("region")


def test_only_a_share_of_cases_has_a_least_number_of_them(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("revenue_attainment", least_cases=5))
    with pytest.raises(RequestError, match=r"least_cases: expected a share of cases.*got 'revenue_attainment'"):
        company.scorecard()


def of_kpi(company: Company, kpi: str) -> Any:
    rows = score_basis(company, [company.period], "rep", [kpi])
    return evidence(company, company.period, "rep", {kpi: 10}, rows)[kpi]


def test_the_error_of_an_attainment_by_money_is_that_of_a_poisson_number_of_amounts(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("revenue_attainment"))
    known = of_kpi(company, "revenue_attainment")
    assert isinstance(known, AmountEvidence)
    # In 2025 50 and 100 take turns: their mean square per unit is 12,500 ÷ 150. The fourth quarter has 100, 50 and 50
    # (or 50, 100, 100) of a target of 200; expected is halfway to the mean attainment.
    sold = known.values * 200
    every = [rows["revenue"].to_numpy() for _, rows in company.kpis("rep", "2025Q1:2025Q4").groupby("period")]
    every.append(company.kpis("rep", "2024Q4")["revenue"].to_numpy())
    squares = sum(
        float(rows["squares"].sum())
        for rows in (company.statistics("revenue", "rep", f"2025Q{quarter}") for quarter in (1, 2, 3, 4))
    ) + float(company.statistics("revenue", "rep", "2024Q4")["squares"].sum())
    middle = np.concatenate(every[:4]).mean() / 200
    expected = squares / np.concatenate(every).sum() * (sold + middle * 200) / 2 / 200**2
    assert known.errors == pytest.approx(expected)


def test_the_error_of_an_attainment_by_count_is_that_of_a_poisson_count(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("new_customers_attainment"))
    known = of_kpi(company, "new_customers_attainment")
    # Everybody wins three new accounts a quarter, of a target of two: the expected count is 3, its variance 3 ÷ 2².
    assert known.values.tolist() == [1.5, 1.5, 1.5] and known.errors.tolist() == pytest.approx([0.75] * 3)


def test_a_rate_is_known_by_its_successes_and_cases(company_of: CompanyOf) -> None:
    known = of_kpi(company_of(TABLES, model=model_of("satisfaction")), "satisfaction")
    assert isinstance(known, RateEvidence)
    assert known.successes.tolist() == [8, 8, 8] and known.cases.tolist() == [12, 12, 12] and known.least_cases == 10


def test_what_has_no_error_of_its_own_has_that_from_period_to_period(company_of: CompanyOf) -> None:
    rated = "rep_id,period,criterion,rating\n" + "".join(
        f"r{rep},2025Q{quarter},teamwork,{3 + (rep == quarter)}\n" for rep in (1, 2, 3) for quarter in (1, 2, 3, 4)
    )
    known = of_kpi(company_of({**TABLES, "assessments": rated}, model=model_of("assessed")), "assessed")
    # Less the quarters' means (3 1/3 and, in the fourth, 3) each person has 2/3, -1/3, -1/3 and 0 in some order, with
    # squares of 2/3 around the own mean of 0, over 3 × 3 degrees of freedom.
    assert known.errors.tolist() == pytest.approx([3 * (2 / 3) / 9] * 3)


def test_where_the_periods_before_tell_nothing_priors_are_of_the_period_itself(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("satisfaction", "revenue_attainment"), period="2025Q1")
    sure = company.certainty()
    assert sure["score_low"].notna().all() and (sure["score_low"] <= sure["score_high"]).all()


def test_a_period_that_is_not_over_says_nothing_of_how_sure_it_is(company_of: CompanyOf) -> None:
    begun = {
        name: "".join(line for line in text.splitlines(keepends=True) if not re.search("2025-1[12]-[1-3]", line))
        for name, text in TABLES.items()
    }
    company = company_of(begun, model=model_of("satisfaction"), as_of="2025-11-15")
    assert company.certainty().isna().all(axis=None) and company.scorecard().summary["score"].notna().all()


def test_every_level_has_its_certainty_and_an_unknown_one_is_refused(company_of: CompanyOf) -> None:
    company = company_of(TABLES, model=model_of("satisfaction"))
    assert company.certainty("region").index.tolist() == ["East", "West"]
    assert company.certainty("team").index.nlevels == 2
    with pytest.raises(RequestError, match="expected 'region', 'team', 'rep', got 'company'"):
        company.certainty("company")  # type: ignore[arg-type]


def test_ranks_are_of_the_company_and_of_the_region(company_of: CompanyOf) -> None:
    sure = company_of(TABLES, model=model_of("revenue_attainment")).certainty()
    assert (
        sure["rank_high"].max() == 3 and sure.loc["r3", "region_rank"] == 1 and sure.loc["r3", "region_rank_high"] == 1
    )


def test_the_error_of_a_mean_is_the_variance_within_people_by_its_cases(company_of: CompanyOf) -> None:
    rated = "rep_id,date,kind,count,quality\n" + "".join(
        f"{rep},{day},visit,1,{quality}\n" for rep in ("r1", "r2", "r3") for day in DAYS[9:] for quality in (2, 4)
    )
    known = of_kpi(company_of({**TABLES, "activities": rated}, model=model_of("activity_quality")), "activity_quality")
    # Six qualities each, of a mean of 3: squares of 6 over 5 degrees of freedom, for six cases.
    assert known.values.tolist() == [3, 3, 3] and known.errors.tolist() == pytest.approx([6 / 5 / 6] * 3)
    alike = company_of({**TABLES, "activities": rated.replace(",2\n", ",4\n")}, model=model_of("activity_quality"))
    assert of_kpi(alike, "activity_quality").errors.tolist() == [0, 0, 0]


def test_further_periods_bring_as_many_cases_each_of_which_the_expected_share_succeeds() -> None:
    now = RateEvidence(np.array([3.0, 0.0, np.nan]), np.array([4.0, 0.0, np.nan]), BetaPrior(0.5, 16.0))
    then = now.continued(np.array([2.0, 2.0, 2.0]))
    # (3 + 8) ÷ 20 is expected, of 8 more cases.
    assert then.cases.tolist() == pytest.approx([12.0, 0.0, np.nan], nan_ok=True)
    assert then.successes.tolist() == pytest.approx([3 + 8 * 0.55, 0.0, np.nan], nan_ok=True)
    assert (then.successes[0] + 8) / 28 == pytest.approx(0.55)  # nothing else is expected then


def test_further_periods_measure_the_expected_amount_again_and_again() -> None:
    now = AmountEvidence(np.array([1.2, 0.9]), np.array([0.04, np.inf]), NormalPrior(1.0, 0.04))
    then = now.continued(np.array([3.0, 3.0]))
    # Halfway to the prior 1.1 is expected, measured three times more: (1.2 + 3 × 1.1) ÷ 4, with a quarter of the error.
    assert then.values[0] == pytest.approx(1.125) and then.errors.tolist() == [0.01, np.inf]
    assert 1 + (then.values[0] - 1) * 0.04 / 0.05 == pytest.approx(1.1)


def test_what_settles_grades_is_told_of_everyone(company_of: CompanyOf) -> None:
    grades = [{"grade": name, "at_least": limit, "coefficient": 1} for name, limit in (("A", 95), ("B", 0))]
    company = company_of(TABLES, model={**model_of("satisfaction", "revenue_attainment"), "grades": grades})
    told = evidence_to_settle(company)
    assert told["grade_chance"].equals(company.certainty()["grade_chance"])
    finite = np.isfinite(told["periods"])
    periods = told.loc[finite, "periods"]
    assert (periods > 0).any() and told.loc[finite, "satisfaction_n"].equals(12 * periods)
    assert told.loc[~finite, "satisfaction_n"].isna().all() and "revenue_attainment_n" not in told
    ends_early = {**TABLES, "orders": ORDERS.replace("2025-12-31", "2025-12-20")}
    running = company_of(ends_early, model=model_of("satisfaction"))
    assert evidence_to_settle(running)[["grade_chance", "periods"]].isna().all(axis=None)
