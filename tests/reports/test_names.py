"""File names of regions: safe, without collisions, the same in every run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.reports.names import file_names


@pytest.mark.parametrize("name", ["East", "North West", "Rhône-Alpes", "华东", "Region 1", "U.S"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert file_names([name]) == {name: name}


@pytest.mark.parametrize(
    "name",
    ["../../etc", "<script>", "a/b", "a\\b", ".", "..", "", " ", "CON", "nul.txt", "index", "manifest", "run-log",
     "notebooks", "a\x00b", "a\nb", "-rf", ".hidden", "x" * 300, "x:y", "%2e%2e", "a?b#c", "‮evil"],
)  # fmt: skip
def test_a_name_that_cannot_be_a_file_becomes_one_that_can(name: str) -> None:
    (safe,) = file_names([name]).values()
    assert safe != name
    assert re.fullmatch(r"[\w][\w .-]*", safe)
    assert ".." not in safe
    assert len(safe.encode()) < 200
    assert safe.casefold() not in {"con", "nul.txt", "index", "manifest", "run-log", "notebooks"}


def test_names_that_differ_by_case_alone_get_different_files() -> None:
    files = file_names(["East", "east", "EAST", "West"])
    assert len({one.casefold() for one in files.values()}) == 4
    assert files["West"] == "West"


def test_names_that_become_the_same_get_different_files() -> None:
    files = file_names(["a/b", "a\\b", "a?b", "a-b"])
    assert len(set(files.values())) == 4
    assert files["a-b"] == "a-b"


@given(st.lists(st.text(max_size=80), unique=True, max_size=30))
def test_no_two_names_share_a_file(names: list[str]) -> None:
    files = [one.casefold() for one in file_names(names).values()]
    assert len(set(files)) == len(names)
    assert not [one for one in files if "/" in one or "\\" in one or one.startswith(".") or not one]


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=5))
def test_a_file_name_depends_on_others_only_where_case_collides(name: str, others: list[str]) -> None:
    if name.casefold() not in {one.casefold() for one in others}:
        alone, among = file_names([name])[name], file_names([name, *others])[name]
        assert alone == among
