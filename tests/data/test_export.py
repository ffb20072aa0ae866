"""An opened export: what is worked out of it once, whatever its period, and what its client file says."""

import pytest

from salesperf.data.company_wide import InMemory
from salesperf.data.export import Export, once
from salesperf.data.loading import open_export
from salesperf.periods import parse_period

TABLES = {
    "reps": "rep_id,rep,region\nr1,Ann,East\n",
    "orders": "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n",
}
CALLS: list[object] = []


@once
def worked_out(export, *what, **more):
    CALLS.append((export.period.label, what, tuple(more.items())))
    return ["a result", *what]


@once
def other(export):
    CALLS.append("other")
    return []


@pytest.fixture
def export(client_of):
    CALLS.clear()
    return open_export(client_of(TABLES, definitions={"new_customer_months": 7}))


def test_an_export_knows_its_client_period_tables_and_conventions(export):
    assert isinstance(export, Export) and export.tables.rows == {"reps": 1, "orders": 1}
    assert (export.period.label, export.definitions.new_customer_months) == ("2025Q4", 7)
    assert isinstance(export.results, InMemory)


def test_what_is_asked_of_an_export_is_worked_out_once_and_shared(export):
    assert worked_out(export, "x", by="rep") is worked_out(export, "x", by="rep")
    assert worked_out(export, "x", a=1, b=2) is worked_out(export, "x", b=2, a=1)
    assert len(CALLS) == 2


def test_questions_that_differ_are_worked_out_apart(export):
    assert worked_out(export, "x") == ["a result", "x"] and worked_out(export, "y") == ["a result", "y"]
    assert worked_out(export) == worked_out(export, x=1) and other(export) == []
    assert len(CALLS) == 5


def test_another_period_of_the_same_export_shares_what_was_worked_out(export):
    later = export.at(parse_period("2026Q1"))
    assert later.period.label == "2026Q1" and later.tables is export.tables
    assert worked_out(later, "x") is worked_out(export, "x")
    assert CALLS == [("2026Q1", ("x",), ())]


def test_another_export_is_worked_out_anew(export, client_of):
    worked_out(export)
    worked_out(open_export(client_of(TABLES)))
    assert len(CALLS) == 2 and export != open_export(export.client)
