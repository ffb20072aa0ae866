"""The dataset of a batch: named after its content, and enough for every report of it."""

import random

import duckdb
import pytest

from salesperf.data.dataset import VARIABLE, handed_over, parquet_views, write_tables
from salesperf.data.engine import Engine
from salesperf.data.loading import dataset_file, load_tables, write_dataset

REPS = [{"rep_id": f"r{place}", "rep": f"Rep {place}", "region": "EW"[place % 2]} for place in range(8)]
ORDERS = [
    {"order_id": f"o{place}", "rep_id": f"r{place % 8}", "account_id": "a", "date": "2025-10-01", "amount": place / 4}
    for place in range(50)
]


@pytest.fixture
def tables_of(client_of):
    """Opens tables whose rows lie in an order of chance."""

    def opened(*, seed=0, orders=ORDERS):
        chance = random.Random(seed)
        reps, orders = (chance.sample(rows, len(rows)) for rows in (REPS, orders))
        return load_tables(client_of({"reps": reps, "orders": orders}))

    return opened


def test_equal_content_has_equal_file_names_whatever_the_order_of_rows(tables_of, tmp_path):
    for place in range(2):
        (tmp_path / str(place)).mkdir()
    whole = [write_tables(tmp_path / str(place), tables_of(seed=place), ["reps", "orders"]) for place in range(2)]
    assert whole[0] == whole[1]
    for name in whole[0].values():
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_other_content_has_another_name(tables_of, tmp_path):
    names = ["reps", "orders"]
    one, other = (write_tables(tmp_path, tables_of(orders=ORDERS[start:]), names) for start in (0, 1))
    assert one["reps"] == other["reps"]
    assert one["orders"] != other["orders"]


def test_no_file_is_opened_before_something_is_asked(tmp_path):
    engine = Engine(parquet_views(tmp_path, {"orders": "none.parquet"}))
    with pytest.raises(duckdb.IOException):
        engine.answer("SELECT count(*) FROM orders")


def test_the_engine_has_the_clock_of_nowhere_and_draws_no_bar():
    asked = "SELECT current_setting('TimeZone') AS clock, current_setting('enable_progress_bar') AS bar"
    for engine in (Engine({}), Engine({}, duckdb.connect()), Engine({}).slice_of("East")):
        assert engine.answer(asked).to_pylist() == [{"clock": "UTC", "bar": False}]


def test_a_folder_with_any_name_can_hold_a_dataset(tables_of, tmp_path):
    folder = tmp_path / 'it\'s; "here"'
    folder.mkdir()
    files = write_tables(folder, tables_of(), ["orders"])
    answer = Engine(parquet_views(folder, files)).answer("SELECT count(*) AS orders FROM orders")
    assert answer.to_pylist() == [{"orders": 50}]


def test_without_a_batch_nothing_is_handed(monkeypatch):
    for value in (None, ""):
        monkeypatch.delenv(VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(VARIABLE, value)
        assert handed_over() is None


def test_a_client_file_that_is_not_the_batchs_is_read_itself(client_of, tmp_path, monkeypatch):
    one, other = (client_of({"reps": REPS[:number], "orders": ORDERS}) for number in (8, 4))
    write_dataset(load_tables(one), one, tmp_path / "dataset")
    monkeypatch.setenv(VARIABLE, str(dataset_file(tmp_path / "dataset")))
    assert load_tables(one).rows["reps"] == 8
    assert load_tables(other).rows["reps"] == 4


def test_what_was_worked_out_before_the_batch_goes_along(client_of, tmp_path, monkeypatch):
    client = client_of({"reps": REPS, "orders": ORDERS})
    tables = load_tables(client)
    regions, staff = tables.regions(), tables.staff()
    write_dataset(tables, client, tmp_path / "dataset")
    for one in (tmp_path / "dataset").glob("*.parquet"):
        one.unlink()
    monkeypatch.setenv(VARIABLE, str(dataset_file(tmp_path / "dataset")))
    there = load_tables(client)
    assert (there.regions(), there.staff()) == (regions, staff)
