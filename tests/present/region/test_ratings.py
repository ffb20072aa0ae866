"""What a region's report says of its raters, in both languages, without a name."""

import pytest

from salesperf.language import Voice
from salesperf.present.region.ratings import rater_notes

REPS = "rep_id,rep,region\n" + "".join(f"e{n},Ann {n},East\nw{n},Bo {n},West\n" for n in range(4))
ORDERS = "order_id,rep_id,account_id,date,amount\no1,e1,a,2025-10-01,5\n"
HEAD = "rep_id,period,criterion,rating,rater\n"
# A and B rate all of East, B one point above A; C alone rates the West.
CROSSED = "".join(f"e{n},2025Q4,p,{1 + n},A\ne{n},2025Q4,p,{2 + n},B\n" for n in range(4))
ALONE = "".join(f"w{n},2025Q4,p,{1 + n},C\n" for n in range(4))


@pytest.fixture
def said(company_of):
    def of(region, rows, language="en"):
        tables = {"reps": REPS, "orders": ORDERS} | ({"assessments": HEAD + rows} if rows else {})
        company = company_of(tables)
        return rater_notes(Voice(language), company, company.period, region=region).plain.splitlines()

    return of


def test_it_says_how_far_raters_differ(said):
    """Severities of half a point either way: a variance of ½; people 1, 2, 3, 4: of 5/3."""
    assert said("East", CROSSED) == [
        "Raters: 2. How severe they are differs between them by a standard deviation of 0.7 points, against 1.3 "
        "between the people they rate; it has been taken out of the ratings."
    ]


def test_it_says_what_cannot_be_separated_and_between_whom_ratings_do_not_compare(said):
    assert said("West", CROSSED + ALONE)[1:] == [
        "Can't be separated: raters who are the only ones of everybody they rate (1 here, with 4 people), severe or "
        "lenient as they may be. Their ratings count as given.",
        "The company's people fall into 2 groups without a common rater, those of West into 1: ratings compare within "
        "a group, not between groups.",
    ]
    assert len(said("East", CROSSED + ALONE)) == 2


def test_without_any_rater_who_crosses_another_there_is_no_spread_to_tell(said):
    assert [one.split(":")[0] for one in said("West", ALONE)] == ["Can't be separated"]


def test_raters_alike_and_ratings_without_a_name_are_said_to_be_so(said):
    alike = "".join(f"e0,2025Q4,p,{one},{rater}\n" for one, rater in ((3, "A"), (3, "B"), (4, "")))
    assert said("East", alike) == [
        "Raters: 2. They differ by no more than chance, so that nothing has been taken out of the ratings.",
        "Ratings without a rater's name: 1. They count as given.",
    ]


def test_without_assessments_nothing_is_said(said):
    assert said("East", "") == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_rater_and_nobody_rated_is_named(said, language):
    words = " ".join(said("East", CROSSED + ALONE, language))
    assert words and not any(name in words.replace("Raters", "") for name in ("Ann", "Bo ", "e1", "w1"))
