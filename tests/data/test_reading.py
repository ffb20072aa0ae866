"""Bad input in a table: each one line with the place, what was expected, what was got and the way out; exit code 3."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from salesperf.data.loading import load_tables
from salesperf.errors import DataError, RequestError

REPS = "rep_id,rep,region\nr1,Ann,East\nr2,Bo,West\n"
DEALS = "opportunity_id,rep_id,status,created,closed,amount\nd1,r1,won,2025-10-01,2025-11-01,100\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a1,2025-10-01,100\n"
LINES = (
    "say order_lines: true under source in the client file if they are lines of one order, "
    "or export it again where it has orders twice"
)


def refused(client, kind=DataError, code=3):
    """The one line that a client's data is refused with, its folder left out."""
    with pytest.raises(kind) as caught:
        load_tables(client)
    message = str(caught.value)
    assert caught.value.exit_code == code
    assert len(message.splitlines()) == 1
    return message.replace(f"{client.folder}/", "")


@pytest.fixture
def refusal(client_of):
    """The line that orders are refused with, given their rows (and, before them, a header of one's own)."""

    def of(rows, header="order_id,rep_id,account_id,date,amount", **source):
        return refused(client_of({"reps": REPS, "orders": f"{header}\n{rows}"}, source=source))

    return of


def test_dates_that_are_none_are_counted_and_three_are_shown_with_their_lines(refusal):
    rows = "".join(f"o{day},r1,a,{day}/12/2025,5\n" for day in range(10, 15)) + "o1,r1,a,2025-10-01,5\n"
    assert refusal(rows) == (
        "orders.csv: column 'date' (orders.date): expected dates such as 2025-01-31, got 5 others: "
        "line 2 '10/12/2025', line 3 '11/12/2025', line 4 '12/12/2025'; "
        "correct them, or say, such as '%d/%m/%Y', source.date_format in the client file"
    )


def test_dates_of_another_form_than_the_client_file_says(refusal):
    assert refusal("o1,r1,a,31.12.2025,5\no2,r1,a,12/31/2025,5\n", date_format="%d.%m.%Y") == (
        "orders.csv: column 'date' (orders.date): expected dates of the form '%d.%m.%Y', got 1 other: "
        "line 3 '12/31/2025'; correct them, or say the form of these dates alone "
        "under source.date_format.orders.date in the client file"
    )


US, ISO = "%m/%d/%Y", "%Y-%m-%d"


@pytest.mark.parametrize(
    "date_format",
    [
        {"opportunities": US},
        {"reps": ISO, "opportunities": {"created": US, "closed": [US]}},
        {"reps": {"start_date": ISO}, "opportunities": US},
        [US, ISO],
    ],
    ids=["a table", "columns", "a column and a table", "several"],
)
def test_tables_and_columns_may_have_forms_of_dates_of_their_own(client_of, date_format):
    reps = "rep_id,rep,region,start_date\nr1,Ann,East,2020-01-15\n"
    deals = DEALS.replace("2025-10-01", "10/1/2025 8:15 AM").replace("2025-11-01", "11/13/2025")
    tables = load_tables(client_of({"reps": reps, "opportunities": deals}, source={"date_format": date_format}))
    days = {column: first.isoformat() for column, (first, _) in tables.spans.items()}
    assert days["reps", "start_date"] == "2020-01-15"
    assert (days["opportunities", "created"], days["opportunities", "closed"]) == ("2025-10-01", "2025-11-13")


def test_a_day_that_two_forms_read_differently_is_refused(refusal):
    assert "one of the forms '%d/%m/%Y', '%m/%d/%Y', got 1 other: line 3 '1/2/2025'; correct them, or" in refusal(
        "o1,r1,a,1/31/2025,5\no2,r1,a,1/2/2025,5\n", date_format=["%d/%m/%Y", US]
    )


