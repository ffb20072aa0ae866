"""Who a sheet is about."""

from collections.abc import Callable
from datetime import date

import pytest

from salesperf.company import Company
from salesperf.errors import RequestError
from salesperf.people.person import Person, person
from salesperf.periods import parse_period

Q4 = parse_period("2025Q4")
REPS = """rep_id,rep,region,team,manager,start_date,end_date
r1,Ann,East,One,Max,2025-12-31,
r2,Bo,East,,,,2025-09-30
r3,Cy,West,,,,
"""


@pytest.fixture
def company(company_of: Callable[..., Company]) -> Company:
    orders = "order_id,rep_id,account_id,date,amount\n1,r1,x,2025-10-01,5\n"
    return company_of({"reps": REPS, "orders": orders})


def test_a_person_has_team_and_manager_where_they_are_told(company: Company) -> None:
    assert person(company, "r1", "East", Q4) == Person("r1", "Ann", "East", "One", "Max", date(2025, 12, 31), None)
    assert person(company, "r3", "West", Q4) == Person("r3", "Cy", "West", "", "", None, None)


@pytest.mark.parametrize(
    ("rep", "region", "message"),
    [
        ("r11", "East", "rep: 'r11' is not a rep of 'East'; did you mean 'r1'?"),
        ("r3", "East", "rep: 'r3' is not a rep of 'East'; known are 'r1', 'r2'"),
        ("r2", "East", "rep: expected 'r2' to be employed in 2025Q4, got the beginning to 2025-09-30; choose another"),
    ],
)
def test_whoever_is_not_there_is_refused_with_the_way_out(
    company: Company, rep: str, region: str, message: str
) -> None:
    with pytest.raises(RequestError) as raised:
        person(company, rep, region, Q4)
    assert str(raised.value).startswith(message)
