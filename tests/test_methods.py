"""The examples in docs/methods.md come out of the code as they stand there, and every section that is cited exists."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesperf.company import Company
from salesperf.inference.intervals import wilson
from salesperf.inference.priors import BetaPrior
from salesperf.inference.shrinkage import posterior_rates
from salesperf.measures.borders import borders
from salesperf.measures.change import revenue_change
from salesperf.measures.cohorts import Ages, median_age, won_by
from salesperf.measures.coverage import is_whole, last_day
from salesperf.measures.planning.pacing import progress
from salesperf.people.estimates import Estimate
from salesperf.people.incentives.commission import curve_factor, tiered
from salesperf.people.incentives.pay_rules import Commission, Curve
from salesperf.periods import parse_period
from salesperf.rounding import apportioned
from salesperf.scoring.change import WEIGHTS, score_change
from salesperf.scoring.model import Anchors, Points, WeightedKpi
from salesperf.scoring.pilot import smallest_p
from salesperf.scoring.readiness import preset
from salesperf.scoring.scorecard import Scorecard, points, scorecard
from salesperf.weighting.ahp import ahp, comparison_matrix
from salesperf.weighting.smallest_change import any_bounds, change_to_overtake

CompanyOf = Callable[..., Company]
ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
CITED = [path for folder in ("salesperf", "tests", "docs", "bench") for path in (ROOT / folder).rglob("*.*")]


def example(name: str) -> list[list[str]]:
    """The rows of the table under the mark of an example, without its head."""
    table = PAGE.partition(f"<!-- example: {name} -->\n")[2].partition("\n\n")[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return [head, *rows] if re.fullmatch(r"[\d.]+", head[1]) else rows


def numbers(row: list[str]) -> list[float]:
    """The cells of a row behind its name."""
    return [float(cell or "nan") for cell in row[1:]]


def test_every_section_that_is_cited_is_a_heading_of_the_page() -> None:
    headings = set(re.findall(r"^## (\d+)\. ", PAGE, flags=re.MULTILINE))
    cited = set(re.findall(r"\(§(\d+)\)", PAGE))
    for path in CITED:
        if path.suffix in (".py", ".yml", ".md", ".ipynb"):
            for sections in re.findall(r"methods\.md (§\d+(?:(?:,| and) §\d+)*)", path.read_text(encoding="utf-8")):
                cited |= set(re.findall(r"\d+", sections))
    assert {"1", "2", "3", "6", "8"} <= cited <= headings


def test_a_period_is_whole_where_no_more_days_lack_than_the_company_pauses(company_of) -> None:
    (quarter, *_) = re.findall(r"Of (\w+), a company that sells on every weekday", PAGE)
    period = parse_period(quarter)
    for last, lacking, whole in example("whole"):
        days = pd.bdate_range("2025-01-01", last.split()[1])
        assert days[-1].day_name() == last.split()[0]
        rows = [f"o{number},r1,a,{day:%Y-%m-%d},1" for number, day in enumerate(days)]
        orders = "\n".join(["order_id,rep_id,account_id,date,amount", *rows])
        company = company_of({"reps": "rep_id,rep,region\nr1,Ann,East\n", "orders": orders})
        assert (period.end - last_day(company)).days == int(lacking)
        assert is_whole(company, period) is (whole == "yes")


def test_a_sale_belongs_where_its_rep_does_or_where_it_is_written(company_of) -> None:
    sales, regions = example("whose"), example("credit")
    people = {"Ann": "East", "Bo": "East", "Cy": "West"}
    assert "Ann and Bo of East have 100 and 50 to reach, and Cy of West 200" in " ".join(PAGE.split())
    tables = {
        "reps": [{"rep_id": name, "rep": name, "region": region} for name, region in people.items()],
        "orders": [
            {
                "order_id": key,
                "rep_id": rep,
                "account_id": "a",
                "date": "2025-12-31",
                "amount": amount,
                "region": written,
            }
            for key, rep, written, amount in sales
        ],
        "targets": [
            {"level": "rep", "name": name, "period": "2025Q4", "kpi": "revenue", "target": target}
            for name, target in {"Ann": 100, "Bo": 50, "Cy": 200}.items()
        ],
    }
    for credit, place in (("rep", 2), ("deal", 4)):
        found = company_of(tables, credit=credit).kpis("region").set_index("region")
        for region, target, *told in regions:
            revenue, attainment = told[place - 2], told[place - 1]
            row = found.loc[region]
            assert (row["revenue"], row["revenue_target"]) == (float(revenue), float(target))
            known = None if attainment == "not available" else float(attainment.removesuffix(" %")) / 100
            assert pd.isna(row["revenue_attainment"]) if known is None else row["revenue_attainment"] == known


def test_a_split_sale_is_credited_by_share_and_booked_and_counted_by_its_owner(company_of) -> None:
    assert "Of an order of 100 that is split 70 to 30, the owner is credited with 70 and has booked 100" in " ".join(
        PAGE.split()
    )
    tables = {
        "reps": "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n",
        "orders": "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-12-31,100\n",
        "splits": "sale_id,rep_id,share\no1,r1,70\no1,r2,30\n",
    }
    company = company_of(tables)
    rows = company.kpis("rep").set_index("rep_id")
    assert rows["revenue"].to_dict() == {"r1": 70, "r2": 30}
    assert rows["customers"].to_dict() == {"r1": 1, "r2": 0}
    assert (borders(company, company.period, "East").credited, borders(company, company.period, "East").booked) == (
        70,
        100,
    )


def test_a_pace_is_the_result_against_what_was_due(company_of) -> None:
    rows = example("pace")
    months = {"April": "2025-04", "May": "2025-05", "June": "2025-06"}
    targets = [
        {"level": "rep", "name": "r1", "period": months[name], "kpi": "revenue", "target": target}
        for name, target, *_ in rows
    ]
    sold = [("2025-04-01", 700), ("2025-06-15", 60)]
    orders = [
        {"order_id": day, "rep_id": "r1", "account_id": "a", "date": day, "amount": amount} for day, amount in sold
    ]
    reps = [{"rep_id": "r1", "rep": "Ann", "region": "East"}]
    company = company_of({"reps": reps, "orders": orders, "targets": targets}, period="2025Q2")
    (one,) = progress(company, company.plan, "rep").to_dict("records")
    assert [float(target) * float(over) for _, target, over, _ in rows] == [float(due) for *_, due in rows]
    assert "A result of 760 by 15 June is 76 % of the quarter's 1,000, and a pace of 760 ÷ 800 = 95 %." in PAGE
    assert (one["result"], one["target"], one["attainment"], one["pacing"]) == (760, 1000, 0.76, 0.95)


def test_a_sales_cycle_is_the_smallest_age_at_which_half_have_closed() -> None:
    rows = [[float(cell) for cell in row] for row in example("cycle")]
    age, left, closed, reach, alive = (np.array(column) for column in zip(*rows, strict=True))
    assert list(left[::-1].cumsum()[::-1]) == list(reach)
    assert np.cumprod(1 - closed / reach) == pytest.approx(alive, abs=0.005)
    ages = Ages(*(column.astype(np.int64) for column in (age, left, closed, np.zeros(len(age)))))
    assert median_age(ages) == 40
    assert np.average(age, weights=closed) == 37.5
    assert "The median is 40 days. The mean of the four closed deals, 37.5," in " ".join(PAGE.split())


def test_a_win_rate_of_a_cohort_is_what_was_won_of_what_was_still_open() -> None:
    rows = [[float(cell) for cell in row] for row in example("cohort")]
    age, left, won, lost, reach, before, by_then = (np.array(column) for column in zip(*rows, strict=True))
    ages = Ages(*(column.astype(np.int64) for column in (age, left, won + lost, won)))
    assert list(left[::-1].cumsum()[::-1]) == list(reach)
    assert [1, *np.cumprod(1 - (won + lost) / reach)[:-1]] == pytest.approx(before, abs=0.005)
    assert [won_by(ages, int(day)) for day in age] == pytest.approx(by_then, abs=0.005)
    assert won_by(ages, 90) == pytest.approx(1 / 5 + 0.8 * 1 / 3)
    assert won.sum() / (won + lost).sum() == 0.75
    assert "By day 90, 47 % are won. Of the four that closed three were won, a win rate of 75 %" in PAGE


def test_velocity_growth_and_turnover_come_out_of_the_kpi_table(company_of) -> None:
    """20 deals open, 4 won at 5,000 each of 10 closed, all within 80 days; 300 after 240; 1 of 4.5 leaves."""
    text = " ".join(PAGE.split())
    deal = {"rep_id": "r1", "created": "2025-10-02", "closed": "2025-12-21"}  # 80 days
    deals = [deal | {"status": "won"}] * 4 + [deal | {"status": "lost"}] * 6
    deals += [{"rep_id": "r1", "created": "2025-12-21", "status": "open", "closed": ""}] * 20
    deals += [{"rep_id": "r1", "created": "2020-01-01", "status": "lost", "closed": "2020-01-02"}]
    days = ["", "", "", "2025-11-15"], ["2025-12-01"] * 2
    reps = [{"rep_id": f"r{place}", "start_date": "", "end_date": day} for place, day in enumerate(days[0], 1)]
    reps += [{"rep_id": f"n{place}", "start_date": day, "end_date": ""} for place, day in enumerate(days[1])]
    tables = {
        "reps": [one | {"rep": one["rep_id"], "region": "East"} for one in reps],
        "opportunities": [one | {"opportunity_id": place, "amount": 5000} for place, one in enumerate(deals)],
    }
    row = company_of(tables).kpis("company").iloc[0]
    assert (row["average_deal"], row["win_rate"], row["cycle_days"], row["velocity"]) == (5000, 0.4, 80, 500)
    assert "win rate of 40 % and a sales cycle of 80 days, 20 × 5,000 × 0.4 ÷ 80 = 500." in text
    assert row["staff_turnover"] == 1 / 4.5
    assert "5 are there on the last day: 1 ÷ ((4 + 5) ÷ 2) = 22 %." in text
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2024-10-01,240\no2,r1,a,2025-10-01,300\n"
    row = company_of({"reps": tables["reps"], "orders": orders}).kpis("company").iloc[0]
    assert row["revenue_growth"] == 0.25
    assert "300 after 240 is 300 ÷ 240 − 1 = 25 %" in text


def test_a_change_of_revenue_falls_into_number_and_size() -> None:
    region = pd.DataFrame(
        {"period": ["old", "new"], "revenue": [1000.0, 1320], "average_deal_n": [10, 12], "average_deal": [100, 110]}
    )
    reps = pd.DataFrame({"rep_id": "r1", "period": ["old", "new"], "revenue": [1000.0, 1320]})
    change = revenue_change(region, reps, "old", "new")
    assert (change.total, change.from_count, change.from_size) == (320, 210, 110)
    assert "revenue rises by 320: 105 × 2 = 210 by number, 11 × 10 = 110 by size" in " ".join(PAGE.split())


def test_points_lie_on_the_line_between_anchors() -> None:
    values, earned = (numbers(row) for row in example("points"))
    anchors = Anchors(threshold=0.6, target=1.0, excellent=1.2)
    assert points(np.array(values), anchors, Points()) == pytest.approx(earned)


def carded(satisfied: float) -> Scorecard:
    """The scorecard of the example's person under core_three."""
    row = {"revenue_attainment": [0.9], "satisfaction": [satisfied], "new_customers_attainment": [1.0]}
    return scorecard(pd.DataFrame(row), preset("core_three"))


