"""The reports of a batch: one per region and, where asked for, a sheet for each of its reps."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from salesperf.periods import Period
from salesperf.reports.names import file_names

Kind = Literal["region", "sheet"]
Identity = tuple[str, str]  # region, and the rep's id ("" for a region's report)
FAILED = "failed"  # the folder, on the store, of the files that failed reports leave
NOTEBOOKS: Mapping[Kind, Path] = {
    "region": Path("notebooks", "region_report.ipynb"),
    "sheet": Path("notebooks", "rep_sheet.ipynb"),
}


@dataclass(frozen=True)
class Report:
    """One report: of a region, or the sheet of one of its reps.

    ``file``: the path of its page without the ending; ``rep``: the rep's id, ``name``: the rep's name, both "" for a
    region's report. All paths are relative to the folder of the batch, with slashes.
    """

    kind: Kind
    region: str
    file: str
    rep: str = ""
    name: str = ""

    @property
    def identity(self) -> Identity:
        """Region and rep id: unique among the reports of a batch."""
        return self.region, self.rep

    @property
    def title(self) -> str:
        """Its name in messages: the region, or the rep's name with the region."""
        return f"{self.name} ({self.region})" if self.rep else self.region

    @property
    def parameters(self) -> dict[str, str]:
        """The notebook parameters in which the reports of a batch differ: ``region``, for a sheet also ``rep``."""
        return {"region": self.region} | ({"rep": self.rep} if self.rep else {})

    @property
    def page(self) -> str:
        """The path of the page."""
        return f"{self.file}.html"

    @property
    def notebook(self) -> str:
        """The path of the executed notebook."""
        return f"notebooks/{self.file}.ipynb"

    @property
    def outputs(self) -> tuple[str, str]:
        """The paths of what is published: page and executed notebook."""
        return self.page, self.notebook

    @property
    def failure_files(self) -> tuple[str, str]:
        """The paths of what a failure leaves: a text with the error, and the notebook as far as it ran."""
        return f"{FAILED}/{self.file}.txt", f"{FAILED}/{self.file}.ipynb"


def region_reports(regions: Sequence[str]) -> list[Report]:
    """A report for each region, in the order of ``regions``."""
    names = file_names(regions)
    return [Report("region", region, names[region]) for region in regions]


def sheets(staff: Iterable[Mapping[str, Any]], period: Period) -> list[Report]:
    """A sheet for everyone employed on at least one day of the period, ordered by region, name and rep id.

    ``staff``: a mapping per rep with rep_id, rep (the name), region, start_date and end_date (dates; None if unknown),
    as `salesperf.data.tables.Tables.staff` returns them.
    """
    employed = [rep for rep in staff if _is_employed(rep, period)]
    folders = file_names({rep["region"] for rep in employed})
    reports = []
    for region, folder in sorted(folders.items()):
        people = sorted((rep["rep"], rep["rep_id"]) for rep in employed if rep["region"] == region)
        names = file_names(_labels(people))
        files = [names[label] for label in _labels(people)]
        reports += [
            Report("sheet", region, f"sheets/{folder}/{file}", rep_id, name)
            for (name, rep_id), file in zip(people, files, strict=True)
        ]
    return reports


def _labels(people: list[tuple[str, str]]) -> list[str]:
    """What the files of people (name, rep id) are named after: the name, with the id where the name is not unique."""
    bearers = Counter(name for name, _ in people)
    return [name if bearers[name] == 1 else f"{name}\n{rep_id}" for name, rep_id in people]


def _is_employed(rep: Mapping[str, Any], period: Period) -> bool:
    start, end = rep["start_date"], rep["end_date"]
    return not (start and start > period.end) and not (end and end < period.start)
