"""What a page says about whose its sales are."""

import pytest

from salesperf.present.region.credit import whose_sales

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,East\nr3,Cy,West\n"
ORDERS = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-10-02,250,West
o2,r3,b,2025-11-02,1000,East
o3,who,c,2025-12-31,30,East
"""
TARGETS = "level,name,period,kpi,target\nrep,r1,2025Q4,revenue,500\nrep,r2,2025Q4,revenue,500\n"


@pytest.fixture
def said(company_of):
    def of(tables, region="East", **settings):
        company = company_of({"reps": REPS, "orders": ORDERS} | tables, **settings)
        return whose_sales(company.voice, company, region=region).plain

    return of


def test_the_rule_by_rep_names_what_was_sold_across_borders_and_by_nobody(said):
    assert said({}) == (
        "A sale counts where the rep who made it belongs, by the list of reps as it is today. "
        "Its people sold 250 in other regions, which counts here; people of other regions sold 1,000 in East, which "
        "counts there. 30 of its revenue was made by nobody in the list of reps."
    )


def test_the_rule_by_deal_says_that_its_peoples_revenue_is_not_the_regions(said):
    assert said({}, "West", credit="deal") == (
        "A sale counts for the region written on it, and for the team and rep who made it. "
        "So its people's revenue is not West's: they sold 1,000 in other regions, and people of other regions sold 250 "
        "here."
    )


def test_of_split_sales_credited_and_booked_are_two_words_with_two_numbers(said):
    splits = "sale_id,rep_id,share\no2,r3,50\no2,r2,50\n"
    assert said({"splits": splits}).endswith(
        "Of a split sale everybody is credited with their share; as a deal, an order or a customer it counts for its "
        "owner. So East is credited with 780, and its people have booked 280."
    )


def test_where_nothing_crosses_a_border_the_rule_alone_is_told(said):
    orders = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,100\n"
    assert said({"orders": orders}) == (
        "A sale counts where the rep who made it belongs, by the list of reps as it is today."
    )
    assert said({"orders": orders}, period="2020Q1") == ""


SOLD_IN_NORTH = """order_id,rep_id,account_id,date,amount,region
o1,r1,a,2025-10-02,250,North
o2,r3,b,2025-11-02,10,North
"""
STRANGERS = "".join(f"s{n},who{n},c,2025-12-{n + 10},{n},North\n" for n in range(1, 8))


@pytest.mark.parametrize("credit", ["rep", "deal"])
def test_of_a_region_without_people_it_says_who_sold_there_and_names_nobody_of_another_region(said, credit):
    orders = SOLD_IN_NORTH + "o3,who,c,2025-12-31,30,North\n"
    text = said({"orders": orders}, "North", credit=credit)
    assert text.startswith(
        "Nobody in the list of reps belongs to North in the period. Sold there: by people of East 250, by people of "
        "West 10, by who, who is not in the list, 30."
    )
    assert "Ann" not in text and "Cy" not in text


def test_many_strangers_are_counted(said):
    text = said({"orders": SOLD_IN_NORTH + STRANGERS}, "North")
    assert "by who7, who is not in the list, 7" in text and "by 2 others who are not in the list 3." in text


def test_a_region_without_people_where_nothing_was_sold_says_so(said):
    orders = SOLD_IN_NORTH + "o4,r1,a,2024-12-31,5,South\n"
    assert said({"orders": orders}, "South").startswith(
        "Nobody in the list of reps belongs to South in the period, and nothing was sold there."
    )


def test_whoever_came_within_the_period_is_named_with_the_day(said):
    reps = (
        "rep_id,rep,region,start_date,end_date\nr1,Ann,West,2020-01-01,2025-10-31\nr1,Ann,East,2025-11-01,\n"
        "r2,Bo,East,2020-01-01,2025-09-30\nr2,Bo,West,2025-10-01,\nr3,Cy,West,2020-01-01,\n"
    )
    assert "Moved within the period: Ann (since 2025-11-01)." in said({"reps": reps})
    assert "Moved within" not in said({"reps": reps}, "West")  # Bo was there from the first day on
    assert "Moved within" not in said({"reps": reps}, period="2026Q1")