@pytest.mark.parametrize(
    ("date_format", "message"),
    [
        ({"order": ISO}, "test.yml:7: 'order' is not a table; did you mean 'orders'?"),
        ({"orders": {"day": ISO}}, "test.yml:8: 'day' is not a column of orders; "),
        ({"orders": {"amount": ISO}}, "test.yml:8: orders.amount has no dates; known are 'date'"),
        (
            {"orders": [ISO, "%d/%m"]},
            "test.yml:9: date_format: expected year, month and day such as '%d/%m/%Y', got '%d",
        ),
    ],
)
def test_a_form_of_dates_for_what_has_none_is_an_error_of_the_client_file(client_of, date_format, message):
    client = client_of({"reps": REPS, "orders": ORDERS}, source={"date_format": date_format})
    assert refused(client, RequestError, 2).startswith(message)


@pytest.mark.parametrize("text", ["$5", "five", "NaN", "inf", "1.2万", "#REF!"])
def test_text_in_amounts(refusal, text):
    assert refusal(f'o1,r1,a,2025-10-01,"{text}"\no2,r1,a,2025-10-01,5\n') == (
        "orders.csv: column 'amount' (orders.amount): expected numbers such as 1234.50, got 1 other: "
        f"line 2 {text!r}; correct them"
    )


def test_what_may_be_empty_may_also_be_emptied(client_of):
    deals = DEALS + "d2,r1,won,2025-10-01,2025-11-01,tbd\n"
    assert refused(client_of({"reps": REPS, "opportunities": deals})).endswith(
        "got 1 other: line 3 'tbd'; correct them or leave them empty"
    )


def test_what_must_be_there_is_missed_where_a_sign_stands_for_no_value(refusal):
    assert refusal("o1,r1,a,2025-10-01,-\no2,r1,a,NULL,5\n") == (
        "orders.csv: column 'date' (orders.date): expected a value in every row, got 1 empty: line 3; "
        "fill them in or remove the rows; also column 'amount' (orders.amount): expected a value in every row, "
        "got 1 empty: line 2; fill them in or remove the rows"
    )


def test_long_values_are_cut(refusal):
    assert f"line 2 '{37 * 'x'}...'" in refusal(f"o1,r1,a,2025-10-01,{'x' * 1000}\n")


def test_the_name_in_the_export_is_the_one_that_is_named(client_of):
    source = {"columns": {"orders": {"amount": "销售额"}}}
    orders = "order_id,rep_id,account_id,date,销售额\no1,r1,a,2025-10-01,五\n"
    assert refused(client_of({"reps": REPS, "orders": orders}, source=source)).startswith(
        "orders.csv: column '销售额' (orders.amount): expected numbers"
    )


def test_lines_are_those_of_the_file_though_values_and_empty_lines_go_over_several(refusal):
    rows = 'o1,r1,"a\nb",2025-10-01,5\n\no2,r1,a,2025-10-01,x\n\no3,"r\r\n1",a,2025-10-01,y\n'
    assert "got 2 others: line 5 'x', line 7 'y'" in refusal(rows)


@pytest.mark.parametrize("blank", ["", " ", "\u3000", '""'])
def test_a_value_that_must_be_there_and_is_not(refusal, blank):
    rows = f"o1,r1,a,2025-10-01,5\no2,{blank},a,2025-10-01,5\no3,{blank},a,2025-10-01,5\n"
    assert refusal(rows) == (
        "orders.csv: column 'rep_id' (orders.rep_id): expected a value in every row, got 2 empty: line 3, line 4; "
        "fill them in or remove the rows"
    )


def test_a_region_without_a_name(client_of):
    reps = "rep_id,rep,region\nr1,Ann,\u00a0\u3000\n"
    assert "column 'region' (reps.region): expected a value in every row, got 1 empty: line 2" in refused(
        client_of({"reps": reps, "orders": ORDERS})
    )


def test_ids_that_are_there_twice_are_counted_and_shown_with_their_lines(refusal):
    rows = "".join(f"{key},r1,a,2025-10-01,5\n" for key in "ABCDEABCDA")
    assert refusal(rows) == (
        "orders.csv: column 'order_id' (orders.order_id): expected every id once, got 4 more than once: "
        "'A' (line 2, line 7, line 11), 'B' (line 3, line 8), 'C' (line 4, line 9); " + LINES
    )