def test_a_score_is_made_of_its_contributions_and_what_is_missing_gives_its_weight_away() -> None:
    rows = {row[0]: numbers(row) for row in example("score")}
    model, card = preset("core_three"), carded(float("nan"))
    assert [side.weight * one.weight for side, one in model.kpis()] == [rows[name][0] for name in model.kpi_ids]
    for column, frame in enumerate((card.points, card.weights, card.contributions), start=1):
        shown = [rows[name][column] for name in model.kpi_ids]
        assert frame.iloc[0].to_numpy() == pytest.approx(np.array(shown), nan_ok=True)
    told = card.summary.iloc[0]
    assert (told["measured"], told["grade"]) == (0.75, "B")
    assert told["score"] == pytest.approx(95)


def test_the_neutral_value_is_the_rate_of_all_whole_periods_before(company_of: CompanyOf) -> None:
    *quarters, neutral = example("neutral")
    reps = "rep_id,rep,region,start_date\nr1,Ann,East,2020-01-01\nr2,Bo,East,2020-01-01\n"
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-01-02,1\no2,r2,a,2025-09-30,1\n"
    surveys = ["survey_id,rep_id,account_id,date,score"]
    days = {"2025Q1": "2025-02-01", "2025Q2": "2025-05-01"}
    for label, answers, share in quarters:
        best = round(float(answers) * float(share))
        surveys += [f"{label}-{n},r1,a,{days[label]},{5 if n < best else 1}" for n in range(int(answers))]
    surveys.append("last,r1,a,2025-08-01,5")
    tables = {"reps": reps, "orders": orders, "surveys": "\n".join(surveys) + "\n"}
    company = company_of(tables, period="2025Q3", model="core_three")
    rows = company.score_basis("rep").set_index("rep_id")
    assert rows.at["r2", "satisfaction_neutral"] == pytest.approx(float(neutral[2]))
    assert np.isnan(rows.at["r1", "satisfaction_neutral"])  # has an answer, and needs nothing in its place


