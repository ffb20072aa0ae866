"""A small company whose payouts are worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from salesperf.company import Company

REPS = (
    "rep_id,rep,region,team,start_date\nr1,Ann,East,One,\nr2,Bo,East,One,2025-09-10\nr3,Cy,West,Two,\nr4,Di,West,Two,\n"
)
ORDERS = """order_id,rep_id,account_id,date,amount,cost,refund_of
o1,r1,a,2025-07-10,900,500,
o2,r1,b,2025-08-10,300,200,
o3,r2,c,2025-09-20,400,100,
o4,r3,d,2025-07-30,1000,600,
x2,r1,b,2025-11-01,-300,,o2
o5,r1,a,2025-10-05,500,300,
o6,r1,a,2025-10-06,700,400,
x6,r1,a,2025-12-30,-100,,o6
o7,r2,c,2025-10-20,50.55,10,
o8,r4,d,2025-10-31,800,700,
o9,r9,d,2025-10-31,77,70,
"""
SPLITS = "sale_id,rep_id,share\no5,r1,70\no5,r3,30\n"
TARGETS = "level,name,period,kpi,target\n" + "".join(
    f"rep,{rep},{period},revenue,1000\n" for rep in ("r1", "r2", "r3") for period in ("2025Q3", "2025Q4")
)
COMPANY = {"reps": REPS, "orders": ORDERS, "splits": SPLITS, "targets": TARGETS}


@pytest.fixture
def company(company_of: Callable[..., Company]) -> Callable[..., Company]:
    """Opens the company under a plan, with other tables or settings where they are given."""

    def opened(plan: object = None, tables: dict[str, str] | None = None, **settings: Any) -> Company:
        return company_of({**COMPANY, **(tables or {})}, incentives=plan, **settings)

    return opened
