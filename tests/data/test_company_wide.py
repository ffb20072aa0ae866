"""Results for the whole company are worked out once, and whoever takes one has it for himself."""

import multiprocessing
import time
from dataclasses import dataclass, field, replace

import pandas as pd
import pytest

from salesperf.data.company_wide import InFolder, InMemory, Results, company_wide, kept_or
from salesperf.params import Client, read_client
from salesperf.periods import parse_period


@dataclass(frozen=True)
class Counted:
    """An export that counts how often something was worked out of it."""

    client: Client
    results: Results | None
    calls: list[str] = field(default_factory=list)


@company_wide
def worked_out(export: Counted, *what: object, **more: object) -> pd.DataFrame:
    export.calls.append(repr((what, more)))
    return pd.DataFrame({"revenue": [1.0, 2.0]}, index=["East", "West"])


@company_wide
def other(export: Counted) -> int:
    export.calls.append("other")
    return 7


@pytest.fixture(scope="module")
def client(client_of):
    reps = [{"rep_id": "r1", "rep": "Ann", "region": "East"}]
    orders = [{"order_id": "1", "rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "1"}]
    return client_of({"reps": reps, "orders": orders})


@pytest.fixture(params=["in memory", "in a folder"])
def export(request, client, tmp_path):
    return Counted(client, InMemory() if request.param == "in memory" else InFolder(tmp_path))


def test_the_same_question_is_worked_out_once(export):
    period = parse_period("2025Q4")
    first, second = (worked_out(export, period, kpis=["revenue"], only=frozenset({"a", "b"})) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert len(export.calls) == 1


def test_the_order_of_a_set_and_of_named_arguments_does_not_matter_that_of_a_list_does(export):
    worked_out(export, {"north", "south", "east"}, by="rep", kpi="revenue")
    worked_out(export, {"east", "south", "north"}, kpi="revenue", by="rep")
    assert len(export.calls) == 1
    worked_out(export, ["a", "b"])
    worked_out(export, ["b", "a"])
    assert len(export.calls) == 3


@pytest.mark.parametrize(
    ("one", "another"),
    [("1", 1), (1, 2), (None, "None"), ("a, b", ["a", "b"]), (["a", "b"], {"a", "b"}), (["ab"], ["a", "b"])],
)
def test_questions_that_differ_are_worked_out_apart(export, one, another):
    worked_out(export, one)
    worked_out(export, another)
    assert len(export.calls) == 2


def test_periods_and_functions_are_told_apart(export):
    worked_out(export, parse_period("2025Q4"))
    worked_out(export, parse_period("2025Q3"))
    worked_out(export)
    assert other(export) == 7
    assert len(export.calls) == 4


def test_the_period_asked_for_is_a_part_of_the_question_as_is_all_that_the_client_file_says(export, client_of):
    other = client_of({"reps": "rep_id,rep,region\nr1,Ann,East\n", "orders": "order_id\n"}, period="2025Q3")
    third = replace(export.client, period=parse_period("2025Q3"))
    for client in (export.client, third, export.client, third, other, other):
        worked_out(replace(export, client=client))
    assert len(export.calls) == 3


def test_a_frame_may_be_changed_without_harm_to_the_next_who_asks(export):
    first = worked_out(export)
    first.loc["East", "revenue"] = 99.0
    assert worked_out(export).loc["East", "revenue"] == 1.0
    second = worked_out(export)
    del second["revenue"]
    assert list(worked_out(export).columns) == ["revenue"]
    assert len(export.calls) == 1


@pytest.mark.parametrize("argument", [object(), {"a": 1}, 1.5, pd.DataFrame({"a": [1]}), [object()], b"a"])
def test_for_an_argument_that_has_no_name_of_its_own_it_is_worked_out_each_time(export, argument):
    for _ in range(2):
        worked_out(export, argument)
        worked_out(export, asked=argument)
    assert len(export.calls) == 4


def test_clients_that_differ_get_results_of_their_own(tmp_path):
    path = tmp_path / "client.yml"
    text = "client: X\nperiod: 2025Q4\nsource: {reps: r.csv, orders: o.csv}\nmodel: own.yml\n"
    fingerprints = []
    for model in ("a: 1", "a: 2"):
        (tmp_path / "own.yml").write_text(model, encoding="utf-8")
        for definitions in ("", "definitions: {new_customer_months: 1}\n"):
            path.write_text(text + definitions, encoding="utf-8")
            fingerprints += [read_client(path).fingerprint, read_client(path, "2025Q3").fingerprint]
            assert read_client(path).fingerprint == fingerprints[-2]
    assert len(set(fingerprints)) == 8


def test_where_nothing_is_kept_it_is_worked_out_each_time(client):
    export = Counted(client, None)
    worked_out(export)
    worked_out(export, object())
    assert len(export.calls) == 2


def _slowly(folder, calls):
    def work():
        with calls.get_lock():
            calls.value += 1
        time.sleep(0.3)
        return b"found"

    assert kept_or(InFolder(folder), "name", work) == b"found"


def test_processes_that_need_a_result_at_once_wait_for_the_one_that_works_it_out(tmp_path):
    context = multiprocessing.get_context("spawn")
    calls = context.Value("i", 0)
    processes = [context.Process(target=_slowly, args=(tmp_path, calls)) for _ in range(3)]
    for one in processes:
        one.start()
    for one in processes:
        one.join(30)
    assert [one.exitcode for one in processes] == [0, 0, 0]
    assert calls.value == 1


def test_work_that_fails_keeps_nothing_and_holds_nobody_up(tmp_path):
    with pytest.raises(ZeroDivisionError):
        kept_or(InFolder(tmp_path), "name", lambda: bytes(1 // 0))
    assert kept_or(InFolder(tmp_path), "name", lambda: b"found") == b"found"


def test_a_result_in_a_folder_is_there_for_other_processes_and_whole_or_not_at_all(client, tmp_path):
    worked_out(Counted(client, InFolder(tmp_path)))
    again = Counted(client, InFolder(tmp_path))
    worked_out(again)
    assert again.calls == []
    assert len([one for one in tmp_path.iterdir() if not one.name.startswith(".")]) == 1
