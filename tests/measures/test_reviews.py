"""Which reviews count for a period, and what reps come to as groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.measures.reviews import OfReps, counting_for, grouped, own_periods
from salesperf.periods import Period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,East,One\nr3,Cy,East,\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"
REVIEWS = "rep_id,period,criterion,rating\nr1,2025Q1,p,1\nr1,2025Q2,p,2\nr1,2024,p,3\n"
TABLES = {"reps": REPS, "orders": ORDERS, "assessments": REVIEWS}
LENGTHS = st.sampled_from([1, 3, 6, 12])
PERIODS = st.builds(lambda place, length: Period(24300 + place * length, length), st.integers(-6, 6), LENGTHS)


@pytest.fixture(scope="module")
def company(company_of):
    own = {"mine": {"table": "assessments", "mean": "rating"}, "rows": {"table": "assessments", "count": "rows"}}
    return company_of(TABLES, kpis=own)


def test_the_periods_of_a_table_are_those_of_its_fiscal_year(company, company_of):
    assert [str(one) for one in own_periods(company, "assessments")] == ["2024", "2025Q1", "2025Q2"]
    later = company_of(TABLES, fiscal_year_start=4)
    assert own_periods(later, "assessments")[1].start.isoformat() == "2025-04-01"


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


def test_a_row_counts_for_every_period_that_it_is_a_part_of_or_the_shortest_around(company):
    """2025H1 holds the ratings 1 and 2, May lies in the second quarter, December 2024 in the year rated with 3."""
    asked = ["2025H1", "2025-05", "2024-12", "2025"]
    found = company.kpis(periods=asked, only=["mine", "rows"]).set_index("period")
    assert found["mine"].to_dict() == {"2025H1": 1.5, "2025-05": 2, "2024-12": 3, "2025": 1.5}
    assert found["rows"].to_dict() == {"2025H1": 2, "2025-05": 1, "2024-12": 1, "2025": 2}


def test_a_group_is_the_mean_of_its_reps_with_the_sum_of_what_is_behind_it(company):
    """In team One 1 and 3, in no team 8; who is not in the list of reps has no region either."""
    values = {"value": np.array([1.0, 3.0, 8.0, 5.0]), "value_n": np.array([4.0, 1.0, 2.0, 1.0])}
    of_reps = OfReps(["r1", "r2", "r3", "who"], values)

    def told(by, name):
        found = grouped([of_reps], company, by)
        assert found.there.all()
        return dict(zip(found.keys, found.values[name][0].tolist(), strict=True))

    assert told("team", "value") == {("", ""): 5, ("East", ""): 8, ("East", "One"): 2}
    assert told("region", "value_n") == {("",): 1, ("East",): 7}
    assert told("company", "value") == {(): 17 / 4}


def test_a_rep_without_a_value_is_no_part_of_the_mean_and_a_group_without_any_has_none(company):
    values = {"value": np.array([1.0, np.nan, np.nan]), "value_n": np.array([4.0, 0.0, 0.0])}
    first = OfReps(["r1", "r2", "r3"], values)
    second = OfReps(["r2"], {"value": np.array([6.0]), "value_n": np.array([2.0])})
    nobody = OfReps([], {})
    found = grouped([first, second, nobody], company, "team")
    assert list(found.keys) == [("East", ""), ("East", "One")]
    np.testing.assert_array_equal(found.values["value"], [[np.nan, 1], [np.nan, 6], [np.nan, np.nan]])
    assert found.values["value_n"].tolist() == [[0, 4], [0, 2], [0, 0]]
    assert found.there.tolist() == [[True, True], [False, True], [False, False]]
