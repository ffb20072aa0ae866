"""Files as they come: what is read as meant, and what is wrong with those that cannot be."""

import hashlib
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.data.files import broken, check_widths, header_below, places, read_raw
from salesperf.data.sources import fingerprint, matching
from salesperf.errors import DataError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def engine():
    return duckdb.connect()


def file(content, name="a.csv"):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(engine, path):
    return content(engine, path).to_pylist()


def content(engine, path):
    return engine.sql(f"FROM {read_raw(engine, path).rows()}").to_arrow_table()


def error_of(engine, path):
    try:
        content(engine, path)
    except DataError as error:
        return error
    except duckdb.Error as error:
        return broken(path, error)
    raise AssertionError("the file was read")


def refused(engine, path):
    """The one line that says why a file cannot be read."""
    message = str(error_of(engine, path))
    assert len(message.splitlines()) == 1
    assert not any(words in message for words in ("strict_mode", "null_padding", "ignore_errors", "Possible"))
    return message


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x y\n2,\n",
        "a,b\r\n1,x y\r\n2,\r\n",
        "a,b\r1,x y\r2,\r",
        "\ufeffa,b\n1,x y\n2,\n",
        "a;b\n1;x y\n2;\n",
        "a\tb\n1\tx y\n2\t\n",
        "a|b\n1|x y\n2|\n",
        '"a","b"\n"1","x y"\n"2",""\n',
        " a , b \n1,x y\n2,",
        "a,b\n\n1,x y\n\n2,\n\n",
    ],
)
def test_delimiters_line_ends_quotes_and_a_byte_order_mark_make_no_difference(engine, content):
    assert rows(engine, file(content)) == [{"a": "1", "b": "x y"}, {"a": "2", "b": None}]


def test_every_value_of_a_csv_is_text_as_it_stands(engine):
    assert rows(engine, file("a,b\n007,1e5\nTRUE,2025-01-01\n")) == [
        {"a": "007", "b": "1e5"},
        {"a": "TRUE", "b": "2025-01-01"},
    ]


def test_a_delimiter_inside_quotes_does_not_count(engine):
    assert rows(engine, file('"a,b,c";d\n1;2\n')) == [{"a,b,c": "1", "d": "2"}]


def test_a_quoted_value_may_hold_a_line_end_a_quote_and_a_delimiter(engine):
    assert rows(engine, file('a,b\n"x\ny","5"" disk, new"\n')) == [{"a": "x\ny", "b": '5" disk, new'}]


def test_a_quoted_name_may_go_over_several_lines(engine):
    assert rows(engine, file('"a\nb",c\n1,2\n')) == [{"a\nb": "1", "c": "2"}]


def test_a_column_without_a_name_is_called_by_its_place(engine):
    assert rows(engine, file(",a,\n0,1,2\n")) == [{"(column 1)": "0", "a": "1", "(column 3)": "2"}]


@pytest.mark.parametrize(
    "name", ["w[1]*?.csv", 'it\'s "x".csv', "a b/销售.csv", "region=East/x.csv", "%41.csv", "-x.csv"]
)
def test_a_name_is_a_name_whatever_it_means_elsewhere(engine, name):
    file("a\nnot this\n", "w1x.csv")
    assert rows(engine, file("a,b\n1,2\n", name)) == [{"a": "1", "b": "2"}]


def test_a_parquet_file_keeps_its_types(engine):
    pd.DataFrame({"i": [1], "t": [pd.Timestamp("2025-01-31 12:00")]}).to_parquet("a=1.parquet")
    assert rows(engine, Path("a=1.parquet")) == [{"i": 1, "t": pd.Timestamp("2025-01-31 12:00").to_pydatetime()}]


