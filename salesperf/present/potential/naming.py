"""High potential in words: who is named and for which reasons, and how sure that is."""

import pandas as pd

from salesperf.inference.one_kind import FEWEST_PEOPLE
from salesperf.inference.stability import band
from salesperf.language import Voice
from salesperf.people.backtest import Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.potential import Potential

MOST_RANKED = 3  # people shown by rank where there are no groups, as then no one is named as high potential
FEATURE_AT_LEAST = 0.5  # mean z, on either side, from which a feature is part of a group's profile
_MOST_FEATURES = 3  # of a profile, on either side
_BANDS = {"doubtful": "doubtful", "stable": "stable", "highly stable": "highly_stable"}


def shown_of(people: pd.DataFrame, potential: Potential) -> pd.DataFrame:
    """Those of some people who are shown as of high potential, the highest first.

    Those named; without groups the first by potential, at most MOST_RANKED. ``people``: rows of `Potential.people`.
    """
    ranked = people[people["potential"].notna()].sort_values(["potential", "rep"], ascending=[False, True])
    return ranked[ranked["named"]] if potential.groups else ranked.head(MOST_RANKED)


def company_sentence(voice: Voice, potential: Potential) -> str:
    """How many of the company are named, or why nobody is."""
    people, quarters = len(potential.people), potential.features.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    if potential.groups:
        features = voice.listed([voice(f"feature_{name}") for name in potential.profiles])
        return voice("potential_named", named=int(potential.people["named"].sum()), people=people, features=features)
    why = potential.why_none or "few"
    return voice(f"potential_{why}", people=people, fewest=FEWEST_PEOPLE)


def why_no_groups(voice: Voice, potential: Potential) -> str:
    """Why nobody is named for high potential, in a sentence; "" where somebody is."""
    return "" if potential.groups else company_sentence(voice, potential)


def how_stable(voice: Voice, stability: float) -> str:
    """The stability of a group in a word (Hennig 2007)."""
    return voice(f"potential_{_BANDS[band(stability)]}")


def how_sure(voice: Voice, potential: Potential) -> list[str]:
    """Sentences on how stable the group of those named is, and on what became of those named a year ago."""
    sentences = []
    if potential.groups:
        stability = float(potential.people.loc[potential.people["named"], "stability"].iloc[0])
        word = how_stable(voice, stability)
        shares = {"stability": voice.share(stability, 0), "chance": voice.chance(potential.of_one_kind)}
        sentences.append(voice("potential_profile", profile=profile_of(voice, potential.profiles.iloc[0])))
        sentences.append(voice("potential_stability", band=word, **shares))
    if not potential.backtest:
        return [*sentences, voice("potential_backtest_none", quarters=2 * RECENT)]
    since = _year_since(voice, potential.backtest)
    return [*sentences, voice.sentences(since)] if since else sentences


def _year_since(voice: Voice, backtest: Backtest) -> list[str]:
    """What became of those named a year ago, or who had the highest chance, beside as many chosen by simpler ways."""
    named = backtest.named
    if not (tally := named if named.people else backtest.first("chance", backtest.tenth)).people:
        return []
    limits = {"low": voice.share(tally.lower, 0), "high": voice.share(tally.upper, 0)}
    counts = {"people": tally.people, "grew": tally.grew, "by_chance": voice.count(tally.by_chance)}
    who = "backtest" if named.people else "backtest_ranked"
    level, low_level, growth = (backtest.first(way, tally.people) for way in ("level", "low_level", "growth"))
    ways = [level, low_level, growth] if growth.people == tally.people else [level, low_level]
    sentences = [voice(f"potential_{who}", quarter=backtest.quarter, **counts, **limits)]
    if tally.lower <= tally.by_chance / tally.people:
        sentences.append(voice("potential_backtest_chance"))
    if named.people and backtest.left:
        sentences.append(voice("potential_backtest_left", left=backtest.left))
    chosen = "backtest_ways" if len(ways) > 2 else "backtest_way"
    sentences.append(voice(f"potential_{chosen}", level=level.grew, low=low_level.grew, growth=growth.grew))
    if tally.grew <= max(way.grew for way in ways):
        sentences.append(voice("potential_backtest_no_better"))
    return sentences


def reasons_of(voice: Voice, potential: Potential, rep: str) -> str:
    """The strengths of a person, each with its distance from the company's median."""
    names: tuple[str, ...] = potential.people["reasons"].loc[rep]
    strengths = [
        f"{voice(f'feature_{name}')} {voice.change('points', float(potential.z[name].loc[rep]))}" for name in names
    ]
    return voice.listed(strengths) or voice("potential_none")


def profile_of(voice: Voice, means: pd.Series) -> str:
    """What sets a group apart on average, the strongest first: its strengths, then its weaknesses.

    ``means``: a row of `Potential.profiles`.
    """
    ordered = means.sort_values(ascending=False, kind="stable")
    strong = ordered[ordered >= FEATURE_AT_LEAST].head(_MOST_FEATURES)
    weak = ordered[ordered <= -FEATURE_AT_LEAST].iloc[::-1].head(_MOST_FEATURES)
    features = [*strong.items(), *weak.items()]
    parts = [f"{voice(f'feature_{name}')} {voice.change('points', mean)}" for name, mean in features]
    return voice.listed(parts) or voice("potential_profile_none")


def names_of_thirds(voice: Voice) -> list[str]:
    """The names of the thirds of performance and of potential, the lowest first."""
    return [voice(f"potential_{third}") for third in ("low", "middle", "high")]
