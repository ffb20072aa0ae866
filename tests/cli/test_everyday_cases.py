"""Everyday situations that users of such tools have reported, each a small client with the right figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

Kpis = Callable[..., list[dict[str, str]]]


@pytest.fixture
def kpis(tmp_path: Path, call, rows) -> Kpis:
    """Writes a client's files and returns the rows of `salesperf kpis` with further words, as CSV."""

    def printed(client: str, *words: object, **files: str) -> list[dict[str, str]]:
        (tmp_path / "client.yml").write_text(client, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        code, out, err = call("kpis", tmp_path / "client.yml", *words, "--format", "csv", "--no-cache")
        assert (code, err) == (0, "")
        return rows(out)

    return printed


def test_the_sales_system_writes_american_dates_and_times_and_the_list_of_people_iso_dates(kpis: Kpis) -> None:
    client = (
        "client: Dates Ltd\nperiod: 2025Q4\n"
        'source: {date_format: {opportunities: "%m/%d/%Y"}, reps: reps.csv, opportunities: deals.csv}\n'
    )
    got = kpis(
        client, "--by", "rep", "--kpi", "revenue",
        reps="rep_id,rep,region,start_date\nr1,Ann Lee,East,2020-01-15\nr2,Bob Ray,East,2025-11-03\n",
        deals="opportunity_id,rep_id,status,created,closed,amount,account_id\n"
        "o1,r1,won,9/5/2025 8:15 AM,10/12/2025,100,a1\no2,r2,lost,9/7/2025 11:02 PM,11/13/2025,200,a2\n",
    )  # fmt: skip
    assert [(row["rep"], row["revenue"]) for row in got] == [("Ann Lee", "100"), ("Bob Ray", "0")]


FISCAL = """client: FY Ltd
period: 2026Q1
fiscal_year_start: 2
fiscal_year_named: end
source: {reps: reps.csv, orders: orders.csv, targets: targets.csv}
"""


@pytest.mark.parametrize(
    ("period", "revenue", "attainment"), [("2026Q1", "10000", "1"), ("2026Q4", "4000", "0.5"), ("2026", "14000", "")]
)
def test_fiscal_years_are_named_by_the_year_in_which_they_end(
    kpis: Kpis, period: str, revenue: str, attainment: str
) -> None:
    (got,) = kpis(
        FISCAL, "--by", "rep", "--kpi", "revenue", "--kpi", "revenue_attainment", "--period", period,
        reps="rep_id,rep,region\nr1,Ann Lee,East\n",
        orders="order_id,rep_id,account_id,date,amount\n"
        "o1,r1,a1,2025-02-10,9000\no2,r1,a2,2025-04-30,1000\no3,r1,a3,2026-01-31,4000\n",
        targets="level,name,period,kpi,target\nrep,r1,2026Q1,revenue,10000\nrep,r1,2026Q4,revenue,8000\n",
    )  # fmt: skip
    assert (got["revenue"], got["revenue_attainment"]) == (revenue, attainment)


def test_a_report_s_title_stands_above_the_header(kpis: Kpis) -> None:
    client = (
        "client: Title Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv, header_line: {orders: 3}}\n"
    )
    got = kpis(
        client, "--by", "rep", "--kpi", "revenue",
        reps="rep_id,rep,region\nr1,Ann Lee,East\nr2,Bob Ray,East\n",
        orders="Closed deals by owner,,,,\nAs of 2026-01-03,,,,\norder_id,rep_id,account_id,date,amount\n"
        "o1,r1,a1,2025-10-10,100\no2,r2,a2,2025-11-10,200\n",
    )  # fmt: skip
    assert [(row["rep"], row["revenue"]) for row in got] == [("Ann Lee", "100"), ("Bob Ray", "200")]


def test_an_order_has_a_row_for_each_of_its_lines(kpis: Kpis) -> None:
    client = "client: Lines Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv, order_lines: true}\n"
    (got,) = kpis(
        client, "--by", "company", "--kpi", "revenue", "--kpi", "customers",
        reps="rep_id,rep,region,team\nr1,Ann Lee,East,Red\nr2,Bob Ray,East,Red\nr3,Cy Dow,West,Blue\n",
        orders="order_id,rep_id,account_id,date,amount,product\nS001,r1,a1,2025-10-10,100,Chair\n"
        "S001,r1,a1,2025-10-10,250,Desk\nS002,r2,a2,2025-11-10,70,Lamp\n",
    )  # fmt: skip
    assert (got["revenue"], got["customers"]) == ("420", "2")
