"""What people sold beyond their own region, and what is credited beside what is booked (docs/methods.md, "Whose")."""

from dataclasses import dataclass

import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.data.sql import literal
from salesperf.measures.rows import NOBODY, rows_of
from salesperf.periods import Period


@dataclass(frozen=True)
class Borders:
    """A region's revenue in a period, in money, apart by whose it is and by where it was made.

    ``credited``: the region's revenue; ``booked``: the whole amounts of the sales that count for it by their owners,
    which differs where sales are split across regions; ``out``: what its people sold in other regions; ``into``: what
    the people of other regions sold in it; ``nobody``: what nobody in the list of reps sold in it.
    """

    credited: float
    booked: float
    out: float
    into: float
    nobody: float


def borders(export: Export, period: Period, region: str) -> Borders:
    """The revenue of a region and of its people in a period, by whose and where it is."""
    rows = _by_place(export, period)
    counted, home, written = (rows[name] for name in ("region", "home", "written"))
    elsewhere = (written != region) & (written != NOBODY)

    def total(where: "pd.Series[bool]", column: str = "credited") -> float:
        return float(rows.loc[where, column].sum())

    return Borders(
        total(counted == region),
        total(counted == region, "booked"),
        total((home == region) & elsewhere),
        total((written == region) & (home != region) & (home != NOBODY)),
        total((written == region) & (home == NOBODY)),
    )


def sellers(export: Export, period: Period, region: str) -> list[tuple[str, str, float]]:
    """Who sold what is written on a region in a period, the largest first: home region, rep id, and revenue in money.

    Of people in the list of reps one row for each of their regions, with "" for the rep; whoever is not in it has ""
    for the home.
    """
    rows = rows_of(export.tables, "sales", ["date", "credited", "home", "written", "rep_id"])
    days = f"date BETWEEN DATE '{period.start}' AND DATE '{period.end}'"
    sold = export.tables.ask(
        "SELECT home, CASE WHEN home = '' THEN rep_id ELSE '' END AS rep, sum(credited) AS credited"
        f" FROM ({rows}) WHERE written = {literal(region)} AND {days}"
        " GROUP BY ALL ORDER BY credited DESC, home, rep"
    ).to_pylist()
    return [(row["home"], row["rep"], float(row["credited"])) for row in sold]


@company_wide
def _by_place(export: Export, period: Period) -> pd.DataFrame:
    """The revenue of a period by region that it counts for, home of the rep, and region written on the sale.

    Columns: region, home, written (texts), credited and booked (money, as floats); booked is of the owners of sales.
    """
    rows = rows_of(export.tables, "sales", ["date", "amount", "credited", "home", "written", "owned"])
    by_place: pd.DataFrame = export.tables.ask(
        "SELECT region, home, written, sum(credited) AS credited, sum(amount) FILTER (WHERE owned) AS booked"
        f" FROM ({rows}) WHERE date BETWEEN DATE '{period.start}' AND DATE '{period.end}' GROUP BY ALL ORDER BY ALL"
    ).to_pandas()
    return by_place.astype({"credited": "float64", "booked": "float64"})
