"""The reports of a batch: who gets a sheet, and where it lies."""

from datetime import date
from typing import Any

import pytest

from salesperf.periods import parse_period
from salesperf.reports.report import Report, region_reports, sheets

Q4 = parse_period("2025Q4")


def person(rep_id: str, rep: str, region: str = "East", start: date | None = None, end: date | None = None) -> Any:
    return {"rep_id": rep_id, "rep": rep, "region": region, "team": None, "start_date": start, "end_date": end}


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [
        (None, None, True),
        (date(2025, 12, 31), None, True),
        (date(2026, 1, 1), None, False),
        (None, date(2025, 10, 1), True),
        (None, date(2025, 9, 30), False),
    ],
)
def test_whoever_is_employed_on_a_day_of_the_period_gets_a_sheet(
    start: date | None, end: date | None, there: bool
) -> None:
    assert bool(sheets([person("r1", "Ann", start=start, end=end)], Q4)) is there


def test_sheets_lie_by_region_and_name_whatever_the_order() -> None:
    staff = [person("r2", "Bo"), person("r1", "Ann"), person("r3", "Cy", "A/B")]
    found = sheets(staff, Q4)
    assert [(one.region, one.rep, one.name) for one in found] == [
        ("A/B", "r3", "Cy"), ("East", "r1", "Ann"), ("East", "r2", "Bo"),
    ]  # fmt: skip
    assert found == sheets(staff[::-1], Q4)
    assert found[1].outputs == ("sheets/East/Ann.html", "notebooks/sheets/East/Ann.ipynb")
    assert found[1].parameters == {"region": "East", "rep": "r1"}
    assert found[0].outputs[0].count("/") == 2


def test_two_of_one_name_get_two_files() -> None:
    found = sheets([person("r1", "Ann"), person("r2", "Ann"), person("r3", "ann")], Q4)
    assert len({one.file.casefold() for one in found}) == 3


def test_names_that_are_paths_stay_in_the_folder() -> None:
    for name in ("../x", "..", "/etc/passwd", "a\\b", "", "CON", "\x00", "sheets"):
        (one,) = sheets([person("r1", name, "../..")], Q4)
        parts = one.file.split("/")
        assert len(parts) == 3 and parts[0] == "sheets"
        assert not {"", ".", ".."} & set(parts)


def test_a_region_is_a_report_without_a_rep() -> None:
    (east,) = region_reports(["East"])
    assert east == Report("region", "East", "East")
    assert (east.identity, east.title, east.parameters) == (("East", ""), "East", {"region": "East"})
