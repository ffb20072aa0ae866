"""What varies is taken out of an executed notebook and told, and nothing else is."""

import copy
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from salesperf.reports.building.varying import without_what_varies

HOME = Path("/home/ann/work/params")


def notebook(*outputs):
    return new_notebook(
        cells=[new_markdown_cell("# Title", id="title"), new_code_cell("x", id="x", outputs=[*outputs])]
    )


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(**data):
    return new_output("display_data", data={f"text/{kind}": text for kind, text in data.items()})


def cleaned(given, folder=HOME):
    """The outputs that are left, and what was told."""
    told = without_what_varies(given, copy.deepcopy(given), folder)
    return given.cells[1].outputs, told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<object at 0x7f3bc9da1cd0>", "<object at 0x…>"),
        ("/tmp/ipykernel_4711/123456.py:1: UserWarning", "<cell>:1: UserWarning"),
        ("saved /home/ann/work/params/a.csv", "saved ./a.csv"),
        ("0x1F is 31, 0xff is 255", "0x1F is 31, 0xff is 255"),
        ("#0x7f3bc9da1cd0ab99887766", "#0x7f3bc9da1cd0ab99887766"),
        ("1,234.50 on 2025-12-31", "1,234.50 on 2025-12-31"),
    ],
)
def test_addresses_and_places_go_and_all_else_stays(before, after):
    outputs, told = cleaned(notebook(printed(before), shown(plain=before, html=f"<p>{before}</p>")))
    assert outputs[0].text == after
    assert outputs[1].data == {"text/plain": after, "text/html": f"<p>{after}</p>"}
    assert bool(told) is (before != after)


def test_what_goes_is_told():
    _, told = cleaned(notebook(printed("<a at 0x7f3bc9da1cd0>\n"), printed("take care\n", "stderr")))
    assert told == "take care\n0x7f3bc9da1cd0\n"


def test_a_folder_that_is_part_of_all_texts_is_left_alone():
    outputs, _ = cleaned(notebook(printed("a / b, /tmp/x")), Path("/"))
    assert outputs[0].text == "a / b, /tmp/x"
    outputs, _ = cleaned(notebook(printed("/tmp/x")), Path("/tmp"))
    assert outputs[0].text == "/tmp/x"


def test_what_is_printed_in_pieces_is_one_piece_and_errors_do_not_cut_it():
    pieces = [printed("a"), printed("trouble", "stderr"), printed("b\n"), shown(plain="figure"), printed("c")]
    outputs, _ = cleaned(notebook(*pieces))
    assert [one.get("text", one.get("data")) for one in outputs] == ["ab\n", {"text/plain": "figure"}, "c"]


def test_two_styled_tables_are_numbered_in_their_order_wherever_the_number_stands():
    one, other = (
        f'<style>#T_{name}_row0 {{}}</style><table id="T_{name}"><td id="T_{name}_row0"></table>'
        for name in ("b0a1c", "00001")
    )
    outputs, _ = cleaned(notebook(shown(html=one), shown(html=other)))
    assert outputs[0].data["text/html"] == one.replace("b0a1c", "00000")
    assert outputs[1].data["text/html"] == other


def test_two_styled_tables_in_one_output_whose_numbers_cross_stay_apart():
    text = "".join(f'<table id="T_{name}"></table>' for name in ("00001", "00000"))
    outputs, _ = cleaned(notebook(shown(html=text)))
    assert outputs[0].data["text/html"] == "".join(f'<table id="T_{name}"></table>' for name in ("00000", "00001"))


def test_pictures_are_not_touched():
    picture = new_output("display_data", data={"image/svg+xml": "<svg id='0x7f3bc9da1cd0'/>", "image/png": "aGk="})
    outputs, told = cleaned(notebook(picture))
    assert (outputs[0].data, told) == ({"image/svg+xml": "<svg id='0x7f3bc9da1cd0'/>", "image/png": "aGk="}, "")


def test_cells_keep_the_ids_that_the_file_gives_them_and_get_one_by_their_place_where_it_gives_none():
    given = notebook(printed("a"))
    source = {"cells": [{"id": "title"}, {}]}
    given.cells.insert(1, new_code_cell("region = 'East'", metadata={"tags": ["injected-parameters"]}))
    given.metadata["papermill"] = {"start_time": "now"}
    given.cells[2].metadata |= {"papermill": {"duration": 1.5}, "execution": {"iopub.execute_input": "now"}, "tags": []}
    without_what_varies(given, source, HOME)
    assert [one.id for one in given.cells] == ["title", "injected-parameters", "cell-2"]
    assert "papermill" not in given.metadata
    assert given.cells[2].metadata == {"tags": []}
