"""Where people belong on which day: a list of reps in which somebody has several dated rows (docs/methods.md, "Whose").

The table ``homes`` has those rows; ``reps`` then has one row a person, the one in force on a day.
"""

from datetime import date

import duckdb

from salesperf.data.sql import literal

_FIRST, _LAST = (f"DATE '{day}'" for day in (date.min, date.max))
_OWN = ("stint", "since", "until", "first_day", "last_day")


def make_homes(con: duckdb.DuckDBPyConnection) -> int:
    """Makes the table ``homes`` of the engine's table of reps where somebody has several rows; its number of rows.

    0, and no table, where nobody has. Columns: those of reps, with stint (the place among the person's rows, by start),
    since and until (the first and the last day on which the row says where the person belongs), first_day and last_day
    (of the person's employment, NULL where it is not told). The first row also speaks for the days before it, and every
    row for a gap behind it.
    """
    rows, people = con.execute("SELECT count(*), count(DISTINCT rep_id) FROM reps").fetchall()[0]
    if rows == people:
        return 0
    con.execute(
        "CREATE TABLE homes AS SELECT *, CAST(row_number() OVER of_rep AS INTEGER) AS stint,"
        f" CASE WHEN row_number() OVER of_rep = 1 THEN {_FIRST} ELSE start_date END AS since,"
        f" coalesce(lead(start_date) OVER of_rep - 1, {_LAST}) AS until,"
        " first_value(start_date) OVER whole AS first_day, last_value(end_date) OVER whole AS last_day FROM reps"
        " WINDOW of_rep AS (PARTITION BY rep_id ORDER BY start_date NULLS FIRST), whole AS (PARTITION BY rep_id"
        " ORDER BY start_date NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    )
    return int(rows)


def overlapping(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The ids of people with two rows that speak for one day, sorted."""
    return [
        rep
        for (rep,) in con.execute(
            "SELECT DISTINCT rep_id FROM (SELECT rep_id, end_date, row_number() OVER of_rep AS place,"
            " lead(rep_id) OVER of_rep AS again, lead(start_date) OVER of_rep AS follows FROM reps"
            " WINDOW of_rep AS (PARTITION BY rep_id ORDER BY start_date NULLS FIRST))"
            " WHERE again IS NOT NULL AND (follows IS NULL OR end_date IS NULL OR follows <= end_date) ORDER BY rep_id"
        ).fetchall()
    ]


def reps_on(homes: str, day: date) -> str:
    """SQL for the list of reps on a day, in the columns of reps; ``homes``: the name of that table in SQL."""
    return (
        f"SELECT * EXCLUDE ({', '.join(_OWN)}) REPLACE (first_day AS start_date, last_day AS end_date) FROM {homes}"
        f" WHERE {_on(day)} BETWEEN since AND until"
    )


def labelled(reps: str) -> str:
    """SQL for the reps with distinct names: where several have the same name, the id stands behind it in brackets."""
    namesakes = "CASE WHEN count(*) OVER (PARTITION BY rep) > 1 THEN rep || ' (' || rep_id || ')' ELSE rep END"
    return f"SELECT * REPLACE ({namesakes} AS rep) FROM ({reps})"


def seat(homes: str, day: date) -> str:
    """SQL for the seat of a row of ``homes``: the rep's id where it is in force on the day, else one of its own."""
    own = f"{homes}.rep_id || chr(31) || {homes}.stint"
    return f"CASE WHEN {_on(day)} BETWEEN {homes}.since AND {homes}.until THEN {homes}.rep_id ELSE {own} END"


def _on(day: date) -> str:
    return f"DATE {literal(str(day))}"
