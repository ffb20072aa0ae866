"""Rows that are taken as they stand, and those that are not: whichever way a file is read, it says the same."""

from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.data import reading, sql
from salesperf.data.contracts import Column
from salesperf.data.loading import load_tables
from salesperf.data.values import is_bare, surely_bare
from salesperf.errors import DataError

REPS = [{"rep_id": "r1", "rep": "Ann", "region": "East"}]
DEAL = {"opportunity_id": "d1", "rep_id": "r1", "status": "won", "created": "2025-01-01", "closed": "2025-03-01"}
BLANKS = [
    " ",
    "\t",
    "\x01",
    "\x0b",
    "\x7f",
    "\u00a0",
    "\u00ad",
    "\u200b",
    "\u200d",
    "\u2028",
    "\u3000",
    "\ue000",
    "\ufeff",
]


@pytest.fixture(params=["csv", "parquet", "parquet that stays"])
def load(request, client_of, monkeypatch):
    """Loads deals written as a file of one kind."""
    monkeypatch.setattr(reading, "MOST_COPIED", 0 if request.param == "parquet that stays" else 2**30)

    def loaded(*files, **source):
        kind = "csv" if request.param == "csv" else "parquet"
        named = {f"deals-{number}.{kind}": deals for number, deals in enumerate(files)}
        written = {name: deals if kind == "csv" else pd.DataFrame(deals) for name, deals in named.items()}
        return load_tables(client_of({"reps": REPS, **written}, source={"opportunities": [*named], **source}))

    return loaded


def deals(tables):
    return tables["opportunities"].order_by("opportunity_id").to_pyarrow().to_pylist()


@pytest.mark.parametrize("sign", ["NULL", "–", '="East"'])
def test_one_sign_for_no_value_or_a_formula_among_names_is_seen(load, sign):
    regions = ["East", "NA", sign, "West"]
    rows = [DEAL | {"opportunity_id": f"d{place}", "region": region} for place, region in enumerate(regions)]
    got = "East" if sign.startswith("=") else None
    assert [deal["region"] for deal in deals(load(rows))] == ["East", "NA", got, "West"]


def test_no_sign_for_no_value_is_surely_bare_and_names_that_begin_like_one_are():
    signs = ["NULL", "null", "(null)", "<NA>", "\\N", "None", "#N/A", "n/a", "-", "--", "—", "nan", "#REF!", '="East"']
    names = ["North", "nina", "NA", "None Such", "-1", "#1", "<b>", "\\n", "(none)", "=1+1", "O", "o", "2"]
    for text, bare in [*((sign, False) for sign in signs), *((name, True) for name in names)]:
        for test in (surely_bare, is_bare):
            query = f"SELECT {test(Column(), 'x')} FROM (VALUES ('East'), (NULL), ({sql.literal(text)})) AS t(x)"
            assert duckdb.sql(query).fetchall() == [(bare,)], (text, test)


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_blank_of_any_kind_at_either_end_is_dropped(load, blank):
    regions = ["East", f"East{blank}", f"{blank}East", f"{blank}大区{blank}", f"e\u0301{blank}", f"~{blank}", blank]
    rows = [DEAL | {"opportunity_id": f"d{place}", "region": region} for place, region in enumerate(regions)]
    assert [one["region"] for one in deals(load(rows))] == ["East", "East", "East", "大区", "e\u0301", "~", None]


def test_a_status_is_read_whatever_its_case_and_an_open_deal_has_no_close(load):
    rows = [DEAL | {"opportunity_id": f"d{place}", "status": one} for place, one in enumerate(("won", "OPEN ", "Lost"))]
    found = deals(load(rows))
    assert [one["status"] for one in found] == ["won", "open", "lost"]
    assert [one["closed"] for one in found] == [date(2025, 3, 1), None, date(2025, 3, 1)]
    assert [one["due"] for one in found] == [None, date(2025, 3, 1), None]


def test_an_id_that_is_there_twice_is_refused_with_its_places(load):
    with pytest.raises(DataError, match=r"got 1 more than once: 'd1' \(.* [23], .* [34]\)"):
        load([DEAL | {"opportunity_id": "d0"}, DEAL, DEAL | {"opportunity_id": " d1"}])


def test_an_id_that_is_there_once_in_each_of_two_files_is_refused(load):
    with pytest.raises(DataError, match=r"deals-0.*got 1 more than once: 'd1' \(deals-0.* [12], deals-1.* [23]\)"):
        load([DEAL], [DEAL | {"opportunity_id": "d2"}, DEAL])


def test_ids_that_share_a_hash_are_not_the_same_id(load, monkeypatch):
    monkeypatch.setattr(reading, "_hash", lambda value: "0::UBIGINT")
    assert len(deals(load([DEAL, DEAL | {"opportunity_id": "d2"}], [DEAL | {"opportunity_id": "d3"}]))) == 3
    with pytest.raises(DataError, match="got 1 more than once"):
        load([DEAL, DEAL])