def test_a_neutral_value_earns_points_and_is_not_measured() -> None:
    row = {"revenue_attainment": [0.9], "satisfaction": [np.nan], "new_customers_attainment": [1.0]}
    card = scorecard(pd.DataFrame(row | {"satisfaction_neutral": [0.66]}), preset("core_three"))
    assert card.points["satisfaction"].iloc[0] == pytest.approx(85.6)
    assert card.summary["score"].iloc[0] == pytest.approx(91.4)
    assert card.summary["measured"].iloc[0] == pytest.approx(0.75)
    assert "it earns 85.6 points, and the score is 0.5 × 90 + 0.25 × 85.6 + 0.25 × 100 = 91.4" in " ".join(PAGE.split())


def test_weight_that_moved_is_a_part_of_a_change() -> None:
    # 80 points of satisfaction lie half-way between 50 % (60) and 75 % (100) of answers.
    change = score_change(carded(float("nan")), carded(0.625))
    assert change.scores.iloc[0].tolist() == pytest.approx([95, 90, -5])
    assert change.parts.iloc[0].to_dict() == pytest.approx(
        {"revenue_attainment": 0, "satisfaction": float("nan"), "new_customers_attainment": 0, WEIGHTS: -5},
        nan_ok=True,
    )


def test_few_cases_have_a_wide_interval() -> None:
    for won, of, lower, upper in ([float(cell) for cell in row] for row in example("wilson")):
        assert wilson(won, of) == pytest.approx((lower, upper), abs=0.005)


