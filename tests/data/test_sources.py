"""Inputs at URLs: read as files of this machine are, named by what may be shown of the URL."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
import yaml

from salesperf.data.loading import load_tables
from salesperf.data.sources import masked, source_files
from salesperf.errors import DataError
from salesperf.params import Client, read_client

REPS = b"rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
ORDERS = b"order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"
MORE = b"order_id,rep_id,account_id,date,amount\no2,r2,a,2025-10-02,7\n"


def client_at(folder: Path, reps: str, orders: object) -> Client:
    content = {"client": "Test", "period": "2025Q4", "source": {"reps": reps, "orders": orders}}
    (folder / "test.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return read_client(folder / "test.yml")


def put(url: str, content: bytes) -> None:
    system, path = fsspec.url_to_fs(url)
    system.pipe_file(path, content)


@pytest.fixture
def memory() -> Iterator[str]:
    """A folder in fsspec's own memory."""
    yield "memory://export"
    fsspec.filesystem("memory").store.clear()


class _Export(BaseHTTPRequestHandler):
    """Gives orders to the one who knows the password."""

    def do_GET(self) -> None:
        known = f"Basic {base64.b64encode(b'me:secret').decode()}" == self.headers.get("Authorization")
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(ORDERS)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(ORDERS)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """Host and port of a server of files that asks for a password."""
    one = ThreadingHTTPServer(("127.0.0.1", 0), _Export)
    thread = threading.Thread(target=one.serve_forever)
    thread.start()
    yield f"127.0.0.1:{one.server_port}"
    one.shutdown()
    thread.join()
    one.server_close()


def test_files_in_a_bucket_are_read_and_named_by_their_urls(bucket: str, tmp_path: Path) -> None:
    put(f"{bucket}/in/reps.csv", REPS)
    put(f"{bucket}/in/orders_b.csv", MORE)
    put(f"{bucket}/in/orders_a.csv", ORDERS)
    tables = load_tables(client_at(tmp_path, f"{bucket}/in/reps.csv", f"{bucket}/in/orders_*.csv"))
    assert [(one.path, one.rows) for one in tables.inputs] == [
        (f"{bucket}/in/reps.csv", 2), (f"{bucket}/in/orders_a.csv", 1), (f"{bucket}/in/orders_b.csv", 1),
    ]  # fmt: skip
    assert tables.inputs[1].sha256 == hashlib.sha256(ORDERS).hexdigest()
    assert tables["orders"].order_by("order_id").amount.to_pyarrow().to_pylist() == [5.0, 7.0]


def test_urls_of_this_machine_and_of_memory_are_read_too(memory: str, tmp_path: Path) -> None:
    (tmp_path / "reps.csv").write_bytes(REPS)
    put(f"{memory}/orders_?.csv", ORDERS)
    tables = load_tables(client_at(tmp_path, f"file://{tmp_path}/reps.csv", f"{memory}/orders_?.csv"))
    assert [one.path for one in tables.inputs] == [f"file://{tmp_path}/reps.csv", f"{memory}/orders_?.csv"]


def test_a_file_that_two_patterns_name_is_read_once(memory: str, tmp_path: Path) -> None:
    put(f"{memory}/reps.csv", REPS)
    put(f"{memory}/orders.csv", ORDERS)
    patterns = [f"{memory}/ord*.csv", f"{memory}/orders.csv"]
    files = source_files(client_at(tmp_path, f"{memory}/reps.csv", patterns))
    assert [one.written for one in files] == [f"{memory}/reps.csv", f"{memory}/orders.csv"]


def test_a_bad_row_is_told_with_the_url_of_its_file(memory: str, tmp_path: Path) -> None:
    put(f"{memory}/bad_reps.csv", REPS)
    put(f"{memory}/bad_orders.csv", ORDERS.replace(b",5", b",five"))
    with pytest.raises(DataError, match=rf"^{memory}/bad_orders.csv: column 'amount' .* 'five'"):
        load_tables(client_at(tmp_path, f"{memory}/bad_reps.csv", f"{memory}/bad_orders.csv"))
    put(f"{memory}/empty_orders.csv", b"")
    with pytest.raises(DataError, match=rf"^{memory}/empty_orders.csv: "):
        load_tables(client_at(tmp_path, f"{memory}/bad_reps.csv", f"{memory}/empty_orders.csv"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no devices among its files")
def test_a_device_is_no_file_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "reps.csv").write_bytes(REPS)
    with pytest.raises(DataError, match="expected a file at /dev/zero, got a device; name a file on a disk"):
        source_files(client_at(tmp_path, "reps.csv", "/dev/zero"))


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ("memory://export/no.csv", "expected a file at memory://export/no.csv, got none; check the URL"),
        ("memory://export/no*.csv", "expected a file at memory://export/no*.csv, got none; check the URL"),
        ("s3://not-there/orders.csv", "expected a file at s3://not-there/orders.csv, got none; check the URL"),
        ("zip://orders.csv::memory://export/x.zip", "expected a plain URL at zip://orders.csv::memory://export/x.zip, "
         "got a chain of them; unpack it, and name the file in it"),
        ("nowhere://x/o.csv", "expected a readable file at nowhere://x/o.csv, got Protocol not known: nowhere"),
    ],
)  # fmt: skip
def test_a_url_without_a_file_is_refused_with_its_line(
    memory: str, bucket: str, tmp_path: Path, orders: str, told: str
) -> None:
    put(f"{memory}/some_reps.csv", REPS)
    client = client_at(tmp_path, f"{memory}/some_reps.csv", orders)
    with pytest.raises(DataError) as refused:
        source_files(client)
    assert str(refused.value).startswith(f"{client.path}:4: orders: {told}")


def test_passwords_and_signatures_stay_in_the_client_file(server: str, tmp_path: Path) -> None:
    (tmp_path / "reps.csv").write_bytes(REPS)
    client = client_at(tmp_path, "reps.csv", f"http://me:secret@{server}/orders.csv?signature=abc")
    tables = load_tables(client)
    assert [one.path for one in tables.inputs] == ["reps.csv", f"http://{server}/orders.csv?..."]
    wrong = client_at(tmp_path, "reps.csv", f"http://me:guess@{server}/orders.csv?signature=abc")
    with pytest.raises(
        DataError, match=rf"expected a (readable )?file at http://{server}/orders.csv\?\.\.\., "
    ) as refused:
        load_tables(wrong)
    assert "guess" not in str(refused.value) and "abc" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://bucket/a@b/orders_?.csv", "s3://bucket/a@b/orders_?.csv"),
        ("sftp://me:p@ss@host/orders.csv", "sftp://host/orders.csv"),
        ("got 403, url='https://t0ken@host/x?sig=1&y=2', sorry", "got 403, url='https://host/x?...', sorry"),
    ],
)
def test_what_is_masked_in_a_text(text: str, shown: str) -> None:
    assert masked(text) == shown
