"""What crosses a region's borders, and credited beside booked revenue."""

import pytest

from salesperf.data.quality import findings
from salesperf.measures.borders import Borders, borders
from salesperf.periods import parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,East\nr3,Cy,West\n"
ORDERS = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-10-01,100,
o2,r1,a,2025-10-02,250,West
o3,r3,b,2025-11-01,150,East
o4,r3,b,2025-11-02,1000,West
o5,who,c,2025-12-31,30,East
o6,r1,a,2025-09-30,999,West
"""


def told(company, region):
    return borders(company, parse_period("2025Q4"), region)


@pytest.mark.parametrize(("credit", "east", "west"), [("rep", 380, 1150), ("deal", 280, 1250)])
def test_what_people_sell_beyond_their_region_is_told_under_both_rules(company_of, credit, east, west):
    company = company_of({"reps": REPS, "orders": ORDERS}, credit=credit)
    assert told(company, "East") == Borders(east, east, out=250, into=150, nobody=30)
    assert told(company, "West") == Borders(west, west, out=150, into=250, nobody=0)


def test_of_a_split_across_regions_each_is_credited_with_its_share_and_the_owner_s_has_booked_it(company_of):
    splits = "sale_id,rep_id,share\no4,r3,60\no4,r2,40\n"
    company = company_of({"reps": REPS, "orders": ORDERS, "splits": splits})
    east, west = told(company, "East"), told(company, "West")
    assert (east.credited, east.booked, east.out) == (380 + 400, 380, 250 + 400)
    assert (west.credited, west.booked) == (150 + 600, 1150)


def test_sales_that_bear_no_region_cross_no_border(company_of):
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,100\no2,who,a,2025-10-02,7\n"
    company = company_of({"reps": REPS, "orders": orders})
    assert told(company, "East") == Borders(100, 100, 0, 0, 0)


def test_splits_of_a_sale_that_is_not_there_credit_nobody_and_are_named(company_of):
    splits = "sale_id,rep_id,share\no4,r3,60\no4,r2,40\no99,r9,10\n"
    company = company_of({"reps": REPS, "orders": ORDERS, "splits": splits})
    (found,) = [finding for finding in findings(company.tables) if finding.name == "unknown_sale"]
    assert (found.count, found.examples) == (1, ("o99",))
    assert company.kpis("company")["revenue"].tolist() == [100 + 250 + 150 + 1000 + 30]
