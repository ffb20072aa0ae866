"""How values of KPIs are printed: in full or shortened, with their n, or why they are not available."""

import pandas as pd

from salesperf.inference.intervals import two_sided_quantile
from salesperf.language import Voice
from salesperf.measures.availability import Reason
from salesperf.measures.kpi import Target
from salesperf.measures.kpis import Kpi
from salesperf.natural_order import natural_place
from salesperf.params import TABLE_NAMES
from salesperf.people.readings import Reading
from salesperf.people.workload import WORKLOAD


def name_of(voice: Voice, kpi: str) -> str:
    """The name of a KPI, or of a number of `WORKLOAD`, in the report's language."""
    return voice(f"load_{kpi}") if kpi in WORKLOAD else voice.kpi(kpi)


def why_missing(voice: Voice, reason: Reason) -> str:
    """Why something is not available, in words."""
    table, _, column = reason.what.partition(".")
    if reason.kind != "missing" or table not in TABLE_NAMES or " " in column:
        return voice(f"reason_{reason.kind}", what=reason.what)
    named = voice(f"tables_{table}")
    return voice("reason_missing_column" if column else "reason_missing_table", table=named, column=column)


def in_full(voice: Voice, kpi: Kpi, value: float) -> str:
    """A value of a KPI, shares in whole percent; of a target with more where it else looked as if reached."""
    if isinstance(kpi.denominator, Target):
        return voice.of_target(value, 0)
    return voice.share(value, 0) if kpi.unit == "share" else voice.value(kpi.unit, value)


def in_short(voice: Voice, kpi: Kpi, value: float) -> str:
    """A value of a KPI, money to three or four digits, shares in whole percent."""
    return voice.short_money(value) if kpi.unit == "money" else in_full(voice, kpi, value)


def kpi_values(voice: Voice, rows: pd.DataFrame, kpi: Kpi) -> list[str]:
    """The values of a KPI in full, one per row, with n behind a rate; ``rows``: rows of `kpi_table`."""
    shown = [in_full(voice, kpi, value) for value in rows[kpi.id]]
    if f"{kpi.id}_n" not in rows:
        return shown
    behind = rows[f"{kpi.id}_n"].where(rows[kpi.id].notna())
    return [voice.with_n(text, n) for text, n in zip(shown, behind, strict=True)]


def now_in_full(voice: Voice, reading: Reading) -> str:
    """A reading's value in the period, in full, with n behind a rate."""
    return voice.with_n(in_full(voice, reading.kpi, reading.now), reading.n)


def middle_half_of(voice: Voice, reading: Reading) -> str:
    """The middle half of a reading's peers, from the lower to the upper quartile; not available where there is none."""
    if pd.isna(reading.lower):
        return voice.missing
    return f"{in_full(voice, reading.kpi, reading.lower)} – {in_full(voice, reading.kpi, reading.upper)}"


def change_in_full(voice: Voice, reading: Reading) -> str:
    """A reading's change against the period before, money in full units as the values beside it."""
    if reading.kpi.unit == "money":
        return voice.full_change(reading.change)
    return voice.change(reading.kpi.unit, reading.change)


def usual_range(voice: Voice, reading: Reading) -> str:
    """How far from the own average chance alone takes a reading in 19 of 20 periods; shares in percentage points."""
    half = two_sided_quantile(0.95) * reading.error
    if reading.kpi.unit == "share":
        return voice("points_change", value=f"{100 * half:,.0f}")
    return in_full(voice, reading.kpi, half)


def standing_name(voice: Voice, standing: str) -> str:
    """A standing in words, not available where it is ""."""
    return voice(f"standing_{standing}") if standing else voice.missing


def in_order(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Rows in the order in which people put the names in some columns (see `natural_place`)."""
    places = [tuple(map(natural_place, names)) for names in rows[list(columns)].itertuples(index=False, name=None)]
    return rows.iloc[sorted(range(len(rows)), key=places.__getitem__)]


def teams_of(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """The team of each row by name; "not assigned" in the report's language for whoever has none."""
    return [team or voice("not_assigned") for team in rows["team"]]
