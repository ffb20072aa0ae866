"""The demo company's deals on their way through the stages, and the effects planted there."""

import numpy as np
import pandas as pd

from salesperf.data.demo.market import MIXED, PRODUCTS, new_deals, pick, quarters_from_middle, successors
from salesperf.data.demo.people import (
    DATA_START,
    Company,
    Days,
    Flags,
    Floats,
    Ints,
    dates,
    workday,
)

STAGES = ["qualification", "discovery", "proposal", "negotiation"]
STAGE_DAYS = np.array([11.0, 14.0, 18.0, 13.0])  # medians, in the middle segment
STAGE_SPREAD, LONGEST_STAGE = 0.55, 80  # standard deviation of the logarithm, and days at most
LOST_IN = np.array([0.30, 0.27, 0.25, 0.18])
SEGMENT_LOGIT = np.array([-0.80, 0.05, 0.62])
SEGMENT_PACE = np.array([1.25, 1.0, 0.85])
STUCK, TWINS = 0.012, 60
# What is planted: regions and teams by their position.
BOTTLENECK = 3  # proposals of this region are lost more often and take longer
LOST_IN_BOTTLENECK, BOTTLENECK_LOGIT, BOTTLENECK_PACE = np.array([0.20, 0.18, 0.47, 0.15]), -0.5, 1.8
MIXED_LOGIT = 0.35
PILOT_TEAMS, PILOT_START, PILOT_ODDS = (6, 11), np.datetime64("2025-04-01"), 1.5
HOLDER_TEAM = 13  # its senior rep holds deals of the last days of a quarter back into the next
HELD_DAYS, HELD, HELD_SHIFTS = np.timedelta64(21, "D"), 0.85, 6  # which days, how many of them, into so many days


