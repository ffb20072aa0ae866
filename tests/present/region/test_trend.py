"""The course of revenue: every value at its bar, gaps named, what is in part hatched."""

from typing import Any

import pandas as pd

from salesperf.language import Voice
from salesperf.present.region.trend import revenue_trend

EN = Voice()
NAN = float("nan")


def history(**revenue: float) -> pd.DataFrame:
    rows = [{"period": name, "revenue": value, "revenue_target": NAN} for name, value in revenue.items()]
    return pd.DataFrame(rows)


def test_the_trend_writes_every_value_at_its_bar_and_tells_them_in_its_alternative(
    words: Any, alternative: Any
) -> None:
    figure = revenue_trend(EN, history(Q1=1_000_000, Q2=2_500_000), "East", incomplete=[])
    assert {"Q1", "Q2", "1.00 M", "2.50 M"} <= set(words(figure))
    assert alternative(figure) == "Revenue of East by period: Q1 1.00 M, Q2 2.50 M."


def test_the_trend_begins_where_the_export_begins_and_names_later_gaps(words: Any) -> None:
    figure = revenue_trend(EN, history(Q1=NAN, Q2=5.0, Q3=NAN, Q4=7.0), "East", incomplete=[])
    assert "Q1" not in words(figure)
    assert words(figure).count("n/a") == 1
    assert {"Q2", "Q3", "Q4"} <= set(words(figure))


def test_a_trend_of_nothing_says_so(words: Any) -> None:
    figure = revenue_trend(EN, history(Q1=NAN, Q2=NAN), "East", incomplete=[])
    assert words(figure).count("n/a") == 2


def test_periods_that_the_export_covers_in_part_are_hatched_and_explained() -> None:
    figure = revenue_trend(EN, history(Q1=3.0, Q2=5.0), "East", incomplete=["Q1"])
    assert "pattern" in figure.html
    assert "covers only a part" in figure.html
    assert "pattern" not in revenue_trend(EN, history(Q1=3.0, Q2=5.0), "East", incomplete=[]).html


def test_targets_are_explained_only_where_there_are_some() -> None:
    rows = history(Q1=3.0, Q2=5.0)
    assert "Dashes" not in revenue_trend(EN, rows, "East", incomplete=[]).html
    assert "Dashes" in revenue_trend(EN, rows.assign(revenue_target=[NAN, 4.0]), "East", incomplete=[]).html
