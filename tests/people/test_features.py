"""Who can be judged, from which quarters, and by which features, worked out by hand on small exports."""

from collections.abc import Callable, Iterable, Mapping
from math import log

import numpy as np
import pandas as pd
import pytest

from salesperf.company import Company
from salesperf.people import features as module
from salesperf.people.estimates import Estimate
from salesperf.people.features import Features, features, whole_quarters
from salesperf.periods import parse_period

NAN = float("nan")
CompanyOf = Callable[..., Company]
EIGHT = [f"{year}Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]


def day(quarter: str, month: int = 1, number: int = 1) -> str:
    """A day of a quarter, by the month of it."""
    year, part = quarter.split("Q")
    return f"{year}-{3 * int(part) - 3 + month:02}-{number:02}"


def orders(sold: Mapping[str, Mapping[str, float]]) -> list[dict[str, object]]:
    """One order for each amount by rep and quarter, and the export's first and last month covered by nobody."""
    rows = [(rep, day(quarter, 2), amount) for rep, own in sold.items() for quarter, amount in own.items()]
    rows += [("nobody", "2024-01-01", 1.0), ("nobody", "2025-12-31", 1.0)]
    return [
        {"order_id": place, "rep_id": rep, "account_id": "a", "date": date, "amount": amount}
        for place, (rep, date, amount) in enumerate(rows)
    ]


def reps(*rows: tuple[str, str, str]) -> list[dict[str, object]]:
    """Reps by id, first day and last day."""
    return [
        {"rep_id": rep, "rep": rep.title(), "region": "East", "team": "", "start_date": start, "end_date": end}
        for rep, start, end in rows
    ]


def every(amount: float, quarters: Iterable[str] = EIGHT) -> dict[str, float]:
    return dict.fromkeys(quarters, amount)


def test_the_last_eight_quarters_that_the_export_covers_are_looked_at(company_of: CompanyOf) -> None:
    def looked_at(first: str, last: str, period: str) -> list[str]:
        rows = [
            {"order_id": place, "rep_id": "a", "account_id": "x", "date": date, "amount": 1}
            for place, date in enumerate((first, last))
        ]
        company = company_of({"reps": reps(("a", "", "")), "orders": rows}, period=period)
        return [one.label for one in whole_quarters(company, company.period)]

    assert looked_at("2023-01-31", "2025-12-31", "2025Q4") == EIGHT
    assert looked_at("2023-01-31", "2025-11-30", "2025Q4") == ["2023Q4", *EIGHT[:-1]]
    assert looked_at("2023-01-31", "2025-12-31", "2025") == EIGHT
    assert looked_at("2023-01-31", "2025-12-31", "2025H1") == ["2023Q3", "2023Q4", *EIGHT[:6]]
    assert looked_at("2024-05-01", "2025-12-31", "2025Q4") == EIGHT[2:]
    assert looked_at("2025-11-01", "2025-12-31", "2025Q4") == []


def test_who_is_there_at_the_end_for_four_whole_quarters_with_a_sale_is_judged(company_of: CompanyOf) -> None:
    staff = reps(
        ("four", "2025-01-01", ""),
        ("three", "2025-01-02", ""),
        ("later", "2026-01-01", ""),
        ("last_day", "2025-12-31", ""),
        ("gone", "2024-01-01", "2025-12-31"),
        ("going", "2024-01-01", "2026-01-01"),
        ("from_first_sale", "", ""),
        ("new_by_first_sale", "", ""),
        ("never_sold", "2024-01-01", ""),
        ("never_seen", "", ""),
        ("new_and_never_sold", "2025-06-01", ""),
        ("sold_before", "2025-01-01", ""),
    )
    sold = {
        "four": every(5, EIGHT[4:]),
        "three": every(5, EIGHT[4:]),
        "last_day": {"2025Q4": 5},
        "gone": every(5),
        "going": {"2024Q1": 0.5},
        "from_first_sale": {"2025Q1": 0.5},
        "new_by_first_sale": {"2025Q2": 5, "2025Q4": 5},
        "sold_before": {"2024Q4": 5},
    }
    found = features(company_of({"reps": staff, "orders": orders(sold)}))
    assert found.people["quarters"].to_dict() == {"four": 4, "from_first_sale": 4, "going": 8}
    assert list(found.values.index) == ["four", "from_first_sale", "going"]
    assert found.too_new["quarters"].to_dict() == {
        "last_day": 0,
        "new_and_never_sold": 2,
        "new_by_first_sale": 3,
        "three": 3,
    }
    # Whose only sale is before the first whole quarter has none in them.
    assert list(found.unsold.index) == ["never_seen", "never_sold", "sold_before"]
    assert found.quarters == 8


def test_revenue_counts_in_whole_quarters_of_employment_alone(company_of: CompanyOf) -> None:
    staff = reps(("a", "2024-11-15", ""), ("b", "", ""), ("c", "2024-01-01", ""))
    sold = {
        "a": {"2024Q4": 900, **every(10, EIGHT[4:])},
        "b": {"2024Q4": 30, "2025Q1": 30, "2025Q2": 30, "2025Q3": 30, "2025Q4": 30},
        "c": dict(zip(EIGHT, [0.5, 20, 30, 40, 50, 60, 70, 80], strict=True)),
    }
    found = features(company_of({"reps": staff, "orders": orders(sold)}))
    assert found.people["quarters"].to_dict() == {"a": 4, "b": 5, "c": 8}
    assert found.values["level"].to_dict() == pytest.approx({"a": log(1 + 10), "b": log(1 + 30), "c": log(1 + 65)})
    # Neither a nor b changes in those quarters.
    trend = found.values["trend"]
    assert trend["a"] == pytest.approx(trend["b"], abs=0.01) and trend["c"] > trend["a"] + 0.1


def test_teams_that_are_not_told_are_empty(company_of: CompanyOf) -> None:
    found = features(company_of({"reps": reps(("a", "2024-01-01", "")), "orders": orders({"a": every(5)})}))
    assert found.people[["region", "team", "rep"]].to_numpy().tolist() == [["East", "", "A"]]


def judged(company_of: CompanyOf, monkeypatch: pytest.MonkeyPatch, estimates: Mapping[str, Estimate]) -> Features:
    """As many people as there are estimates of; features without one are not told."""
    people = "abcdef"[: len(next(iter(estimates.values())).value)]
    none = Estimate(np.full(len(people), NAN), np.full(len(people), NAN))
    everything = {name: estimates.get(name, none) for name in module.FEATURES}
    monkeypatch.setattr(module, "_estimates", lambda *given: everything)
    staff = reps(*((rep, "2024-01-01", "") for rep in people))
    return features(company_of({"reps": staff, "orders": orders({rep: every(5) for rep in people})}))


def test_a_feature_under_three_tenths_of_reliability_is_left_out_unless_it_is_the_level(
    company_of: CompanyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The variance of 0, 0, 3, 3 is 3: an error of 3 · 0.7 leaves 0.3 of it.
    values = np.array([0.0, 0, 3, 3])
    just, under = (Estimate(values, np.full(4, 3 * (1 - share))) for share in (0.305, 0.295))
    found = judged(company_of, monkeypatch, {"level": under, "trend": just, "quality": under})
    assert list(found.values) == ["level", "trend"]
    assert found.unreliable == ("quality",)
    assert found.missing == ("steadiness", "activities", "assessed", "customers", "products")
    assert found.values["trend"].tolist() == pytest.approx([1.5 - 1.5 * 0.305] * 2 + [1.5 + 1.5 * 0.305] * 2)


def test_a_feature_that_half_of_the_people_have_is_told_and_one_of_fewer_is_missing(
    company_of: CompanyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Estimate(np.array([1.0, 2, 3, NAN, NAN, NAN]), np.zeros(6))
    fewer = Estimate(np.array([1.0, 2, NAN, NAN, NAN, NAN]), np.zeros(6))
    found = judged(company_of, monkeypatch, {"trend": half, "quality": fewer})
    assert list(found.values) == ["trend"]
    assert "quality" in found.missing and "trend" not in found.missing


def estimated(company: Company) -> dict[str, Estimate]:
    """The estimates of reps a and b over the last four quarters."""
    seen = [parse_period(label) for label in EIGHT]
    history = module.kpi_table(company, seen, "rep", only=["revenue", "activities", "activity_quality", "customers"])
    revenue = pd.DataFrame(5.0, index=pd.Index(["a", "b"], name="rep_id"), columns=EIGHT)
    return module._estimates(company, history, revenue, seen[-4:])


def test_counts_are_taken_as_logarithms_and_what_moves_everybody_is_taken_out(company_of: CompanyOf) -> None:
    counted = {"a": [3, 1, 7, 0], "b": [1, 1, 3, 1]}
    rows = [
        {"rep_id": rep, "date": day(quarter), "kind": "visits", "count": number, "quality": quality}
        for (rep, own), quality in zip(counted.items(), (4, 2), strict=True)
        for quarter, number in zip(EIGHT[4:], own, strict=True)
    ]
    rows += [{"rep_id": "a", "date": "2024-12-31", "kind": "visits", "count": 99, "quality": 5}]
    staff = reps(("a", "2024-01-01", ""), ("b", "2024-01-01", ""))
    sales = orders({"a": every(5), "b": every(5)})
    sales += [
        {"order_id": f"x{place}", "rep_id": "a", "account_id": account, "date": "2025-02-01", "amount": 1}
        for place, account in enumerate(("b", "c"))
    ]
    found = estimated(company_of({"reps": staff, "orders": sales, "activities": rows}))
    off = sum(log(1 + one) - log(1 + other) for one, other in zip(*counted.values(), strict=True)) / 4 / 2
    assert found["activities"].value == pytest.approx([off, -off])
    assert found["quality"].value == pytest.approx([1, -1])
    assert found["customers"].value == pytest.approx([log(4 / 2) / 4 / 2, -log(4 / 2) / 4 / 2])


def test_breadth_is_the_chance_that_two_sales_of_a_quarter_are_of_different_products(company_of: CompanyOf) -> None:
    sold = [
        *(("a", "2025-02-01", product) for product in "xxyz"),  # pairs alike 2 · 1 of 4 · 3
        *(("a", "2025-10-01", product) for product in "xy"),  # none alike
        ("a", "2025-07-01", "x"),  # one sale has no pair
        *(("a", "2024-11-01", product) for product in "xx"),  # before the quarters looked at
        *(("b", "2025-03-31", product) for product in "xxx"),  # all alike
        ("b", "2025-03-31", ""),
    ]
    rows = [
        {"order_id": place, "rep_id": rep, "account_id": "k", "date": date, "amount": 1, "product": product}
        for place, (rep, date, product) in enumerate(sold)
    ]
    company = company_of({"reps": reps(("a", "", ""), ("b", "", "")), "orders": rows})
    found = module._products(company, [parse_period(label) for label in EIGHT[4:]])
    assert found.loc["a"].to_dict() == pytest.approx({"2025Q1": 1 - 2 / 12, "2025Q3": NAN, "2025Q4": 1}, nan_ok=True)
    assert found.loc["b"].to_dict() == pytest.approx({"2025Q1": 0, "2025Q3": NAN, "2025Q4": NAN}, nan_ok=True)


def test_assessments_are_means_over_criteria_of_the_quarters_looked_at(company_of: CompanyOf) -> None:
    rated = [
        *(("a", "2025Q1", "drive", 4), ("a", "2025Q1", "skill", 2), ("a", "2025Q4", "drive", 5)),
        *(("b", "2025Q1", "drive", 1), ("a", "2024Q4", "drive", 1), ("a", "2026Q1", "drive", 1)),
    ]
    rows = [{"rep_id": rep, "period": period, "criterion": name, "rating": one} for rep, period, name, one in rated]
    tables = {"reps": reps(("a", "", ""), ("b", "", "")), "orders": orders({"a": every(5), "b": every(5)})}
    company = company_of({**tables, "assessments": rows})
    recent = [parse_period(label) for label in EIGHT[4:]]
    found = module._assessed(company, recent)
    assert found.loc["a"].to_dict() == pytest.approx({"2025Q1": 3, "2025Q4": 5})
    assert found.loc["b"].to_dict() == pytest.approx({"2025Q1": 1, "2025Q4": NAN}, nan_ok=True)
    assert module._assessed(company, []).empty
    assert module._assessed(company_of(tables), recent).empty
    estimates = estimated(company)
    assert estimates["assessed"].value == pytest.approx([(1 + 0) / 2, -1])  # against means of 2 and 5


def test_an_export_without_a_whole_quarter_judges_nobody(company_of: CompanyOf) -> None:
    rows = [{"order_id": 1, "rep_id": "a", "account_id": "k", "date": "2025-12-01", "amount": 1, "product": "x"}]
    found = features(company_of({"reps": reps(("a", "2024-01-01", ""), ("b", "", "")), "orders": rows}))
    assert found.people.empty and found.values.empty
    assert found.quarters == 0
    assert list(found.too_new.index) == ["a"]
    assert list(found.unsold.index) == ["b"]
