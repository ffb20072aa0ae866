"""The exhibits of targets: what is printed, and what is said where something is not available."""

import re
from html import unescape

import pytest

from salesperf.language import Voice
from salesperf.measures.planning.hit_rates import hit_rates, past_hit_rates
from salesperf.present.targets import target_figures, target_tables

REPS = "rep_id,rep,region,team\nr1,<b>Ann</b>,East,One\nr2,Bo,East,One\nr3,Cy,West,\n"
ORDERS = "order_id,rep_id,account_id,date,amount\na,r1,a,2024-01-01,300\nb,r3,a,2024-12-31,100\nc,r1,a,2025-02-14,600\n"
DEALS = (
    "opportunity_id,rep_id,status,account_id,created,closed,amount\n"
    "1,r2,open,a,2025-01-05,2025-03-20,400\n2,r3,open,a,2025-01-05,2025-03-20,600\n"
)
GIVEN = [{"level": "company", "period": 2025, "target": 4800}]
VOICE = Voice("en", "$")


@pytest.fixture(scope="module")
def opened(company_of):
    """Opens a small company in the middle of a quarter."""

    def of(period="2025Q1", deals=DEALS, **rules):
        tables = {"reps": REPS, "orders": ORDERS} | ({"opportunities": deals} if deals else {})
        rules = {"split": {"rep": "equal"}, "seasonality": "equal", "given": GIVEN} | rules
        return company_of(tables, period=period, targets=rules)

    return of