def test_files_that_have_other_columns_make_one_table(load):
    tables = load([DEAL | {"amount": "5", "region": "East"}], [DEAL | {"opportunity_id": "d2", "product": " x "}])
    assert [(one["amount"], one["region"], one["product"]) for one in deals(tables)] == [
        (Decimal(5), "East", None),
        (None, None, "x"),
    ]


def test_a_column_of_the_file_may_be_two_of_the_table(load):
    columns = {"opportunities": {"closed": "created", "product": "created", "account_id": "rep_id"}}
    (found,) = deals(load([DEAL], columns=columns))
    assert found["created"] == found["closed"] == date(2025, 1, 1)
    assert (found["product"], found["account_id"]) == ("2025-01-01", "r1")


@pytest.mark.parametrize("text", ["infinity", "epoch", "02025-01-01", "0999-12-31", "2025 01 01", "2025-01-31é"])
def test_text_that_a_faster_reader_would_take_for_a_day_is_refused(load, text):
    with pytest.raises(DataError, match=rf"expected dates such as 2025-01-31, got 1 other: (line 3|row 2) '{text}'"):
        load([DEAL, DEAL | {"opportunity_id": "d2", "created": text}])


@pytest.mark.parametrize(
    "day", ["1900-01-01", "1899-12-31", "1000-01-01", "9999-12-31", "2025/1/5", "2025-01-05 10:00"]
)
def test_a_day_that_a_faster_reader_would_miss_is_read(load, day):
    found = deals(load([DEAL, DEAL | {"opportunity_id": "d2", "created": day}]))
    year, month, of_month = map(int, day.split(" ")[0].replace("/", "-").split("-"))
    assert [one["created"] for one in found] == [date(2025, 1, 1), date(year, month, of_month)]


def test_days_beyond_the_calendar_in_a_parquet_file_are_refused(client_of, monkeypatch):
    for most in (0, 2**30):
        monkeypatch.setattr(reading, "MOST_COPIED", most)
        client = client_of({"reps": REPS, "opportunities": pd.DataFrame([DEAL])})
        table = pa.table(pd.DataFrame([DEAL] * 2).assign(opportunity_id=["d1", "d2"]))
        days = pa.array([20000, 2_932_897], pa.date32())
        pq.write_table(table.set_column(3, "created", days), client.folder / "opportunities.parquet")
        with pytest.raises(DataError, match="expected dates such as 2025-01-31, got 1 other: row 2 '10000-01-01'"):
            load_tables(client)


def test_names_and_values_of_a_client_are_never_sql(load):
    column, value = 'a"b; DROP TABLE reps; --', "x'; DROP TABLE reps; --"
    source = {
        "columns": {"opportunities": {"region": column}},
        "values": {"opportunities": {"region": {value: "O'st"}}},
    }
    assert [one["region"] for one in deals(load([DEAL | {column: value}], **source))] == ["O'st"]


def test_an_id_with_a_nul_in_it_is_an_id(client_of):
    rows = pd.DataFrame([DEAL | {"opportunity_id": one} for one in ("a\0'b", "a", "a\0'b")])
    with pytest.raises(DataError, match=r"got 1 more than once: \"a\\x00'b\" \(row 1, row 3\)"):
        load_tables(client_of({"reps": REPS, "opportunities": rows}))


def test_a_large_parquet_file_stays_where_it_is_and_a_small_one_is_copied(client_of, monkeypatch):
    for most, rows in ((0, 2), (2**30, 1)):
        monkeypatch.setattr(reading, "MOST_COPIED", most)
        client = client_of({"reps": REPS, "opportunities": pd.DataFrame([DEAL])})
        tables = load_tables(client)
        pd.DataFrame([DEAL, DEAL]).to_parquet(client.folder / "opportunities.parquet")
        assert tables["opportunities"].count().execute() == rows


def cheap_and_exact(texts):
    """What the cheap and the exact test say of a column of texts."""
    rows = ", ".join(f"({sql.literal(text)})" for text in texts)
    query = f"SELECT {surely_bare(Column(), 'x')}, {is_bare(Column(), 'x')} FROM (VALUES {rows}) t(x)"
    return duckdb.sql(query).fetchall()[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from([*"aZ~!0", *BLANKS, "é", "\u0301", "东"]), max_size=3), min_size=1, max_size=4))
def test_the_cheap_test_never_passes_what_the_exact_one_does_not(texts):
    surely, exactly = cheap_and_exact(texts)
    assert exactly == all(text.strip("".join(BLANKS)) == text != "" for text in texts)
    assert exactly or not surely


def test_the_cheap_test_passes_plain_text():
    assert cheap_and_exact(["East", "a b", "1", "!", "}x", "D-0001"]) == (True, True)
