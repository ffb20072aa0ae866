"""`salesperf targets`: the plan as a tree, its levels, and what must be known beside it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., tuple[int, str, str]]
RowsOf = Callable[[str], list[dict[str, str]]]
Refused = Callable[..., None]

REPS = "rep_id,rep,region,team\nr1,=Ann,East,One\nr2,Bo,East,One\nr3,Cy,West,\n"
ORDERS = "order_id,rep_id,account_id,date,amount\na,r1,a,2025-01-01,300\nb,r3,a,2025-12-31,100\nc,r1,a,2026-02-03,60\n"
RUNNING = "The export ends on 2026-02-03, within 2026Q1: its figures are not complete.\n"
CLIENT = """client: Small
period: 2026Q1
source: {reps: reps.csv, orders: orders.csv}
targets:
  split: {rep: equal}
  seasonality: equal
  given: [{level: company, period: 2026, target: 4800}]
"""


@pytest.fixture
def client(client_file: Callable[[str, str, str], Path]) -> Path:
    """A client file with two small tables beside it."""
    return client_file(CLIENT, REPS, ORDERS)


def test_the_whole_tree_is_printed_by_default(call: Call, rows: RowsOf, client: Path) -> None:
    code, out, err = call("targets", client, "--format", "csv")
    assert (code, err) == (0, RUNNING)
    # 1200 in the quarter; East sold 300 of 400 in 2025.
    assert [(one["level"], one["region"], one["team"], one["rep"], one["target"]) for one in rows(out)] == [
        ("company", "", "", "", "1200"),
        ("region", "East", "", "", "900"),
        ("team", "East", "One", "", "900"),
        ("rep", "East", "One", "'=Ann", "450"),
        ("rep", "East", "One", "Bo", "450"),
        ("region", "West", "", "", "300"),
        ("team", "West", "", "", "300"),
        ("rep", "West", "", "Cy", "300"),
    ]


def test_what_is_not_available_is_empty_and_says_why(call: Call, client: Path) -> None:
    _, out, _ = call("targets", client, "--format", "json", "--by", "rep", "--region", "West")
    (cy,) = json.loads(out)
    assert (cy["target"], cy["last_year"], cy["result"], cy["coverage"]) == (300, 0, 0, None)
    assert (cy["change"], cy["coverage_state"]) == (None, "no_due_dates")


def test_a_terminal_gets_an_indented_tree_without_columns_that_say_nothing(call: Call, client: Path) -> None:
    _, out, _ = call("targets", client)
    assert "    One" in out and "      =Ann" in out
    assert "unassigned" not in out and "coverage" not in out


def test_differences_and_missing_history_go_to_standard_error(call: Call, rows: RowsOf, client: Path) -> None:
    given = "[{level: company, period: 2025, target: 100}, {level: region, name: East, period: 2025, target: 120}]"
    client.write_text(CLIENT.partition("  split")[0] + f"  given: {given}\n", encoding="utf-8")
    code, out, err = call("targets", client, "--period", "2025", "--by", "company", "--format", "csv")
    assert code == 0 and rows(out)[0]["unassigned"] == "-20"
    assert "the company, 2025: 100 given, its parts have 120, difference +20 (keep)\n" in err
    assert "revenue 2025: no history before it in the export, so the months weigh the same\n" in err


def test_a_kpi_without_targets_is_said(call: Call, rows: RowsOf, client: Path) -> None:
    code, out, err = call("targets", client, "--kpi", "new_customers", "--by", "company", "--format", "csv")
    assert (code, err) == (0, "nobody has a target of new_customers\n" + RUNNING)
    assert rows(out)[0]["target"] == ""


def test_a_mistake_is_one_line_with_its_place(call: Call, refused: Refused, client: Path) -> None:
    client.write_text(CLIENT.replace("equal\n", "seasonal\n"), encoding="utf-8")
    refused(call("targets", client), 2, "small.yml:6: seasonality: expected")
    client.write_text(CLIENT, encoding="utf-8")
    refused(call("targets", client, "--region", "Eats"), 2, "did you mean 'East'?")
    assert call("targets", client, "--by", "planet")[0] == 2
