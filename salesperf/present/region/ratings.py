"""Remarks on raters: how far they differ, and whose severity cannot be separated from the people they rate."""

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.assessed import raters
from salesperf.measures.ratings import Raters
from salesperf.periods import Period
from salesperf.present.exhibit import NOTHING, Exhibit, notes


def rater_notes(voice: Voice, export: Export, period: Period, *, region: str) -> Exhibit:
    """Remarks on the raters, from the ratings up to the period, for a region's report: counts without names.

    NOTHING where the export has no assessments (docs/methods.md §3).
    """
    if not export.tables.has("assessments", "rating"):
        return NOTHING
    effects = raters(export, period)
    rep_ids = {row["rep_id"] for row in export.tables.staff() if row["region"] == region}
    sentences = [
        *_spread(voice, effects),
        *_inseparable(voice, effects, rep_ids),
        *_groups(voice, effects, rep_ids, region=region),
    ]
    if effects.unnamed:
        sentences.append(voice("raters_unnamed", n=voice.count(effects.unnamed)))
    return notes(sentences)


def _spread(voice: Voice, effects: Raters) -> list[str]:
    """How many raters can be separated from people, and the standard deviations of their severity and of the people."""
    count = voice.count(effects.raters["separable"].sum())
    if count == voice.count(0):
        return []
    if voice.points(effects.spread) == voice.points(0.0):
        return [voice("raters_alike", raters=count)]
    spread, people = (voice.points(variance**0.5) for variance in (effects.variances.raters, effects.variances.people))
    return [voice("raters_spread", raters=count, spread=spread, people=people)]


def _inseparable(voice: Voice, effects: Raters, rep_ids: set[str]) -> list[str]:
    """How many of the region's people have one rater alone, who rates nobody together with another."""
    alone = effects.raters.loc[~effects.raters["separable"], "group"]
    people = effects.people[effects.people.isin(alone) & effects.people.index.isin(rep_ids)]
    if people.empty:
        return []
    return [voice("raters_inseparable", raters=voice.count(people.nunique()), people=voice.count(len(people)))]


def _groups(voice: Voice, effects: Raters, rep_ids: set[str], *, region: str) -> list[str]:
    """How many groups of people have no common rater, so that ratings do not compare; in all, and in the region."""
    groups, here = effects.people.nunique(), effects.people[effects.people.index.isin(rep_ids)].nunique()
    if groups < 2 or not here:
        return []
    return [voice("raters_groups", groups=voice.count(groups), region=region, here=voice.count(here))]
