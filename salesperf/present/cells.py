"""What stands in the cells of scorecards: values of KPIs in the form of their unit, and the points they earn."""

import pandas as pd

from salesperf.language import Voice
from salesperf.measures.kpis import Kpi


def kpi_values(voice: Voice, rows: pd.DataFrame, kpi: Kpi) -> list[str]:
    """The values of a KPI as printed, with n behind a rate; ``rows``: a KPI table."""
    counts = rows.get(f"{kpi.id}_n")
    shown = [
        voice.missing if pd.isna(one) else voice.share(one, 0) if kpi.unit == "share" else voice.value(kpi.unit, one)
        for one in rows[kpi.id]
    ]
    if counts is None:
        return shown
    return [
        text if pd.isna(value) else f"{text}, {voice('n', n=voice.count(n))}"
        for text, value, n in zip(shown, rows[kpi.id], counts, strict=True)
    ]


def points_for(voice: Voice, points: pd.Series, values: list[str]) -> list[str]:
    """Points in the score and, in brackets, what they are for; that alone where there is no score."""
    return [
        f"{voice.points(earned)} ({value})" if pd.notna(earned) else value
        for earned, value in zip(points, values, strict=True)
    ]


def teams_of(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """The teams of rows by name; who has none is said to be in none."""
    return [one or voice("not_assigned") for one in rows["team"]]
