"""What a report says of its raters: how far they differ, and what cannot be separated from the people they rate."""

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.assessed import raters
from salesperf.measures.ratings import Raters
from salesperf.periods import Period
from salesperf.present.exhibit import NOTHING, Exhibit, notes


def rater_notes(voice: Voice, export: Export, period: Period, *, region: str) -> Exhibit:
    """What the ratings up to the period tell of the raters, for a region's report: counts alone, and no names.

    Empty where the export has no assessments.
    """
    if not export.tables.has("assessments", "rating"):
        return NOTHING
    found = raters(export, period)
    mine = {one["rep_id"] for one in export.tables.staff() if one["region"] == region}
    said = [*_spread(voice, found), *_inseparable(voice, found, mine), *_groups(voice, found, mine, region=region)]
    if found.unnamed:
        said.append(voice("raters_unnamed", n=voice.count(found.unnamed)))
    return notes(said)


def _spread(voice: Voice, found: Raters) -> list[str]:
    """How far the raters who can be separated differ."""
    count = voice.count(found.raters["separable"].sum())
    if count == voice.count(0):
        return []
    if voice.points(found.spread) == voice.points(0.0):
        return [voice("raters_alike", raters=count)]
    spread, people = (voice.points(one**0.5) for one in (found.variances.raters, found.variances.people))
    return [voice("raters_spread", raters=count, spread=spread, people=people)]


def _inseparable(voice: Voice, found: Raters, mine: set[str]) -> list[str]:
    """How many of the region's people have one rater alone, who rates nobody together with another."""
    alone = found.raters.loc[~found.raters["separable"], "group"]
    people = found.people[found.people.isin(alone) & found.people.index.isin(mine)]
    if people.empty:
        return []
    return [voice("raters_inseparable", raters=voice.count(people.nunique()), people=voice.count(len(people)))]


def _groups(voice: Voice, found: Raters, mine: set[str], *, region: str) -> list[str]:
    """Between whom ratings do not compare."""
    groups, here = found.people.nunique(), found.people[found.people.index.isin(mine)].nunique()
    if groups < 2 or not here:
        return []
    return [voice("raters_groups", groups=voice.count(groups), region=region, here=voice.count(here))]
