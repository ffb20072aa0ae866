"""A client's own KPIs as written: what is accepted, and what an error says of the rest."""

import re
from pathlib import Path

import pytest
import yaml

from salesperf.data.loading import load_tables
from salesperf.errors import RequestError
from salesperf.measures.client_kpis import DAYS, client_kpis, columns
from salesperf.measures.kpi import Filter, Measure

PAGE = (Path(__file__).parents[2] / "docs" / "client_kpis.md").read_text("utf-8")

TABLES = {
    "reps": "rep_id,rep,region\nr1,Ann,East\n",
    "orders": "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n",
}


@pytest.fixture
def read(client_of):
    def of(**kpis):
        client = client_of(TABLES, kpis=kpis)
        return client_kpis(client, load_tables(client), {"revenue", "visits"}, ("_n", "_target"))

    return of


def test_one_line_is_enough(read):
    (own,) = read(big_deals={"sum": "amount"}).values()
    assert (own.id, own.name, own.unit, own.better) == ("big_deals", "big_deals", "money", "higher")
    assert (own.day, own.denominator) == ("sales.date", None)
    assert own.numerator == Measure("sales", "date", "sum", "credited")  # by share where sales are split
    assert (own.needs, own.lacks, own.judged) == (("sales.amount",), "", True)


def test_a_mean_is_the_sum_over_the_rows_that_have_a_value_and_they_are_its_cases(read):
    own = read(mine={"mean": "cost"})["mine"]
    assert (own.numerator.how, own.numerator.column) == ("sum", "cost")
    assert (own.denominator.how, own.denominator.column, own.n) == ("count", "cost", own.denominator)


def test_of_a_ratio_of_sums_the_rows_below_the_line_are_the_cases(read):
    own = read(mine={"ratio": {"of": {"sum": "cost"}, "to": {"sum": "amount"}}})["mine"]
    assert (own.numerator.column, own.denominator.column) == ("credited_cost", "credited")
    assert (own.n.how, own.n.column) == ("count", "credited")


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ({"sum": "amount"}, "money"),
        ({"mean": "cost"}, "money"),
        ({"count": "rows"}, "count"),
        ({"distinct": "product"}, "count"),
        ({"table": "activities", "mean": "quality"}, "number"),
        ({"ratio": {"of": {"sum": "cost"}, "to": {"sum": "amount"}}}, "share"),
        ({"ratio": {"of": {"count": "rows"}, "to": {"distinct": "account_id"}}}, "share"),
        ({"ratio": {"of": {"sum": "amount"}, "to": {"count": "rows"}}}, "money"),
        ({"ratio": {"of": {"count": "rows"}, "to": {"sum": "amount"}}}, "number"),
        ({"ratio": {"of": {"count": "rows"}, "to": {"sum": "amount"}}, "unit": "days"}, "days"),
    ],
)
def test_a_unit_that_is_not_said_follows_from_what_is_measured(read, written, unit):
    assert read(mine=written)["mine"].unit == unit


def test_a_ratios_own_filters_stand_beside_those_around_it_and_before_one_on_the_same_column(read):
    (own,) = read(
        mine={
            "ratio": {"of": {"sum": "amount", "where": {"product": "B", "segment": "small"}}, "to": {"sum": "amount"}},
            "where": {"product": ["A", "B"]},
        }
    ).values()
    assert own.numerator.where == (Filter("product", ("B",)), Filter("segment", ("small",)))
    assert own.denominator.where == (Filter("product", ("A", "B")),)


