"""`salesperf payout`: what it prints for people and for programs, and how it refuses."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Call = Callable[..., tuple[int, str, str]]
RowsOf = Callable[[str], list[dict[str, str]]]
Refused = Callable[..., None]

CLIENT = "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\nincentives: plan.yml\n"
REPS = 'rep_id,rep,region\nr1,"=cmd|A1",East\nr2,Bo,West\n'
ORDERS = (
    "order_id,rep_id,account_id,date,amount,refund_of\no1,r1,a,2025-07-01,50,\nx1,r1,a,2025-10-01,-50,o1\n"
    "o2,r1,a,2025-10-02,20.55,\no3,r2,a,2025-12-31,10,\n"
)
PLAN = "commission: {by: amount, tiers: [{from: 0, rate: 0.1}]}\n"


@pytest.fixture
def payout(call: Call, tmp_path: Path) -> Call:
    """Runs `salesperf payout` on a small client; returns exit code, standard output and standard error."""
    files = {"client.yml": CLIENT, "reps.csv": REPS, "orders.csv": ORDERS, "plan.yml": PLAN}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "other.yml").write_text(PLAN.replace("0.1", "0.2"), encoding="utf-8")
    return partial(call, "payout", tmp_path / "client.yml")


def test_csv_has_one_row_per_rep_and_says_on_standard_error_who_owes(payout: Call, rows: RowsOf) -> None:
    code, out, err = payout("--format", "csv")
    first, second = rows(out)
    # 20.55 × 10 % = 2.06, less the 5.00 that the refund takes back
    assert (code, first["commission"], first["clawback"], first["payout"]) == (0, "2.06", "-5", "-2.94")
    assert (first["rep"], second["region"], second["payout"]) == ("'=cmd|A1", "West", "1")
    assert "below 0 and is owed: =cmd|A1 −2.94" in err


def test_a_table_prints_cents_and_a_region_alone_names_nobody_else(payout: Call) -> None:
    code, out, err = payout("--region", "West")
    assert code == 0 and "1.00" in out and "cmd" not in out + err


def test_a_trace_sums_to_the_payout(payout: Call) -> None:
    code, out, _ = payout("--trace", "r1", "--format", "json")
    lines = json.loads(out)
    assert code == 0 and [one["part"] for one in lines] == ["deal", "clawback"]
    assert round(sum(one["amount"] for one in lines), 2) == -2.94
    assert (lines[1]["sale_id"], lines[1]["refund_id"]) == ("o1", "x1")


def test_another_plan_is_compared_on_past_periods(payout: Call, rows: RowsOf) -> None:
    code, out, err = payout("--what-if", "other.yml", "--periods", "2", "--format", "csv")
    # r1: 5 − 2.94 = 2.06 and, at 20 %, 4.11; r2: 1 and 2
    assert [(one["present"], one["other"], one["difference"]) for one in rows(out)] == [
        ("2.06", "4.11", "2.05"),
        ("1", "2", "1"),
    ]
    assert code == 0 and "2 reps would have been paid more" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "2025-11"), "expected a period of whole settlements, one every quarter, got 2025-11"),
        (("--plan", "usul"), "plan: 'usul' is not a preset (a file ends with .yml); did you mean 'usual'?"),
        (("--plan", "none.yml"), "none.yml: expected a file, found none; check the path"),
        (("--trace", "r9"), "trace: 'r9' is not in the list of reps"),
        (("--region", "Eats"), "region: 'Eats' is not in the export; did you mean 'East'?"),
        (("--trace", "r1", "--what-if", "other.yml"), "expected --trace or --what-if, got both; leave one out"),
    ],
)
def test_a_wrong_request_ends_in_one_line(payout: Call, refused: Refused, words: tuple[str, ...], said: str) -> None:
    refused(payout(*words), 2, said)


def test_without_a_plan_the_way_out_is_named(payout: Call, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "client.yml").write_text(CLIENT.replace("incentives: plan.yml\n", ""), encoding="utf-8")
    refused(payout(), 2, "expected an incentive plan, got none; add 'incentives: usual' or --plan usual")
