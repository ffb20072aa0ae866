"""Where two files first differ: in which cell, also where the files are pages."""

from collections.abc import Callable

import nbformat
import pytest

from salesperf.reports.report import Report
from salesperf.reports.verifying.location import in_notebook, in_page, page_of

EAST = Report("region", "East", "East")


def notebook_of(*printed: str | None) -> bytes:
    """An executed notebook, a cell for each text that it prints."""
    cells = []
    for place, text in enumerate(printed):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
        cells.append(nbformat.v4.new_code_cell("work()", id=f"c{place}", outputs=outputs))
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()


@pytest.mark.parametrize(
    ("change", "number", "cell"),
    [
        (lambda page: page.replace("three", "3"), 4, "c3"),
        (lambda page: page.replace("<pre>one", "<pre>not one"), 2, "c1"),
        (lambda page: page.replace("<pre>three", "<p>More.</p>\n<pre>three"), 4, "c3"),
        (lambda page: page.replace("<title>East", "<title>Best"), None, None),
        (lambda page: page.replace("four</pre>", ""), 5, "c4"),
        (lambda page: page + "<p>More.</p>", None, None),
    ],
)  # fmt: skip
def test_a_place_on_a_page_belongs_to_the_cell_that_put_it_there(
    change: Callable[[str], str], number: int | None, cell: str | None
) -> None:
    notebook = notebook_of("zero", "one", None, "three", "four", None)
    page = page_of(notebook, EAST)
    location = in_page(change(page.decode()).encode(), page, notebook, EAST)
    assert (location.number, location.cell) == (number, cell)


def test_a_cell_more_or_less_is_where_notebooks_differ() -> None:
    short, long = notebook_of("zero", "one"), notebook_of("zero", "one", "two")
    assert (in_notebook(short, long).number, in_notebook(long, short).number) == (3, 3)
    assert in_notebook(short, notebook_of("zero", "two")).rebuilt == "two"
