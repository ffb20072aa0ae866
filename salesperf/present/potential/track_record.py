"""What became of those who were looked at a year ago, and how far the chances came true."""

import numpy as np
import pandas as pd

from salesperf.inference.intervals import wilson
from salesperf.language import Voice
from salesperf.people.backtest import Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.growth import calibrated
from salesperf.people.potential import Potential
from salesperf.present.exhibit import Exhibit, paragraph, table

_WAYS = ("chance", "level", "low_level", "growth")  # to choose as many people as were named
_BANDS = (0.0, 0.4, 0.6, 1.0)  # of chances, in the table of how far they came true


def backtest_table(voice: Voice, potential: Potential) -> Exhibit:
    """A row per way to choose people a year ago: how many, how many outgrew their peers since, and by chance alone.

    A sentence where the export does not go back so far.
    """
    backtest = potential.backtest
    if backtest is None:
        return paragraph(voice("potential_backtest_none", quarters=2 * RECENT))
    named = backtest.named
    count = named.people or backtest.tenth
    tallies = ([("named", named)] if named.people else []) + [(way, backtest.first(way, count)) for way in _WAYS]
    tallies = [(way, tally) for way, tally in tallies if tally.people]
    columns = {
        voice("potential_way"): [voice(f"potential_way_{way}") for way, _ in tallies],
        voice("apart_people"): [voice.count(tally.people) for _, tally in tallies],
        voice("potential_outgrew"): [voice.count(tally.grew) for _, tally in tallies],
        voice("potential_outgrew_share"): [
            _share(voice, tally.grew / tally.people, tally.lower, tally.upper) for _, tally in tallies
        ],
        voice("potential_by_chance"): [voice.number(tally.by_chance) for _, tally in tallies],
    }
    caption = voice("potential_backtest_caption", quarter=backtest.quarter, left=backtest.left)
    return table(pd.DataFrame(columns), "backtest", caption=caption)


def calibration_table(voice: Voice, potential: Potential) -> Exhibit:
    """A row per band of chances given a year ago: how many people, their mean chance, and the share that came true."""
    backtest = potential.backtest
    if backtest is None:
        return paragraph(voice("potential_backtest_none", quarters=2 * RECENT))
    known = backtest.people.dropna(subset=["chance", "grew"])
    chances = calibrated(known["chance"], backtest.persistence)
    bands = pd.cut(chances, _BANDS, labels=False, include_lowest=True)
    rows = [_band(voice, backtest, chances[bands == place], place) for place in range(len(_BANDS) - 1)]
    caption = voice("potential_calibration_caption", factor=f"{backtest.persistence:.2f}", quarter=backtest.quarter)
    return table(pd.DataFrame([row for row in rows if row]), "calibration", caption=caption)


def _band(voice: Voice, backtest: Backtest, chances: pd.Series, place: int) -> dict[str, str]:
    """The cells of one band; empty without anybody in it."""
    if chances.empty:
        return {}
    grew, count = int(backtest.people.loc[chances.index, "grew"].sum()), len(chances)
    lower, upper = (float(np.asarray(limit)) for limit in wilson(grew, count))
    return {
        voice("potential_band"): f"{voice.share(_BANDS[place], 0)} – {voice.share(_BANDS[place + 1], 0)}",
        voice("apart_people"): voice.count(count),
        voice("potential_mean_chance"): voice.chance(float(chances.mean())),
        voice("potential_outgrew_share"): _share(voice, grew / count, lower, upper),
    }


def _share(voice: Voice, share: float, lower: float, upper: float) -> str:
    return voice.in_brackets(voice.share(share, 0), f"{voice.share(lower, 0)} – {voice.share(upper, 0)}")
