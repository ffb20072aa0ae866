"""What another model does to people: sentences and a table of who moves (docs/weights.md)."""

from math import isnan

import pandas as pd

from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.weights.comparison import ModelComparison
from salesperf.present.exhibit import NOTHING, Exhibit, notes, paragraph, table, together
from salesperf.present.masthead import masthead
from salesperf.present.money import cents
from salesperf.present.values import teams_of


def weights_masthead(voice: Voice, client: Client) -> Exhibit:
    """The head of the page on other weights: period, client and dates."""
    return masthead(voice, client, voice("weights_title", period=client.period))


def comparison_sentences(voice: Voice, comparison: ModelComparison) -> Exhibit:
    """How many grades change, what that costs, whom it touches, and how much of it is surer than the scores are."""
    graded = comparison.people["grade"] != ""
    if not graded.any():
        return paragraph(voice("weights_ungraded"))
    numbers = {"people": int(graded.sum()), "changed": len(comparison.regraded)}
    sentence = voice("weights_regraded", **numbers, raised=comparison.raised, lowered=comparison.lowered)
    order = "" if isnan(comparison.tau) else voice("weights_tau", tau=f"{comparison.tau:.2f}")
    return together(
        paragraph(voice.sentences([sentence, *([order] if order else [])])), notes(_remarks(voice, comparison))
    )


def _remarks(voice: Voice, comparison: ModelComparison) -> list[str]:
    changed = len(comparison.regraded)
    remarks = [voice("weights_unsure", n=comparison.unsure, changed=changed)] if changed else []
    if comparison.costs is None:
        return [*remarks, voice("weights_no_pay")]
    present, other = comparison.costs
    words = {"present": cents(voice, present), "other": cents(voice, other), "change": cents(voice, other - present)}
    return [*remarks, voice("weights_cost", **words, gainers=comparison.gainers, losers=comparison.losers)]


def moves_table(voice: Voice, people: pd.DataFrame, name: str) -> Exhibit:
    """Who moves: score, rank and grade under both models, and what is paid for it; NOTHING for nobody.

    ``people``: rows of `ModelComparison.people`, in the order wanted; ``name``: the table's id, once on a page.
    """
    if people.empty:
        return NOTHING

    def pair(before: str, after: str) -> str:
        return before if before == after else f"{before} → {after}"

    rows = people.to_dict("records")
    frame = pd.DataFrame(
        {
            voice("rep"): [row["rep"] for row in rows],
            voice("team"): teams_of(voice, people),
            voice("score"): [pair(voice.points(row["score"]), voice.points(row["other_score"])) for row in rows],
            voice("weights_rank"): [pair(voice.count(row["rank"]), voice.count(row["other_rank"])) for row in rows],
            voice("grade"): [pair(row["grade"], row["other_grade"]) for row in rows],
            voice("weights_difference"): [cents(voice, row["difference"]) for row in rows],
        }
    )
    return table(frame, name, left=(voice("team"), voice("grade")))
