"""The head of a report: one sentence and a row of figures that never say zero for "not available"."""

from typing import Any

import pytest

from salesperf.company import Company
from salesperf.present.exhibit import Exhibit
from salesperf.present.region.headline import headline, report_masthead

REPS = [{"rep_id": "r1", "rep": "Ann", "region": "East"}, {"rep_id": "r2", "rep": "Bo", "region": "West"}]
TARGETS = [{"level": "region", "name": "East", "period": "2025Q4", "kpi": "revenue", "target": 500}]


def sale(number: int, day: str, amount: float, rep: str = "r1") -> dict[str, object]:
    return {"order_id": number, "rep_id": rep, "account_id": "a", "date": day, "amount": amount}


# East sells 300 in 2024Q4, 200 in 2025Q3, 400 in 2025Q4; the export runs from 2024-10 to 2025-12.
SALES = [sale(1, "2024-10-02", 300), sale(2, "2025-08-01", 200), sale(3, "2025-12-31", 400)]


def head(company: Company, region: str = "East") -> Exhibit:
    history = company.kpis("region", company.period.history()).query("region == @region")
    return headline(company.voice, company, region=region, history=history)


def figures(shown: Exhibit) -> dict[str, dict[str, Any]]:
    assert shown.cover
    return {one["label"]: one for one in shown.cover["figures"]}


def test_the_sentence_says_revenue_attainment_and_both_comparisons(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES, "targets": TARGETS}))
    assert shown.cover
    assert shown.cover["sentence"] == (
        "East sold 400 in 2025Q4, 80.0% of its target. "
        "That is 100.0% more than in 2025Q3 and 33.3% more than in 2024Q4."
    )


def test_the_sentence_is_the_same_in_chinese(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES, "targets": TARGETS}, language="zh"))
    assert shown.cover
    assert shown.cover["sentence"] == (
        "East在 2025Q4 实现销售额 400，达成目标的 80.0%；比 2025Q3 多 100.0%，比 2024Q4 多 33.3%。"
    )


def test_less_and_as_much_are_told_apart(company_of: Any) -> None:
    sales = [sale(1, "2024-10-02", 400), sale(2, "2025-08-01", 800), sale(3, "2025-12-31", 400)]
    shown = head(company_of({"reps": REPS, "orders": sales}))
    assert shown.cover
    assert shown.cover["sentence"] == (
        "East sold 400 in 2025Q4; it has no target. That is 50.0% less than in 2025Q3 and as much as in 2024Q4."
    )


@pytest.mark.parametrize(
    ("earlier", "told", "in_chinese"),
    [
        ({}, "It sold nothing in 2025Q3 and 2024Q4.", "；2025Q3 和 2024Q4 没有销售额。"),
        (
            {"2025-08-01": 200},
            "That is 100.0% more than in 2025Q3. It sold nothing in 2024Q4.",
            "；2024Q4 没有销售额。",
        ),
        ({"2025-08-01": -5}, "It sold nothing in 2024Q4. It paid back more than it sold in 2025Q3.", "退款多于销售。"),
    ],
    ids=["neither", "one", "refunds"],
)
def test_an_earlier_period_without_sales_is_one_of_0_and_not_one_that_is_not_known(
    company_of: Any, earlier: dict[str, float], told: str, in_chinese: str
) -> None:
    sales = [sale(1, "2024-01-02", 9, "r2"), sale(3, "2025-12-31", 400)]
    sales += [sale(4 + place, day, amount) for place, (day, amount) in enumerate(earlier.items())]
    for language, expected in {"en": f"East sold 400 in 2025Q4; it has no target. {told}", "zh": in_chinese}.items():
        shown = head(company_of({"reps": REPS, "orders": sales}, language=language))
        assert shown.cover
        assert shown.cover["sentence"].endswith(expected)


def test_a_region_that_never_sold_sold_nothing_earlier_either(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES}), "West")
    assert shown.cover
    assert shown.cover["sentence"] == ("West sold 0 in 2025Q4; it has no target. It sold nothing in 2025Q3 and 2024Q4.")


def test_a_period_that_the_export_covers_in_part_is_no_base_to_compare_with(company_of: Any) -> None:
    sales = [sale(1, "2025-08-01", 200), sale(2, "2025-12-31", 400)]
    shown = head(company_of({"reps": REPS, "orders": sales}))
    assert shown.cover
    assert shown.cover["sentence"].endswith("The export does not cover an earlier period to compare it with.")
    assert "2025Q3 is not in the export" in shown.plain


def test_a_period_outside_the_export_has_no_revenue_and_a_reason(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES}, period="2023Q1"))
    assert shown.cover
    assert "is not available: the export covers 2024-10-02" in shown.cover["sentence"]
    assert not any(one["known"] for one in shown.cover["figures"])
    assert {value for _, value in shown.cover["trend"]} == {None}


def test_what_the_export_cannot_tell_is_not_available_with_its_reason(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES}))
    told = figures(shown)
    assert (told["Satisfaction"]["value"], told["Satisfaction"]["known"]) == ("n/a", False)
    assert (told["Attainment"]["value"], told["Win rate"]["value"]) == ("n/a", "n/a")
    assert "the export has no surveys" in shown.html


def test_a_region_without_sales_in_a_covered_period_sold_zero(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES}), "West")
    assert figures(shown)["Revenue"] == {"label": "Revenue", "value": "0", "known": True, "n": ""}


def test_a_region_without_a_target_has_no_target_and_neither_0_nor_infinity(company_of: Any) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES, "targets": TARGETS}), "West")
    assert figures(shown)["Attainment"]["value"] == "no target"


def test_every_rate_bears_its_n(demo: Any) -> None:
    told = figures(head(demo))
    for label in ("Win rate", "Satisfaction", "Gross margin"):
        assert told[label]["n"].startswith("n ")
    assert "closed deals" in head(demo).plain


def test_satisfaction_says_how_many_answered_of_how_many_asked(company_of: Any) -> None:
    surveys = [{"date": "2025-11-01", "score": score, "rep_id": "r1"} for score in (5, 4, 2, "")]
    shown = head(company_of({"reps": REPS, "orders": SALES, "surveys": surveys}))
    assert figures(shown)["Satisfaction"]["value"] == "66.7%"
    assert "of 3 answers; 4 asked" in shown.plain


def test_the_masthead_names_client_region_and_period_and_escapes_them(company_of: Any) -> None:
    company = company_of({"reps": REPS, "orders": SALES}, client="<b>& Sons")
    shown = report_masthead(company.voice, company.client, "<script>")
    assert "<script" not in shown.html
    assert "&lt;b&gt;&amp; Sons" in shown.html
    assert shown.cover == {
        "title": "<script>, 2025Q4 · <b>& Sons",
        "client": "<b>& Sons",
        "region": "<script>",
        "period": "2025Q4",
        "language": "en",
        "dates": "2025-10-01 to 2025-12-31",
    }


@pytest.mark.parametrize(("period", "count"), [("2025-12", 13), ("2025Q4", 9), ("2025H2", 5), ("2025", 4)])
def test_the_trend_goes_back_to_the_year_before(company_of: Any, period: str, count: int) -> None:
    shown = head(company_of({"reps": REPS, "orders": SALES}, period=period))
    assert shown.cover
    assert len(shown.cover["trend"]) == count
    assert shown.cover["trend"][-1][0] == period
