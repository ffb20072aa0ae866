"""Shared fixtures: clients whose tables are written in the test, the demo company, and the public CRM export."""

import csv
import pickle
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import fsspec
import matplotlib as mpl
import pandas as pd
import pytest
import yaml
from hypothesis import settings

from salesperf.cli import main
from salesperf.company import Company
from salesperf.data.demo import write_demo
from salesperf.data.loading import load_tables
from salesperf.params import Client, read_client

Rows = Sequence[Mapping[str, object]] | str | bytes | pd.DataFrame
ClientOf = Callable[..., Client]
CompanyOf = Callable[..., Company]
Called = tuple[int, str, str]  # exit code, standard output and standard error
Call = Callable[..., Called]
Eventually = Callable[..., bool]

SAME_PROCESS = {  # files that look at the same published companies, or at the same lab
    "tests/present/weights/test_minds_part.py": "tests/present/weights/test_lab_page.py",
    "tests/present/weights/test_wishes.py": "tests/present/weights/test_lab_page.py",
    "tests/reports/test_demo_reports.py": "tests/reports/test_in_chromium.py",
    "tests/reports/test_no_contradictions.py": "tests/reports/test_in_chromium.py",
}
MOST_OPENED = 16  # companies at a time: each has a database of its own
DEMO = Path(__file__).parents[1] / "params" / "demo.yml"
settings.register_profile("salesperf", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("salesperf")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CRM_FOLDER = Path(__file__).parents[2] / "shared" / "data" / "crm"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Sends all tests of a file to one process, as they share what is opened, published and executed for them."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return SAME_PROCESS.get(file, file)

    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Has commands remember exports in a folder of the tests' own.

    What matplotlib knows of the machine's fonts stays where it is, and is there before a test can kill who looks.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", mpl.get_cachedir())
        import_module("matplotlib.font_manager")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def client_of(tmp_path_factory: pytest.TempPathFactory) -> ClientOf:
    """Writes tables (table name → rows, CSV text or bytes, or a frame for Parquet) and a client file that names them.

    A key with a dot is a file's name, for files that the client file's ``source`` names itself.
    """

    def client(
        tables: Mapping[str, Rows], *, period: str = "2025Q4", source: Mapping[str, object] = {}, **settings: object
    ) -> Client:
        folder = tmp_path_factory.mktemp("client")
        named = {}
        for name, rows in tables.items():
            path = folder / (
                name if "." in name else f"{name}.{'parquet' if isinstance(rows, pd.DataFrame) else 'csv'}"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, rows)
            named |= {} if "." in name else {name: path.name}
        content = {"client": "Test", "period": period, "source": named | dict(source), **settings}
        (folder / "test.yml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
        return read_client(folder / "test.yml")

    return client


@pytest.fixture(scope="session")
def company_of(client_of: ClientOf) -> CompanyOf:
    """Opens the company of tables given as for `client_of`; further settings go into its client file.

    Where it was asked for with the same content before, it is the one that is open: tests must not change its files.
    """
    opened: dict[bytes, Company] = {}

    def company(tables: Mapping[str, Rows], *, period: str = "2025Q4", **settings: object) -> Company:
        content = pickle.dumps((tables, period, settings))
        if content not in opened:
            if len(opened) == MOST_OPENED:
                opened.pop(next(iter(opened)))
            client = client_of(tables, period=period, **settings)
            opened[content] = Company(client, load_tables(client))
        return opened[content]

    return company


def write(path: Path, rows: Rows) -> None:
    """The rows as a file."""
    if isinstance(rows, pd.DataFrame):
        rows.to_parquet(path)
    elif isinstance(rows, bytes):
        path.write_bytes(rows)
    elif isinstance(rows, str):
        path.write_text(rows, "utf-8", newline="")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            table.writeheader()
            table.writerows(rows)


@pytest.fixture(scope="session")
def demo_client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The client of params/demo.yml, with the demo company beside it; written once, to be read or copied."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "demo")
    (folder / DEMO.name).write_bytes(DEMO.read_bytes())
    return read_client(folder / DEMO.name)


@pytest.fixture(scope="session")
def chinese_demo_client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The same company and client in Chinese."""
    folder = tmp_path_factory.mktemp("chinese_demo")
    write_demo(folder / "demo", language="zh")
    text = DEMO.read_text("utf-8").replace("language: en", "language: zh")
    (folder / DEMO.name).write_text(text, "utf-8")
    return read_client(folder / DEMO.name)


@pytest.fixture(scope="session")
def two_regions_client(
    demo_client: Client, leave_regions: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Client:
    """The demo company as if it had the regions East and South alone: a quarter of the rows, of every table some."""
    folder = shutil.copytree(demo_client.folder, tmp_path_factory.mktemp("two_regions"), dirs_exist_ok=True)
    leave_regions(folder / "demo", ["East", "South"])
    return read_client(folder / DEMO.name)


@pytest.fixture(scope="session")
def chinese_two_regions_client(
    chinese_demo_client: Client, leave_regions: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Client:
    """The same regions and client in Chinese."""
    folder = tmp_path_factory.mktemp("chinese_two_regions")
    shutil.copytree(chinese_demo_client.folder, folder, dirs_exist_ok=True)
    leave_regions(folder / "demo", ["华东", "华南"])
    return read_client(folder / DEMO.name)


@pytest.fixture(scope="session")
def leave_regions() -> Callable[..., None]:
    """Takes out of a demo company's export the people of all other regions, with their deals, sales and targets."""

    def leave(demo: Path, regions: Collection[str]) -> None:
        tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in demo.glob("*.csv")}
        people = tables["reps"][tables["reps"]["region"].isin(regions)]
        kept = {"rep_id": {*people["rep_id"]}, "region": {*regions, ""}}
        kept["name"] = {*regions, *people["team"], *people["rep_id"]}  # whose a target is
        for table in ("orders", "opportunities", *tables):
            rows = tables[table]
            for column in rows.columns.intersection([*kept]):
                rows = rows[rows[column].isin(kept[column])]
            match table:
                case "orders":
                    kept["sale_id"] = {*rows["order_id"]}
                    kept["refund_of"] = {*rows["order_id"], ""}
                case "opportunities":
                    kept["opportunity_id"] = {*rows["opportunity_id"]}
                case "splits":  # none is left that somebody of another region has a part of
                    whole = rows.groupby("sale_id")["share"].transform(lambda shares: shares.astype(float).sum() == 100)
                    rows = rows[whole]
            rows.to_csv(demo / f"{table}.csv", index=False, lineterminator="\n")

    return leave


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Waits until something comes true; tells whether it did, within so many seconds."""

    def waited(happens: Callable[[], object], within: float = 120) -> bool:
        end = time.monotonic() + within
        while not happens():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    return waited


@pytest.fixture(scope="module")  # while it runs, so does an event loop, and no other test can start one
def browser() -> Iterator[Any]:
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright  # here, as few tests need it

    if CHROMIUM is None:
        pytest.skip("there is no Chromium to look at pages with")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def drag() -> Callable[..., None]:
    """Drags a slider of the weights lab in a page, by its label, to a share."""

    def dragged(page: Any, label: str, share: float) -> None:
        slider = page.get_by_label(label, exact=True)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        start, end = (
            box["x"] + 8 + at * (box["width"] - 16)
            for at in (slider.evaluate("(slider) => slider.valueAsNumber / 100"), share)
        )
        page.mouse.move(start, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(end, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()

    return dragged


@pytest.fixture(scope="session")
def effects() -> Callable[..., dict[str, str]]:
    """What the weights lab in a page says that its weights do, by label."""

    def told(page: Any) -> dict[str, str]:
        names, texts = (page.locator(f".lab-effects > dl {tag}").all_inner_texts() for tag in ("dt", "dd"))
        return dict(zip(names, texts, strict=True))

    return told


@pytest.fixture(scope="session")
def crm_folder() -> Path:
    """The public CRM export beside the repository, where it is."""
    if not CRM_FOLDER.is_dir():
        pytest.skip(f"no CRM export at {CRM_FOLDER}")
    return CRM_FOLDER


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    from moto.server import ThreadedMotoServer  # here, as it takes longer to import than most tests to run

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty bucket, by its URL, on a server that this process and its children find."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    name = f"bucket-{uuid.uuid4().hex}"
    system.mkdir(name)
    yield f"s3://{name}"
    type(system).clear_instance_cache()


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs the command line in this process; returns exit code, standard output and standard error."""

    def called(*words: object) -> Called:
        monkeypatch.setattr(sys, "argv", ["salesperf", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "250")
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return called
