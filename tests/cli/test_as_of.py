"""`--as-of`: the day up to which the export tells, in place of the client file's own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesperf.params import read_client
from salesperf.reports.publishing.order import order_for

CLIENT = "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n"
REPS = "rep_id,rep,region\nr1,Ann,East\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-07-01,50\no2,r1,a,2025-11-20,100\n"


@pytest.fixture
def written(client_file: Callable[[str, str, str], Path]) -> Callable[[str], Path]:
    return lambda client: client_file(client, REPS, ORDERS)


def test_a_period_is_over_by_the_day_given(call: Any, written: Any) -> None:
    path = written(CLIENT)
    _, _, err = call("kpis", path, "--kpi", "revenue", "--no-cache")
    assert "The export ends on 2025-11-20, within 2025Q4: its figures are not complete." in err
    code, _, err = call("kpis", path, "--kpi", "revenue", "--as-of", "2025-12-31", "--no-cache")
    assert (code, err) == (0, "")
    _, _, err = call("kpis", path, "--kpi", "revenue", "--as-of", "2025-12-30", "--no-cache")
    assert "The export ends on 2025-12-30, within 2025Q4" in err


def test_it_goes_before_the_client_file_s_own(call: Any, written: Any) -> None:
    path = written(CLIENT + "as_of: 2025-12-01\n")
    for words, end in (((), "2025-12-01"), (("--as-of", "2025-12-15"), "2025-12-15")):
        _, _, err = call("kpis", path, "--kpi", "revenue", *words, "--no-cache")
        assert f"The export ends on {end}" in err


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("tomorrow", "as_of: expected a day such as 2025-12-31, got 'tomorrow'"),
        ("2025-13-01", "as_of: expected a day such as 2025-12-31, got '2025-13-01'"),
        ("2025-11-19", "as_of: expected a day from 2025-11-20 on, the last of sales and deals, got 2025-11-19"),
    ],
)
def test_what_is_no_day_or_lies_before_a_sale_is_refused(
    call: Any, refused: Any, written: Any, day: str, words: str
) -> None:
    for command in (("kpis",), ("score",), ("targets",), ("potential",), ("run",)):
        refused(call(*command, written(CLIENT + "model: goal_oriented\n"), "--as-of", day), 2, words)


def test_a_published_page_says_it_in_its_command_and_is_verified_by_it(call: Any, written: Any, tmp_path: Path) -> None:
    path, out = written(CLIENT), tmp_path / "out"
    assert call("run", path, "--as-of", "2025-12-31", "--workers", 1, "--out", out)[0] == 0
    folder = out / "small" / "2025Q4"
    page = (folder / "East.html").read_text("utf-8")
    assert "--only East --period 2025Q4 --as-of 2025-12-31" in page and "so far" not in page
    code, said, _ = call("verify", folder, "--workers", 1)
    assert (code, said) == (0, "1 report is what the manifest says\n")


def test_another_day_makes_another_key(written: Any) -> None:
    path = written(CLIENT)
    keys = [
        order_for(read_client(path, None, day)).shared_key for day in (None, "2025-12-31", "2025-12-31", "2026-01-01")
    ]
    assert keys[1] == keys[2] and len({key.client for key in keys}) == 3
    assert len({key.dataset for key in keys}) == 1


def test_a_notebook_without_the_parameter_is_refused(call: Any, refused: Any, written: Any, tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "id": "p",
        "execution_count": None,
        "outputs": [],
        "source": ["client = 1\n", "period = 1"],
    }
    cells = [cell | {"metadata": {"tags": ["parameters"]}}]
    own = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    (tmp_path / "own.ipynb").write_text(own, "utf-8")
    path = written(CLIENT + "reports: {notebook: own.ipynb}\n")
    refused(call("run", path, "--as-of", "2025-12-31"), 2, "own.ipynb: expected the parameter as_of, found none")
