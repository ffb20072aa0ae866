"""Reports on a server that speaks S3, and at other places that are not this machine's own folders."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest

from salesperf.errors import RequestError
from salesperf.reports.stores.lock import claim
from salesperf.reports.stores.remote import RemoteStore
from salesperf.reports.stores.store import LocalStore, store_at


def objects(bucket: str) -> dict[str, bytes]:
    """All that lies in a bucket, by its path there."""
    system, path = fsspec.url_to_fs(bucket)
    system.invalidate_cache()
    return {one.removeprefix(f"{path}/"): system.cat_file(one) for one in system.find(path)}


def lock_of(**changes: object) -> bytes:
    return json.dumps(json.loads(claim()) | changes).encode()


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def store(bucket: str) -> RemoteStore:
    return RemoteStore(f"{bucket}/reports/small/2025Q4")


def test_a_batch_publishes_in_a_bucket_the_bytes_of_a_folder_and_the_second_time_nothing(
    published_workbench, bucket
) -> None:
    assert {one.error for one in published_workbench.run(out=f"{bucket}/reports").values()} == {""}
    before = objects(bucket)
    names = {f"reports/small/2025Q4/{name}": content for name, content in published_workbench.bytes().items()}
    assert {name: content for name, content in before.items() if not name.endswith("run-log.json")} == names
    again = published_workbench.command("--out", f"{bucket}/reports", "--log-format", "json")
    _, stderr = again.communicate()
    last = json.loads(stderr.splitlines()[-1])
    assert (last["unchanged"], last["published"], last["folder"]) == (2, 0, f"{bucket}/reports/small/2025Q4")
    assert objects(bucket) == before


def test_the_client_file_may_name_a_bucket_for_its_reports(workbench, bucket: str) -> None:
    workbench.add_setting(f"reports: {{folder: '{bucket}/here'}}")
    assert workbench.order().store.place("index.html") == f"{bucket}/here/small/2025Q4/index.html"


def test_what_is_written_is_read_again_until_it_is_removed(store: RemoteStore, bucket: str) -> None:
    assert store.read("a/b.html") is None
    store.remove("a/b.html")
    store.write("a/b.html", b"one")
    store.write("a/b.html", b"two")
    assert store.read("a/b.html") == b"two"
    assert objects(bucket) == {"reports/small/2025Q4/a/b.html": b"two"}
    store.remove("a/b.html")
    assert objects(bucket) == {}


def test_the_files_in_a_folder_are_named_as_they_are_now(store: RemoteStore, tmp_path: Path) -> None:
    for one in (store, RemoteStore(f"file://{tmp_path}/reports"), RemoteStore("memory://names/small")):
        assert one.names("failed") == []
        one.write("failed/sheets/East/Rep 0.txt", b"1")
        one.write("East.html", b"1")
        assert one.names("failed") == ["failed/sheets/East/Rep 0.txt"]
        one.remove("failed/sheets/East/Rep 0.txt")
        assert one.names("failed") == []


def test_one_batch_at_a_time_publishes_and_the_other_is_told_who_does(store: RemoteStore, bucket: str) -> None:
    with store.locked() as scratch:
        assert scratch.is_dir() and scratch.stat().st_mode & 0o77 == 0
        told = (
            rf"^{store.url}: expected nobody else to publish here, got a batch that runs as process {os.getpid()} on "
        )
        with pytest.raises(RequestError, match=told) as refused, store.locked():
            pass
        assert f"delete {bucket}/reports/small/.2025Q4.lock)" in str(refused.value)
    assert not scratch.exists()
    assert objects(bucket) == {}


def test_the_lock_of_a_batch_that_is_gone_is_taken_over(store: RemoteStore, bucket: str) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    for left in (lock_of(process=gone()), lock_of(host="elsewhere", since=long_ago)):
        fsspec.url_to_fs(bucket)[0].pipe_file(lock_path(bucket), left)
        with store.locked():
            (held,) = objects(bucket).values()
            assert json.loads(held)["process"] == os.getpid()
        assert objects(bucket) == {}


def test_the_lock_of_a_batch_elsewhere_is_believed_for_a_day(store: RemoteStore, bucket: str) -> None:
    lately = (datetime.now(UTC) - timedelta(hours=23)).isoformat()
    for left in (lock_of(host="elsewhere", since=lately), lock_of(), b"{", b""):
        fsspec.url_to_fs(bucket)[0].pipe_file(lock_path(bucket), left)
        with pytest.raises(RequestError, match="expected nobody else to publish here"), store.locked():
            pass
        assert objects(bucket) == {"reports/small/.2025Q4.lock": left}


def lock_path(bucket: str) -> str:
    return f"{bucket.removeprefix('s3://')}/reports/small/.2025Q4.lock"


def test_of_two_that_find_a_dead_lock_one_alone_takes_it_over(store: RemoteStore, bucket: str) -> None:
    system = fsspec.url_to_fs(bucket)[0]
    system.pipe_file(lock_path(bucket), lock_of(process=gone()))
    # The other one has come as far as this.
    system.pipe_file(f"{bucket.removeprefix('s3://')}/reports/small/.2025Q4.lock.next", lock_of(host="elsewhere"))
    with pytest.raises(RequestError, match="on elsewhere since"), store.locked():
        pass


def test_a_lock_that_somebody_else_has_taken_over_is_left_alone(store: RemoteStore, bucket: str) -> None:
    other = lock_of(host="elsewhere")
    with store.locked():
        fsspec.url_to_fs(bucket)[0].pipe_file(lock_path(bucket), other)
    assert objects(bucket) == {"reports/small/.2025Q4.lock": other}


def test_a_bucket_that_is_not_there_is_named_in_one_line(workbench, bucket: str) -> None:
    told = r"^s3://no-such-bucket/reports/small/2025Q4: expected a place to publish at, got The specified bucket .*$"
    with pytest.raises(RequestError, match=told):
        workbench.run(out="s3://no-such-bucket/reports")


def test_a_store_that_refuses_or_is_not_known_is_named_in_one_line(bucket: str) -> None:
    refused = fsspec.filesystem("s3", endpoint_url="http://127.0.0.1:9", config_kwargs={"retries": {"max_attempts": 0}})
    store = RemoteStore("s3://bucket/reports")
    store.__dict__["_store"] = (refused, "bucket/reports")
    with pytest.raises(
        RequestError, match=r"^s3://bucket/reports/x: expected a place to publish at, got .*127.0.0.1:9"
    ):
        store.read("x")
    with pytest.raises(RequestError, match=r"^nowhere://bucket/reports: expected a place to publish at, got .*nowhere"):
        RemoteStore("nowhere://bucket/reports").read("x")


def test_a_chain_of_urls_is_refused() -> None:
    with pytest.raises(RequestError, match="expected a plain URL, got a chain"):
        store_at("zip://reports::file:///tmp/x.zip", "small").read("x")


def test_a_url_of_this_machine_is_a_folder(tmp_path: Path) -> None:
    assert store_at(f"file://{tmp_path}/reports", "small", "2025Q4") == LocalStore(tmp_path / "reports/small/2025Q4")


def test_a_system_of_files_shows_whole_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RemoteStore(f"file://{tmp_path}/reports/small")
    store.write("sheets/a.html", b"old")
    system = type(store._store[0])
    whole = system.pipe_file
    seen = []

    def torn(self, path: str, value: bytes, **options: object) -> None:
        whole(self, path, value[:1], **options)
        seen.append(store.read("sheets/a.html"))
        raise OSError("the line is dead")

    monkeypatch.setattr(system, "pipe_file", torn)
    with pytest.raises(RequestError, match="got the line is dead; check the URL"):
        store.write("sheets/a.html", b"new")
    assert seen == [b"old"]
    monkeypatch.undo()
    store.write("sheets/a.html", b"new")
    assert store.read("sheets/a.html") == b"new"
    with store.locked(), pytest.raises(RequestError, match=platform.node()), store.locked():
        pass
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == ["a.html"]


def test_what_only_the_owner_should_know_is_not_shown() -> None:
    assert RemoteStore("sftp://me:secret@host/reports/").place("a.html") == "sftp://host/reports/a.html"
