"""Clocks and dates in a text, and whether they say what time it is now."""

from datetime import UTC, datetime

import pytest

from salesperf.reports.verifying.clock import differ_by_moments, tells_now


def test_clocks_and_dates_are_known_in_their_usual_forms() -> None:
    pairs = [
        ("at 2025-11-25T13:51:15.123456+00:00.", "at 2025-11-26T09:00:00+00:00."),
        ("25 November 2025", "1 Dec 2025"),
        ("Tue Nov 25 13:51:15 2025", "Tue Nov 25 13:51:16 2025"),
        ("截至2025年11月25日", "截至2025年12月1日"),
        ("1764078675.25", "1764078676.5"),
        ("took 3.2 ms", "took 11 ms"),
    ]
    assert all(differ_by_moments(one, other) for one, other in pairs)
    others = [("5 deals", "6 deals"), ("0.4711", "0.1147"), ("at 13:51, 5 deals", "at 13:52, 6 deals"), ("a", "a")]
    assert not any(differ_by_moments(one, other) for one, other in others)


@pytest.mark.parametrize("now", ["2025-12-31 13:51", "31 Dec 2025", "at 13:40", "1:55 PM", "20251231135100"])
def test_a_moment_is_now_where_the_clock_agrees(now: str) -> None:
    moment = datetime(2025, 12, 31, 13, 51, tzinfo=UTC)
    before = {"2025-12-31 13:51": "2025-11-30 07:00", "31 Dec 2025": "1 Nov 2025", "20251231135100": "20241231135100"}
    assert tells_now(before.get(now, "at 07:00" if now.startswith("at") else "7:00 AM"), now, moment)
    assert not tells_now("closed 2025-12-30", "closed 2025-12-29", moment)
    assert not tells_now("a cycle of 12 s", "a cycle of 11 s", moment)
