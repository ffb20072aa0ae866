"""High potential: who is named by clustering, how all rank, and for which reasons (docs/methods.md §6)."""

from dataclasses import dataclass

import pandas as pd

from salesperf.people.features import Features

CUT = 0.43  # robust z of the thirds of a normal distribution: the nine-box's default lines
FEWEST_PEOPLE = 20  # below, no clustering


@dataclass(frozen=True)
class Potential:
    """Who could be more than the present role asks.

    ``people``: one row per rep, index rep_id: region, team, rep, quarters; performance and potential (robust z) and
    their thirds in the nine-box (0–2; -1 for NaN); group (0 the one with the highest potential, -1 without groups),
    chance (of belonging with it), named, reasons (features, strongest first). ``z``: the scaled features behind it.
    ``groups``: how many groups were found, 0 for none; ``silhouette``: how clear they are; ``why_none``: "few",
    "unclear", "untold" (no feature tells people apart) or "" where there are groups; ``scored``: whether performance
    is the one given, such as the score, else the level of results.
    """

    people: pd.DataFrame
    z: pd.DataFrame
    groups: int
    silhouette: float
    why_none: str
    found: Features
    scored: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """Features that the export cannot tell."""
        return self.found.missing

    @property
    def too_new(self) -> pd.DataFrame:
        """Who has not been there long enough."""
        return self.found.too_new
