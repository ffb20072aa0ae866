"""The people of the demo company: regions, teams, managers and reps, and the traits behind their results."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesperf.data.demo.names import Words, person_names

Days = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DATA_START, DATA_END = np.datetime64("2023-07-01"), np.datetime64("2025-12-31")
NEVER = np.datetime64("2100-01-01")
TEAMS_PER_REGION = (3, 2, 3, 2, 3, 2, 3, 2)
TEAM_REGION = np.repeat(np.arange(len(TEAMS_PER_REGION)), TEAMS_PER_REGION)
HR_PARTNERS = 3
HIRES, NOVICES, LEAVERS, HIGH_POTENTIALS = 17, 3, 16, 14
CRITERIA = ["planning", "teamwork", "product_knowledge", "customer_focus"]
LEARNING = np.array([1, 0, 1, 0])  # the criteria in which a high potential stands out


@dataclass(frozen=True)
class Company:
    """The people of the demo company, from whom every table is drawn up to the day `end`.

    `reps` has one row per rep, at position 0, 1, …: the columns of reps.csv, the positions `region_no`
    and `team_no`, `start` and `until` (dates), the flags `senior`, `novice` and `potential`, the traits
    `skill`, `drive` (standard deviations), `growth` (about 0, high potentials about 2), `quality`
    (points), `discount` (share of the list price), `focus` (1 keeps to favourites, less is broader) and
    one level per criterion (points, 1 to 5).
    """

    words: Words
    managers: list[str]
    partners: list[str]
    reps: pd.DataFrame
    end: np.datetime64 = DATA_END


def dates(column: "pd.Series[pd.Timestamp]") -> Days:
    """A column of dates as an array of days."""
    days: Days = column.to_numpy("datetime64[D]")
    return days


def workday(days: Days, roll: Literal["forward", "backward"] = "forward") -> Days:
    """The days, with those on a weekend moved to the next (`roll="backward"`: last) weekday."""
    return np.busday_offset(days.astype("datetime64[D]"), 0, roll=roll)


def founded(words: Words, rng: np.random.Generator, *, effect: float = 1.0, end: np.datetime64 = DATA_END) -> Company:
    """The company with its people and their traits; `effect`: the share of what sets high potentials apart."""
    reps = roster(rng)
    reps["potential"] = high_potential(reps, rng)
    reps = reps.join(traits(effect * reps["potential"].to_numpy(), rng))
    count = len(reps)
    female = rng.random(count + len(TEAM_REGION) + HR_PARTNERS) < 0.45
    names = person_names(words, female, rng)
    managers = names[count:-HR_PARTNERS]
    reps["rep_id"] = [f"R{n:03d}" for n in range(1, count + 1)]
    reps["rep"] = names[:count]
    reps["region"] = np.array(words.regions)[reps["region_no"]]
    reps["team"] = np.array(team_names(words))[reps["team_no"]]
    reps["manager"] = np.array(managers)[reps["team_no"]]
    reps["start_date"], reps["end_date"] = reps["start"], reps["until"].where(reps["until"] < NEVER)
    # No trait depends on the groups: a fairness check on this company should find nothing but chance.
    reps["group_gender"] = np.where(female[:count], "female", "male")
    reps["group_age"] = rng.choice(["under 35", "35-49", "50+"], size=count, p=[0.45, 0.4, 0.15])
    return Company(words, managers, names[-HR_PARTNERS:], reps, end)


def team_names(words: Words) -> list[str]:
    """The names of all teams, region by region."""
    return [
        words.team.format(region=region, number=words.numbers[number])
        for region, teams in zip(words.regions, TEAMS_PER_REGION, strict=True)
        for number in range(teams)
    ]


def roster(rng: np.random.Generator) -> pd.DataFrame:
    """One row per rep: the columns `region_no`, `team_no`, `senior`, `novice`, `start` and `until` of `Company.reps`.

    The first two reps of every team stay throughout.
    """
    sizes = rng.integers(4, 7, size=len(TEAM_REGION))
    seat = np.concatenate([np.arange(size) for size in sizes])
    team = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), rng.permutation(len(sizes))])
    veterans = DATA_START - rng.integers(200, 3000, size=len(seat))
    hired = DATA_START + np.linspace(20, 760, HIRES).astype(int) + rng.integers(0, 20, size=HIRES)
    novices = np.datetime64("2025-10-08") + np.array([0, 15, 40])
    until = np.full(len(team), NEVER)
    leavers = rng.choice(np.flatnonzero(seat >= 2), size=LEAVERS, replace=False)
    notice = np.linspace(90, 840, LEAVERS).astype(int) + rng.integers(0, 30, size=LEAVERS)
    until[leavers] = workday(DATA_START + notice, "backward")
    columns = {
        "region_no": TEAM_REGION[team],
        "team_no": team,
        "senior": np.append(seat == 0, np.zeros(HIRES + NOVICES, dtype=bool)),
        "novice": np.arange(len(team)) >= len(team) - NOVICES,
        "start": workday(np.concatenate([veterans, hired, novices])),
        "until": until,
    }
    return pd.DataFrame(columns)


def high_potential(reps: pd.DataFrame, rng: np.random.Generator) -> Flags:
    """For each rep whether of high potential: drawn from those who stay, have five quarters, and are no seniors."""
    able = np.flatnonzero((reps["start"] < "2024-10-01") & (reps["until"] == NEVER) & ~reps["senior"])
    return np.isin(np.arange(len(reps)), rng.choice(able, size=HIGH_POTENTIALS, replace=False))


def traits(potential: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """The trait columns of `Company.reps`, one row per rep; the difference of the high potentials is planted here.

    `potential`: how much of it each rep has, 0 for most, 1 for a high potential.
    """
    skill, drive, growth, quality, discount = rng.normal(size=(5, len(potential)))
    skill = skill - 0.8 * potential  # high potentials are not the best performers yet
    levels = 3.2 + 0.45 * rng.normal(size=(len(potential), len(CRITERIA))) + 0.15 * skill[:, None]
    columns = {
        "skill": skill,
        "drive": drive.clip(-2, 2) + 0.8 * potential,
        "growth": (0.35 - 0.15 * potential) * growth + 2 * potential,
        "quality": 0.3 * quality + 0.1 * skill + 0.8 * potential,
        "discount": (0.07 + 0.025 * discount).clip(0.01, 0.14),
        "focus": 1 - 0.7 * potential,
    }
    levels = (levels + 0.8 * np.outer(potential, LEARNING)).clip(1.5, 4.7)
    return pd.DataFrame(columns).join(pd.DataFrame(levels, columns=CRITERIA))


def people_truth(company: Company) -> dict[str, object]:
    """For `truth.json`: the ids of the high potentials, and by rep_id the traits and the levels in the criteria."""
    reps = company.reps.set_index("rep_id")
    return {
        "high_potential": reps.index[reps["potential"]].tolist(),
        "traits": reps[["skill", "drive", "growth"]].round(4).to_dict("index"),
        "true_criteria": reps[CRITERIA].round(4).to_dict("index"),
    }
