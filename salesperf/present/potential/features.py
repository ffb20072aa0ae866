"""What potential is told by: who is looked at, and the features with their reliability."""

import pandas as pd

from salesperf.inference.reliability import RELIABLE_FROM
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.people.estimates import RECENT
from salesperf.people.features import FEATURES
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, paragraph, table
from salesperf.present.masthead import masthead


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
