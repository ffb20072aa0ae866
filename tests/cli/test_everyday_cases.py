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
