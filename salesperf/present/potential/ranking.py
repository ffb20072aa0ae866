"""Everyone's potential, the highest first, with the interval, the chance and the reasons."""

import pandas as pd

from salesperf.language import Voice
from salesperf.people.potential import Potential
from salesperf.present.exhibit import NOTHING, Exhibit, table
from salesperf.present.potential.naming import reasons_of
from salesperf.present.values import teams_of


def ranking_table(voice: Voice, potential: Potential, region: str = "") -> Exhibit:
    """A row per person, the highest potential first; NOTHING where nobody's is available.

    ``region``: whose people are shown, all of the company without it.
    """
    people = potential.people.dropna(subset="potential")
    people = people[people["region"] == region] if region else people
    if people.empty:
        return NOTHING
    people = people.sort_values(["potential", "rep"], ascending=[False, True])
    columns = {
        voice("rep"): people["rep"],
        voice("team"): teams_of(voice, people) if region else _places(people),
        voice("people_potential"): [_with_interval(voice, row) for _, row in people.iterrows()],
        voice("potential_is_named"): [voice("potential_yes") if named else "" for named in people["named"]],
        voice("potential_outgrows"): [voice.chance(chance) for chance in people["chance"]],
        voice("potential_reasons"): [reasons_of(voice, potential, str(rep)) for rep in people.index],
    }
    left = (voice("team"), voice("potential_is_named"), voice("potential_reasons"))
    return table(pd.DataFrame(columns), "ranking", left=left, caption=voice("potential_ranking_caption"))


def _places(people: pd.DataFrame) -> list[str]:
    """Each person's region and team."""
    return [" · ".join(filter(None, place)) for place in zip(people["region"], people["team"], strict=True)]


def _with_interval(voice: Voice, row: pd.Series) -> str:
    value, low, high = (voice.change("points", row[f"potential{end}"]) for end in ("", "_low", "_high"))
    return value if pd.isna(row["potential_low"]) else voice.in_brackets(value, f"{low} – {high}")
