"""Printed tables of a region's report: where deals are won, and who could be more than the present role asks."""

import pandas as pd

from salesperf.language import Voice
from salesperf.people.estimates import RECENT
from salesperf.people.groups import FEWEST_PEOPLE
from salesperf.people.potential import Potential
from salesperf.present.cells import teams_of
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together

MOST_RANKED = 3  # of a ranking that stands alone


def deal_table(voice: Voice, teams: pd.DataFrame, region: pd.Series) -> Exhibit:
    """Where deals are won and how long they take: the region's KPI row, then its teams'."""
    rows = pd.concat([region.to_frame().T, teams])
    names = [str(region["region"]), *teams_of(voice, teams)]
    frame = pd.DataFrame(
        {
            voice("team"): names,
            voice("closed_deals"): [voice.count(one) for one in rows["win_rate_n"]],
            voice("won_deals"): [voice.count(one) for one in rows["won"]],
            voice.kpi("win_rate"): [voice.share(one) for one in rows["win_rate"]],
            voice.kpi("cycle_days"): [voice.days(one) for one in rows["cycle_days"]],
            voice.kpi("average_deal"): [voice.money(one) for one in rows["average_deal"]],
        }
    )
    return table(frame, "deals", caption=voice("funnel_caption"))


def potential_table(voice: Voice, found: Potential, region: str) -> Exhibit:
    """Who could be more than the present role asks, and the reasons; openly, when nobody can be named."""
    mine = found.people[found.people["region"] == region].sort_values(["potential", "rep"], ascending=[False, True])
    shown = mine[mine["named"]] if found.groups else mine.head(MOST_RANKED)
    said = paragraph(_potential_sentence(voice, found, region, anyone=not mine.empty, named=not shown.empty))
    remarks = _potential_remarks(voice, found, region)
    if shown.empty or found.why_none == "untold":
        return together(said, notes(remarks)) if remarks else said
    rows = {
        voice("rep"): shown["rep"],
        voice("team"): teams_of(voice, shown),
        voice("potential_z"): [voice.change("points", one) for one in shown["potential"]],
        voice("potential_chance"): [voice.chance(one) for one in shown["chance"]],
        voice("potential_reasons"): [_reasons(voice, found, str(rep)) for rep in shown.index],
    }
    if not found.groups:
        del rows[voice("potential_chance")]
    listed = table(pd.DataFrame(rows), "potential", left=(voice("team"), voice("potential_reasons")))
    return together(said, listed, notes(remarks)) if remarks else together(said, listed)


def _potential_sentence(voice: Voice, found: Potential, region: str, *, anyone: bool, named: bool) -> str:
    """What was found in the company, or why nothing was."""
    people, quarters = len(found.people), found.found.quarters
    if quarters < RECENT:
        return voice("potential_short", covered=quarters, quarters=RECENT)
    if not anyone:
        return voice("potential_nobody", region=region, quarters=RECENT)
    if found.groups:
        return voice(
            "potential_named" if named else "potential_named_none", people=people, groups=found.groups, region=region
        )
    return voice(f"potential_{found.why_none}", people=people, fewest=FEWEST_PEOPLE, region=region)


def _potential_remarks(voice: Voice, found: Potential, region: str) -> list[str]:
    """Who is not judged and what is no part of it, and why."""
    told, remarks = found.found, []
    if told.quarters < RECENT:
        return []
    for word, people in (("too_new", told.too_new), ("unsold", told.unsold)):
        if names := sorted(people.loc[people["region"] == region, "rep"]):
            remarks.append(voice(f"potential_{word}", names=voice.listed(names)))
    for word, features in (("missing", told.missing), ("unreliable", told.unreliable)):
        if features:
            names = [voice(f"feature_{name}") for name in features]
            remarks.append(voice(f"potential_{word}", features=voice.listed(names)))
    return remarks


def _reasons(voice: Voice, found: Potential, rep: str) -> str:
    """The strengths of a person, each with its distance from the company's median."""
    names: tuple[str, ...] = found.people["reasons"].loc[rep]
    strengths = [
        f"{voice(f'feature_{name}')} {voice.change('points', float(found.z[name].loc[rep]))}" for name in names
    ]
    return voice.listed(strengths) or voice("potential_none")