def test_a_rate_of_few_cases_is_drawn_to_its_prior() -> None:
    for satisfied, of, counted in ([float(cell) for cell in row] for row in example("drawn")):
        few = of < WeightedKpi.model_fields["least_cases"].default
        drawn = posterior_rates(satisfied, of, BetaPrior(0.62, 32.0)).estimate if few else satisfied / of
        assert drawn == pytest.approx(counted, abs=0.005)


def test_an_unsure_value_is_drawn_to_the_mean() -> None:
    # A variance of 0.08, half of it error: 0.04 are between people.
    spread = 0.4
    values = np.array([1 - spread, 1.0, 1.0, 1.0, 1 + spread])
    one = Estimate(values, np.full(5, 0.04))
    assert values.var(ddof=1) == pytest.approx(0.08)
    assert one.reliability == pytest.approx(0.5)
    assert one.shrunk[-1] == pytest.approx(1.2)
    assert "A value of 1.4 where the mean is 1.0 and b = e = 0.04 counts as 1.2." in " ".join(PAGE.split())


def test_a_payout_curve_is_linear_between_its_points() -> None:
    attained, pays = example("curve")
    assert [curve_factor(Curve(), Decimal(one)) for one in attained[1:]] == [Decimal(one) for one in pays[1:]]


def test_retroactive_tiers_jump_where_marginal_ones_do_not() -> None:
    sold, *modes = example("tiers")
    tiers = [{"from": 0, "rate": 0.03}, {"from": 1, "rate": 0.045}, {"from": 1.2, "rate": 0.06}]
    for mode, *paid in modes:
        plan = Commission.model_validate({"mode": mode, "tiers": tiers})
        found = [tiered(plan, Decimal(one), Decimal(100_000)) for one in sold[1:]]
        assert found == [Decimal(one) for one in paid]


def test_few_units_can_prove_little() -> None:
    units, chosen, smallest = (numbers(row) for row in example("pilot"))
    assert [smallest_p(int(n), int(k)) for n, k in zip(units, chosen, strict=True)] == pytest.approx(smallest, abs=5e-5)


def test_parts_are_rounded_to_their_whole() -> None:
    assert apportioned(1000, [1, 1, 1]) == [334, 333, 333]
    assert "1,000 over three equal parts is 334 + 333 + 333" in " ".join(PAGE.split())


def test_the_one_comparison_that_disagrees_is_named_with_what_the_others_say() -> None:
    names, rows = zip(*((name, cells) for name, *cells in example("pairs")), strict=True)
    pairs = {(i, j): 4 / 3 if rows[i][j] == "1.3333" else float(rows[i][j]) for i in range(4) for j in range(i + 1, 4)}
    matrix = comparison_matrix(4, pairs)
    assert matrix.round(4).tolist() == [[float(cell) for cell in row] for row in rows]
    result = ahp(matrix)
    assert result.reconsider is not None
    text = " ".join(PAGE.split())
    first, second = (names[place].strip() for place in (result.reconsider.first, result.reconsider.second))
    ratio, given = f"{result.ratio:.2f}", f"{result.reconsider.given:g}"
    assert f"The ratio is {ratio}. {first.capitalize()} against {second}, {given}, is to be reconsidered" in text
    assert f"the others say {result.reconsider.consistent:.4g}." in text
    assert result.reconsider.ratio == pytest.approx(0, abs=1e-9)


def test_the_smallest_change_of_weights_moves_them_where_the_difference_is_largest() -> None:
    weights, behind, ahead, d, new = np.array([numbers(row) for row in example("overtake")]).T
    assert (behind - ahead == d).all()
    assert (behind @ weights, ahead @ weights) == pytest.approx((73, 85))
    change = change_to_overtake(behind, ahead, weights, bounds=any_bounds(weights))
    assert change is not None
    assert change.weights == pytest.approx(new)
    assert change.size == pytest.approx(0.6)
    assert (
        "The score behind is 73, the one ahead 85. A weight of 12 ÷ (10 + 30) = 0.3 has to move, a change of 0.6."
        in PAGE
    )
