"""Closed deals by region and segment, counted by hand."""

from collections.abc import Callable

from salesperf import open_company
from salesperf.company import Company
from salesperf.measures.segment_mix import segment_mix
from salesperf.params import Client

REPS = "rep_id,rep,region,team\na,A,East,\nb,B,West,\n"
ACCOUNTS = "account_id,account,segment\nx,X,large\ny,Y,small\nz,Z,\n"
DEALS = """opportunity_id,rep_id,status,account_id,created,closed,amount
1,a,won,x,2025-09-01,2025-10-01,5
2,a,lost,x,2025-09-01,2025-12-31,5
3,a,won,y,2025-09-01,2025-11-01,5
4,a,won,y,2025-09-01,2025-09-30,5
5,b,lost,z,2025-09-01,2025-10-02,5
6,b,open,y,2025-09-01,,5
7,b,won,y,2025-09-01,2025-10-02,5
8,nobody,won,y,2025-09-01,2025-10-02,5
9,b,lost,unknown,2025-09-01,2025-10-02,5
"""
CompanyOf = Callable[..., Company]


def test_deals_closed_in_the_period_count_by_region_and_segment(company_of: CompanyOf) -> None:
    mix = segment_mix(company_of({"reps": REPS, "accounts": ACCOUNTS, "opportunities": DEALS}))
    assert mix is not None
    assert mix.regions == ("East", "West")
    assert mix.segments == ("", "large", "small")  # two deals each
    assert mix.closed.tolist() == [[0, 2, 1], [2, 0, 1]]
    assert mix.won.tolist() == [[0, 1, 1], [0, 0, 1]]


def test_parts_add_up_to_the_win_rate_of_the_region(demo_client: Client) -> None:
    company = open_company(demo_client.path)
    mix, rows = segment_mix(company), company.kpis("region", only="win_rate").set_index("region")
    assert mix is not None
    assert mix.closed.sum(axis=1).tolist() == rows.loc[list(mix.regions), "win_rate_n"].tolist()
    assert (mix.won.sum(axis=1) / mix.closed.sum(axis=1)).tolist() == rows.loc[list(mix.regions), "win_rate"].tolist()


def test_without_two_segments_or_closed_deals_there_is_no_mix(company_of: CompanyOf) -> None:
    def mix_of(**tables: str) -> object:
        return segment_mix(company_of({"reps": REPS, "accounts": ACCOUNTS, "opportunities": DEALS} | tables))

    assert mix_of(accounts="account_id,account\nx,X\n") is None
    assert mix_of(accounts="account_id,segment\nx,one\ny,one\nz,one\nunknown,one\n") is None
    assert mix_of(opportunities="opportunity_id,rep_id,status,created,closed\n1,a,won,2025-10-01,2025-10-02\n") is None
    none_closed = "opportunity_id,rep_id,status,account_id,created,closed\n1,a,won,x,2025-03-01,2025-03-02\n"
    assert mix_of(opportunities=none_closed) is None
