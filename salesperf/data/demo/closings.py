"""When and how the demo company's deals were to be expected to close, worked out of what they are drawn by."""

from dataclasses import dataclass
from functools import cached_property, reduce
from math import log
from statistics import NormalDist

import numpy as np
import pandas as pd

from salesperf.data.demo.market import successors
from salesperf.data.demo.people import DATA_START, Company, Days, Floats, Ints, dates, workday
from salesperf.data.demo.pipeline import (
    BOTTLENECK,
    HELD,
    HELD_DAYS,
    HELD_SHIFTS,
    HOLDER_TEAM,
    LONGEST_STAGE,
    LOST_IN,
    LOST_IN_BOTTLENECK,
    PILOT_ODDS,
    PILOT_START,
    PILOT_TEAMS,
    SEGMENT_PACE,
    STAGE_SPREAD,
    STAGES,
    STUCK,
    holder,
    next_quarter,
    usual_days,
)

AGES = np.arange(len(STAGES) * LONGEST_STAGE + 1)  # days that all stages can take together
LONGEST = len(AGES) + 40  # days to the close: a weekend may follow, and a deal be held back
_WON, _LOST = np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.0])  # a deal that is won in any case, and one lost
A_SUNDAY = np.datetime64("2023-01-01")


@dataclass(frozen=True)
class ClosingAges:
    """Expected numbers of deals won and lost 0, 1, … days after their creation; some of all ``deals`` never close."""

    deals: float
    won: Floats
    lost: Floats

    @property
    def median(self) -> int:
        """The smallest number of days by which half of the deals have closed."""
        return int(np.flatnonzero((self.won + self.lost).cumsum() >= self.deals / 2)[0])

    def won_by(self, day: int) -> float:
        """The share of the deals that is won by so many days."""
        return float(self.won[: day + 1].sum() / self.deals)


@dataclass(frozen=True)
class Course:
    """The way of deals of a kind; ``days``: the chance of 0, 1, … days in each stage; ``lost_in``: shares of stages."""

    days: Floats
    lost_in: Floats

    @cached_property
    def passed(self) -> list[Floats]:
        """For each stage the chance that it ends after so many `AGES`."""
        whole = [reduce(np.convolve, self.days[: place + 1]) for place in range(len(self.days))]
        return [np.pad(chance, (0, len(AGES) - len(chance))) for chance in whole]

    @cached_property
    def _left(self) -> list[Floats]:
        """For each stage the chance that the later ones together take fewer than 0, 1, … days."""
        rest = [reduce(np.convolve, self.days[place + 1 :], np.ones(1)) for place in range(len(self.days))]
        return [np.append(0, chance.cumsum()) for chance in rest]

    def ends(self, waits: int, numbers: Floats) -> tuple[Floats, Floats]:
        """The expected numbers of deals that are won, and lost, after so many `AGES`.

        ``waits`` and ``numbers``, which are deals, before and after: of a kind, see `_kinds`.
        """
        deals, before, after = numbers
        won = self.passed[-1] * np.where(waits > AGES, before, after)
        lost = np.zeros(len(AGES))
        for share, ended, left in zip(self.lost_in, self.passed, self._left, strict=True):
            early = left[(waits - AGES).clip(0, len(left) - 1)]
            lost += share * ended * (early * (deals - before) + (1 - early) * (deals - after))
        return won, lost


def closing_ages(company: Company, deals: pd.DataFrame) -> ClosingAges:
    """How long deals (rows of `pipeline.opportunities`) were to be expected to take, whatever the end of the data.

    Of deals of novices, of which the data know no close, the same is expected as of others.
    """
    kinds = _kinds(company, deals)
    courses = {key: _course(*key) for key in set(zip(kinds["segment_no"], kinds["slow"], strict=True))}
    won, lost = np.zeros(LONGEST), np.zeros(LONGEST)
    keys, days = kinds[["segment_no", "slow", "waits", "holds"]].to_numpy(), dates(kinds["day"])
    numbers = kinds[["deals", "before", "after"]].to_numpy(np.float64)
    for (segment, slow, waits, holds), day, of_kind in zip(keys, days, numbers, strict=True):
        ends = courses[segment, slow].ends(waits, of_kind)
        for age, share in _closing(day, holds=holds):
            won += np.bincount(age, share * ends[0], LONGEST)
            lost += np.bincount(age, share * ends[1], LONGEST)
    return ClosingAges(float(len(deals)), (1 - STUCK) * won, (1 - STUCK) * lost)


def _kinds(company: Company, deals: pd.DataFrame) -> pd.DataFrame:
    """The deals by what decides their course, with sums of each kind.

    Columns: segment_no; slow and holds (flags); day of creation (of those not held back, one of the same weekday);
    waits (days from creation to the pilot, 0 where it makes no difference); deals (number); before and after (the wins
    expected of them if their last stage ended before the pilot, and after its start).
    """
    opener = company.reps.iloc[deals["opened_by"]]
    created, piloted = dates(deals["created"]), opener["team_no"].isin(PILOT_TEAMS).to_numpy()
    started = piloted & (dates(deals["if_won"]) >= PILOT_START)
    odds = deals["win_chance"].to_numpy() / (1 - deals["win_chance"].to_numpy()) / np.where(started, PILOT_ODDS, 1)
    with_pilot = odds * np.where(piloted, PILOT_ODDS, 1)
    holds = deals["opened_by"].to_numpy() == holder(company)
    columns = {
        "segment_no": deals["segment_no"].to_numpy(),
        "slow": opener["region_no"].to_numpy() == BOTTLENECK,
        "holds": holds,
        "day": np.where(holds, created, A_SUNDAY + (created - A_SUNDAY).astype(int) % 7),
        "waits": np.where(piloted, (PILOT_START - created).astype(int).clip(0), 0),
        "deals": 1,
        "before": odds / (1 + odds),
        "after": with_pilot / (1 + with_pilot),
    }
    return pd.DataFrame(columns).groupby(list(columns)[:5], as_index=False).sum()


