"""The reports of a batch: one per region and, where asked for, a sheet for each of its reps."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from salesperf.periods import Period
from salesperf.reports.names import file_names

Kind = Literal["region", "sheet"]
Identity = tuple[str, str]  # a region, and a rep's id or ""
FAILED = "failed"  # the folder of what is left of failures
NOTEBOOKS: Mapping[Kind, Path] = {
    "region": Path("notebooks", "region_report.ipynb"),
    "sheet": Path("notebooks", "rep_sheet.ipynb"),
}


@dataclass(frozen=True)
class Report:
    """One report: of a region, or the sheet of one of its reps.

    ``file``: where it lies in the folder of the batch, without ending; ``rep``: the rep's id, ``name`` the rep's name,
    both "" for a region's report. The names of its files are relative to the folder of the batch.
    """

    kind: Kind
    region: str
    file: str
    rep: str = ""
    name: str = ""

    @property
    def identity(self) -> Identity:
        """What tells it from every other report of the batch."""
        return self.region, self.rep

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.name} ({self.region})" if self.rep else self.region

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of its notebook that are its own."""
        return {"region": self.region} | ({"rep": self.rep} if self.rep else {})

    @property
    def page(self) -> str:
        """The page."""
        return f"{self.file}.html"

    @property
    def notebook(self) -> str:
        """The executed notebook."""
        return f"notebooks/{self.file}.ipynb"

    @property
    def outputs(self) -> tuple[str, str]:
        """What is published of it."""
        return self.page, self.notebook

    @property
    def failure_files(self) -> tuple[str, str]:
        """What is left of a failure: what went wrong, and the notebook as far as it came."""
        return f"{FAILED}/{self.file}.txt", f"{FAILED}/{self.file}.ipynb"


def region_reports(regions: Sequence[str]) -> list[Report]:
    """A report for each region."""
    names = file_names(regions)
    return [Report("region", region, names[region]) for region in regions]


def sheets(staff: Iterable[Mapping[str, Any]], period: Period) -> list[Report]:
    """A sheet for everyone employed in the period, by region and name.

    ``staff``: rep_id, rep, region, start_date and end_date (None where it is not told) of each rep.
    """
    there = [one for one in staff if _employed(one, period)]
    folders = file_names({one["region"] for one in there})
    made = []
    for region, folder in sorted(folders.items()):
        people = sorted((one["rep"], one["rep_id"]) for one in there if one["region"] == region)
        names = file_names(_labels(people))
        files = [names[label] for label in _labels(people)]
        made += [
            Report("sheet", region, f"sheets/{folder}/{file}", rep, name)
            for (name, rep), file in zip(people, files, strict=True)
        ]
    return made


def _labels(people: list[tuple[str, str]]) -> list[str]:
    """What files are named after: the name, with the id where two people bear it."""
    bearers = Counter(name for name, _ in people)
    return [name if bearers[name] == 1 else f"{name}\n{rep}" for name, rep in people]


def _employed(one: Mapping[str, Any], period: Period) -> bool:
    start, end = one["start_date"], one["end_date"]
    return not (start and start > period.end) and not (end and end < period.start)
