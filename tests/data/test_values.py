"""Values as exports write them: what is read, what is refused, and that no reading depends on the reader's clock."""

from datetime import date, datetime
from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.data.contracts import Column
from salesperf.data.values import Field, can_break, rule, typed_rows, way_out
from salesperf.errors import SalesperfError
from salesperf.periods import parse_period

ENGINE = ibis.duckdb.connect().con


def read(values, kind_of_column="text", *, date_forms=(), replaced=None, **column):
    """The values as the canonical column holds them."""
    table = values if isinstance(values, pa.Array) else pa.array(values)
    ENGINE.register("raw", pa.table({"x": table}))
    kind = ENGINE.sql("SELECT typeof(x) FROM raw").fetchall()[0][0]
    one = Field("got", Column(kind_of_column, **column), '"x"', kind, replaced or {}, date_forms)
    return ENGINE.sql(f"SELECT got FROM ({typed_rows([one], 'raw')})").to_arrow_table()["got"].to_pylist()


def bad(values, kind_of_column):
    """Whether each value, a text, breaks the column's rule."""
    ENGINE.register("raw", pa.table({"x": pa.array(values)}))
    one = Field("got", Column(kind_of_column), '"x"', "VARCHAR")
    return ENGINE.sql(f"SELECT bad_got FROM ({typed_rows([one], 'raw')})").to_arrow_table()["bad_got"].to_pylist()


@pytest.mark.parametrize("blank", [" ", "\t", "\r\n", "\u00a0", "\u3000", "\u2003", "\u200b", "\ufeff", " \u3000\t "])
def test_blanks_of_every_width_around_a_value_are_dropped_and_nothing_but_blanks_is_empty(blank):
    assert read([f"{blank}East{blank}", blank, ""]) == ["East", None, None]


def test_blanks_within_a_value_stay():
    assert read(["Mei-Mei  Johns", "大 区"]) == ["Mei-Mei  Johns", "大 区"]


def test_text_is_never_interpreted():
    nasty = ["../../etc", "<script>alert(1)</script>", "'; DROP TABLE reps; --", "NULL & Co", "=1+1", "100%"]
    assert read(nasty) == nasty


@pytest.mark.parametrize(
    "sign", ["NULL", "null", "\\N", "#N/A", "n/a", "-", " – ", "None", "nan", "#REF!", "(null)", '=""']
)
def test_a_sign_for_no_value_is_no_name(sign):
    assert read(["East", sign]) == ["East", None]


@pytest.mark.parametrize(
    "name", ["NA", "Na", "Nan", "None Such", "Null Island", "-1", "N", "#1", "=", '="a', "n/a & Co"]
)
def test_a_name_that_looks_like_a_sign_for_no_value_is_one(name):
    assert read(["East", name]) == ["East", name]


def test_no_value_is_none_in_numbers_and_dates_too_but_a_formula_that_failed_is_wrong():
    assert read(["5", "-", "NULL", "\\N"], "money") == [Decimal(5), None, None, None]
    assert read(["2025-01-31", "n/a", "0000-00-00"], "date") == [date(2025, 1, 31), None, None]
    assert not can_break(Column("text")) and can_break(Column("money"))
    assert bad(["5", "#REF!"], "money") == [False, True]


def test_a_text_that_a_spreadsheet_is_to_keep_is_read_without_its_formula():
    assert read(['="r2"', '="007"', "r1", '="a ""b"""']) == ["r2", "007", "r1", 'a ""b""']
    assert read(['="12.5"'], "money") == [Decimal("12.5")]


def test_what_the_mapping_names_is_a_value_though_it_looks_like_none():
    assert read(["-", "NULL"], replaced={"-": "Head office"}) == ["Head office", None]


def test_ids_of_a_typed_file_read_like_those_of_a_text_file():
    assert read([1001, None]) == ["1001", None]
    assert read([1001.0, float("nan"), None, 1.5]) == ["1001", None, None, "1.5"]
    assert read([Decimal("7.00"), Decimal("7.25")]) == ["7", "7.25"]
    assert read([True, False]) == ["true", "false"]


def test_values_are_replaced_as_written_and_the_others_stay():
    assert read(["GTXPro", " GTXPro ", "MG", "-"], replaced={"GTXPro": "GTX Pro", "-": ""}) == [
        "GTX Pro",
        "GTX Pro",
        "MG",
        None,
    ]


def test_a_number_that_is_replaced_is_matched_by_its_text():
    assert read([0, 5], "money", replaced={"0": ""}) == [None, Decimal(5)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-31", date(2025, 1, 31)),
        ("2025/1/5", date(2025, 1, 5)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2025-01-31 23:59:59", date(2025, 1, 31)),
        ("2025-01-31T00:30:00+14:00", date(2025, 1, 31)),
        ("2025-01-31T23:30:00Z", date(2025, 1, 31)),
    ],
)
def test_a_day_is_read_as_written_whatever_time_stands_behind_it(text, day):
    assert read([text], "date") == [day]


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "31/01/2025",
        "01/31/2025",
        "2025-01",
        "20250131",
        "45688",
        "infinity",
        "0000-01-01",
        "2025-01-31 or so",
        "today",
        "2025-01-31T",
        "25-01-31",
        "-2025-01-31",
        "2025年1月31日",
    ],
)
def test_what_is_no_day_for_certain_is_none(text):
    assert read([text], "date") == [None]


def test_a_date_format_is_the_only_one_that_is_read():
    assert read(["31.12.2025", "2025-12-31", "12.31.2025"], "date", date_forms=["%d.%m.%Y"]) == [
        date(2025, 12, 31),
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text", ["4/30/2025 13:42", "4/30/2025 1:42 PM", "4/30/2025  01:42:10.5", "4/30/2025T13:42:00Z", " 4/30/2025 "]
)
def test_a_time_behind_a_day_of_a_form_of_its_own_is_cut_off(text):
    assert read([text], "date", date_forms=["%m/%d/%Y"]) == [date(2025, 4, 30)]


