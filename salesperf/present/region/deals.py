"""Where deals are won, and how long they take."""

import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import Exhibit, paragraph, table
from salesperf.present.values import in_order, teams_of


def deal_table(voice: Voice, teams: pd.DataFrame, region: pd.Series) -> Exhibit:
    """Closed and won deals, win rate, sales cycle and average deal of the region, then of its teams.

    The average deal has its n where that is not the number of won deals, as some have no amount. ``teams``, ``region``:
    rows of the KPI table of one period. A sentence stands in place of a table in which nothing is available.
    """
    teams = in_order(teams, "team")
    rows = pd.concat([region.to_frame().T, teams])
    if rows[["win_rate_n", "cycle_days", "average_deal"]].isna().all(axis=None):
        return paragraph(voice("deals_none"))
    names = [str(region["region"]), *teams_of(voice, teams)]
    frame = pd.DataFrame(
        {
            voice("team"): names,
            voice("closed_deals"): [voice.count(count) for count in rows["win_rate_n"]],
            voice("won_deals"): [voice.count(count) for count in rows["won"]],
            voice.kpi("win_rate"): [voice.share(rate) for rate in rows["win_rate"]],
            voice.kpi("cycle_days"): [voice.days(days) for days in rows["cycle_days"]],
            voice.kpi("average_deal"): [
                voice.money(amount) if deals == won or pd.isna(amount) else voice.with_n(voice.money(amount), deals)
                for amount, deals, won in zip(rows["average_deal"], rows["average_deal_n"], rows["won"], strict=True)
            ],
        }
    )
    return table(frame, "deals", caption=voice("funnel_caption"))
