"""What commands keep of an export: by content, private, bounded, whole or not there, and never in the way."""

import multiprocessing
import os
from pathlib import Path

import pandas as pd
import pytest

from salesperf.company import Company
from salesperf.data import cache
from salesperf.data.cache import cache_folder, cached_tables, forget, remembered_clients
from salesperf.data.loading import load_tables
from salesperf.data.tables import Tables
from salesperf.params import Client, read_client
from salesperf.periods import parse_period

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\no2,r2,b,2025-11-01,7\n"
COUNT = "SELECT count(*) AS rows, sum(amount) AS amount FROM orders"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def client(client_of) -> Client:
    return client_of({"reps": REPS, "orders": ORDERS})


def never(client: Client) -> Tables:
    raise AssertionError("the export was read again")


def files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def test_what_was_asked_once_is_answered_without_reading_the_export_again(client):
    first = cached_tables(client, load_tables)
    answer = first.ask(COUNT)
    again = cached_tables(client, never)
    assert again.ask(COUNT) == answer
    assert (again.rows, again.filled, again.spans, again.inputs) == (
        first.rows,
        first.filled,
        first.spans,
        first.inputs,
    )


def test_what_was_not_asked_before_reads_the_export(client):
    cached_tables(client, load_tables)
    again = cached_tables(client, load_tables)
    assert again.ask(COUNT).to_pylist()[0]["rows"] == 2
    assert again["orders"].count().execute() == 2
    assert again.slice_of("East").ask("SELECT order_id FROM orders").to_pylist() == [{"order_id": "o1"}]


@pytest.mark.parametrize("change", ["rows", "mapping", "definitions"])
def test_another_content_or_another_way_to_read_it_is_another_export(client, change):
    cached_tables(client, load_tables).ask(COUNT)
    if change == "rows":
        orders = client.folder / "orders.csv"
        orders.write_text(orders.read_text().replace("o1,r1,a,2025-10-01,5", "o1,r1,a,2025-10-01,6"))
    else:
        more = {"mapping": "  date_format: '%Y-%m-%d'\n", "definitions": "definitions: {survey_scale: [1, 7]}\n"}
        path = client.path
        text = path.read_text()
        path.write_text(text.rstrip() + "\n" + more[change])
    changed = read_client(client.path)
    with pytest.raises(AssertionError, match="read again"):
        cached_tables(changed, never)
    assert cached_tables(changed, load_tables).ask(COUNT).to_pylist()[0]["amount"] == (13 if change == "rows" else 12)


def test_a_file_that_changes_while_a_command_runs_leaves_no_answer_of_its_new_rows_behind(client):
    tables = cached_tables(client, load_tables)
    orders = client.folder / "orders.csv"
    before, times = orders.read_text(), orders.stat()
    orders.write_text(before + "o3,r1,a,2025-10-01,5\n")
    tables.ask(COUNT)
    orders.write_text(before)
    os.utime(orders, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(AssertionError, match="read again"):
        cached_tables(client, never).ask(COUNT)


def test_what_was_worked_out_once_is_kept_for_as_long_as_nothing_it_is_made_from_changes(client, monkeypatch):
    first = Company(client, cached_tables(client, load_tables)).kpis("rep")
    monkeypatch.setattr("salesperf.measures.table.calculated", _never_again)
    again = Company(client, cached_tables(client, never))
    pd.testing.assert_frame_equal(again.kpis("rep"), first)
    with pytest.raises(AssertionError, match="worked out again"):
        again.at(parse_period("2025Q3")).kpis("rep")
    client.path.write_text(client.path.read_text() + "\nfiscal_year_start: 2\n")
    changed = read_client(client.path)
    with pytest.raises(AssertionError, match="worked out again"):
        Company(changed, cached_tables(changed, never)).kpis("rep")
    monkeypatch.setattr(cache, "version", lambda name: f"{name} of tomorrow")
    with pytest.raises(AssertionError, match="read again"):
        cached_tables(client, never)


def _never_again(*_: object) -> None:
    raise AssertionError("worked out again")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_only_the_owner_can_look_into_it(client, home):
    cached_tables(client, load_tables).ask(COUNT)
    folder = cache_folder()
    assert folder is not None
    inside = [folder, *(one for one in folder.rglob("*"))]
    assert len(inside) > 3
    assert all(one.stat().st_mode & 0o077 == 0 for one in inside)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_can_look_into_is_not_used(client, home, mode):
    (home / "salesperf").mkdir(parents=True)
    (home / "salesperf").chmod(mode)
    assert cache_folder() is None
    assert cached_tables(client, load_tables).ask(COUNT).to_pylist()[0]["rows"] == 2
    assert files(home) == []


def test_a_link_to_a_folder_elsewhere_is_not_used(client, home, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    home.mkdir()
    (home / "salesperf").symlink_to(tmp_path / "elsewhere")
    assert cache_folder() is None


def test_without_a_home_nothing_is_kept_and_nothing_said(client, monkeypatch, capfd):
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache_folder() is None
    assert cached_tables(client, load_tables).ask(COUNT).to_pylist()[0]["rows"] == 2
    assert capfd.readouterr() == ("", "")


def test_a_home_that_cannot_be_written_to_is_none(client, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder() is None
    assert cached_tables(client, load_tables).ask(COUNT).to_pylist()[0]["rows"] == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"rows": 1}', b"\xff"])
def test_a_damaged_memory_is_none(client, home, damage):
    cached_tables(client, load_tables).ask(COUNT)
    for one in files(home):
        one.write_bytes(damage)
    again = cached_tables(client, load_tables)
    assert again.ask(COUNT).to_pylist()[0]["rows"] == 2


def test_what_is_kept_of_one_client_or_of_all_can_be_forgotten(client, client_of, home):
    other = client_of({"reps": REPS, "orders": ORDERS})
    for one in (client, other):
        cached_tables(one, load_tables).ask(COUNT)
    assert [one.exports for one in remembered_clients()] == [1, 1]
    forget(client.path)
    assert [one.path for one in remembered_clients()] == [str(other.path.resolve())]
    cached_tables(other, never)
    forget()
    assert remembered_clients() == []
    assert files(home) == []


def test_what_was_not_used_for_long_makes_room(client, client_of, monkeypatch):
    other = client_of({"reps": REPS, "orders": ORDERS})
    cached_tables(client, load_tables).ask(COUNT)
    monkeypatch.setattr(cache, "LARGEST", 1)
    cached_tables(other, load_tables).ask(COUNT)
    assert [one.exports for one in remembered_clients() if one.path == str(other.path.resolve())] == [1]
    with pytest.raises(AssertionError, match="read again"):
        cached_tables(client, never)
    cached_tables(other, never)


def _asking(path: Path, times: int) -> None:
    client = read_client(path)
    for number in range(times):
        answer = cached_tables(client, load_tables).ask(f"SELECT count(*) + {number} AS rows FROM orders")
        assert answer.to_pylist() == [{"rows": 2 + number}]


def test_two_processes_at_once_read_only_what_is_whole(client):
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=_asking, args=(client.path, 15)) for _ in range(2)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert [one.exitcode for one in running] == [0, 0]
    _asking(client.path, 15)