@pytest.mark.parametrize("content", ["", "\n", "\r\n \n", ",,,\n", "\ufeff"])
def test_an_empty_file_is_refused(engine, content):
    assert refused(engine, file(content)) == (
        "a.csv: expected a header line and rows, got an empty file; export it again"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_lines_above_the_header_do_not_matter(engine, end):
    path = file(f"\ufeff{end} {end}a,b{end}1,2{end}{end}3,4{end}")
    assert rows(engine, path) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert places(path, [0, 1], above=2) == {0: "line 4", 1: "line 6"}


def test_a_header_below_a_title_is_read_where_it_is_said_to_be(engine):
    path = file('"Deals, by owner",,\nAs of 2026;|\n\na,b,c\n1,"x,y",3\n')
    read = read_raw(engine, path, header_line=3)
    assert (list(read.types), read.above) == (["a", "b", "c"], 3)
    assert engine.sql(f"FROM {read.rows()}").fetchall() == [("1", "x,y", "3")]
    check_widths(read, 1)
    assert header_below(path, ["C", "a"]) == 4
    assert header_below(path, ["a", "d"]) is None
    assert header_below(file("t\n" * 20 + "a,b\n1,2\n"), ["a"]) is None


def test_a_header_with_a_name_twice_is_refused_whatever_its_case(engine):
    assert refused(engine, file("id,Amount,amount,x\n1,2,3,4\n")) == (
        "a.csv: line 1: expected every column once, got 'Amount', 'amount' among 4 columns; rename all but one"
    )


def test_a_quote_that_does_not_end_is_refused_with_its_line(engine):
    message = "expected quotes in pairs, got one that does not end; correct it"
    assert refused(engine, file('a,b\n1,2\n3,"4\n5,6\n')) == f"a.csv: line 3: {message}"
    assert refused(engine, file('"a,b\n1,2\n')) == f"a.csv: line 1: {message}"


def test_rows_that_are_too_short_or_too_long_are_counted_and_three_are_shown(engine):
    assert refused(engine, file("a,b\n1,2\n3\n4,5\n6,7,8\n9\n0\n")) == (
        "a.csv: expected 2 values in every row, got 4 others: line 3 with 1, line 5 with 3, line 6 with 1; "
        "put values that hold a separator in quotes"
    )
    assert refused(engine, file("a,b\n1,2\n3\n")) == (
        "a.csv: expected 2 values in every row, got 1 other: line 3 with 1; correct them"
    )


def test_line_ends_of_two_kinds_are_refused(engine):
    assert refused(engine, file("a,b\n1,2\n3,4\r\n5,6\n")) == (
        "a.csv: expected LF at every line end, got CRLF in line 3; save it anew"
    )


GBK = "expected UTF-8 text, got another encoding or kind of file in {}; save the export as UTF-8 CSV"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("工号,大区\n1,东\n".encode("gbk"), "line 1, line 2"),
        (b"a,b\n1,2\n" + "3,东\n".encode("gbk"), "line 3"),
        (b"a,b\n" + 5 * "1,é\n".encode("latin-1"), "5 lines: line 2, line 3, line 4"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1"),
        ("a,b\n1,2\n".encode("utf-16-le"), "line 1"),
        ("a,b\n1,2\n".encode("utf-16-be"), "line 1"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff\xfe", "line 1"),
    ],
)
def test_another_encoding_is_refused_with_its_lines(engine, content, lines):
    assert refused(engine, file(content)) == f"a.csv: {GBK.format(lines)}"


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_a_parquet_file_that_is_none_is_refused(engine, content):
    assert refused(engine, file(content, "a.parquet")) == (
        "a.parquet: expected a Parquet file, got another kind or a damaged one; export it again"
    )


def test_a_file_that_may_not_be_read_is_refused():
    assert str(broken(Path("a.csv"), PermissionError(13, "Permission denied"))) == (
        "a.csv: expected a readable file, got: Permission denied; check its permissions"
    )


def test_a_value_that_goes_on_for_ever_is_refused_with_its_line(engine):
    assert refused(engine, file(f"a,b\n1,2\n1,{'x' * 3_000_000}\n")) == (
        "a.csv: line 3: expected values of up to 131072 characters, got a longer one; "
        "look for a quote that does not end"
    )


def test_what_the_engine_alone_can_say_is_kept_in_its_first_line():
    error = duckdb.Error("Out of memory\nPossible solutions:\n* SET memory_limit")
    assert str(broken(file("a,b\n1,2\n"), error)) == (
        "a.csv: expected a plain CSV file, got one that cannot be read (Out of memory); export it again"
    )


def test_rows_are_found_by_the_line_on_which_they_begin():
    path = file('a,b\n1,2\n\n"x\ny",2\n3,4\n')
    assert places(path, [0, 1, 2]) == {0: "line 2", 1: "line 4", 2: "line 6"}
    assert places(Path("a.parquet"), [0, 7]) == {0: "row 1", 7: "row 8"}


def test_an_empty_line_is_a_row_where_there_is_one_column_alone():
    assert places(file("a\n1\n\n2\n"), [1, 2]) == {1: "line 3", 2: "line 4"}


CELL = st.text(st.sampled_from('ab,;"\n é东'), max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELL, CELL.filter(str.strip)), min_size=1, max_size=20))
def test_whatever_pandas_writes_is_read_back_row_by_row_with_its_lines(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("hypothesis") / "a.csv"
    frame = pd.DataFrame(cells, columns=["a", "b"])
    frame.to_csv(path, index=False, lineterminator="\n")
    got = rows(duckdb.connect(), path)
    assert [(row["a"] or "", row["b"] or "") for row in got] == cells
    lines = path.read_text("utf-8").split("\n")
    for row, place in places(path, range(len(cells))).items():
        first = cells[row][0].split("\n")[0].replace('"', '""')
        assert lines[int(place.removeprefix("line ")) - 1].removeprefix('"').startswith(first)


def test_a_fingerprint_is_the_sha_256():
    assert fingerprint(file(b"abc")) == hashlib.sha256(b"abc").hexdigest()


def test_a_pattern_names_its_files_in_the_order_of_their_names():
    for name in ("2025-02.csv", "2025-10.csv", "2025-01.csv", "old/2025-00.csv", "2024.csv"):
        file("a\n1\n", name)
    assert matching(Path(), "2025-*.csv") == ["2025-01.csv", "2025-02.csv", "2025-10.csv"]
    assert matching(Path("old"), "../2025-0?.csv") == ["../2025-01.csv", "../2025-02.csv"]
    assert matching(Path(), "**/2025-*.csv")[-1] == "old/2025-00.csv"
    absolute = str(Path.cwd() / "2025-*.csv")
    assert matching(Path("old"), absolute) == [str(Path.cwd() / f"2025-{month}.csv") for month in ("01", "02", "10")]
    assert matching(Path(), "2023*.csv") == []


def test_a_file_whose_own_name_looks_like_a_pattern_is_that_file_alone():
    file("a\n1\n", "sales[1].csv"), file("a\n1\n", "sales1.csv")
    assert matching(Path(), "sales[1].csv") == ["sales[1].csv"]
    assert matching(Path(), "sales[12].csv") == ["sales1.csv"]


def test_a_folder_is_found_and_what_is_not_there_is_not():
    Path("folder").mkdir()
    assert matching(Path(), "folder") == ["folder"]
    assert matching(Path(), "nothing.csv") == []
    assert matching(Path(), "a" * 300 + ".csv") == []
