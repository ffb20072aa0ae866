"""What reports are made from is changed while they are built: none is published that is not what its key says."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from salesperf.data.loading import load_tables
from salesperf.params import read_client
from salesperf.reports.building.job import Job
from salesperf.reports.building.local import LocalExecutor
from salesperf.reports.publishing.batch import batch_of
from salesperf.reports.publishing.order import order_for
from salesperf.reports.publishing.publish import publish
from salesperf.reports.result import Built, Limits


@dataclass(frozen=True)
class Meddling:
    """An executor during whose work somebody does something, once the first report is built."""

    executor: LocalExecutor
    act: Callable[[], object]

    def run(self, jobs: Iterable[Job]) -> Iterator[Built]:
        for built in self.executor.run(jobs):
            self.act()
            yield built

    def close(self) -> None:
        """Nothing of its own."""


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        ("params/orders.csv", "3,r0,c,2025-11-11,7\n", "the export"),
        ("params/small.yml", "language: zh\n", "the client file"),
        ("notebooks/region_report.ipynb", "\n", "the notebook"),
    ],
)
def test_what_changes_while_reports_are_built_makes_them_fail_and_the_next_run_builds_them(
    workbench, file: str, text: str, what: str
) -> None:
    workbench.run("West")
    good = (workbench.published / "West.html").read_bytes()
    path = workbench.folder / file
    before = path.read_bytes()

    def act() -> None:
        if path.read_bytes() == before:
            append(path, text)

    results = workbench.run(executor=Meddling(workbench.executor, act), force=True)
    line = f"changed while it was built: {what}; run again"
    assert {title: one.error for title, one in results.items()} == {"East": line, "West": line}
    assert (workbench.published / "failed" / "West.txt").read_text("utf-8") == f"{line}\n"
    assert "East.html" not in workbench.files()
    assert (workbench.published / "West.html").read_bytes() == good
    assert {one.status for one in workbench.run().values()} == {"published"}
    assert not (workbench.published / "failed").exists()


def test_only_what_is_built_after_a_change_fails(workbench) -> None:
    workbench.write_reps(["East", "North", "West"])
    orders = workbench.folder / "params" / "orders.csv"
    executor = Meddling(workbench.executor, lambda: None)
    batch, ended = workbench.batch(), []

    def done(result) -> None:
        ended.append((result.report.title, result.error))
        if len(ended) == 1:  # which is published
            append(orders, "3,r0,c,2025-11-11,7\n")

    publish(batch, executor, done, limits=Limits())
    line = "changed while it was built: the export; run again"
    assert sorted(title for title, _ in ended) == ["East", "North", "West"]
    assert [error for _, error in ended] == ["", line, line]


def test_a_file_touched_without_a_change_and_one_that_is_gone_are_told_apart(workbench) -> None:
    orders = workbench.folder / "params" / "orders.csv"
    touched = workbench.run(executor=Meddling(workbench.executor, lambda: os.utime(orders, (1, 1))))
    assert {one.error for one in touched.values()} == {""}
    gone = workbench.run(executor=Meddling(workbench.executor, lambda: orders.unlink(missing_ok=True)), force=True)
    assert {one.error for one in gone.values()} == {"changed while it was built: one of its files is gone; run again"}


def test_an_export_read_as_another_one_than_was_hashed_is_not_published(workbench) -> None:
    orders = workbench.folder / "params" / "orders.csv"
    before = orders.read_bytes()
    order = order_for(read_client(workbench.client_file))
    append(orders, "3,r0,c,2025-11-11,7\n")
    batch = batch_of(order, load_tables(order.client))
    orders.write_bytes(before)
    results = publish(batch, workbench.executor, lambda _: None, limits=Limits())
    assert {one.error for one in results} == {"changed while it was built: the export; run again"}
    assert "East.html" not in workbench.files()
