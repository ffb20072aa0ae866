"""Exhibits: escaped wherever they print a name, with a text alternative, on paper and on a phone."""

import re
from html import unescape

import pandas as pd
import pytest

from salesperf.cover import COVER_TYPE
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, side_by_side, stylesheet, table, together

NASTY = [
    "<script>alert(1)</script>", "a & b", "\"quoted\" 'twice'", "$x^2$", "*md* _em_ `code`", "} body{display:none}",
    'x"} body{display:none} y{content:"', "\\27 \\3c", "</style><script>alert(1)</script>", "n" * 80, "王伟",
    "‮drow\x07",
]  # fmt: skip


def words_of(html: str) -> str:
    """The words of HTML without its tags and styles."""
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)))


@pytest.mark.parametrize("name", NASTY)
def test_a_name_in_a_table_is_text_and_nothing_else(name: str) -> None:
    frame = pd.DataFrame({"Rep": [name], name: [name]})
    html = table(frame, "reps", caption=name).html
    assert words_of(html).count(name) == 4  # row, heading, cell, caption
    assert "<script" not in html
    assert html.count("<style>") == html.count("</style>") == 1


@pytest.mark.parametrize("name", NASTY)
def test_a_columns_name_cannot_leave_its_string_in_the_style(name: str) -> None:
    style = table(pd.DataFrame({"Rep": ["x"], name: ["y"]}), "reps").html.split("<style>")[1].split("</style>")[0]
    (content,) = re.findall(r'::before\{content:"(.*?)"\}', style)
    assert re.fullmatch(r"(?:[\w ]|\\[0-9a-f]{6})*", content)
    assert style.count("{") == style.count("}") == 2
    spelt = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), content)
    assert spelt == name


@pytest.mark.parametrize("name", NASTY)
def test_sentences_and_notes_are_escaped(name: str) -> None:
    assert words_of(paragraph(name).html) == name
    assert words_of(notes([name, name]).html) == name * 2


def test_the_first_column_heads_the_rows_and_numbers_stand_to_the_right() -> None:
    html = table(pd.DataFrame({"Rep": ["Bo"], "Team": ["One"], "Revenue": ["1,000"]}), "reps", left=("Team",)).html
    assert '<th scope="row" class="sp-stub">Bo</th>' in html
    assert '<td class="sp-words">One</td>' in html
    assert '<td class="sp-number">1,000</td>' in html
    assert html.count('scope="col"') == 3


def test_a_table_has_a_plain_form_too() -> None:
    plain = table(pd.DataFrame({"Rep": ["Bo"], "Revenue": ["1,000"]}), "reps", caption="Sorted.").plain
    assert plain.split() == ["Rep", "Revenue", "Bo", "1,000", "Sorted."]


def test_exhibits_put_together_keep_all_their_parts_and_the_last_word_on_the_cover() -> None:
    first, second = Exhibit("<p>1</p>", "1", {"a": 1, "b": 1}), Exhibit("<p>2</p>", "2", {"b": 2})
    whole = together(first, second)
    assert (whole.html, whole.plain, whole.cover) == ("<p>1</p>\n<p>2</p>", "1\n\n2", {"a": 1, "b": 2})
    columns = side_by_side(first, second)
    assert columns.html.count("<div") == 3
    assert (columns.plain, columns.cover) == (whole.plain, whole.cover)


def test_what_shows_nothing_leaves_no_trace_among_others() -> None:
    said = paragraph("1")
    assert (together(NOTHING, said, notes([])), together(NOTHING), together()) == (said, NOTHING, NOTHING)


def test_sentences_take_a_line_of_their_own_on_a_narrow_screen() -> None:
    frame = pd.DataFrame({"Rep": ["Bo"], "Revenue": ["1"], "What made it": ["Luck."]})
    assert "#sp-reps td:nth-of-type(2){grid-column:1/-1}" in table(frame, "reps", wide=("What made it",)).html
    assert "grid-column" not in table(frame, "reps").html


def test_a_notebook_gets_html_text_and_cover() -> None:
    bundle = Exhibit("<p>x</p>", "x", {"region": "East"})._repr_mimebundle_()
    assert bundle == {"text/html": "<p>x</p>", "text/plain": "x", COVER_TYPE: {"region": "East"}}
    assert COVER_TYPE not in Exhibit("<p>x</p>", "x")._repr_mimebundle_()


def test_the_stylesheet_asks_for_nothing_from_elsewhere() -> None:
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()