def test_deals_can_be_placed_by_more_than_one_day(read):
    table = {"table": "opportunities", "count": "rows"}
    found = read(a=table, b=table | {"day": "created"}, c=table | {"day": "due"})
    assert [one.day for one in found.values()] == [f"opportunities.{day}" for day in ("closed", "created", "due")]
    assert [one.numerator.day for one in found.values()] == ["closed", "created", "due"]


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ({}, "mine: expected one of sum, count, distinct, mean, ratio, got none"),
        (
            {"sum": "amount", "mean": "cost"},
            "mine: expected one of sum, count, distinct, mean, ratio, got sum and mean",
        ),
        ({"sum": "amout"}, "sum: 'amout' is no column of sales; did you mean 'amount'?"),
        ({"sum": "product"}, "sum: expected a column of numbers, got 'product' (text); known are 'amount', 'cost'"),
        ({"mean": "date"}, "mean: expected a column of numbers, got 'date' (date); known are 'amount', 'cost'"),
        ({"count": "account_id"}, "count: expected 'rows', got 'account_id'"),
        ({"sum": "amount", "table": "targets"}, "table: expected 'sales', 'opportunities', 'activities', "),
        ({"sum": "amount", "day": "closed"}, "day: 'closed' is no day of sales; known are 'date'"),
        ({"sum": "amount", "where": {"stage": "won"}}, "stage: 'stage' is no column of sales; known are "),
        (
            {"sum": "amount", "where": {"date": "2025-10-01"}},
            "where: expected a column of texts or numbers, got 'date' (date); the period says the days",
        ),
        ({"sum": "amount", "where": {"amount": "much"}}, "amount: expected numbers, got 'much'; correct it"),
        ({"sum": "amount", "where": {"product": []}}, "product: expected "),
        ({"sum": "amount", "where": {"product": True}}, "product: expected "),
        ({"sum": "amount", "unit": "euro"}, "unit: expected 'money', 'share', "),
        ({"sum": "amount", "wehre": {}}, "'wehre' is not a setting; did you mean 'where'?"),
        ({"ratio": {"of": {"sum": "amount"}}}, "'to' is missing; add it"),
        ({"ratio": {"of": {"sum": "amount"}, "to": {"mean": "x"}}}, "mean: 'x' is no column of sales; known are "),
        ({"ratio": {"of": {}, "to": {"sum": "amount"}}}, "of: expected one of sum, count, distinct, mean, got none"),
        ({"table": "surveys", "mean": "score", "where": {"group_age": "50+"}}, "group_age: 'group_age' is no column"),
    ],
)
def test_an_error_names_file_line_and_key(read, written, error):
    with pytest.raises(RequestError) as caught:
        read(fine={"count": "rows"}, mine=written)
    place, message = str(caught.value).split(": ", 1)
    assert message.startswith(error)
    file, line = place.rsplit(":", 1)
    assert file.endswith("test.yml") and int(line) >= 9


def test_the_line_is_that_of_the_key(client_of):
    client = client_of(TABLES, kpis={"mine": {"sum": "amount", "where": {"product": "A", "stage": "won"}}})
    line = client.document.line(("kpis", "mine", "where", "stage"))
    assert client.path.read_text("utf-8").splitlines()[line - 1].strip() == "stage: won"
    with pytest.raises(RequestError, match=rf"test.yml:{line}: stage: 'stage' is no column"):
        client_kpis(client, load_tables(client), (), ())


@pytest.mark.parametrize("name", ["revenue", "visits"])
def test_an_id_that_is_taken_is_refused(read, name):
    with pytest.raises(RequestError, match=f"kpis: '{name}' is a column already; choose another id"):
        read(**{name: {"sum": "amount"}})


@pytest.mark.parametrize("name", ["won_n", "my_target", "_mine", "2nd", "a-b", "a b", ""])
def test_an_id_that_reads_as_another_kind_of_column_is_refused(read, name):
    with pytest.raises(RequestError, match="choose another id"):
        read(**{name: {"sum": "amount"}})


def test_an_id_may_be_in_any_script(read):
    assert list(read(**{"大客户收入": {"sum": "amount"}})) == ["大客户收入"]


def test_protected_attributes_and_other_tables_columns_cannot_be_named():
    assert list(columns("sales")) == ["rep_id", "account_id", "date", "amount", "cost", "product", "segment", "account"]
    assert "segment" not in columns("activities")
    assert not [name for table in ("sales", "opportunities", "surveys") for name in columns(table) if "group" in name]


def test_the_kpis_in_the_docs_are_accepted_and_measure_what_they_say(read):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    found = read(**yaml.safe_load(example)["kpis"])
    assert [one.numerator.how for one in found.values()] == ["sum", "count", "distinct", "sum", "sum"]
    assert [one.denominator and one.denominator.how for one in found.values()] == [None, None, None, "count", "sum"]
    assert [one.unit for one in found.values()] == ["money", "count", "count", "points", "share"]


@pytest.mark.parametrize("table", DAYS)
def test_the_docs_name_every_day_and_column_of_a_table(table):
    ((days, named),) = re.findall(rf"^\| `{table}`[^|]*\| (.*?) \| (.*?) \|$", PAGE, flags=re.MULTILINE)
    assert tuple(re.findall(r"(?:^|, )([a-z_]+)", days)) == DAYS[table] or "period" in DAYS[table]
    known = [name for name, kind in columns(table).items() if kind != "date"]
    assert sorted(["rep_id", *named.split(", ")]) == sorted(known)
