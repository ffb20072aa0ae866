"""The dataset of a batch: named after its content, and enough for every report of it."""

import os
import pickle
import random
from dataclasses import replace

import ibis
import pandas as pd
import pyarrow.parquet as pq
import pytest

from salesperf.data.dataset import VARIABLE, ParquetTables, handed_over, write_slices, write_tables
from salesperf.data.tables import load_tables, slice_file, write_dataset
from salesperf.reports.building.local import LocalExecutor
from salesperf.reports.publishing.batch import batch_of
from salesperf.reports.publishing.order import order_for
from salesperf.reports.publishing.publish import publish
from salesperf.reports.result import Limits

REPS = [{"rep_id": f"r{place}", "rep": f"Rep {place}", "region": "EW"[place % 2]} for place in range(8)]
ORDERS = [
    {"order_id": f"o{place}", "rep_id": f"r{place % 8}", "account_id": "a", "date": "2025-10-01", "amount": place / 4}
    for place in range(50)
]


def frames(*, seed=0):
    chance = random.Random(seed)
    reps, orders = (pd.DataFrame(chance.sample(rows, len(rows))) for rows in (REPS, ORDERS))
    return {"reps": ibis.memtable(reps), "orders": ibis.memtable(orders.assign(region=None).astype({"region": "str"}))}


def test_equal_content_has_equal_file_names_whatever_the_order_of_rows(tmp_path):
    for place in range(2):
        (tmp_path / str(place)).mkdir()
    whole = [write_tables(tmp_path / str(place), frames(seed=place)) for place in range(2)]
    parts = [write_slices(tmp_path / str(place), frames(seed=place)) for place in range(2)]
    assert whole[0] == whole[1]
    assert parts[0] == parts[1]
    for name in whole[0].values():
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_other_content_has_another_name(tmp_path):
    tables = frames()
    fewer = tables | {"orders": tables["orders"].filter(tables["orders"].order_id != "o1")}
    one, other = write_tables(tmp_path, tables), write_tables(tmp_path, fewer)
    assert one["reps"] == other["reps"]
    assert one["orders"] != other["orders"]


def test_the_slices_are_all_rows_each_once_where_nobody_sells_abroad(tmp_path):
    parts = write_slices(tmp_path, frames())
    assert sorted(parts) == ["E", "W"]
    ids = [pq.read_table(tmp_path / parts[region]["orders"])["order_id"].to_pylist() for region in "EW"]
    assert sorted(ids[0] + ids[1]) == sorted(one["order_id"] for one in ORDERS)
    assert {int(one[1:]) % 2 for one in ids[0]} == {0}


def test_a_file_is_opened_when_its_table_is_first_asked_for(tmp_path):
    files = write_tables(tmp_path, frames())
    opened = ParquetTables(tmp_path, files)
    (tmp_path / files["orders"]).unlink()
    assert (list(opened), len(opened), "orders" in opened) == (["reps", "orders"], 2, True)
    assert opened["reps"].count().execute() == 8


def test_without_a_batch_nothing_is_handed(monkeypatch):
    for value in (None, ""):
        monkeypatch.delenv(VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(VARIABLE, value)
        assert handed_over() is None


def test_a_client_file_that_is_not_the_batchs_is_read_itself(client_of, tmp_path, monkeypatch):
    one, other = (client_of({"reps": REPS[:number], "orders": ORDERS}) for number in (8, 4))
    write_dataset(load_tables(one), one, tmp_path / "dataset")
    monkeypatch.setenv(VARIABLE, str(slice_file(tmp_path / "dataset", "E")))
    assert load_tables(one).rows["reps"] == 8
    assert load_tables(other).rows["reps"] == 4


def test_what_was_worked_out_before_the_batch_goes_along(client_of, tmp_path, monkeypatch):
    client = client_of({"reps": REPS, "orders": ORDERS})
    tables = load_tables(client)
    regions, staff = tables.regions(), tables.staff()
    write_dataset(tables, client, tmp_path / "dataset")
    for one in (tmp_path / "dataset").glob("*.parquet"):
        one.unlink()
    monkeypatch.setenv(VARIABLE, str(slice_file(tmp_path / "dataset", "E")))
    there = load_tables(client)
    assert (there.regions(), there.staff()) == (regions, staff)


class WithoutTheCompany:
    """Builds reports as a batch on this machine; takes the whole company's tables away after the first of each kind."""

    def __init__(self, executor, first):
        self.executor, self.first, self.taken = executor, first, 0
        self.slices = {}

    def run(self, jobs):
        jobs = list(jobs)
        if not self.first:
            folder = jobs[0].dataset.parent
            handed = [pickle.loads(one.read_bytes()) for one in folder.glob("*.slice")]
            kept = {name for one in handed for name in one.files_of_slice.values()}
            for name in set(handed[0].files_of_company.values()) - kept:
                (folder / name).unlink()
                self.taken += 1
            for one in handed:
                self.slices[one.region] = {
                    table: pq.read_table(folder / name) for table, name in one.files_of_slice.items()
                }
        self.first -= 1
        yield from self.executor.run(jobs)

    def close(self):
        pass


@pytest.mark.xdist_group("demo-dataset")
def test_reports_of_the_demo_company_need_their_slice_and_company_wide_results_alone(demo_client, tmp_path):
    order = order_for(demo_client, ["East", "South"], str(tmp_path / "out"), with_sheets=True)
    batch = batch_of(order, load_tables(order.client))
    sheets = [one for one in batch.wanted if one.kind == "sheet"]
    few = [next(one for one in sheets if one.region == region) for region in ("East", "South")]
    wanted = (*(one for one in batch.wanted if one.kind == "region"), *few)
    with LocalExecutor(os.cpu_count() or 1, order.notebooks.values()) as executor:
        watching = WithoutTheCompany(executor, first=2)
        results = publish(replace(batch, wanted=wanted), watching, lambda _: None, limits=Limits())
    assert [one.error for one in results] == [""] * 4
    assert watching.taken >= 10
    homes = {one["rep_id"]: one["region"] for one in batch.tables.staff()}
    names = {one["rep"]: one["region"] for one in batch.tables.staff()}
    for region, tables in watching.slices.items():
        guests = set(tables["splits"]["rep_id"].to_pylist())  # who shares a sale with the region's own people
        for table in ("orders", "opportunities"):
            rows = tables[table].to_pylist()
            guests |= {one["rep_id"] for one in rows if one["region"] == region}  # who sold in the region
        for table, rows in tables.items():
            told = {  # whoever rated somebody stands beside the rating
                word
                for name in set(rows.column_names) - {"rater"}
                for word in rows[name].to_pylist()
                if isinstance(word, str)
            }
            assert {names.get(word, region) for word in told} == {region}, (region, table)
            strangers = {word for word in told if homes.get(word, region) != region}
            assert strangers <= (guests if table in ("orders", "opportunities", "splits") else set()), (region, table)