def opportunities(company: Company, accounts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per deal by day of creation: the columns of opportunities.csv and hidden ones for the other tables.

    Of the hidden ones, those named in `STAGES` have the date of entry of each stage reached, `pair` numbers deals that
    are entered twice; the others are those of `with_fate` and `market.new_deals`.
    """
    fated = with_fate(company, new_deals(company, accounts, rng), rng)
    frame = with_twins(handed_over(company, fated), rng)
    frame = frame.sort_values("created", kind="stable", ignore_index=True)
    frame["opportunity_id"] = [f"D{n:05d}" for n in range(1, len(frame) + 1)]
    frame["rep_id"] = company.reps["rep_id"].to_numpy()[frame["rep_no"]]
    frame["account_id"] = accounts["account_id"].to_numpy()[frame["account_no"]]
    spelling = PRODUCTS[["product", "misspelt"]].to_numpy()
    frame["product"] = spelling[frame["product_no"], frame["misspelt"].astype(int)]
    frame["region"] = np.array(company.words.regions)[frame["region_no"]]
    return frame


def with_fate(company: Company, deals: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The deals with the date of entry of each stage reached, `closed`, `status`, `stage`, and what was to be expected.

    That is `win_chance` (0 to 1), the days `if_won` and `if_lost` on which a deal comes to its end either way, before
    weekends and holding back, and `opened_by`, the position of the rep who opened it. Deals closed before the data
    start are left out.
    """
    reps = company.reps.iloc[deals["rep_no"]].reset_index(drop=True)
    slow = reps["region_no"].to_numpy() == BOTTLENECK
    created, row = dates(deals["created"]), np.arange(len(deals))
    passed = stage_days(slow, deals["segment_no"].to_numpy(), rng).cumsum(axis=1)
    win_chance = 1 / (1 + np.exp(-win_logit(reps, deals, created + passed[:, -1])))
    won = rng.random(len(deals)) < win_chance
    lost_in = pick(np.where(slow[:, None], LOST_IN_BOTTLENECK, LOST_IN), rng)
    last = np.where(won, len(STAGES) - 1, lost_in)
    entered = workday(created[:, None] + np.insert(passed[:, :-1], 0, 0, axis=1))
    closed = workday(created + passed[row, last])
    closed = held_back(closed, deals["rep_no"].to_numpy() == holder(company), rng)
    stays_open = (rng.random(len(deals)) < STUCK) | reps["novice"].to_numpy() | (closed > company.end)
    reached = (np.arange(len(STAGES)) <= last[:, None]) & (entered <= company.end)
    fate = pd.DataFrame(np.where(reached, entered, np.datetime64("NaT", "D")), columns=STAGES).assign(
        closed=np.where(stays_open, np.datetime64("NaT", "D"), closed),
        status=np.where(stays_open, "open", np.where(won, "won", "lost")),
        stage=np.array(STAGES)[reached.sum(axis=1) - 1],
        win_chance=win_chance,
        if_won=created + passed[:, -1],
        if_lost=created + passed[row, lost_in],
        opened_by=deals["rep_no"],
    )
    kept: pd.DataFrame = deals.join(fate)[stays_open | (closed >= DATA_START)]
    return kept.reset_index(drop=True)


def stage_days(slow: Flags, segment: Ints, rng: np.random.Generator) -> Ints:
    """Whole days in each stage (1 to 80), one row per deal and one column per stage; arguments as in `usual_days`."""
    days = usual_days(slow, segment) * np.exp(STAGE_SPREAD * rng.normal(size=(len(segment), len(STAGES))))
    whole: Ints = np.ceil(days.clip(1, LONGEST_STAGE)).astype(int)
    return whole


def usual_days(slow: Flags, segment: Ints) -> Floats:
    """The median days in each stage before they are made whole, one row per deal and one column per stage.

    `slow`: whether the deal is in the bottleneck region; `segment`: the position of its segment.
    """
    days: Floats = STAGE_DAYS * SEGMENT_PACE[segment][:, None]
    days[:, STAGES.index("proposal")] *= np.where(slow, BOTTLENECK_PACE, 1)
    return days


def win_logit(reps: pd.DataFrame, deals: pd.DataFrame, through: Days) -> Floats:
    """Log odds of a win for each deal; `reps`: the rep of each deal, `through`: the day on which a win would close."""
    skill, growth, region, team = reps[["skill", "growth", "region_no", "team_no"]].to_numpy().T
    logit: Floats = SEGMENT_LOGIT[deals["segment_no"]] + 0.18 * skill
    logit += 0.02 * growth * quarters_from_middle(dates(deals["created"]))
    logit += BOTTLENECK_LOGIT * (region == BOTTLENECK) + MIXED_LOGIT * (region == MIXED)
    logit += np.log(PILOT_ODDS) * (np.isin(team, PILOT_TEAMS) & (through >= PILOT_START))
    return logit


def held_back(closed: Days, holds: Flags, rng: np.random.Generator) -> Days:
    """The closing dates; where `holds`, most of those in the last three weeks of a quarter are moved into the next."""
    turn = next_quarter(closed)
    late = holds & (turn - closed <= HELD_DAYS) & (rng.random(len(closed)) < HELD)
    return np.where(late, workday(turn + rng.integers(0, HELD_SHIFTS, size=len(closed))), closed)


def next_quarter(days: Days) -> Days:
    """The first day of the quarter after that of each day."""
    quarter = days.astype("datetime64[M]").astype(int) // 3
    turn: Days = (quarter * 3 + 3).astype("datetime64[M]").astype("datetime64[D]")
    return turn


def holder(company: Company) -> int:
    """The position of the rep who holds deals back."""
    return int(successors(company)[company.reps["team_no"] == HOLDER_TEAM][0])


def handed_over(company: Company, deals: pd.DataFrame) -> pd.DataFrame:
    """The deals, with those that close after their rep has left given to the senior of the team."""
    rep = deals["rep_no"].to_numpy()
    orphan = dates(deals["closed"].fillna(pd.Timestamp(company.end))) > dates(company.reps["until"])[rep]
    return deals.assign(rep_no=np.where(orphan, successors(company)[rep], rep))


def with_twins(deals: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The deals and near-duplicates of some: created days later, for nearly the same amount; `pair` numbers pairs."""
    able = np.flatnonzero(deals["discovery"] > deals["created"] + pd.Timedelta(days=7))
    twins = deals.iloc[rng.choice(able, size=TWINS, replace=False)]
    again = workday(dates(twins["created"]) + rng.integers(1, 4, size=TWINS))
    amount = (twins["amount"] * rng.uniform(0.992, 1.008, size=TWINS)).astype(int)
    pair = pd.Series(np.arange(TWINS), index=twins.index)
    twins = twins.assign(created=again, qualification=again, amount=amount)
    return pd.concat([deals, twins]).assign(pair=pair)


def stage_history(deals: pd.DataFrame) -> pd.DataFrame:
    """One row per deal and stage entered: `opportunity_id`, `step`, `stage`, `entered`; won and lost are stages."""
    key = deals[["opportunity_id"]]
    parts = [key.assign(step=step, stage=stage, entered=deals[stage]) for step, stage in enumerate(STAGES)]
    parts.append(key.assign(step=len(STAGES), stage=deals["status"], entered=deals["closed"]))
    rows = pd.concat(parts).dropna(subset="entered")
    return rows.sort_values(["opportunity_id", "step"], ignore_index=True)
