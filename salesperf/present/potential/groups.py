"""Whether the people fall into groups, and what sets these apart."""

import pandas as pd

from salesperf.language import Voice
from salesperf.people.groups import LEVEL
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, paragraph, table, together
from salesperf.present.potential.naming import company_sentence, how_stable, profile_of


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
