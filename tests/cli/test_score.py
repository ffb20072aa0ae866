"""`salesperf score`: grades by force, what made a change, and months beside their quarter."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., tuple[int, str, str]]
RowsOf = Callable[[str], list[dict[str, str]]]
Refused = Callable[..., None]

ORDERS = "order_id,rep_id,account_id,date,amount\n" + "".join(
    f"{number},{rep},a,{day},{amount}\n"
    for number, (rep, day, amount) in enumerate(
        [
            ("r1", "2025-07-10", 90), ("r1", "2025-10-10", 40), ("r1", "2025-11-10", 60), ("r2", "2025-10-12", 80),
            ("r2", "2025-07-01", 100), ("r3", "2025-12-30", 110), ("r4", "2025-12-31", 30),
            ("r9", "2025-12-31", 500),  # not in the list of reps
        ]
    )
)  # fmt: skip
REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,East,One\nr3,Cy,West,Two\nr4,Di,West,Two\n"
SIDES = """
  perspectives:
    - name: sold
      weight: 0.6
      kpis: [{kpi: revenue, weight: 1, anchors: {threshold: 60, target: 100, excellent: 120}}]
    - {name: bought, weight: 0.4, pay_weight: PAY,
       kpis: [{kpi: customers, weight: 1, anchors: {threshold: 0.6, target: 1, excellent: 2}}]}
"""


@pytest.fixture
def client_with(tmp_path: Path) -> Callable[..., Path]:
    """A client file with seven orders of four reps and a model of revenue 0.6 and customers 0.4."""

    def client(more: str = "", pay: float = 0.4) -> Path:
        (tmp_path / "reps.csv").write_text(REPS, "utf-8")
        (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
        path = tmp_path / "small.yml"
        head = "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n"
        path.write_text(f"{head}model:{SIDES.replace('PAY', str(pay))}{more}", "utf-8")
        return path

    return client


@pytest.fixture
def by_name(rows: RowsOf) -> Callable[..., dict[str, dict[str, str]]]:
    """Reads the rows of a text in CSV by the rep's name, or by that of another column."""
    return lambda text, key="rep": {one[key]: one for one in rows(text)}


def test_pay_and_perspectives_stand_behind_the_columns_that_were_there(
    call: Call, by_name: Any, client_with: Any
) -> None:
    code, out, err = call("score", client_with(pay=0), "--format", "csv")
    assert (code, err) == (0, "")
    row = by_name(out)["Bo"]
    bo, sure = dict(list(row.items())[:-13]), dict(list(row.items())[-13:])
    # 80 of revenue are 80 points, one customer is 100: 0.6 × 80 + 0.4 × 100 = 88; pay follows the 80.
    assert bo == {
        "region": "East", "team": "One", "rep": "Bo", "score": "88", "measured": "1", "grade": "B",
        "coefficient": "1", "pay_score": "80", "pay_grade": "B", "revenue_contribution": "48",
        "customers_contribution": "40", "revenue_points": "80", "customers_points": "100", "score_sold": "80",
        "score_bought": "100", "standing": "below_target",
    }  # fmt: skip
    assert set(sure) == {
        *("score_low", "score_high", "grade_chance", "rank", "rank_low", "rank_high", "rank_group"),
        *(f"region_{name}" for name in ("rank", "rank_low", "rank_high", "rank_group", "first", "alike")),
    }
    assert float(sure["score_low"]) <= float(sure["score_high"]) and 0 <= float(sure["grade_chance"]) <= 1
    code, out, _ = call("score", client_with(pay=0))
    assert "pay_score" in out and "score_sold" not in out and "region_alike" not in out
    assert "pay_score" not in call("score", client_with())[1]


def test_a_region_has_the_grades_by_force_that_the_company_gave_it(call: Call, by_name: Any, client_with: Any) -> None:
    # Revenue 100, 80, 110, 30: scores 100, 88, 106 and 58. Half get S, half D: Cy and Ann S, Bo and Di D.
    client = client_with("  forced: {S: 0.5, A: 0, B: 0, C: 0, D: 0.5}\n")
    _, out, err = call("score", client, "--format", "csv", "--region", "West")
    got = by_name(out)
    assert {name: (one["grade"], one["forced_grade"], one["coefficient"]) for name, one in got.items()} == {
        "Cy": ("A", "S", "1.5"), "Di": ("D", "D", "0")
    }  # fmt: skip
    # Ann and Cy A → S, Bo B → D; 1.2 + 1.0 + 1.2 + 0 = 3.4 became 1.5 + 0 + 1.5 + 0 = 3.0.
    assert "2 of 4 people get a better grade" in err and "1 a worse one" in err and "3.00 instead of 3.40" in err


def test_teams_and_regions_are_not_graded_by_force(call: Call, client_with: Any) -> None:
    client = client_with("  forced: {S: 0.5, A: 0, B: 0, C: 0, D: 0.5}\n")
    for by in ("team", "region"):
        _, out, err = call("score", client, "--by", by, "--format", "csv")
        assert "forced" not in out and err == ""


def test_a_change_is_explained_in_parts_that_add_up(call: Call, by_name: Any, client_with: Any) -> None:
    _, out, _ = call("score", client_with(), "--explain", "--format", "csv")
    ann = by_name(out)["Ann"]
    # 90 → 100 of revenue: 0.6 × 10; one customer both times.
    assert ann == {
        "region": "East", "team": "One", "rep": "Ann", "before": "94", "now": "100", "change": "6",
        "revenue_change": "6", "customers_change": "0", "moved_weight_change": "0",
    }  # fmt: skip
    _, out, _ = call("score", client_with(), "--explain", "--format", "csv", "--by", "region", "--region", "East")
    assert list(by_name(out, "region")) == ["East"]


def test_months_stand_beside_the_quarter(call: Call, by_name: Any, client_with: Any) -> None:
    _, out, _ = call("score", client_with(), "--months", "--format", "csv")
    ann = by_name(out)["Ann"]
    # October: 40 of revenue, 40 points: 0.6 × 40 + 40 = 64. November: 60 → 76. December: nothing at all.
    months = ("2025-10", "2025-11", "2025-12", "2025Q3", "2025Q4", "change")
    assert [ann[name] for name in months] == ["64", "76", "0", "94", "100", "6"]
    assert (ann["2025-10_measured"], ann["2025-10_n"]) == ("1", "")
    _, out, _ = call("score", client_with(), "--months", "--by", "team")
    assert "2025-10" in out and "2025-10_measured" not in out


def test_both_questions_at_once_are_refused(call: Call, refused: Refused, client_with: Any) -> None:
    said = "salesperf: score: expected --explain or --months, got both; ask for one after the other\n"
    refused(call("score", client_with(), "--months", "--explain"), 2, said)


def test_a_coefficient_that_there_is_not_is_said_to_be_not_available(call: Call, client_with: Any) -> None:
    code, out, _ = call("score", client_with(), "--period", "2026Q1", "--as-of", "2026-01-15")
    assert code == 0 and "n/a" in out and "nan" not in out
