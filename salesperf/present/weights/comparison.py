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
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import shares_of_score


def weights_masthead(voice: Voice, client: Client) -> Exhibit:
    """The head of the page on other weights: period, client and dates."""
    return masthead(voice, client, voice("weights_title", period=client.period))


def comparison_masthead(voice: Voice, client: Client, region: str = "") -> Exhibit:
    """The head of the page that compares two models, of all regions or of one."""
    title = voice("comparison_title", period=client.period)
    return masthead(voice, client, voice.labelled(title, region) if region else title)


def models_table(voice: Voice, comparison: ModelComparison) -> Exhibit:
    """Each KPI's share of the score under both models, and in words what else of them differs."""
    present, other = comparison.present.model, comparison.other.model
    before, after = shares_of_score(present), shares_of_score(other)
    names = list(dict.fromkeys([*before, *after]))
    rows = [(before.get(name, 0.0), after.get(name, 0.0)) for name in names]
    frame = pd.DataFrame(
        {
            voice("comparison_kpi"): [voice.kpi(name) for name in names],
            voice("comparison_present"): [voice.share(share) for share, _ in rows],
            voice("comparison_other"): [voice.share(share) for _, share in rows],
            voice("comparison_change"): [_change(voice, then - now) for now, then in rows],
        }
    )
    return together(table(frame, "models"), notes(_other_differences(voice, present, other)))


def _change(voice: Voice, share: float) -> str:
    """By how much a share changes, in percentage points; empty for no change."""
    points = round(share * 100, 1)
    return f"{'+' if points > 0 else ''}{voice.number(points)}" if points else ""


def _other_differences(voice: Voice, present: Model, other: Model) -> list[str]:
    """What differs beside the weights: anchors of KPIs that both models have, and grades."""
    anchors = {kpi.kpi: kpi.anchors for _, kpi in present.kpis()}
    moved = [kpi.kpi for _, kpi in other.kpis() if kpi.kpi in anchors and kpi.anchors != anchors[kpi.kpi]]
    texts = [voice("comparison_anchors", kpis=voice.listed([voice.kpi(kpi) for kpi in moved]))] if moved else []
    same = (present.grades, present.forced) == (other.grades, other.forced)
    return texts if same else [*texts, voice("comparison_grades")]


def regions_table(voice: Voice, comparison: ModelComparison) -> Exhibit:
    """Region by region and in all: how many grades change, and payouts under both models of those who have both."""
    regions = comparison.people["region"].unique().tolist()
    parts = {region: comparison.within(region) for region in regions}
    if len(parts) > 1:
        parts[voice("comparison_all")] = comparison
    costs = [part.costs or (None, None) for part in parts.values()]
    frame = pd.DataFrame(
        {
            voice("comparison_region"): list(parts),
            voice("comparison_graded"): [voice.count(_graded(part)) for part in parts.values()],
            voice("comparison_raised"): [voice.count(part.raised) for part in parts.values()],
            voice("comparison_lowered"): [voice.count(part.lowered) for part in parts.values()],
            voice("comparison_paid"): [cents(voice, paid) for paid, _ in costs],
            voice("comparison_would_be"): [cents(voice, would_be) for _, would_be in costs],
        }
    )
    return table(frame, "regions")


def _graded(comparison: ModelComparison) -> int:
    return int((comparison.people["grade"] != "").sum())


def comparison_sentences(voice: Voice, comparison: ModelComparison) -> Exhibit:
    """How many grades change, how alike the two orders are, what the change costs, and how many changes are sure."""
    people = comparison.people
    if not ((people["grade"] != "") | (people["other_grade"] != "")).any():
        return paragraph(voice("weights_ungraded"))
    return together(paragraph(voice.sentences(_sentences(voice, comparison))), notes(_remarks(voice, comparison)))


def _sentences(voice: Voice, comparison: ModelComparison) -> list[str]:
    """What changes: grades, and the order."""
    people = voice.count(_graded(comparison))
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
