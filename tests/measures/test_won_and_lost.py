"""Won against lost deals: no rate of an export that has one of them alone, or does not know when they closed."""

import numpy as np
import pytest

from salesperf.data.quality import findings
from salesperf.measures.availability import Reason, reason_not_available
from salesperf.measures.codebook import KPIS

REPS = "rep_id,rep,region\nr1,Ann,East\n"
ALL = ["win_rate", "win_rate_cohort", "velocity"]


def deals(won=0, lost=0, undated_won=0, undated_lost=0):
    kinds = [("won", "2025-10-05")] * won + [("lost", "2025-11-05")] * lost
    kinds += [("won", "")] * undated_won + [("lost", "")] * undated_lost
    rows = (f"d{place},r1,{status},2025-10-01,{day},10" for place, (status, day) in enumerate(kinds))
    return "opportunity_id,rep_id,status,created,closed,amount\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ({"won": 3}, Reason("won_only", "")),
        ({"lost": 3}, Reason("lost_only", "")),
        ({"won": 8, "lost": 1, "undated_won": 1}, Reason("undated_won", "1 / 9")),
        ({"won": 9, "lost": 1, "undated_won": 1}, None),  # a tenth, and no more
        ({"won": 1, "lost": 17, "undated_lost": 2}, Reason("undated_lost", "2 / 19")),
        ({"won": 1, "lost": 18, "undated_lost": 2}, None),
        ({"won": 1, "lost": 1}, None),
    ],
)
def test_a_win_rate_needs_won_and_lost_deals_with_their_close_dates(company_of, of, reason):
    company = company_of({"reps": REPS, "opportunities": deals(**of)})
    told = [reason_not_available(KPIS[name], company, company.period) for name in ALL]
    assert told == [reason] * len(ALL)
    row = company.kpis("company").iloc[0]
    assert np.isnan(row["win_rate"]) == (reason is not None)


def test_an_average_deal_is_told_where_lost_deals_are_not(company_of):
    row = company_of({"reps": REPS, "opportunities": deals(won=3)}).kpis("company").iloc[0]
    assert (row["average_deal"], row["average_deal_n"], row["won"]) == (10, 3, 3)


def test_the_page_says_how_many_deals_of_which_status_have_no_close_date(company_of):
    company = company_of({"reps": REPS, "opportunities": deals(won=30, lost=40, undated_won=2, undated_lost=1)})
    told = {finding.name: finding.count for finding in findings(company.tables)}
    assert (told["won_without_close"], told["lost_without_close"]) == (2, 1)
