"""The demo company's published reports: what they ask of the batch's dataset, and that they can be verified."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesperf.data.loading import load_tables
from salesperf.params import read_client
from salesperf.reports.building.local import LocalExecutor
from salesperf.reports.publishing.batch import batch_of
from salesperf.reports.publishing.order import order_for
from salesperf.reports.result import Limits
from salesperf.reports.verifying.published import client_file, read_published
from salesperf.reports.verifying.verify import verify


@pytest.fixture
def edited(demo: Path) -> Iterator[Path]:
    """The reports with another figure on South's page, for the time of a test."""
    page = demo / "South.html"
    content = page.read_bytes()
    figure = next(re.finditer(rb"\b\d+\.\d+ M\b", content))
    page.write_bytes(content[: figure.start()] + b"9.87 M" + content[figure.end() :])
    yield demo
    page.write_bytes(content)


def test_reports_ask_nothing_that_the_first_of_their_kind_has_not_asked(demo: Path, without_tables) -> None:
    reports = json.loads((demo / "run-log.json").read_text("utf-8"))["reports"]
    assert [one["error"] for one in reports] == [""] * 6
    assert len(without_tables.taken) == 12


def test_an_edited_number_in_a_report_is_found(edited: Path, executor: LocalExecutor) -> None:
    published = read_published(edited)
    entries = [one for one in published.chosen(["South"]) if one.kind == "region"]
    client = read_client(client_file(published), published.period)
    batch = batch_of(order_for(client), load_tables(client))
    found = verify(published, entries, batch, executor=executor, limits=Limits(), done=lambda _: None)
    (one,) = found.differences
    assert (one.output, one.cause) == ("South.html", "tampered output")
    assert one.location is not None and one.location.cell and "9.87 M" in one.location.published
