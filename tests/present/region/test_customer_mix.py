"""What a region's win rate owes to its customers, on a table of two regions."""

from typing import Any

import numpy as np

from salesperf.inference.standardisation import standardised_rates
from salesperf.measures.segment_mix import SegmentMix
from salesperf.present.exhibit import NOTHING
from salesperf.present.region.customer_mix import win_rate_by_segment

# North wins more in both segments, and less in all, as it sells mostly in the hard one.
MIX = SegmentMix(
    ("North", "South"), ("hard", "easy"), np.array([[40.0, 9], [3, 81]]), np.array([[100.0, 10], [10, 100]])
)


def test_the_rate_is_shown_as_it_is_and_with_the_mix_of_all(demo: Any) -> None:
    page = win_rate_by_segment(demo.voice, MIX, "North").plain
    rates = standardised_rates(MIX.won, MIX.closed)
    assert "North won 44.5% of its closed deals." in page  # 49 of 110
    assert "it would be 65.0%" in page  # (0.4 + 0.9) ÷ 2, as the company has as many of either
    assert f"(95% interval {rates.lower[0]:.1%} to {rates.upper[0]:.1%}); the company won 60.5%." in page  # 133 of 220
    rows = [line.split() for line in page.splitlines()]
    assert ["hard", "91%", "50%", "40.0%,", "n", "100", "39.1%,", "n", "110"] in rows
    assert ["easy", "9%", "50%", "90.0%,", "n", "10", "81.8%,", "n", "110"] in rows
    assert "Compared are" not in page


def test_segments_that_a_region_has_no_deals_in_are_left_out_of_the_comparison(demo: Any) -> None:
    mix = SegmentMix(
        ("North", "South"),
        ("hard", "easy", ""),
        np.array([[40.0, 9, 5], [3, 81, 0]]),
        np.array([[100.0, 10, 30], [10, 100, 0]]),
    )
    page = win_rate_by_segment(demo.voice, mix, "North").plain
    assert "Compared are the segments in which every region closed deals, 88% of all." in page  # 220 of 250
    assert "no segment" in page


def test_many_segments_are_shown_as_five_and_the_others(demo: Any) -> None:
    names = tuple(f"s{place}" for place in range(8))
    mix = SegmentMix(("North", "South"), names, np.full((2, 8), 3.0), np.full((2, 8), 10.0))
    rows = [line.split() for line in win_rate_by_segment(demo.voice, mix, "North").plain.splitlines()]
    assert [row[0] for row in rows if row and "n" in row] == [*names[:5], "all"]
    assert ["all", "others", "38%", "38%", "30.0%,", "n", "30", "30.0%,", "n", "60"] in rows


def test_a_region_without_closed_deals_or_segments_has_none_of_it(demo: Any) -> None:
    assert win_rate_by_segment(demo.voice, None, "North") == NOTHING
    assert win_rate_by_segment(demo.voice, MIX, "East") == NOTHING
    apart = SegmentMix(("North", "South"), ("hard", "easy"), np.array([[4.0, 0], [0, 8]]), np.array([[9.0, 0], [0, 9]]))
    assert win_rate_by_segment(demo.voice, apart, "North") == NOTHING  # nothing can be compared
