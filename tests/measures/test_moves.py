"""People who move: sales, targets, teams and managers of a day follow the row of the list of reps of that day."""

import pytest

from salesperf.data.quality import findings
from salesperf.errors import DataError
from salesperf.measures.planning.pacing import progress
from salesperf.periods import parse_period

REPS = """rep_id,rep,region,team,manager,start_date,end_date
r1,Ann,East,Red,May,2023-01-01,2025-06-30
r1,Ann Lee,West,Blue,Tom,2025-07-01,
r2,Bo,East,Red,May,2023-01-01,
r3,Cy,West,Blue,Tom,2023-01-01,
"""
ORDERS = """order_id,rep_id,account_id,date,amount
o1,r1,a1,2025-05-10,10000
o2,r1,a2,2025-06-30,20000
o3,r2,a3,2025-05-15,5000
o4,r3,a4,2025-06-15,9000
o5,r1,a1,2025-07-01,7000
o6,r2,a5,2025-09-30,1
"""
TARGETS = """level,name,period,kpi,target
rep,r1,2025Q2,revenue,25000
rep,r2,2025Q2,revenue,5000
rep,r3,2025Q2,revenue,9000
rep,r1,2025Q3,revenue,14000
rep,r2,2025Q3,revenue,1000
rep,r3,2025Q3,revenue,3000
"""
TABLES = {"reps": REPS, "orders": ORDERS, "targets": TARGETS}


@pytest.fixture(scope="module")
def moved(company_of):
    return lambda period, **tables: company_of(TABLES | tables, period=period)


def column(company, by, name="revenue", key=None):
    rows = company.kpis(by)
    return dict(zip(rows[key or {"rep": "rep_id"}.get(by, by)], rows[name].tolist(), strict=True))


def test_sales_and_targets_of_before_a_move_stay_where_they_were(moved):
    before, after = moved("2025Q2"), moved("2025Q3")
    assert column(before, "region") == {"East": 35000, "West": 9000}
    assert column(before, "region", "revenue_target") == {"East": 30000, "West": 9000}
    assert column(before, "team") == {"Red": 35000, "Blue": 9000}
    assert column(before, "team", "revenue_target") == {"Red": 30000, "Blue": 9000}
    assert column(after, "region") == {"East": 1, "West": 7000}
    assert column(after, "region", "revenue_target") == {"East": 1000, "West": 17000}


def test_several_periods_beside_each_other_are_what_each_is_alone(moved):
    periods = ["2025Q2", "2025Q3"]
    for period in periods:
        together = moved(period).kpis("region", periods).set_index(["period", "region"])
        for alone in periods:
            rows = moved(alone).kpis("region").set_index("region")
            for name in ("revenue", "revenue_target", "customers"):
                assert together.loc[alone][name].to_dict() == rows[name].to_dict(), (period, alone, name)


def test_in_a_period_with_a_move_in_it_each_region_has_its_days_and_the_months_of_its_targets(moved):
    """From April to September East has 35,000 and 1, of the targets 30,000 and 1,000; Ann has all of hers in West."""
    tables = {"targets": TARGETS.replace("Q2", "H1").replace("Q3", "H2")}
    year = moved("2025", **tables)
    assert column(year, "region") == {"East": 35001, "West": 9000 + 7000}
    assert column(year, "region", "revenue_target") == {"East": 25000 + 5000 + 1000, "West": 9000 + 14000 + 3000}
    assert column(year, "rep") == {"r1": 37000, "r2": 5001, "r3": 9000}
    assert column(year, "rep", "revenue_target") == {"r1": 39000, "r2": 6000, "r3": 12000}
    assert column(year, "rep", "region") == {"r1": "West", "r2": "East", "r3": "West"}


def test_the_list_is_that_of_the_end_of_the_period(moved):
    staff = {period: moved(period).tables.staff()[0] for period in ("2022", "2025Q2", "2025-07", "2030")}
    told = {period: (row["region"], row["team"], row["manager"], row["rep"]) for period, row in staff.items()}
    was, now = ("East", "Red", "May", "Ann"), ("West", "Blue", "Tom", "Ann Lee")
    assert told == {"2022": was, "2025Q2": was, "2025-07": now, "2030": now}
    assert {(row["start_date"].year, row["end_date"]) for row in staff.values()} == {(2023, None)}


def test_the_same_company_at_another_period_has_the_list_of_that(moved):
    at = moved("2025Q3").at(parse_period("2025Q2"))
    assert column(at, "region", "revenue_target") == {"East": 30000, "West": 9000}
    assert at.tables.staff()[0]["region"] == "East"


def test_a_move_within_a_month_takes_sales_by_day_and_the_month_s_target_to_where_the_rep_is_at_its_end(moved):
    reps = REPS.replace("2025-06-30", "2025-06-14").replace("2025-07-01", "2025-06-15")
    found = moved("2025Q2", reps=reps)
    assert column(found, "region") == {"East": 15000, "West": 29000}
    assert column(found, "rep", "revenue_target") == {"r1": 25000, "r2": 5000, "r3": 9000}
    april_and_may = column(moved("2025-04", reps=reps), "region", "revenue_target")["East"]
    april_and_may += column(moved("2025-05", reps=reps), "region", "revenue_target")["East"]
    june = column(moved("2025-06", reps=reps), "region", "revenue_target")
    assert column(found, "region", "revenue_target")["East"] == april_and_may + june["East"]
    assert sum(column(found, "region", "revenue_target").values()) == 39000
    assert june["West"] > 9000 / 3