def test_an_id_is_the_same_with_blanks_around_it(refusal):
    assert "got 1 more than once: 'A' (line 2, line 3)" in refusal("A,r1,a,2025-10-01,5\n A ,r1,a,2025-10-01,5\n")


def test_ids_that_are_there_twice_in_two_files(client_of):
    files = {"orders-1.csv": ORDERS, "orders-2.csv": ORDERS}
    client = client_of({"reps": REPS, **files}, source={"orders": "orders-*.csv"})
    assert refused(client) == (
        "orders-1.csv: column 'order_id' (orders.order_id): expected every id once, got 1 more than once: "
        "'o1' (orders-1.csv line 2, orders-2.csv line 2); " + LINES
    )


def test_an_unknown_status(client_of):
    deals = DEALS + "d2,r1,Prospecting,,,\nd3,r1,stuck,,,\n"
    assert refused(client_of({"reps": REPS, "opportunities": deals})) == (
        "opportunities.csv: column 'status' (opportunities.status): expected one of 'open', 'won', 'lost', "
        "got 2 others: line 3 'Prospecting', line 4 'stuck'; map them under source.values in the client file"
    )


def test_a_period_that_is_none(client_of):
    targets = "level,name,period,kpi,target\ncompany,,2025Q5,revenue,1\n"
    assert refused(client_of({"reps": REPS, "orders": ORDERS, "targets": targets})) == (
        "targets.csv: column 'period' (targets.period): expected periods such as 2025Q4, 2025-11, 2025H2 or 2025, "
        "got 1 other: line 2 '2025Q5'; correct them"
    )


def test_a_score_outside_the_scale_of_the_surveys(client_of):
    tables = {"reps": REPS, "orders": ORDERS, "surveys": "date,score\n2025-10-01,9\n2025-10-01,\n2025-10-01,5\n"}
    assert refused(client_of(tables)) == (
        "surveys.csv: column 'score' (surveys.score): expected numbers such as 1234.5 from 1 to 5, got 1 other: "
        "line 2 '9'; correct them or leave them empty, or say definitions.survey_scale in the client file"
    )
    load_tables(client_of(tables, definitions={"survey_scale": [0, 10]}))


def test_a_header_alone(client_of):
    assert refused(client_of({"reps": REPS, "orders": ORDERS.splitlines()[0] + "\n"})) == (
        "orders.csv: expected rows, got a header alone; export it again"
    )


def test_an_empty_file(client_of):
    assert refused(client_of({"reps": REPS, "orders": ""})) == (
        "orders.csv: expected a header line and rows, got an empty file; export it again"
    )


def test_an_empty_file_among_several(client_of):
    files = {"orders-1.csv": ORDERS, "orders-2.csv": ORDERS.splitlines()[0] + "\n"}
    client = client_of({"reps": REPS, **files}, source={"orders": ["orders-1.csv", "orders-2.csv"]})
    assert refused(client).startswith("orders-2.csv: expected rows, got a header alone")


@pytest.mark.parametrize(
    ("table", "header"),
    [
        ("surveys", "date,score,rep_id"),
        ("accounts", "account_id,account,segment"),
        ("targets", "level,name,period,kpi,target"),
        ("splits", "sale_id,rep_id,share"),
        ("activities", "rep_id,date,kind,count"),
        ("assessments", "rep_id,period,criterion,rating"),
        ("stage_history", "opportunity_id,stage,entered"),
    ],
)
def test_an_optional_table_without_rows_is_as_none(client_of, table, header):
    client = client_of({"reps": REPS, "orders": ORDERS, table: f"{header}\n"})
    tables = load_tables(client)
    assert not tables.has(table)
    assert [(one.path, one.rows) for one in tables.inputs] == [
        ("reps.csv", 2),
        ("orders.csv", 1),
        (f"{table}.csv", 0),
    ]
    without = load_tables(client_of({"reps": REPS, "orders": ORDERS}))
    assert (tables.rows, tables.filled, tables.spans) == (without.rows, without.filled, without.spans)


def test_of_several_files_of_an_optional_table_some_may_be_without_rows(client_of):
    files = {"a1": "account_id,account\n", "a2": "account_id,account\na1,Acme\n"}
    client = client_of(
        {"reps": REPS, "orders": ORDERS, **{f"{name}.csv": text for name, text in files.items()}},
        source={"accounts": ["a1.csv", "a2.csv"]},
    )
    assert load_tables(client).rows["accounts"] == 1


