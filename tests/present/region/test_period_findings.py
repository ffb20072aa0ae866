"""Findings of a period in words."""

from typing import Any

from salesperf.measures.findings import Finding, Findings
from salesperf.measures.kpis import KPIS
from salesperf.present.region.period_findings import beyond_chance

NAN = float("nan")
SEVEN = (0.5,) * 7  # p-values


def test_a_finding_is_told_with_its_worth_and_where_to_read_on(demo: Any) -> None:
    win_rate = Finding(KPIS["win_rate"], 0.6, 0.45, 300, 8, True, 36_000.0)
    activities = Finding(KPIS["activities"], 900.0, 1000.0, NAN, 8, False, NAN)
    page = beyond_chance(demo.voice, Findings((win_rate, activities), SEVEN)).plain
    assert page.splitlines()[0] == "Beyond chance, of 7 figures held against their averages of the periods before:"
    assert (
        "Win rate 60%, n 300, better than the average of 45% in 8 periods before. Worth about +36.0 k of revenue."
        ' More in the section "Where deals are won, and how long they take".' in page
    )
    assert (
        'Activities 900, weaker than the average of 1,000 in 8 periods before. More in the section "Scorecard".' in page
    )


def test_margin_is_not_called_revenue(demo: Any) -> None:
    margin = Finding(KPIS["gross_margin"], 0.3, 0.4, 90, 8, False, -1000.0)
    assert "Worth about −1,000 of margin." in beyond_chance(demo.voice, Findings((margin,), SEVEN)).plain


def test_that_nothing_moved_or_can_be_told_is_said(demo: Any) -> None:
    assert beyond_chance(demo.voice, Findings((), SEVEN)).plain.startswith(
        "Nothing moved beyond chance: each of 7 figures"
    )
    assert "fewer than 3 earlier periods are known" in beyond_chance(demo.voice, Findings()).plain
    assert "does not cover whole" in beyond_chance(demo.voice, None).plain
