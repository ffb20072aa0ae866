"""Deals that are open at the end of a period, by hand."""

import numpy as np

from salesperf.measures.open_deals import open_deals
from salesperf.periods import parse_period

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,Two\n"
DEALS = """opportunity_id,rep_id,status,created,closed,amount
first,r1,won,2025-06-30,2025-07-01,10
begun in the third quarter,r1,won,2025-07-01,2025-10-01,10
open,r1,open,2025-10-15,,10
lost the day after,r1,lost,2025-12-31,2026-01-01,10
over at once,r2,lost,2025-08-01,2025-08-20,10
no day of its end,r2,lost,2025-08-01,,10
begun too late,r2,open,2026-01-01,,10
"""


def test_what_is_begun_by_then_and_not_ended(company_of):
    company = company_of({"reps": REPS, "opportunities": DEALS})
    counted = open_deals(company, [parse_period(label) for label in ("2025Q2", "2025Q3", "2025Q4")], "rep")
    by_rep = {key[-1]: counted.values["open"][:, place].tolist() for place, key in enumerate(counted.keys)}
    assert by_rep == {"r1": [1, 1, 2], "r2": [0, 0, 0]}
    np.testing.assert_array_equal(counted.there, counted.values["open"] > 0)