@pytest.mark.parametrize("title", ["Closed deals by owner,,,,\nAs of 2026-01-03,,,,\n", "Deals\n\n", "sep=,\n\n"])
def test_a_header_below_a_title_is_recognised_and_its_line_can_be_said(client_of, title):
    files, line = {"reps": REPS, "orders": title + ORDERS}, title.count("\n") + 1
    message = refused(client_of(files))
    assert message.startswith("orders.csv: line 1: expected the names of columns, got '")
    assert message.endswith(
        f"; line {line} looks like the header: say header_line: {{orders: {line}}} under source in the client file"
    )
    said = {"header_line": {"orders": line}}
    assert load_tables(client_of(files, source=said)).rows == {"reps": 2, "orders": 1}
    bad = files | {"orders": files["orders"] + "o2,r1,a,soon,5\no3,r1,a,2025-10-01\n"}
    assert f"got 1 other: line {line + 3} with 4" in refused(client_of(bad, source=said))
    bad = files | {"orders": files["orders"] + "o2,r1,a,soon,5\n"}
    assert f"got 1 other: line {line + 2} 'soon'" in refused(client_of(bad, source=said))


def test_a_line_of_a_header_for_what_is_no_table_or_line_is_an_error_of_the_client_file(client_of):
    files = {"reps": REPS, "orders": ORDERS}
    assert "'order' is not a table; did you mean 'orders'?" in refused(
        client_of(files, source={"header_line": {"order": 3}}), RequestError, 2
    )
    with pytest.raises(RequestError, match="orders: expected greater than or equal to 1, got 0"):
        client_of(files, source={"header_line": {"orders": 0}})


def test_a_rep_who_stands_in_the_list_twice_is_refused_without_advice_to_remove_one(client_of):
    reps = REPS + "r1,Ann,West\n"
    assert refused(client_of({"reps": reps, "orders": ORDERS})).endswith(
        "'r1' (line 2, line 4); give each person an id of their own and each row of somebody who moved its start_date "
        "and end_date, or export it again where it has rows twice"
    )


LINED = "order_id,rep_id,account_id,date,amount,cost,product\n"


def orders_of(client):
    columns = ["order_id", "rep_id", "account_id", "amount", "cost", "product"]
    rows = load_tables(client)["orders"].order_by("order_id").to_pyarrow().select(columns).to_pylist()
    return [tuple(str(value) if isinstance(value, Decimal) else value for value in row.values()) for row in rows]


@pytest.mark.parametrize("files", [["orders.csv"], ["a.csv", "b.csv"]], ids=["one file", "two files"])
def test_lines_of_an_order_are_added_up_where_the_client_file_says_so(client_of, files):
    lines = [
        "S1,r1,a1,2025-10-10,100,60,Chair",
        "S1,r1,a1,2025-10-10,250,90,Desk",
        "S1,r1,a1,2025-10-10,250,90,Desk",
        "S2,r2,a2,2025-11-10,70,,Lamp",
        "S3,r2,a2,2025-11-11,10,5,",
        "S3,r2,a2,2025-11-11,30,,Lamp",
        "S4,r2,a2,2025-11-12,5,1,B",
        "S4,r2,a2,2025-11-12,5,1,A",
    ]
    parts = [lines] if len(files) == 1 else [lines[:2], lines[2:]]
    written = {name: LINED + "\n".join(part) + "\n" for name, part in zip(files, parts, strict=True)}
    client = client_of({"reps": REPS, **written}, source={"orders": files, "order_lines": True})
    assert orders_of(client) == [
        ("S1", "r1", "a1", "600.0000", "240.0000", "Desk"),
        ("S2", "r2", "a2", "70.0000", None, "Lamp"),
        ("S3", "r2", "a2", "40.0000", None, "Lamp"),
        ("S4", "r2", "a2", "10.0000", "2.0000", "A"),
    ]


