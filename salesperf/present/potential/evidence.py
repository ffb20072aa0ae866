"""What potential is told by, and whether the people fall into groups: tables for the whole company."""

import pandas as pd

from salesperf.inference.reliability import RELIABLE_FROM
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.estimates import RECENT
from salesperf.people.features import FEATURES
from salesperf.people.groups import LEVEL
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, paragraph, table, together
from salesperf.present.masthead import masthead
from salesperf.present.potential.naming import company_sentence, how_stable, profile_of


def potential_masthead(voice: Voice, client: Client) -> Exhibit:
    """The head of the page on high potential: period, client and dates."""
    return masthead(voice, client, voice("potential_title", period=client.period))


def who_is_looked_at(voice: Voice, potential: Potential) -> Exhibit:
    """How many people are judged by how many quarters, and how many are not, and why."""
    features = potential.features
    counts = {"people": len(potential.people), "new": len(features.too_new), "unsold": len(features.unsold)}
    return paragraph(voice("potential_looked_at", quarters=features.quarters, recent=RECENT, **counts))


def features_table(voice: Voice, potential: Potential) -> Exhibit:
    """A row per feature: its reliability, and whether it is a part of potential, or why not."""
    features = potential.features
    columns = {
        voice("potential_feature"): [voice(f"feature_{name}") for name in FEATURES],
        voice("apart_reliability"): [voice.share(features.reliability.get(name, float("nan")), 0) for name in FEATURES],
        voice("potential_use"): [voice(f"potential_use_{_use(potential, name)}") for name in FEATURES],
    }
    caption = voice("potential_features_caption", limit=voice.share(RELIABLE_FROM, 0))
    return table(pd.DataFrame(columns), "features", left=(voice("potential_use"),), caption=caption)


def _use(potential: Potential, feature: str) -> str:
    if feature in potential.missing:
        return "missing"
    if feature in potential.features.unreliable:
        return "unreliable"
    return "level" if feature == "level" else "part"


def groups_table(voice: Voice, potential: Potential) -> Exhibit:
    """Whether groups stand apart, and if so a row per group, the highest first: profile, people, stability.

    The chance that people of one kind would have an upper group as far apart stands beside it.
    """
    told = [company_sentence(voice, potential)]
    if pd.notna(potential.of_one_kind):
        words = {"chance": voice.chance(potential.of_one_kind), "limit": voice.share(LEVEL, 0)}
        told.append(voice("potential_one_kind", **words))
    if not potential.groups:
        return paragraph(voice.sentences(told))
    people = potential.people.groupby("group")
    stability = [float(value) for value in people["stability"].first()]
    columns = {
        voice("potential_group"): [voice.count(group + 1) for group in potential.profiles.index],
        voice("potential_profile_head"): [profile_of(voice, means) for _, means in potential.profiles.iterrows()],
        voice("apart_people"): [voice.count(count) for count in people.size()],
        voice("potential_stability_head"): [
            voice.in_brackets(voice.share(value, 0), how_stable(voice, value)) for value in stability
        ],
    }
    caption = voice("potential_groups_caption")
    shown = table(pd.DataFrame(columns), "groups", left=(voice("potential_profile_head"),), caption=caption)
    return together(paragraph(voice.sentences(told)), shown)