def test_a_form_with_a_time_reads_what_has_one():
    got = read(["30.04.25 13:42", "30.04.25"], "date", date_forms=["%d.%m.%y %H:%M"])
    assert got == [date(2025, 4, 30), None]


def test_of_several_forms_a_date_may_have_any_but_no_two_that_tell_different_days():
    forms = ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]
    values = ["31/01/2025", "01/31/2025 8:00", "2025-01-31", "05/05/2025", "01/02/2025", "31.01.2025", None]
    day = date(2025, 1, 31)
    assert read(values, "date", date_forms=forms) == [day, day, day, date(2025, 5, 5), None, None, None]


def test_dates_and_times_of_a_typed_file_keep_their_day():
    assert read([date(2025, 1, 31), None], "date") == [date(2025, 1, 31), None]
    assert read([datetime(2025, 1, 31, 23, 59)], "date") == [date(2025, 1, 31)]
    late = pd.Series([pd.Timestamp("2025-01-31 23:59", tz="UTC")])
    assert read(pa.Array.from_pandas(late), "date") == [date(2025, 1, 31)]


def test_a_day_that_no_calendar_of_ours_can_tell_is_none():
    assert read(pa.array([-800_000, 2_932_897], pa.date32()), "date") == [None, None]


def test_a_number_is_no_day():
    assert read([20250131], "date") == [None]


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1234.50", "1234.5"), ("-3", "-3"), ("+3", "3"), ("1e3", "1000"), (".5", "0.5"), ("0.00004", "0"), (" 7 ", "7")],
)
def test_plain_numbers_are_read_to_four_decimals(text, amount):
    assert read([text], "money") == [Decimal(amount)]


@pytest.mark.parametrize(
    "text",
    [
        "1,234.50",
        "1.234,50",
        "1 234",
        "$5",
        "5 USD",
        "1.2万",
        "￥5,320",
        "１２",
        "n/a",
        "nan",
        "inf",
        "-Infinity",
        "0x10",
        "--5",
        "true",
        "99999999999999999999",
        "(5)",
    ],
)
def test_what_is_no_plain_number_is_none(text):
    assert read([text], "money") == [None]


def test_numbers_of_a_typed_file_are_read_and_those_that_are_none_are_not():
    assert read([5, None], "money") == [Decimal(5), None]
    assert read([0.1, float("nan"), float("inf")], "money") == [Decimal("0.1"), None, None]
    assert read([True], "money") == [None]


def test_an_allowed_value_is_read_whatever_its_case_and_no_other_is():
    assert read(["Won", "LOST", "open", "wonn"], allowed=("open", "won", "lost")) == ["won", "lost", "open", None]


def test_a_number_outside_its_limits_is_none():
    assert read(["0.9", "1", "5", "5.01"], "number", between=(1, 5)) == [None, Decimal(1), Decimal(5), None]


PERIODS = st.one_of(
    st.from_regex(r"[12][0-9]{3}(-[0-9]{2}|[QHqh][0-9])?", fullmatch=True),
    st.text("0123456789QH-. ", max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PERIODS, min_size=1, max_size=50))
def test_a_period_is_read_exactly_where_the_client_file_would_accept_it(texts):
    def accepted(text):
        try:
            return str(parse_period(text)) and text.strip()
        except SalesperfError:
            return None

    assert read(texts, "period") == [accepted(text) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals(-(10**13), 10**13, places=4, allow_nan=False, allow_infinity=False), min_size=1))
def test_every_amount_of_four_decimals_is_read_exactly(amounts):
    assert read([f"{amount:f}" for amount in amounts], "money") == amounts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dates(date(1000, 1, 1)), min_size=1))
def test_every_day_from_the_year_1000_on_is_read(days):
    assert read([day.isoformat() for day in days], "date") == days


def test_what_a_rule_says_names_an_example():
    assert rule(Column("date"), ()) == "dates such as 2025-01-31"
    assert rule(Column("date"), ["%d.%m.%Y"]) == "dates of the form '%d.%m.%Y'"
    assert rule(Column("date"), ["%d.%m.%Y", "%Y"]) == "dates of one of the forms '%d.%m.%Y', '%Y'"
    assert rule(Column("number", between=(0, 10)), ()) == "numbers such as 1234.5 from 0 to 10"
    assert rule(Column(allowed=("a", "b")), ()) == "one of 'a', 'b'"
    assert rule(Column("period"), ()).startswith("periods such as 2025Q4")


def test_the_way_out_tells_to_leave_empty_only_what_may_be_empty():
    assert way_out(Column("money", required=True, filled=True), (), "t.c") == "correct them"
    assert way_out(Column("money"), (), "t.c") == "correct them or leave them empty"
    assert "say, such as '%d/%m/%Y', source.date_format" in way_out(Column("date"), (), "t.c")
    assert "these dates alone under source.date_format.reps.start_date" in (
        way_out(Column("date"), ["%d.%m.%y"], "reps.start_date")
    )
    scale = Column("number", between=(1, 5), setting="definitions.survey_scale")
    assert "definitions.survey_scale" in way_out(scale, (), "t.c")
    assert way_out(Column("number", filled=True, between=(0, 100)), (), "t.c") == "correct them"
    assert "source.values" in way_out(Column(allowed=("a",)), (), "t.c")


def test_plain_text_cannot_break_a_rule_and_everything_else_can():
    assert not can_break(Column())
    assert all(can_break(one) for one in (Column("date"), Column("money"), Column("period"), Column(allowed=("a",))))
