"""Where deals are won, and how long they take."""

import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import Exhibit, table
from salesperf.present.values import teams_of


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