def test_lines_of_an_order_that_are_of_several_people_or_days_are_refused(refusal):
    rows = (
        "S1,r1,a,2025-10-01,5\nS1,r2,a,2025-10-02,5\nS2,r1,a,2025-10-01,5\nS3,r1,a,2025-10-01,5\nS3,r1,b,2025-10-01,5\n"
    )
    assert refusal(rows, order_lines=True) == (
        "orders.csv: expected lines of an order to be alike but for amount, cost, product, got 2 orders with others, "
        "first 'S1' with several of 'rep_id', 'date'; "
        "name the column of an id that is one for each of these under source.columns.orders.order_id"
    )


def test_a_missing_column(client_of):
    assert refused(client_of({"reps": "id,rep,region\nr1,Ann,East\n", "orders": ORDERS})) == (
        "reps.csv: expected a column 'rep_id' for reps.rep_id, got 'id', 'rep', 'region'; "
        "name the right one under source.columns.reps in the client file"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ORDERS + "o2,r1\n", "orders.csv: expected 5 values in every row, got 1 other: line 3 with 2; correct them"),
        (ORDERS + 'o2,"r1,a,2025-10-01,5\n', "orders.csv: line 3: expected quotes in pairs, got one that does not end"),
        (ORDERS.encode() + "o2,r1,东,2025-10-01,5\n".encode("gbk"), "another encoding or kind of file in line 3; save"),
        (ORDERS.encode("utf-16"), "orders.csv: expected UTF-8 text, got another encoding or kind of file in line 1"),
        (ORDERS.replace("rep_id", "Order_ID"), "line 1: expected every column once, got 'order_id', 'Order_ID'"),
        (ORDERS + "o2,r1,a,2025-10-01,5\r\n", "expected LF at every line end, got CRLF in line 3; save it anew"),
    ],
    ids=["ragged", "quote", "GBK", "UTF-16", "header", "line ends"],
)
def test_a_file_that_is_broken(client_of, content, message):
    assert message in refused(client_of({"reps": REPS, "orders": content}))


@pytest.mark.parametrize(
    ("reps", "place"),
    [
        ("rep_id,rep,region,team,manager\nr1,Smith, John,East,T1,\nr2,Bo,West,T2,Cy\n", "5 values {} line 2 with 6"),
        ("rep_id;rep;region\nr2;Bo;West\n\nr1;Ann;East;\n", "3 values {} line 4 with 4"),
        ('rep_id,rep,region\nr2,"Bo, a ""b"", c",West\nr1,Ann,East,,\n', "3 values {} line 3 with 5"),
        ('rep_id,rep,region\r\nr2,"Bo\r\nthe 2nd",West\r\nr1,Ann,East,\r\n', "3 values {} line 4 with 4"),
        ("rep_id\trep\tregion\nr1\tAnn, Bo\tEast\t\nr2\tBo\tWest", "3 values {} line 2 with 4"),
        ("rep_id,rep,region\nr1,Ann,East,\nr2,Smith, Bo,West,\n", "3 values {} line 2 with 4, line 3 with 5"),
    ],
    ids=["shifted", "semicolons", "quotes", "a value of two lines", "tabs", "not alike"],
)
def test_a_row_with_empty_values_too_many_is_refused_with_its_line(client_of, reps, place):
    number = place.count("line")
    got = place.format(f"in every row, got {number} other{'s' if number > 1 else ''}:")
    assert refused(client_of({"reps": reps, "orders": ORDERS})) == (
        f"reps.csv: expected {got}; put values that hold a separator in quotes"
    )


@pytest.mark.parametrize(
    "reps",
    [
        "rep_id,rep,region\nr1,Ann,East,\n\nr2,Bo,West,\n",
        "rep_id,rep,region,\nr1,Ann,East,\nr2,Bo,West,\n",
        'rep_id,rep,region\n"r1","Ann, 5"" tall","East"\nr2,Bo 5" tall,West\n',
    ],
    ids=["every row ends in a separator", "the header too", "quotes in values"],
)
def test_a_row_of_the_width_of_all_others_is_read(client_of, reps):
    assert load_tables(client_of({"reps": reps, "orders": ORDERS})).regions() == ["East", "West"]