def cells(shown):
    """The rows of a table, heading first."""
    found = re.findall(r"<tr.*?</tr>", shown.html.replace("<wbr>", ""), flags=re.DOTALL)
    return [[unescape(one).strip(" \n") for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in found]


def test_the_statement_says_pace_projection_and_coverage(opened):
    company = opened()
    # Due: 400 in January and half of 400; 600 of 600. Open: 1000 of the 600 still lacking.
    assert target_tables.statement(VOICE, company, whole=company.targets().iloc[0], kpi="revenue").plain == (
        "Company, Revenue: $600 of the target of $1,200 for 2025Q1 so far, 100.0% of what was due by now; at this "
        "pace the period ends at $1,200. In 2025 so far it is 100.0% of what was due. The open pipeline due in the "
        "period is 1.7 times what the target still lacks."
    )


def test_a_period_that_is_over_is_said_to_be_reached_or_not(opened):
    company = opened("2025-01")
    said = target_tables.statement(VOICE, company, whole=company.targets().iloc[0], kpi="revenue").plain
    assert said.startswith("Company, Revenue: $0 of the target of $400 for 2025-01, 0.0% of it.")


def test_a_whole_without_a_target_or_a_result_is_said_so(opened):
    company = opened("2024Q4")
    said = target_tables.statement(VOICE, company, whole=company.targets().iloc[0], kpi="revenue").plain
    assert said == "Company: no target of Revenue in 2024Q4."
    company = opened("2025Q2")
    said = target_tables.statement(VOICE, company, whole=company.targets().iloc[0], kpi="revenue").plain
    assert said.startswith("Company, Revenue: a target of $1,200 for 2025Q2; the export has no result for it.")


def test_the_tree_indents_parts_under_their_whole_and_escapes_names(opened):
    company = opened()
    shown = target_tables.plan_tree(VOICE, company.targets(), "revenue")
    rows = cells(shown)
    assert rows[0] == ["Whose", "Target", "Year before", "Change"]
    assert [row[0].replace("\u2007\u2007", ">") for row in rows[1:]] == [
        "Company", ">East", ">>One", ">>><b>Ann</b>", ">>>Bo", ">West", ">>not assigned", ">>>Cy",
    ]  # fmt: skip
    assert rows[2][1:] == ["$900", "$300", "+200.0%"]
    assert "<b>" not in shown.html


def test_over_assigned_reps_are_shown_as_unassigned_below_zero(opened):
    company = opened(over_assignment=1.1)
    rows = cells(target_tables.plan_tree(VOICE, company.targets(), "revenue"))
    assert rows[0][-1] == "Unassigned"
    assert [row[-1] for row in rows[1:4]] == ["$0", "$0", "−$90"]
    assert target_tables.plan_notes(VOICE, company.client, company.plan, kpi="revenue").plain.startswith(
        "The targets of all reps are 110.0% of the company's for 2025Q1;"
    )


def test_progress_shows_pace_only_while_the_period_runs(opened):
    company = opened()
    running = cells(target_tables.progress_table(VOICE, company, rows=company.targets(), kpi="revenue"))
    assert running[0] == ["Whose", "Target", "Result", "Attainment", "Pace", "Projection", "Pace in 2025", "Coverage"]
    assert running[1][1:] == ["$1,200", "$600", "50.0%", "100.0%", "$1,200", "100.0%", "1.7 times"]
    assert running[2][-1] == "1.3 times"  # 400 of 300 lacking
    company = opened("2025-01")
    shown = target_tables.progress_table(VOICE, company, rows=company.targets(), kpi="revenue")
    assert cells(shown)[0] == ["Whose", "Target", "Result", "Attainment", "Pace in 2025"]
    assert "The period is over" in shown.plain


def test_a_period_to_come_shows_targets_and_coverage_alone(opened):
    company = opened("2025Q2", DEALS.replace("03-20", "04-20"))
    shown = target_tables.progress_table(VOICE, company, rows=company.targets(), kpi="revenue")
    assert cells(shown)[0] == ["Whose", "Target", "Pace in 2025", "Coverage"]
    assert "The export covers" not in shown.plain


def test_without_due_dates_the_reason_stands_instead_of_coverage(opened):
    company = opened(deals="")
    shown = target_tables.progress_table(VOICE, company, rows=company.targets(), kpi="revenue")
    assert "Coverage" not in cells(shown)[0]
    assert "Coverage is not available: the export has no due dates of open opportunities." in shown.plain
    assert "The export covers 50% of the days of 2025Q1" in shown.plain


def test_a_regions_progress_holds_nobody_of_another(opened):
    company = opened()
    shown = target_tables.region_progress(VOICE, company, region="East")
    assert [row[0].strip("\u2007") for row in cells(shown)[1:]] == ["East", "One", "<b>Ann</b>", "Bo"]
    assert shown.plain.startswith("East, Revenue: $600 of the target of $900 for 2025Q1 so far")
    assert "Cy" not in shown.html + shown.plain and "West" not in shown.html + shown.plain


def test_hit_rates_stand_beside_those_on_past_results(opened):
    company = opened()
    tree = company.targets()
    now = hit_rates(tree[tree["level"] == "rep"]["pacing"])
    rows = cells(target_tables.hit_table(VOICE, company, now=now, past=past_hit_rates(company, company.plan)))
    # At their pace Ann has 600 of 225 due, the others nothing; a year before Ann sold 300 of 450.
    assert rows[1:] == [
        ["Threshold: 60% of target", "33%", "33%", "90% or more"],
        ["Target: 100%", "33%", "0%", "60%–70%"],
        ["Excellent: 120% of target", "33%", "0%", "10%–20%"],
    ]


def test_differences_are_named_with_who_follows(opened):
    given = [*GIVEN, *({"level": "region", "name": one, "period": 2025, "target": 2000} for one in ("East", "West"))]
    company = opened(given=given, differences="scale_parts")
    assert target_tables.plan_notes(VOICE, company.client, company.plan, kpi="revenue").plain == (
        "Company, 2025: $4,800 given, its parts have $4,000 (−$800). The parts follow the whole."
    )


def test_a_plan_without_differences_says_so(opened):
    company = opened()
    assert target_tables.plan_notes(VOICE, company.client, company.plan, kpi="revenue").plain == (
        "All targets that were given agree with their parts."
    )


def test_the_season_says_where_it_comes_from(opened):
    company = opened(seasonality="history")
    shown = target_figures.season_figure(VOICE, company.client, company.plan, kpi="revenue")
    assert "1 75.0%" in shown.plain and "12 25.0%" in shown.plain
    assert "Shares of the results of 2024." in shown.html
    company = opened()
    assert (
        "Equal months, as the client file asks."
        in target_figures.season_figure(VOICE, company.client, company.plan, kpi="revenue").html
    )
    said = target_figures.season_figure(VOICE, company.client, company.plan, kpi="new_customers").plain
    assert said == "There is no target of New customers in 2025."


def test_growth_is_the_target_less_last_years_result(opened):
    company = opened()
    tree = company.targets()
    shown = target_figures.growth_figure(VOICE, company.client, tree[tree["level"] == "region"], kpi="revenue")
    assert "East +$600 (+200.0%), West +$300." in shown.plain
    company = opened("2024Q4")
    tree = company.targets()
    shown = target_figures.growth_figure(VOICE, company.client, tree[tree["level"] == "region"], kpi="revenue")
    assert shown.plain == "The results of 2023Q4 are not known, so targets cannot be compared with them."