def test_who_comes_back_has_three_stints_and_the_region_its_own_days(moved):
    reps = REPS.replace("2025-07-01,", "2025-07-01,2025-08-31") + "r1,Ann Lee,East,Red,May,2025-09-01,\n"
    orders = ORDERS + "o7,r1,a9,2025-09-02,100\n"
    found = moved("2025Q3", reps=reps, orders=orders)
    assert column(found, "region") == {"East": 101, "West": 7000}
    assert column(found, "rep") == {"r1": 7100, "r2": 1, "r3": 0}
    assert column(found, "rep", "region")["r1"] == "East"
    assert column(found, "region", "customers") == {"East": 2, "West": 1}


def test_a_gap_between_two_rows_is_named_and_counts_where_the_rep_was_before(moved):
    reps = REPS.replace("2025-06-30", "2025-06-29").replace("2025-07-01", "2025-07-03")
    found = moved("2025Q3", reps=reps)
    (gap,) = [finding for finding in findings(found.tables) if finding.name == "away"]
    assert (gap.count, gap.examples) == (1, ("r1",))
    assert column(found, "region") == {"East": 7001, "West": 0}
    assert not [finding for finding in findings(moved("2025Q3").tables) if finding.name == "away"]


def test_a_team_may_be_left_for_another_in_the_same_region(moved):
    reps = REPS.replace("West,Blue,Tom,2025-07-01", "East,Green,Tom,2025-07-01")
    assert column(moved("2025H2", reps=reps), "team") == {"Red": 1, "Green": 7000, "Blue": 0}
    assert column(moved("2025", reps=reps), "team") == {"Red": 35001, "Green": 7000, "Blue": 9000}
    assert column(moved("2025", reps=reps), "region") == {"East": 42001, "West": 9000}


def test_a_region_that_nobody_is_in_any_more_keeps_what_it_had(moved):
    reps = REPS.replace("r2,Bo,East,Red,May,2023-01-01,", "r2,Bo,West,Blue,Tom,2023-01-01,")
    rows = moved("2025Q3", reps=reps).kpis("region", ["2025Q2", "2025Q3"]).set_index(["period", "region"])
    assert rows.loc[("2025Q2", "East"), ["revenue", "revenue_target"]].tolist() == [30000, 25000]
    assert rows.loc[("2025Q3", "West"), "revenue"] == 7001


def test_who_moves_has_not_left(moved):
    reps = REPS.replace("r3,Cy,West,Blue,Tom,2023-01-01,", "r3,Cy,West,Blue,Tom,2023-01-01,2025-12-31")
    rows = moved("2025", reps=reps).kpis("region").set_index("region")
    assert rows["staff_turnover"].to_dict() == {"East": 0, "West": pytest.approx(1 / 1.5)}
    assert rows["staff_turnover_n"].to_dict() == {"East": 1.5, "West": 1.5}


def test_a_deal_belongs_where_its_rep_was_when_it_closed(moved):
    deals = (
        "opportunity_id,rep_id,status,created,closed,amount\nd0,r3,lost,2024-12-01,2024-12-02,5\nd1,r1,won,2025-01-01,2025-06-30,5\n"
        "d2,r1,won,2025-01-01,2025-07-01,5\nd3,r1,lost,2025-01-02,2025-07-02,5\nd4,r1,open,2025-01-03,,5\n"
    )
    rows = moved("2025", opportunities=deals).kpis("region").set_index("region")
    assert rows[["won", "win_rate_n", "cycle_days_n"]].to_numpy().tolist() == [[1, 1, 1], [1, 2, 3]]


def test_the_plan_of_a_company_in_which_nobody_moves_is_as_without_a_history(company_of, moved):
    plain = "".join(f"{line}\n" for line in REPS.splitlines() if "2025-06-30" not in line)
    twice = plain + "r9,Di,East,Red,May,2020-01-01,2020-06-30\nr9,Di,East,Red,May,2020-07-01,2020-12-31\n"
    one, other = (moved("2025Q3", reps=reps) for reps in (plain, twice))
    names = ["region", "target", "result", "attainment", "pacing"]
    for by in ("region", "team"):
        frames = [progress(company, company.plan, by)[names] for company in (one, other)]
        assert frames[0].equals(frames[1])
    assert not other.plan.moving and moved("2025Q3").plan.moving


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ("r1,Ann,East,2023-01-01,2025-07-01\nr1,Ann,West,2025-07-01,\n", "1 more than once: 'r1' (line 2, line 3)"),
        ("r1,Ann,East,2023-01-01,\nr1,Ann,West,2025-07-01,\n", "1 more than once: 'r1' (line 2, line 3)"),
        ("r1,Ann,East,,2025-06-30\nr1,Ann,West,,\n", "1 more than once: 'r1' (line 2, line 3)"),
        ("r2,Bo,East,,\nr1,Ann,East,,\nr1,Ann,East,,\nr2,Bo,East,,\n", "2 more than once: 'r1' (line 3, line 4)"),
    ],
)
def test_rows_that_speak_for_one_day_are_named_with_their_lines(company_of, rows, got):
    reps = f"rep_id,rep,region,start_date,end_date\n{rows}"
    with pytest.raises(DataError, match="expected one row a day for a person, by start_date and end_date") as error:
        company_of({"reps": reps, "orders": ORDERS})
    assert got in str(error.value) and "end each row before the next one starts" in str(error.value)


def test_without_days_a_person_stands_once(company_of):
    reps = "rep_id,rep,region\nr1,Ann,East\nr1,Ann,West\n"
    with pytest.raises(DataError, match="each row of somebody who moved its start_date and end_date"):
        company_of({"reps": reps, "orders": ORDERS})
