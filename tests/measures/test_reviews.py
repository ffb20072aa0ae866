"""Which reviews count for a period, and what reps come to as groups."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.data.loading import load_tables
from salesperf.measures.reviews import counting_for, grouped, of_periods, own_periods
from salesperf.periods import Period, parse_period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,East,One\nr3,Cy,East,\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"
REVIEWS = "rep_id,period,criterion,rating\nr1,2025Q1,p,1\nr1,2025Q2,p,2\nr1,2024,p,3\n"
LENGTHS = st.sampled_from([1, 3, 6, 12])
PERIODS = st.builds(lambda place, length: Period(24300 + place * length, length), st.integers(-6, 6), LENGTHS)


@pytest.fixture(scope="module")
def tables(client_of):
    return load_tables(client_of({"reps": REPS, "orders": ORDERS, "assessments": REVIEWS}))


def test_the_periods_of_a_table_are_those_of_its_fiscal_year(tables):
    assert [str(one) for one in own_periods(tables, "assessments", 1)] == ["2024", "2025Q1", "2025Q2"]
    assert own_periods(tables, "assessments", 4)[1].start.isoformat() == "2025-04-01"


@given(PERIODS, st.lists(PERIODS, unique=True))
def test_what_counts_lies_inside_or_is_the_shortest_around(asked, told):
    counting = counting_for(asked, told)
    inside = [one for one in told if asked.contains(one)]
    around = [one.length for one in told if one.contains(asked)]
    if inside:
        assert counting == inside
    else:
        assert [one.length for one in counting] == sorted(around)[:1]
        assert all(one.contains(asked) for one in counting)


def test_rows_count_for_the_period_asked_and_keep_the_one_they_bear(tables):
    asked = [parse_period(text) for text in ("2025H1", "2025-05", "2024-12", "2023")]
    rows = of_periods(tables["assessments"], tables, "assessments", asked).to_pyarrow().to_pandas()
    found = sorted(zip(rows["period"], rows["own_period"], strict=True))
    assert found == [("2024-12", "2024"), ("2025-05", "2025Q2"), ("2025H1", "2025Q1"), ("2025H1", "2025Q2")]


def test_a_group_is_the_mean_of_its_reps_with_the_sum_of_what_is_behind_it(tables):
    """In team One 1 and 3, in no team 8; who is not in the list of reps has no region either."""
    rows = [("2025Q1", "r1", 1.0, 4), ("2025Q1", "r2", 3.0, 1), ("2025Q1", "r3", 8.0, 2), ("2025Q1", "who", 5.0, 1)]
    of_reps = pd.DataFrame(rows, columns=["period", "rep_id", "value", "value_n"])
    teams = grouped(of_reps, tables, "team")
    assert teams["value"].to_dict() == {("2025Q1", "", ""): 5, ("2025Q1", "East", ""): 8, ("2025Q1", "East", "One"): 2}
    assert grouped(of_reps, tables, "region")["value_n"].to_dict() == {("2025Q1", ""): 1, ("2025Q1", "East"): 7}
    assert grouped(of_reps, tables, "company")["value"].to_dict() == {"2025Q1": 17 / 4}
