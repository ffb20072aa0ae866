"""A store of this machine: a file is whole or not there, one batch at a time, nothing left of those that broke off."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from salesperf.errors import RequestError
from salesperf.reports.stores.store import LocalStore, store_at


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "reports" / "small" / "2025Q4")


def test_what_is_written_can_be_read_and_taken_away_with_its_folder(store):
    assert store.read("failed/East.txt") is None
    with store.locked():
        store.write("failed/East.txt", b"one")
        store.write("failed/East.txt", b"two")
        assert store.read("failed/East.txt") == b"two"
        store.remove("failed/East.txt")
        store.remove("failed/East.txt")
    assert store.read("failed/East.txt") is None
    assert list(store.folder.iterdir()) == []


def test_a_folder_with_other_files_stays_when_one_is_taken_away(store):
    with store.locked():
        store.write_all({"failed/East.txt": b"1", "failed/West.txt": b"2"})
        store.remove("failed/East.txt")
    assert store.read("failed/West.txt") == b"2"


def test_a_place_that_is_no_file_has_no_content(store):
    with store.locked():
        store.write("East", b"a file")
    assert store.read("East/page.html") is None


def test_whoever_reads_meanwhile_finds_the_old_file_or_the_new_one(store):
    contents = [bytes([letter]) * 100_000 for letter in b"ab"]
    seen: set[bytes | None] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add(store.read("page.html"))

    with store.locked():
        store.write("page.html", contents[0])
        reader = threading.Thread(target=look)
        reader.start()
        for turn in range(50):
            store.write("page.html", contents[turn % 2])
        over.set()
        reader.join()
    assert seen <= set(contents)


def test_files_that_belong_together_all_stay_where_one_cannot_be_laid_down(store, monkeypatch):
    with store.locked():
        store.write_all({"East.html": b"old", "notebooks/East.ipynb": b"old"})
        synced = []

        def full(handle):
            synced.append(handle)
            if len(synced) == 2:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            store.write_all({"East.html": b"new", "notebooks/East.ipynb": b"new"})
        assert (store.read("East.html"), store.read("notebooks/East.ipynb")) == (b"old", b"old")


def test_one_batch_at_a_time_and_the_other_is_told_which(store):
    script = (
        "import sys; from pathlib import Path; from salesperf.reports.stores.store import LocalStore\n"
        "with LocalStore(Path(sys.argv[1])).locked():\n    print('kept', flush=True); sys.stdin.read()"
    )
    line = [sys.executable, "-c", script, str(store.folder)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "kept\n"
        told = (
            f"got a batch that runs as process {holder.pid} on .* since 20..-.*; wait for its end, or publish elsewhere"
        )
        for _ in range(2):  # to be refused takes nothing from the one who holds it
            with pytest.raises(RequestError, match=told), store.locked():
                raise AssertionError("two at once")
        holder.kill()
    with store.locked():
        pass


def test_who_keeps_it_does_not_stand_in_the_locked_file_and_need_not_be_known(store):
    lock, told = (store.folder.with_name(f".2025Q4.{what}") for what in ("lock", "holder"))
    with store.locked():
        assert str(os.getpid()) in told.read_text("utf-8")
        assert lock.read_bytes() == b""
        told.unlink()
        with pytest.raises(RequestError, match="got another batch; wait for its end"), store.locked():
            raise AssertionError("two at once")
    with store.locked():
        pass
    assert not told.exists()


def test_a_relative_folder_gives_an_absolute_one_for_what_is_being_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with LocalStore(Path("reports", "2025Q4")).locked() as scratch:
        assert scratch == tmp_path.resolve() / "reports" / ".2025Q4.building"


def test_the_files_in_a_folder_are_named_and_the_last_one_takes_all_empty_folders_along(store):
    names = ["failed/East.txt", "failed/sheets/East/Rep 0.txt"]
    assert store.names("failed") == []
    with store.locked():
        store.write_all(dict.fromkeys(names, b"1"))
        assert store.names("failed") == names
        store.remove(names[1])
        assert [one.name for one in (store.folder / "failed").iterdir()] == ["East.txt"]
        store.remove(names[0])
    assert store.names("failed") == list(store.folder.iterdir()) == []


def test_what_a_batch_that_broke_off_has_left_is_cleared_away(store):
    with store.locked() as scratch:
        (scratch / "dataset").mkdir()
        (scratch / "dataset" / "rows.parquet").write_bytes(b"1")
        place = scratch
    assert not place.exists()
    place.mkdir()
    (place / "half").write_bytes(b"1")
    with store.locked() as scratch:
        assert scratch == place
        assert list(scratch.iterdir()) == []
        assert scratch.stat().st_mode & 0o077 == 0  # the dataset is for this user alone


def test_a_shelf_is_free_again_after_an_error(store):
    with pytest.raises(ZeroDivisionError), store.locked():
        raise ZeroDivisionError
    with store.locked():
        store.write("index.html", b"1")
    assert [one.name for one in store.folder.parent.glob(".*")] == [".2025Q4.lock"]


def test_shelves_of_two_periods_do_not_wait_for_each_other(tmp_path):
    with LocalStore(tmp_path / "2025Q3").locked() as one, LocalStore(tmp_path / "2025Q4").locked() as other:
        assert one != other


def test_a_link_to_a_folder_is_that_folder_with_one_lock(tmp_path):
    (tmp_path / "real" / "2025Q4").mkdir(parents=True)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "2025Q4").symlink_to(tmp_path / "real" / "2025Q4")
    store = store_at(str(tmp_path), "small", "2025Q4")
    with store.locked():
        store.write("East.html", b"page")
        with (
            pytest.raises(RequestError, match="expected nobody else to publish here"),
            LocalStore(tmp_path / "real" / "2025Q4").locked(),
        ):
            pass
    assert (tmp_path / "real" / "2025Q4" / "East.html").read_bytes() == b"page"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize(("folder", "lock"), [(0o755, 0o644), (0o775, 0o664), (0o777, 0o666)])
def test_whoever_may_publish_in_a_folder_may_take_its_lock(tmp_path, folder, lock):
    place = tmp_path / "2025Q4"
    place.mkdir()
    place.chmod(folder)
    with LocalStore(place).locked():
        assert (tmp_path / ".2025Q4.lock").stat().st_mode & 0o777 == lock


def test_a_folder_in_the_place_of_a_file_is_no_file(tmp_path):
    (tmp_path / "manifest.json").mkdir()
    assert LocalStore(tmp_path).read("manifest.json") is None
