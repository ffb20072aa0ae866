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
    """How many grades change, how alike the two orders are, what the change costs, and how many changes are sure."""
    people = comparison.people
    if not ((people["grade"] != "") | (people["other_grade"] != "")).any():
        return paragraph(voice("weights_ungraded"))
    return together(paragraph(voice.sentences(_sentences(voice, comparison))), notes(_remarks(voice, comparison)))


def _sentences(voice: Voice, comparison: ModelComparison) -> list[str]:
    """What changes: grades, and the order."""
    people = voice.count(int((comparison.people["grade"] != "").sum()))
    changed, raised, lowered = len(comparison.regraded), comparison.raised, comparison.lowered
    counts = {"changed": changed, "raised": raised, "lowered": lowered}
    numbers = {name: voice.count(number) for name, number in counts.items()}
    first = (
        voice("weights_regraded", people=people, **numbers) if changed else voice("weights_unchanged", people=people)
    )
    renamed, lost, gained = changed - raised - lowered, comparison.ungraded, comparison.newly_graded
    further = {
        voice("weights_renamed", n=voice.count(renamed)): renamed,
        voice("weights_lost", n=voice.count(lost)): lost,
        voice("weights_gained", n=voice.count(gained)): gained,
    }
    order = "" if isnan(comparison.tau) else voice("weights_tau", tau=f"{comparison.tau:.2f}".replace("-", "−"))
    return [first, *(sentence for sentence, n in further.items() if n), *([order] if order else [])]


def _remarks(voice: Voice, comparison: ModelComparison) -> list[str]:
    """How many changes are sure, and what they cost."""
    changed = len(comparison.regraded)
    unsure = voice("weights_unsure", n=voice.count(comparison.unsure), changed=voice.count(changed)) if changed else ""
    left_out = comparison.unavailable if comparison.costs is not None else 0
    unavailable = voice("weights_unavailable", n=voice.count(left_out)) if left_out else ""
    return [remark for remark in (unsure, _cost(voice, comparison), unavailable) if remark]


def _cost(voice: Voice, comparison: ModelComparison) -> str:
    if comparison.costs is None:
        return voice("weights_no_pay")
    present, other = comparison.costs
    if not comparison.gainers and not comparison.losers:
        return voice("weights_same_cost", present=cents(voice, present))
    change = ("+" if other > present else "") + cents(voice, other - present)
    who = {"gainers": voice.count(comparison.gainers), "losers": voice.count(comparison.losers)}
    return voice("weights_cost", present=cents(voice, present), other=cents(voice, other), change=change, **who)


def moves_table(voice: Voice, people: pd.DataFrame, name: str) -> Exhibit:
    """Scores, ranks and grades under both models, and what payouts change by; NOTHING for nobody.


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
            voice("grade"): [pair(row["grade"] or voice.missing, row["other_grade"] or voice.missing) for row in rows],
            voice("weights_difference"): [cents(voice, row["difference"]) for row in rows],
        }
    )
    return table(frame, name, left=(voice("team"), voice("grade")))
