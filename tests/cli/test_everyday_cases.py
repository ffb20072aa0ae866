"""Everyday situations that users of such tools have reported, each a small client with the right figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

Kpis = Callable[..., list[dict[str, str]]]


@pytest.fixture
def kpis(tmp_path: Path, call, rows) -> Kpis:
    """Writes a client's files and returns the rows of `salesperf kpis` with further words, as CSV."""

    def printed(client: str, *words: object, **files: str) -> list[dict[str, str]]:
        (tmp_path / "client.yml").write_text(client, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        code, out, err = call("kpis", tmp_path / "client.yml", *words, "--format", "csv", "--no-cache")
        assert code == 0, err
        return rows(out)

    return printed


def test_the_sales_system_writes_american_dates_and_times_and_the_list_of_people_iso_dates(kpis: Kpis) -> None:
    client = (
        "client: Dates Ltd\nperiod: 2025Q4\n"
        'source: {date_format: {opportunities: "%m/%d/%Y"}, reps: reps.csv, opportunities: deals.csv}\n'
    )
    got = kpis(
        client, "--by", "rep", "--kpi", "revenue",
        reps="rep_id,rep,region,start_date\nr1,Ann Lee,East,2020-01-15\nr2,Bob Ray,East,2025-11-03\n",
        deals="opportunity_id,rep_id,status,created,closed,amount,account_id\n"
        "o1,r1,won,9/5/2025 8:15 AM,10/12/2025,100,a1\no2,r2,lost,9/7/2025 11:02 PM,11/13/2025,200,a2\n",
    )  # fmt: skip
    assert [(row["rep"], row["revenue"]) for row in got] == [("Ann Lee", "100"), ("Bob Ray", "0")]


FISCAL = """client: FY Ltd
period: 2026Q1
fiscal_year_start: 2
fiscal_year_named: end
source: {reps: reps.csv, orders: orders.csv, targets: targets.csv}
"""


@pytest.mark.parametrize(
    ("period", "revenue", "attainment"), [("2026Q1", "10000", "1"), ("2026Q4", "4000", "0.5"), ("2026", "14000", "")]
)
def test_fiscal_years_are_named_by_the_year_in_which_they_end(
    kpis: Kpis, period: str, revenue: str, attainment: str
) -> None:
    (got,) = kpis(
        FISCAL, "--by", "rep", "--kpi", "revenue", "--kpi", "revenue_attainment", "--period", period,
        reps="rep_id,rep,region\nr1,Ann Lee,East\n",
        orders="order_id,rep_id,account_id,date,amount\n"
        "o1,r1,a1,2025-02-10,9000\no2,r1,a2,2025-04-30,1000\no3,r1,a3,2026-01-31,4000\n",
        targets="level,name,period,kpi,target\nrep,r1,2026Q1,revenue,10000\nrep,r1,2026Q4,revenue,8000\n",
    )  # fmt: skip
    assert (got["revenue"], got["revenue_attainment"]) == (revenue, attainment)


FOUR_FOUR_FIVE = """name,first,last,period
P10,2025-09-28,2025-10-25,2025-10
P11,2025-10-26,2025-11-22,2025-11
P12,2025-11-23,2025-12-27,2025-12
Q4 FY25,2025-09-28,2025-12-27,2025Q4
"""


@pytest.mark.parametrize(
    ("calendar", "period", "revenue"),
    [
        ("calendar.csv", "Q4 FY25", "10000"),
        ("calendar.csv", "2025Q4", "10000"),
        ("calendar.csv", "P10", "9000"),
        ("[{name: 2025Q4, first: 2025-09-28, last: 2025-12-27}]", "2025Q4", "10000"),
        ("[{name: 2025Q4, first: 2025-09-28, last: 2025-12-27}]", "2025-12", "1000"),
        ("[{name: 2025Q4, first: 2025-09-28, last: 2025-12-27}]", "2025Q3", "0"),
        ("[{name: 2025Q4, first: 2025-09-28, last: 2025-12-27}]", "2026Q1", "4000"),
    ],
)
def test_the_quarter_is_thirteen_weeks_that_end_on_a_saturday(
    kpis: Kpis, calendar: str, period: str, revenue: str
) -> None:
    client = (
        f"client: Weeks Ltd\nperiod: 2025Q4\ncalendar: {calendar}\nsource: {{reps: reps.csv, orders: orders.csv}}\n"
    )
    (got,) = kpis(
        client, "--by", "rep", "--kpi", "revenue", "--period", period,
        reps="rep_id,rep,region\nr1,Ann Lee,East\n",
        orders="order_id,rep_id,account_id,date,amount\no0,r1,a0,2025-07-01,0\no1,r1,a1,2025-09-30,9000\n"
        "o2,r1,a2,2025-12-27,1000\no3,r1,a3,2025-12-31,4000\n",
        calendar=FOUR_FOUR_FIVE,
    )  # fmt: skip
    assert got["revenue"] == revenue


def test_a_report_s_title_stands_above_the_header(kpis: Kpis) -> None:
    client = (
        "client: Title Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv, header_line: {orders: 3}}\n"
    )
    got = kpis(
        client, "--by", "rep", "--kpi", "revenue",
        reps="rep_id,rep,region\nr1,Ann Lee,East\nr2,Bob Ray,East\n",
        orders="Closed deals by owner,,,,\nAs of 2026-01-03,,,,\norder_id,rep_id,account_id,date,amount\n"
        "o1,r1,a1,2025-10-10,100\no2,r2,a2,2025-11-10,200\n",
    )  # fmt: skip
    assert [(row["rep"], row["revenue"]) for row in got] == [("Ann Lee", "100"), ("Bob Ray", "200")]


def test_an_order_has_a_row_for_each_of_its_lines(kpis: Kpis) -> None:
    client = "client: Lines Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv, order_lines: true}\n"
    (got,) = kpis(
        client, "--by", "company", "--kpi", "revenue", "--kpi", "customers",
        reps="rep_id,rep,region,team\nr1,Ann Lee,East,Red\nr2,Bob Ray,East,Red\nr3,Cy Dow,West,Blue\n",
        orders="order_id,rep_id,account_id,date,amount,product\nS001,r1,a1,2025-10-10,100,Chair\n"
        "S001,r1,a1,2025-10-10,250,Desk\nS002,r2,a2,2025-11-10,70,Lamp\n",
    )  # fmt: skip
    assert (got["revenue"], got["customers"]) == ("420", "2")


def test_of_a_split_order_each_rep_s_attainment_counts_the_rep_s_share(kpis: Kpis, tmp_path: Path, call, rows) -> None:
    client = (
        "client: Splits Ltd\nperiod: 2025Q4\n"
        "source: {reps: reps.csv, orders: orders.csv, splits: splits.csv, targets: targets.csv}\n"
        "incentives: {every: quarter, target_incentive: 1000, curve: {share: 1, points: [[0, 0], [1, 1], [2, 2]]}}\n"
    )
    got = kpis(
        client, "--by", "rep", "--kpi", "revenue", "--kpi", "revenue_attainment", "--kpi", "customers",
        reps="rep_id,rep,region,team\nr1,Ann Lee,East,Red\nr2,Bob Ray,East,Red\nr3,Cy Dow,West,Blue\n",
        orders="order_id,rep_id,account_id,date,amount\no1,r1,a1,2025-10-10,10000\no2,r1,a2,2025-11-10,20000\n"
        "o3,r2,a3,2025-11-15,5000\no4,r3,a4,2025-12-31,9000\n",
        splits="sale_id,rep_id,share\no2,r1,50\no2,r3,50\n",
        targets="level,name,period,kpi,target\nrep,r1,2025Q4,revenue,20000\nrep,r2,2025Q4,revenue,10000\n"
        "rep,r3,2025Q4,revenue,20000\n",
    )  # fmt: skip
    told = {row["rep"]: (row["revenue"], row["revenue_attainment"], row["customers"]) for row in got}
    assert told == {"Ann Lee": ("20000", "1", "2"), "Bob Ray": ("5000", "0.5", "1"), "Cy Dow": ("19000", "0.95", "1")}
    code, out, _ = call("payout", tmp_path / "client.yml", "--format", "csv", "--no-cache")
    paid = {row["rep"]: (float(row["credited"]), float(row["attainment"])) for row in rows(out)}
    assert (code, paid) == (0, {name: (float(money), float(share)) for name, (money, share, _) in told.items()})


@pytest.mark.parametrize(("by", "first", "second"), [("region", "East", "West"), ("team", "Red", "Blue")])
def test_a_rep_s_sales_and_targets_of_before_a_move_stay_where_they_were(
    kpis: Kpis, by: str, first: str, second: str
) -> None:
    client = "client: Moves Ltd\nperiod: 2025Q2\nsource: {reps: reps.csv, orders: orders.csv, targets: targets.csv}\n"
    got = kpis(
        client, "--by", by, "--kpi", "revenue", "--kpi", "revenue_attainment",
        reps="rep_id,rep,region,team,start_date,end_date\nr1,Ann Lee,East,Red,2023-01-01,2025-06-30\n"
        "r1,Ann Lee,West,Blue,2025-07-01,\nr2,Bob Ray,East,Red,2023-01-01,\nr3,Cy Dow,West,Blue,2023-01-01,\n",
        orders="order_id,rep_id,account_id,date,amount,region\no1,r1,a1,2025-05-10,10000,East\n"
        "o2,r1,a2,2025-06-10,20000,East\no3,r2,a3,2025-05-15,5000,East\no4,r3,a4,2025-06-15,9000,West\n"
        "o5,r1,a5,2025-08-10,7000,West\n",
        targets="level,name,period,kpi,target\nrep,r1,2025Q2,revenue,25000\nrep,r2,2025Q2,revenue,5000\n"
        "rep,r3,2025Q2,revenue,9000\n",
    )  # fmt: skip
    told = {row[by]: (row["revenue"], f"{float(row['revenue_attainment']):.1%}") for row in got}
    assert told == {first: ("35000", "116.7%"), second: ("9000", "100.0%")}


@pytest.mark.parametrize(("by", "shown"), [("region", "(not in the list of reps)"), ("rep", "r9")])
def test_sales_of_nobody_in_the_list_are_named_with_their_rows_and_money(
    tmp_path: Path, call: Callable[..., tuple[int, str, str]], by: str, shown: str
) -> None:
    (tmp_path / "reps.csv").write_text("rep_id,rep,region\nr1,Ann Lee,East\n", "utf-8")
    (tmp_path / "orders.csv").write_text(
        "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\no2,r9,a,2025-12-31,70\no3,r9,b,2025-12-31,8\n",
        "utf-8",
    )
    (tmp_path / "client.yml").write_text(
        "client: Who Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n", "utf-8"
    )
    words = ("kpis", tmp_path / "client.yml", "--by", by, "--kpi", "revenue", "--no-cache")
    _, out, err = call(*words)
    (line,) = [one for one in out.splitlines() if shown in one]
    assert "78" in line
    assert "2 rows of orders, with sales of 78, belong to a rep who is not in the list of reps (r9)" in err
    _, out, err = call(*words, "--region", "East")
    assert shown not in out and err == ""


def test_who_has_left_owes_what_a_refund_takes_back(tmp_path: Path, call, rows) -> None:
    (tmp_path / "client.yml").write_text(
        "client: Leaver Ltd\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv, targets: targets.csv}\n"
        "incentives: {every: quarter, since: 2025Q3, commission: {of: amount, by: attainment, mode: marginal, "
        "tiers: [{from: 0, to: 1, rate: 0.02}, {from: 1, rate: 0.05}]}}\n",
        "utf-8",
    )
    files = {
        "reps": "rep_id,rep,region,start_date,end_date\nr1,Ann Lee,East,2024-01-01,\n"
        "r2,Bob Ray,East,2024-01-01,2025-08-15\n",
        "orders": "order_id,rep_id,account_id,date,amount,refund_of\no1,r1,a1,2025-07-01,10000,\n"
        "o4,r2,a4,2025-07-10,30000,\no5,r2,a5,2025-10-10,20000,\nc4,r2,a4,2025-11-01,-30000,o4\n"
        "o6,r1,a6,2025-12-30,1000,\no7,r1,a6,2026-02-10,1000,\n",
        "targets": "level,name,period,kpi,target\nrep,r1,2025Q3,revenue,50000\nrep,r1,2025Q4,revenue,50000\n"
        "rep,r2,2025Q3,revenue,50000\nrep,r1,2026Q1,revenue,50000\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    for period, paid in {"2025Q3": ["200", "600"], "2025Q4": ["20", "-600"]}.items():
        code, out, err = call("payout", tmp_path / "client.yml", "--period", period, "--format", "csv", "--no-cache")
        assert (code, [str(float(row["payout"])) for row in rows(out)]) == (0, [f"{one}.0" for one in paid])
    assert "is owed: Bob Ray −600.00." in err and "Not employed in the period" in err


@pytest.mark.parametrize("command", [("run",), ("kpis", "--no-cache"), ("score", "--no-cache")])
def test_an_export_that_goes_on_after_its_own_last_day_is_one_line(
    tmp_path: Path, call: Callable[..., tuple[int, str, str]], command: tuple[str, ...]
) -> None:
    (tmp_path / "reps.csv").write_text("rep_id,rep,region\nr1,Ann Lee,East\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text("order_id,rep_id,account_id,date,amount\no1,r1,a1,2025-12-05,5\n", "utf-8")
    (tmp_path / "client.yml").write_text(
        "client: Ends Ltd\nperiod: 2025Q4\nas_of: 2025-11-30\nsource: {reps: reps.csv, orders: orders.csv}\n", "utf-8"
    )
    assert call(command[0], tmp_path / "client.yml", *command[1:]) == (
        2,
        "",
        f"salesperf: {tmp_path}/client.yml:3: as_of: expected a day from 2025-12-05 on, the last of sales and deals, "
        "got 2025-11-30; correct it, or leave it out\n",
    )


RUNNING = {
    "reps": "rep_id,rep,region\nr1,Ann Lee,East\nr2,Bob Ray,East\n",
    "orders": "order_id,rep_id,account_id,date,amount\n"
    + "".join(
        f"o{month}{rep},{rep},a{rep},2025-{month:02}-15,1000\n" for month in range(1, 12) for rep in ("r1", "r2")
    ),
    "targets": "level,name,period,kpi,target\n"
    + "".join(f"rep,{rep},2025Q{quarter},revenue,3000\n" for quarter in (1, 2, 3, 4) for rep in ("r1", "r2")),
}


@pytest.mark.parametrize("period", ["2025Q4", "2025H2", "2025"])
def test_a_period_that_is_not_over_has_no_grades_and_settles_nothing(
    tmp_path: Path, call: Callable[..., tuple[int, str, str]], rows, period: str
) -> None:
    (tmp_path / "client.yml").write_text(
        f"client: Running Ltd\nperiod: {period}\nsource: {{reps: reps.csv, orders: orders.csv, targets: targets.csv}}\n"
        "model: goal_oriented\nincentives: {every: quarter, target_incentive: 1000, curve: {share: 1}, "
        "awards: [{name: Star, kpi: revenue, within: company, prize: 5}]}\n",
        "utf-8",
    )
    for name, text in RUNNING.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    client = tmp_path / "client.yml"
    _, out, _ = call("score", client, "--format", "csv", "--no-cache")
    (scores, *_) = rows(out)
    assert scores["score"] and (scores["grade"], scores["coefficient"], scores["pay_grade"]) == ("", "", "")
    _, out, _ = call("score", client, "--format", "csv", "--no-cache", "--period", "2025Q3")
    assert [row["grade"] for row in rows(out)] == ["A", "A"]
    _, out, err = call("payout", client, "--format", "csv", "--no-cache")
    assert "Preview: 2025Q4 is not over, and nothing of it is settled." in err
    assert "Settled: 2025Q1 to 2025Q3;" in err
    awards = 0 if period == "2025Q4" else 5 * (1 if period == "2025H2" else 3)
    assert [float(row["award"]) for row in rows(out)] == [awards, awards]
    _, _, err = call("payout", client, "--no-cache", "--period", "2025Q3")
    assert "Preview" not in err and "Settled: 2025Q1 to 2025Q3;" in err


def test_a_running_period_is_said_to_be_one_by_every_command_and_a_finished_one_is_not(
    tmp_path: Path, call: Callable[..., tuple[int, str, str]]
) -> None:
    days = [f"2025-{month:02}-{day:02}" for month in range(7, 12) for day in range(1, 31)] + [
        "2025-12-01",
        "2025-12-02",
    ]
    orders = "\n".join(f"o{number},r1,a1,{day},1000" for number, day in enumerate(days))
    (tmp_path / "reps.csv").write_text("rep_id,rep,region\nr1,Ann Lee,East\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text(f"order_id,rep_id,account_id,date,amount\n{orders}\n", encoding="utf-8")
    for language, line in {
        "en": "The export ends on 2025-12-02, within 2025Q4: its figures are not complete.",
        "zh": "导出数据止于 2025-12-02，在 2025Q4 之内：本期数字不完整。",
    }.items():
        (tmp_path / "client.yml").write_text(
            f"client: Running Ltd\nlanguage: {language}\nperiod: 2025Q4\nincentives: usual\n"
            "source: {reps: reps.csv, orders: orders.csv}\n",
            encoding="utf-8",
        )
        for command in ("kpis", "score", "targets", "potential", "payout") if language == "en" else ("kpis",):
            code, _, err = call(command, tmp_path / "client.yml", "--no-cache")
            assert (code, line in err.splitlines()) == (0, True), command
        assert line not in call("kpis", tmp_path / "client.yml", "--no-cache", "--period", "2025Q3")[2]
    for command in ("kpis", "score", "targets", "potential"):
        _, _, err = call(command, tmp_path / "client.yml", "--no-cache", "--period", "2026Q2")
        assert "2025-12-02，在 2026Q2 开始之前" in err, command