def test_a_long_file_is_looked_at_in_parts(client_of, monkeypatch):
    monkeypatch.setattr("salesperf.data.files._CHUNK", 7)
    rows = "".join(f'o{number},r1,"a, b",2025-10-01,5\n' for number in range(40))
    orders = f"order_id,rep_id,account_id,date,amount\n{rows}"
    assert load_tables(client_of({"reps": REPS, "orders": orders})) is not None
    assert "line 42 with 6" in refused(client_of({"reps": REPS, "orders": orders + "x,r1,a,2025-10-01,5,\n"}))


def test_in_a_parquet_file_the_row_is_named(client_of):
    orders = pd.DataFrame(
        {"order_id": [1, 2], "rep_id": "r1", "account_id": 1, "date": ["2025-10-01", "soon"], "amount": [5.0, 6.0]}
    )
    message = refused(client_of({"reps": REPS, "orders": orders}))
    assert message.startswith("orders.parquet: column 'date' (orders.date): expected dates such as 2025-01-31, got 1")
    assert "row 2 'soon'" in message


def test_amounts_of_a_parquet_file_that_are_no_numbers(client_of):
    orders = pd.DataFrame({"order_id": [1, 2], "rep_id": "r1", "account_id": 1, "date": pd.Timestamp("2025-10-01")})
    message = refused(client_of({"reps": REPS, "orders": orders.assign(amount=[5.0, float("inf")])}))
    assert "column 'amount' (orders.amount): expected numbers such as 1234.50, got 1 other: row 2 'inf'" in message


@pytest.mark.parametrize("form", ["%Q", "%d/%m", "%Y", "", "%", "dd/mm/yyyy", "%H:%M"])
def test_a_date_format_that_tells_no_day_is_an_error_of_the_client_file(client_of, form):
    client = client_of({"reps": REPS, "orders": ORDERS}, source={"date_format": form})
    assert refused(client, RequestError, 2) == (
        f"test.yml:6: date_format: expected year, month and day such as '%d/%m/%Y', got {form!r}; correct it"
    )


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y%m%d", "%m/%d/%y", "%d %b %Y", "%-d.%-m.%Y", "%Y-%m-%d %H:%M:%S"])
def test_a_date_format_that_tells_the_day_is_taken(client_of, form):
    day = pd.Timestamp("2025-10-01").strftime(form)
    client = client_of({"reps": REPS, "orders": ORDERS.replace("2025-10-01", day)}, source={"date_format": form})
    assert load_tables(client).spans["orders", "date"] == (pd.Timestamp("2025-10-01").date(),) * 2


BAD = {"date": "soon", "amount": "much", "rep_id": "", "order_id": "o1"}


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(st.sampled_from(["", *BAD]), min_size=1, max_size=12))
def test_whatever_is_wrong_with_rows_is_named_with_its_number_and_lines(client_of, faults):
    """Two rows are sound; all columns with faults are told, in the contract's order; keys where there are no others."""
    good = {"rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "5"}
    rows = [{"order_id": f"o{place}", **good} for place in range(2)]
    for place, fault in enumerate(faults, start=2):
        rows.append({"order_id": f"o{place}", **good} | ({fault: BAD[fault]} if fault else {}))
    client = client_of({"reps": REPS, "orders": rows})
    if not any(faults):
        assert load_tables(client).rows["orders"] == len(rows)
        return
    message = refused(client)
    lines = {name: [place + 4 for place, fault in enumerate(faults) if fault == name] for name in BAD}
    if set(faults) <= {"", "order_id"}:
        shown = ", ".join(f"line {line}" for line in [3, *lines["order_id"]][:3])
        assert f"(orders.order_id): expected every id once, got 1 more than once: 'o1' ({shown})" in message
        return
    told = message.removeprefix("orders.csv: ").split("; also ")
    faulty = [name for name in ("rep_id", "date", "amount") if lines[name]]
    for name, part in zip(faulty, told, strict=True):
        assert f"(orders.{name}): expected " in part and f"got {len(lines[name])} " in part
        assert [f"line {line}" in part for line in lines[name][:3]] == [True] * len(lines[name][:3])
        assert part.count("line ") == len(lines[name][:3])