def _course(segment: int, slow: bool) -> Course:
    medians = usual_days(np.array([slow]), np.array([segment]))[0]
    of_stages = [NormalDist(log(median), STAGE_SPREAD) for median in medians]
    up_to = [[0.0, *(of.cdf(log(day)) for day in range(1, LONGEST_STAGE)), 1.0] for of in of_stages]
    return Course(np.diff(up_to, prepend=0.0), LOST_IN_BOTTLENECK if slow else LOST_IN)


def _closing(created: np.datetime64, *, holds: bool) -> list[tuple[Ints, Floats]]:
    """The days from creation to close of deals whose last stage ends after `AGES`; several ways with their shares."""
    due = workday(created + AGES)
    turn = next_quarter(due)
    moved = np.where(turn - due <= HELD_DAYS, HELD * holds, 0.0)
    ways: list[tuple[Days, Floats]] = [(due, 1 - moved)]
    if holds:
        shifted = (np.where(moved > 0, workday(turn + shift), due) for shift in range(HELD_SHIFTS))
        ways += [(day, moved / HELD_SHIFTS) for day in shifted]
    return [((day - created).astype(int), share) for day, share in ways]


def expected_closings(company: Company, deals: pd.DataFrame) -> pd.DataFrame:
    """The closings to be expected within the data, given how long each deal takes if won and if lost.

    One row per deal and day on which it may close: `rep_no` (who has it then), `day`, `won` (flag) and `deals`, the
    expected number, up to 1. What is held back is put on the first workday of a quarter here.
    """
    opened_by, chance = deals["opened_by"].to_numpy(), deals["win_chance"].to_numpy()
    parts = []
    for way, share in (("if_won", chance), ("if_lost", 1 - chance)):
        for day, part in _ways(workday(dates(deals[way])), HELD * (opened_by == holder(company))):
            columns = {"rep_no": _keeper(company, opened_by, day), "day": day, "won": way == "if_won"}
            parts.append(pd.DataFrame(columns | {"deals": (1 - STUCK) * share * part}))
    rows = pd.concat(parts)
    closes = (rows["day"] >= DATA_START) & (rows["day"] <= company.end) & (rows["deals"] > 0)
    return rows[closes & ~company.reps["novice"].to_numpy()[rows["rep_no"]]].reset_index(drop=True)


def late_share(company: Company, deals: pd.DataFrame, *, held: float = HELD) -> float:
    """The share of the holder's closings within the data that is to be expected in the last days of a quarter.

    Worked out by the distribution of the days in each stage, for the deals that colleagues who leave hand over, too.
    `deals` are the rows of the export, from which those closed before the data start are left out; `held`: how many of
    the deals of these last days the holder holds back, 0 to 1.
    """
    team = company.reps["team_no"].to_numpy()[deals["opened_by"]] == HOLDER_TEAM
    near = deals[team & ~company.reps["novice"].to_numpy()[deals["opened_by"]]]
    opened_by, created = near["opened_by"].to_numpy()[:, None], dates(near["created"])[:, None]
    ways = _ways(workday(created + AGES), held * (opened_by == holder(company)))
    chance = _chance_by_age(near)
    in_export = STUCK + (1 - STUCK) * sum((chance * part * (day >= DATA_START)).sum(axis=1) for day, part in ways)
    late = total = 0.0
    for day, part in ways:
        closes = (day >= DATA_START) & (day <= company.end) & (_keeper(company, opened_by, day) == holder(company))
        closings = chance / in_export[:, None] * part * closes
        late += float(closings[next_quarter(day) - day <= HELD_DAYS].sum())
        total += float(closings.sum())
    return late / total


def _chance_by_age(deals: pd.DataFrame) -> Floats:
    """For each deal, outside of the bottleneck and the pilot, the chance that its last stage ends after `AGES`."""
    courses = [_course(segment, False) for segment in range(len(SEGMENT_PACE))]
    won, lost = (np.array([course.ends(0, one)[way] for course in courses]) for way, one in enumerate((_WON, _LOST)))
    segment, chance = deals["segment_no"].to_numpy(), deals["win_chance"].to_numpy()[:, None]
    by_age: Floats = chance * won[segment] + (1 - chance) * lost[segment]
    return by_age


def _ways(due: Days, held: Floats) -> list[tuple[Days, Floats]]:
    """When deals due on some days close, with shares: then, or where late in a quarter and held back in the next."""
    turn = next_quarter(due)
    moved = np.where(turn - due <= HELD_DAYS, held, 0.0)
    return [(due, 1 - moved), (workday(turn), moved)]


def _keeper(company: Company, opened_by: Ints, day: Days) -> Ints:
    """Who has each deal on a day, by position: who opened it, or after that rep has left the senior of the team."""
    return np.where(day > dates(company.reps["until"])[opened_by], successors(company)[opened_by], opened_by)
