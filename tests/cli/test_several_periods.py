"""Several periods in one command: the export is read once, every row bears its period, and one alone is as ever."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesperf.data import loading

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
ORDERS = """order_id,rep_id,account_id,date,amount
o1,r1,a,2025-07-10,10
o2,r2,b,2025-10-10,20
o3,r1,a,2025-12-10,40
"""
CLIENT = """client: Small
period: 2025Q4
as_of: 2025-12-31
source: {reps: reps.csv, orders: orders.csv}
targets: {given: [{level: company, period: 2025, target: 100}]}
incentives: {commission: {by: amount, tiers: [{from: 0, rate: 0.1}]}}
"""


@pytest.fixture
def small(client_file: Callable[[str, str, str], Path]) -> Path:
    return client_file(CLIENT, REPS, ORDERS)


def test_a_run_of_periods_has_a_row_for_each_and_names_them(call: Any, rows: Any, small: Path) -> None:
    command = ["kpis", small, "--by", "company", "--kpi", "revenue", "--format", "csv"]
    code, out, err = call(*command, "--period", "2025Q3:2025Q4", "--period", "2025-10")
    assert (code, err) == (0, "")
    assert [tuple(row.values()) for row in rows(out)] == [("2025-10", "20"), ("2025Q3", "10"), ("2025Q4", "60")]
    code, out, _ = call(*command, "--period", "2025Q4")
    assert (code, out) == (0, "revenue\n60\n")


@pytest.mark.parametrize("command", ["kpis", "score", "targets", "payout", "potential"])
def test_every_command_of_numbers_takes_several_and_gives_each_as_alone(
    call: Any, rows: Any, small: Path, command: str
) -> None:
    def asked(*periods: str) -> list[dict[str, str]]:
        given = [word for period in periods for word in ("--period", period)]
        code, out, _ = call(command, small, *given, "--format", "csv")
        assert code == 0
        return list(rows(out))

    together = asked("2025Q3:2025Q4")
    for period in ("2025Q3", "2025Q4"):
        own = [{name: value for name, value in row.items() if name != "period"} for row in together]
        assert asked(period) == [row for row, whole in zip(own, together, strict=True) if whole["period"] == period]


def test_the_export_is_read_once(call: Any, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, load = [], loading.load_tables
    monkeypatch.setattr(loading, "load_tables", lambda client: read.append(client) or load(client))
    assert call("score", small, "--period", "2025Q1:2025Q4", "--no-cache", "--format", "csv")[0] == 0
    assert len(read) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2025Q4:2025Q3", "expected a run of equal periods, the earlier first"),
        ("2025Q4:2025-12", "expected a run of equal periods"),
        ("2025Q4:", "expected a form such as 2025Q4"),
        (":", "expected a form such as 2025Q4"),
        ("2025Q4:2025Q4:2025Q4", "expected a form such as 2025Q4"),
    ],
)
def test_a_run_that_is_none_is_refused_before_the_export_is_read(
    call: Any, refused: Any, small: Path, given: str, said: str
) -> None:
    (small.parent / "orders.csv").unlink()
    refused(call("kpis", small, "--period", given), 2, said)


def test_months_stand_beside_one_period_alone(call: Any, refused: Any, small: Path) -> None:
    refused(call("score", small, "--months", "--period", "2025Q3:2025Q4"), 2, "expected one period with --months")


def test_what_is_kept_of_exports_is_told_and_forgotten(call: Any, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(small.parent / "cache"))
    assert call("kpis", small, "--no-cache")[0] == 0
    assert call("cache") == (0, "", "")
    first = call("kpis", small, "--format", "csv")
    assert call("kpis", small, "--format", "csv") == first
    code, out, _ = call("cache", small)
    assert code == 0
    assert out.startswith(f"{small.resolve()}: 1 export, ")
    assert call("cache", "--clear", small) == (0, "", "")
    assert call("cache") == (0, "", "")
    assert call("kpis", small, "--format", "csv") == first
