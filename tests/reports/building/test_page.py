"""The page made of an executed notebook."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from salesperf.cover import COVER_TYPE, cover
from salesperf.reports.building.page import page_html


def shown(data: dict[str, Any]) -> Any:
    return new_output("display_data", data)


def code(*outputs: Any, source: str = "secret_code()", tags: tuple[str, ...] = ()) -> Any:
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def page(*cells: Any) -> str:
    return page_html(new_notebook(cells=list(cells)), "notebook")


def test_exhibits_and_prose_are_shown_and_code_is_not() -> None:
    text = page(new_markdown_cell("## Title\n\nProse."), code(shown({"text/html": "<p id='x'>exhibit</p>"})))
    assert "<p id='x'>exhibit</p>" in text
    assert "Prose." in text
    assert "secret_code" not in text


def test_cells_for_the_workbench_stay_out() -> None:
    text = page(
        new_markdown_cell("for analysts", metadata={"tags": ["workbench"]}),
        code(shown({"text/html": "draft"}), tags=("workbench",)),
    )
    assert "for analysts" not in text
    assert "draft" not in text


def test_prose_is_in_the_language_of_the_cover_where_there_is_a_translation() -> None:
    translated = new_markdown_cell("## Scorecard", metadata={"salesperf": {"zh": "## 计分卡"}})
    untranslated = new_markdown_cell("My own remark")
    head = code(shown({COVER_TYPE: {"language": "zh", "title": "华东"}, "text/html": ""}))
    text = page(head, translated, untranslated)
    assert "计分卡" in text
    assert "Scorecard" not in text
    assert "My own remark" in text
    assert '<html lang="zh">' in text


def test_without_a_cover_the_page_is_named_after_the_notebook() -> None:
    assert "<title>notebook</title>" in page(new_markdown_cell("x"))


def test_the_title_is_escaped() -> None:
    text = page(code(shown({COVER_TYPE: {"title": "<script>alert(1)</script>"}, "text/html": ""})))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_warnings_stay_out_and_plain_output_is_escaped() -> None:
    text = page(
        code(
            new_output("stream", name="stderr", text="DeprecationWarning: old"),
            new_output("stream", name="stdout", text="<b>printed</b>"),
            shown({"text/plain": "<i>plain</i>"}),
            shown({"text/plain": "None"}),
        )
    )
    assert "DeprecationWarning" not in text
    assert "&lt;b&gt;printed&lt;/b&gt;" in text
    assert "&lt;i&gt;plain&lt;/i&gt;" in text
    assert "None" not in text


def test_a_picture_is_part_of_the_page_with_its_text_alternative() -> None:
    text = page(code(shown({"image/png": "iVBORw0KGgo=\n", "text/plain": 'a "figure"'})))
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in text
    assert 'alt="a &#34;figure&#34;"' in text


def test_an_svg_loses_its_file_head() -> None:
    text = page(code(shown({"image/svg+xml": '<?xml version="1.0"?><svg viewBox="0 0 1 1"></svg>'})))
    assert '<svg viewBox="0 0 1 1"></svg>' in text
    assert "<?xml" not in text


def test_a_page_forbids_scripts_and_requests() -> None:
    text = page(new_markdown_cell("x"))
    assert "default-src 'none'" in text
    assert "http://" not in text
    assert "https://" not in text


def test_later_parts_of_the_cover_go_before_earlier_ones() -> None:
    cells = [code(shown({COVER_TYPE: {"a": 1, "b": 1}})), new_markdown_cell(""), code(shown({COVER_TYPE: {"b": 2}}))]
    assert cover(cells) == {"a": 1, "b": 2}


@pytest.mark.parametrize("language", [None, "en", "zh"])
def test_the_same_notebook_gives_the_same_bytes(language: str | None) -> None:
    cells = [code(shown({COVER_TYPE: {"language": language}, "text/html": "<p>x</p>"})), new_markdown_cell("text")]
    assert page(*cells) == page(*cells)


def test_nbconvert_knows_the_exporter_by_name(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[code(shown({"text/html": "<p>exhibit</p>"}))])
    nbformat.write(notebook, tmp_path / "done.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "salesperf", str(tmp_path / "done.ipynb")]
    subprocess.run(command, check=True, capture_output=True)
    assert "<p>exhibit</p>" in (tmp_path / "done.html").read_text(encoding="utf-8")
