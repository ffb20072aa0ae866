"""High potential in a region: who is named, how sure that is, and who is not judged."""

from salesperf.language import Voice
from salesperf.people.backtest import Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, notes, paragraph, together
from salesperf.present.potential.naming import company_sentence, how_sure, shown_of


def who_is_named(voice: Voice, potential: Potential, region: str) -> Exhibit:
    """Who of the region is named for high potential, how sure that is, and what is left out.

    Without groups the first of the ranking by potential are told (docs/methods.md §6). The sentences say so where
    nobody is named, and what became of those who were named a year ago.
    """
    people = potential.people[potential.people["region"] == region]
    remarks = notes(_remarks(voice, potential, region))
    if people.empty and potential.features.quarters >= RECENT:
        return together(paragraph(voice("potential_nobody", region=region, quarters=RECENT)), remarks)
    if people.empty or potential.why_none == "untold":
        return together(paragraph(company_sentence(voice, potential)), remarks)
    names = voice.listed(shown_of(people, potential)["rep"].tolist())
    which = "those_of" if names and potential.groups else "first_of" if names else "named_none"
    told = [company_sentence(voice, potential), voice(f"potential_{which}", region=region, names=names)]
    sure = how_sure(voice, potential)
    if names and potential.backtest:
        sure.append(_of_chances(voice, potential, potential.backtest))
    return together(paragraph(voice.sentences(told)), notes(sure), remarks)


def _of_chances(voice: Voice, potential: Potential, backtest: Backtest) -> str:
    """What the chance is of, and how high it is on average for who is named and for the others."""
    help_text = voice("potential_chance_help", recent=RECENT, quarter=backtest.quarter)
    means = potential.people.groupby("named")["chance"].mean()
    if not potential.groups:
        return help_text
    averages = {
        "named": voice.chance(means.get(True, float("nan"))),
        "others": voice.chance(means.get(False, float("nan"))),
    }
    return voice.sentences([help_text, voice("potential_chances", **averages)])


def _remarks(voice: Voice, potential: Potential, region: str) -> list[str]:
    """Who of the region is not judged, and which features are left out, with the reasons."""
    features, remarks = potential.features, []
    if features.quarters < RECENT:
        return []
    for word, people in (("too_new", features.too_new), ("unsold", features.unsold)):
        if count := int((people["region"] == region).sum()):
            remarks.append(voice(f"potential_{word}", n=count, quarters=RECENT))
    for word, left_out in (("missing", features.missing), ("unreliable", features.unreliable)):
        if left_out:
            names = [voice(f"feature_{name}") for name in left_out]
            remarks.append(voice(f"potential_{word}", features=voice.listed(names)))
    return remarks
