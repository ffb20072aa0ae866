"""Results for the whole company are worked out once, and whoever takes one has it for himself."""

from dataclasses import dataclass, field

import pandas as pd
import pytest

from salesperf.data.company_wide import InFolder, InMemory, Results, company_wide
from salesperf.params import read_client
from salesperf.periods import parse_period


@dataclass(frozen=True)
class Counted:
    """Tables that count how often something was worked out of them."""

    results: Results | None
    calls: list[str] = field(default_factory=list)


@company_wide
def worked_out(tables: Counted, *what: object, **more: object) -> pd.DataFrame:
    tables.calls.append(repr((what, more)))
    return pd.DataFrame({"revenue": [1.0, 2.0]}, index=["East", "West"])


@company_wide
def other(tables: Counted) -> int:
    tables.calls.append("other")
    return 7


@pytest.fixture(params=["in memory", "in a folder"])
def tables(request, tmp_path):
    return Counted(InMemory() if request.param == "in memory" else InFolder(tmp_path))


def test_the_same_question_is_worked_out_once(tables):
    period = parse_period("2025Q4")
    first, second = (worked_out(tables, period, kpis=["revenue"], only=frozenset({"a", "b"})) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert len(tables.calls) == 1


def test_the_order_of_a_set_and_of_named_arguments_does_not_matter_that_of_a_list_does(tables):
    worked_out(tables, {"north", "south", "east"}, by="rep", kpi="revenue")
    worked_out(tables, {"east", "south", "north"}, kpi="revenue", by="rep")
    assert len(tables.calls) == 1
    worked_out(tables, ["a", "b"])
    worked_out(tables, ["b", "a"])
    assert len(tables.calls) == 3


@pytest.mark.parametrize(
    ("one", "another"),
    [("1", 1), (1, 2), (None, "None"), ("a, b", ["a", "b"]), (["a", "b"], {"a", "b"}), (["ab"], ["a", "b"])],
)
def test_questions_that_differ_are_worked_out_apart(tables, one, another):
    worked_out(tables, one)
    worked_out(tables, another)
    assert len(tables.calls) == 2


def test_periods_and_functions_are_told_apart(tables):
    worked_out(tables, parse_period("2025Q4"))
    worked_out(tables, parse_period("2025Q3"))
    worked_out(tables)
    assert other(tables) == 7
    assert len(tables.calls) == 4


def test_a_client_stands_for_its_period_as_the_tables_are_its_own(tables, client_of):
    reps = [{"rep_id": "r1", "rep": "Ann", "region": "East"}]
    orders = [{"order_id": "1", "rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "1"}]
    third, fourth = (client_of({"reps": reps, "orders": orders}, period=one) for one in ("2025Q3", "2025Q4"))
    for client in (third, third, fourth):
        worked_out(tables, client)
    assert len(tables.calls) == 2


def test_a_frame_may_be_changed_without_harm_to_the_next_who_asks(tables):
    first = worked_out(tables)
    first.loc["East", "revenue"] = 99.0
    assert worked_out(tables).loc["East", "revenue"] == 1.0
    second = worked_out(tables)
    del second["revenue"]
    assert list(worked_out(tables).columns) == ["revenue"]
    assert len(tables.calls) == 1


@pytest.mark.parametrize("argument", [object(), {"a": 1}, 1.5, pd.DataFrame({"a": [1]}), [object()], b"a"])
def test_for_an_argument_that_has_no_name_of_its_own_it_is_worked_out_each_time(tables, argument):
    for _ in range(2):
        worked_out(tables, argument)
        worked_out(tables, asked=argument)
    assert len(tables.calls) == 4


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


def test_where_nothing_is_kept_it_is_worked_out_each_time():
    tables = Counted(None)
    worked_out(tables)
    worked_out(tables, object())
    assert len(tables.calls) == 2


def test_a_result_in_a_folder_is_there_for_other_processes_and_whole_or_not_at_all(tmp_path):
    worked_out(Counted(InFolder(tmp_path)))
    again = Counted(InFolder(tmp_path))
    worked_out(again)
    assert again.calls == []
    (name,) = (one.name for one in tmp_path.iterdir())
    assert not name.startswith(".")
