"""How a KPI's reading is printed: in full, in few letters, with its n, and the middle half of the peers."""

import pandas as pd

from salesperf.language import Voice
from salesperf.people.readings import Reading
from salesperf.people.workload import WORKLOAD


def name_of(voice: Voice, kpi: str) -> str:
    """The name of a KPI, or of what a rep has in hand."""
    return voice(f"load_{kpi}") if kpi in WORKLOAD else voice.kpi(kpi)


def in_full(voice: Voice, one: Reading, value: float) -> str:
    """A value of the reading's KPI, shares in whole percent."""
    return voice.share(value, 0) if one.kpi.unit == "share" else voice.value(one.kpi.unit, value)


def in_short(voice: Voice, one: Reading, value: float) -> str:
    """The same in few letters: money to three or four digits."""
    return voice.short_money(value) if one.kpi.unit == "money" else in_full(voice, one, value)


def with_n(voice: Voice, one: Reading, shown: str) -> str:
    """What is shown of a reading, with the number of cases behind a rate."""
    return shown if pd.isna(one.n) else f"{shown}, {voice('n', n=voice.count(one.n))}"


def now_in_full(voice: Voice, one: Reading) -> str:
    """The value now, with its n."""
    return with_n(voice, one, in_full(voice, one, one.now))


def middle_half_of(voice: Voice, one: Reading) -> str:
    """The middle half of the peers, from end to end; not available without one."""
    if pd.isna(one.lower):
        return voice.missing
    return f"{in_short(voice, one, one.lower)} – {in_short(voice, one, one.upper)}"
