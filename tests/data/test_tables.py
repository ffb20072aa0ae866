"""A client's tables: what is in them, what is known of them, and that nothing but the files decides it."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from random import Random

import duckdb
import pandas as pd
import pytest

from salesperf.data.loading import load_tables
from salesperf.data.sources import Input
from salesperf.errors import DataError, RequestError
from salesperf.params import read_client

REPS = [
    {"rep_id": "r1", "rep": "Ann", "region": "East", "team": "One", "start_date": "2024-01-15", "end_date": ""},
    {"rep_id": "r2", "rep": "Bo", "region": "West", "team": "", "start_date": "", "end_date": "9999-12-31"},
]
ORDERS = [
    {"order_id": "o1", "rep_id": "r1", "account_id": "a1", "date": "2025-10-01", "amount": "100.50", "region": ""},
    {"order_id": "o2", "rep_id": "r2", "account_id": "", "date": "2025-12-31", "amount": "-3", "region": "North"},
]
DEALS = [
    {"opportunity_id": "d1", "rep_id": "r1", "status": "won", "created": "2025-01-01", "closed": "2025-03-01"},
    {"opportunity_id": "d2", "rep_id": "r1", "status": "open", "created": "2025-01-02", "closed": "2026-06-30"},
    {"opportunity_id": "d3", "rep_id": "r2", "status": "Lost", "created": "", "closed": "2025-02-01"},
    {"opportunity_id": "d4", "rep_id": "r2", "status": "open", "created": "", "closed": ""},
]


@pytest.fixture
def tables(client_of):
    return load_tables(client_of({"reps": REPS, "orders": ORDERS, "opportunities": DEALS}))


def rows(table):
    return table.to_pyarrow().to_pylist()


def test_values_come_in_their_types_and_columns_in_the_order_of_the_contract(tables):
    assert rows(tables["orders"].order_by("order_id")) == [
        {
            "order_id": "o1",
            "rep_id": "r1",
            "account_id": "a1",
            "date": date(2025, 10, 1),
            "amount": Decimal("100.50"),
            "cost": None,
            "currency": None,
            "product": None,
            "region": None,
            "refund_of": None,
        },
        {
            "order_id": "o2",
            "rep_id": "r2",
            "account_id": None,
            "date": date(2025, 12, 31),
            "amount": Decimal(-3),
            "cost": None,
            "currency": None,
            "product": None,
            "region": "North",
            "refund_of": None,
        },
    ]


def test_rows_values_and_spans_are_counted(tables):
    assert tables.rows == {"reps": 2, "orders": 2, "opportunities": 4}
    assert tables.filled["orders", "account_id"] == 1
    assert tables.filled["orders", "cost"] == 0
    assert tables.spans["orders", "date"] == (date(2025, 10, 1), date(2025, 12, 31))
    assert ("reps", "end_date") in tables.spans
    assert ("orders", "amount") not in tables.spans


def test_the_expected_close_of_an_open_deal_is_no_close(tables):
    deals = rows(tables["opportunities"].order_by("opportunity_id"))
    assert [one["closed"] for one in deals] == [date(2025, 3, 1), None, date(2025, 2, 1), None]
    assert [one["due"] for one in deals] == [None, date(2026, 6, 30), None, None]
    assert tables.spans["opportunities", "closed"] == (date(2025, 2, 1), date(2025, 3, 1))
    assert tables.filled["opportunities", "closed"] == 2


def test_a_table_is_there_with_columns_that_have_a_value(tables):
    assert tables.has("orders")
    assert tables.has("orders", "account_id", "date")
    assert not tables.has("orders", "date", "cost")
    assert not tables.has("surveys")
    assert not tables.has("surveys", "score")


def test_every_file_is_an_input_with_its_hash_and_rows(client_of):
    client = client_of({"reps": REPS, "orders": ORDERS})
    sha = [hashlib.sha256((client.folder / name).read_bytes()).hexdigest() for name in ("reps.csv", "orders.csv")]
    assert load_tables(client).inputs == (Input("reps.csv", sha[0], 2), Input("orders.csv", sha[1], 2))


def test_regions_are_those_of_reps_and_sales_by_name(tables, client_of):
    assert tables.regions() == ["East", "North", "West"]
    deals = [one | {"region": "South" if one["status"] == "open" else " "} for one in DEALS]
    assert load_tables(client_of({"reps": REPS, "opportunities": deals})).regions() == ["East", "South", "West"]


def test_a_region_of_many_reps_is_one_where_the_list_of_reps_alone_tells_of_it(client_of):
    reps = [{"rep_id": f"r{place}", "rep": "X", "region": "EW"[place % 2]} for place in range(5)]
    assert load_tables(client_of({"reps": reps, "orders": [ORDERS[0]]})).regions() == ["E", "W"]


def test_regions_do_not_depend_on_the_order_of_rows(client_of):
    names = ["b", "B", "a", "Ä", "东", "../../etc", "<script>alert(1)</script>", "10", "9"]
    reps = [{"rep_id": f"r{place}", "rep": "X", "region": name} for place, name in enumerate(names)]
    for seed in range(3):
        Random(seed).shuffle(reps)
        assert load_tables(client_of({"reps": reps, "orders": ORDERS})).regions() == sorted([*names, "North"])


def test_a_list_of_regions_that_is_changed_changes_no_table(tables):
    tables.regions().clear()
    tables.staff().clear()
    assert tables.regions() == ["East", "North", "West"]
    assert len(tables.staff()) == 2


def test_an_unknown_region_is_an_error_of_the_request(tables):
    assert tables.check_region("North") == "North"
    with pytest.raises(RequestError) as caught:
        tables.check_region("Nort")
    assert str(caught.value) == "region: 'Nort' is not in the export; did you mean 'North'?"
    assert caught.value.exit_code == 2


def test_the_staff_are_the_reps_by_id_with_what_is_known_of_their_employment(tables):
    assert tables.staff() == [
        {
            "rep_id": "r1",
            "rep": "Ann",
            "region": "East",
            "team": "One",
            "manager": None,
            "start_date": date(2024, 1, 15),
            "end_date": None,
        },
        {
            "rep_id": "r2",
            "rep": "Bo",
            "region": "West",
            "team": None,
            "manager": None,
            "start_date": None,
            "end_date": date(9999, 12, 31),
        },
    ]


class Engine:
    """Stands between tables and their engine and notes what is asked."""

    def __init__(self, engine):
        self.engine, self.asked = engine, []

    def answer(self, question):
        self.asked.append(question)
        return self.engine.answer(question)


@pytest.fixture
def watched(tables):
    engine = Engine(tables.engine)
    return replace(tables, engine=engine), engine


SUM = "SELECT sum(amount) AS sold FROM orders"


def test_the_engine_is_asked_nothing_twice(watched):
    tables, engine = watched
    told = [tables.ask(SUM) for _ in range(3)]
    assert [one.to_pylist() for one in told] == [[{"sold": Decimal("97.50")}]] * 3
    assert tables.ask("SELECT count(*) AS deals FROM opportunities")["deals"].to_pylist() == [4]
    assert tables.staff() == tables.staff() and tables.regions() == tables.regions()
    assert len(engine.asked) == len(set(engine.asked)) == 4


def test_who_shares_the_results_of_an_export_asks_its_engine_nothing(watched):
    """As the kernels of a batch do: the answer comes from where results are kept, types and all."""
    tables, engine = watched
    told = tables.ask(SUM)
    other = replace(tables, engine=Engine(None))
    assert other.ask(SUM).equals(told) and other.ask(SUM).schema == told.schema
    assert len(engine.asked) == 1


def test_where_nothing_is_kept_an_answer_is_still_asked_for_once(tables):
    engine = Engine(tables.engine)
    alone = replace(tables, results=None, engine=engine)
    assert alone.ask(SUM).equals(alone.ask(SUM))
    assert engine.asked == [SUM]


def test_a_slice_answers_for_itself_and_not_for_the_whole(tables):
    count = "SELECT count(*) AS n FROM orders"
    assert [one.ask(count)["n"][0].as_py() for one in (tables, tables.slice_of("East"), tables.slice_of("West"))] == [
        2,
        1,
        1,
    ]
    assert tables.ask(count)["n"][0].as_py() == 2


def test_a_table_is_asked_for_by_its_canonical_name_alone(tables):
    assert tables.ask("FROM reps ORDER BY rep_id")["rep"].to_pylist() == ["Ann", "Bo"]
    with pytest.raises(duckdb.CatalogException, match="surveys"):
        tables.ask("FROM surveys")


def test_two_exports_in_one_process_are_told_apart(client_of):
    one, other = (load_tables(client_of({"reps": REPS[:n], "orders": ORDERS})) for n in (1, 2))
    assert [len(tables.ask("FROM reps")) for tables in (one, other, one)] == [1, 2, 1]


def test_namesakes_are_told_apart_by_their_ids(client_of):
    reps = [
        {"rep_id": key, "rep": name, "region": "East"} for key, name in [("7", "Li Wei"), ("8", "Li Wei"), ("9", "Bo")]
    ]
    assert [one["rep"] for one in load_tables(client_of({"reps": reps, "orders": ORDERS})).staff()] == [
        "Li Wei (7)",
        "Li Wei (8)",
        "Bo",
    ]


def test_group_columns_of_reps_come_along_from_every_file(client_of):
    files = {
        "a.csv": "rep_id,rep,region,group_age\nr1,Ann,East,50+\n",
        "b.csv": "rep_id,rep,region,group_gender,shoe_size\nr2,Bo,West,x,44\n",
    }
    tables = load_tables(client_of({**files, "orders": ORDERS}, source={"reps": ["a.csv", "b.csv"]}))
    found = rows(tables["reps"].order_by("rep_id"))
    assert [(one["group_age"], one["group_gender"]) for one in found] == [("50+", None), (None, "x")]
    assert "shoe_size" not in tables["reps"].columns


def test_several_files_make_one_table_each_counted_once(client_of):
    files = {f"2025/orders-{month}.csv": [ORDERS[0] | {"order_id": month}] for month in ("01", "02", "03")}
    source = {"orders": ["2025/orders-02.csv", "2025/orders-*.csv", "./2025/orders-01.csv"]}
    tables = load_tables(client_of({"reps": REPS, **files}, source=source))
    assert tables.rows["orders"] == 3
    assert [one.path for one in tables.inputs] == ["reps.csv", *(f"2025/orders-{m}.csv" for m in ("02", "01", "03"))]


def test_files_of_two_kinds_with_other_columns_make_one_table(client_of):
    frame = pd.DataFrame({"order_id": [7], "rep_id": ["r1"], "account_id": [12.0], "date": [datetime(2025, 11, 1, 9)]})
    files = {"a.csv": ORDERS, "b.parquet": frame.assign(amount=[7], Cost=[2.5], other=["x"])}
    tables = load_tables(client_of({"reps": REPS, **files}, source={"orders": ["a.csv", "b.parquet"]}))
    found = rows(tables["orders"].order_by("order_id"))[0]
    assert (found["order_id"], found["account_id"], found["date"]) == ("7", "12", date(2025, 11, 1))
    assert (found["amount"], found["cost"]) == (Decimal(7), Decimal("2.5"))
    assert tables.rows["orders"] == 3
    assert tables.filled["orders", "cost"] == 1


def test_ids_of_a_typed_and_a_text_file_are_the_same_ids(client_of):
    reps = pd.DataFrame({"rep_id": [1, 2], "rep": ["Ann", "Bo"], "region": ["East", "West"]})
    tables = load_tables(client_of({"reps": reps, "orders": [ORDERS[0] | {"rep_id": "1"}]}))
    assert rows(tables["orders"].join(tables["reps"], "rep_id").select("rep")) == [{"rep": "Ann"}]


@pytest.mark.parametrize("name", ["sales [2025].csv", "sales*.csv", "sales?.csv", "region=East/sales.csv", "销售.csv"])
def test_a_file_is_found_by_its_own_name_whatever_it_looks_like(client_of, name):
    tables = load_tables(client_of({"reps": REPS, name: ORDERS, "sales2.csv": "nonsense"}, source={"orders": name}))
    assert tables.rows["orders"] == 2
    assert tables["orders"].filter(tables["orders"].region == "East").count().execute() == 0


def message(client):
    with pytest.raises(DataError) as caught:
        load_tables(client)
    assert caught.value.exit_code == 3
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value).replace(str(client.folder), "FOLDER")


def test_a_missing_file_is_named_with_the_line_that_asks_for_it(client_of):
    client = client_of({"reps": REPS}, source={"orders": "sales.csv"})
    assert message(client) == "FOLDER/test.yml:5: orders: expected a file at FOLDER/sales.csv, got none; check the path"


def test_a_missing_file_among_several_is_named_with_its_own_line(client_of):
    client = client_of({"reps": REPS, "a.csv": ORDERS}, source={"orders": ["a.csv", "b.csv"]})
    assert message(client).startswith("FOLDER/test.yml:7: orders: expected a file at FOLDER/b.csv, got none")


def test_a_pattern_without_any_file_is_an_error(client_of):
    client = client_of({"reps": REPS}, source={"orders": "sales/2025-*.csv"})
    assert message(client).endswith("expected files at FOLDER/sales/2025-*.csv, got none; check the path")


def test_a_folder_is_no_file(client_of):
    client = client_of({"reps": REPS, "sales/a.csv": ORDERS}, source={"orders": "sales"})
    assert message(client).endswith(
        "expected a file at FOLDER/sales, got a folder; name its files, such as sales/*.csv"
    )


def test_a_path_on_the_network_is_a_missing_file(client_of):
    client = client_of({"reps": REPS}, source={"orders": "https://example.com/orders.csv"})
    assert "expected a file at" in message(client)


def test_nothing_depends_on_time_zone_language_or_hash_seed(client_of):
    frame = pd.DataFrame({"order_id": [1], "rep_id": ["r1"], "account_id": ["a"], "amount": [1]})
    times = pd.to_datetime(["2025-10-01 00:30"], utc=True)
    client = client_of({"reps": REPS, "orders": frame.assign(date=times), "opportunities": DEALS})
    program = (
        "import sys; from salesperf.data.loading import load_tables; from salesperf.params import read_client;"
        "tables = load_tables(read_client(sys.argv[1]));"
        "print(tables.inputs, tables.spans, tables.regions(), tables['orders'].to_pyarrow().to_pylist())"
    )
    command = [sys.executable, "-c", program, client.path]
    told = {
        subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=True).stdout
        for env in (
            {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
            {"TZ": "Pacific/Niue", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
        )
    }
    assert len(told) == 1
    assert "datetime.date(2025, 10, 1)" in told.pop()


def test_the_crm_export_is_read_as_it_is(crm_folder, tmp_path):
    source = {"opportunities": "sales_pipeline", "reps": "sales_teams", "accounts": "accounts"}
    lines = "".join(f"  {table}: {crm_folder}/{name}.csv\n" for table, name in source.items())
    (tmp_path / "crm.yml").write_text(f"client: CRM\nperiod: 2017Q4\nsource:\n  preset: maven\n{lines}", "utf-8")
    tables = load_tables(read_client(tmp_path / "crm.yml"))
    assert tables.rows == {"reps": 35, "opportunities": 8800, "accounts": 85}
    status = tables["opportunities"].group_by("status").aggregate(n=lambda deals: deals.count())
    assert {one["status"]: one["n"] for one in rows(status)} == {"won": 4238, "lost": 2473, "open": 1589 + 500}
    assert tables.rows["opportunities"] - tables.filled["opportunities", "account_id"] == 1425
    assert tables.spans["opportunities", "closed"] == (date(2017, 3, 1), date(2017, 12, 31))
    assert tables.regions() == ["Central", "East", "West"]
    assert len({one["team"] for one in tables.staff()}) == 6
