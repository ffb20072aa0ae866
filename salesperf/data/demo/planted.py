"""What is planted among the demo company's deals, for `truth.json`: where, and what reports should say of it."""

import numpy as np
import pandas as pd

from salesperf.data.demo.closings import closing_ages, expected_closings, late_share
from salesperf.data.demo.market import MIXED, PRODUCTS
from salesperf.data.demo.people import Company, team_names
from salesperf.data.demo.pipeline import (
    BOTTLENECK,
    BOTTLENECK_LOGIT,
    BOTTLENECK_PACE,
    HELD,
    HELD_DAYS,
    PILOT_ODDS,
    PILOT_START,
    PILOT_TEAMS,
    holder,
)

COHORT, WON_BY = pd.DateOffset(months=12), 90  # of the sales cycle and the win rate of a cohort (docs/methods.md §2)
BASE = pd.DateOffset(months=12)  # what a pilot is compared with: four quarters, as its plan has it (§11)


def pipeline_truth(company: Company, deals: pd.DataFrame) -> dict[str, object]:
    """For `truth.json`: the effects planted among the deals, by the names and ids in the tables."""
    regions, teams = company.words.regions, team_names(company.words)
    return {
        "bottleneck": {
            "region": regions[BOTTLENECK],
            "stage": "proposal",
            "effect": {"odds_ratio": round(float(np.exp(BOTTLENECK_LOGIT)), 4), "days_ratio": BOTTLENECK_PACE},
            **expected_cycles(company, deals),
        },
        "mix_effect": {
            "region": regions[MIXED],
            "segment": "enterprise",
            "win_rates": expected_win_rates(company, deals),
        },
        "holder": company.reps["rep_id"].iloc[holder(company)],
        "holder_effect": {
            "last_days": int(HELD_DAYS.astype(int)),
            "held_back": HELD,
            "closed_in_last_days": late_closings(company, deals),
        },
        "near_duplicates": deals.dropna(subset="pair").groupby("pair")["opportunity_id"].agg(list).tolist(),
        "misspelt_products": dict(zip(PRODUCTS["misspelt"], PRODUCTS["product"], strict=True)),
        "pilot": {
            "teams": [teams[team] for team in PILOT_TEAMS],
            "start": str(PILOT_START),
            "kpi": "win_rate",
            "effect": {"odds_ratio": PILOT_ODDS},
            **pilot_change(company, deals),
        },
    }


def expected_win_rates(company: Company, deals: pd.DataFrame) -> dict[str, dict[str, float]]:
    """By region of the rep, of the deals closed in the last quarter: the win rate that was to be expected of them.

    `raw`: as they are; `standardised`: with the mix of customer segments of all regions together.
    """
    closed = deals.assign(region=company.reps["region"].to_numpy()[deals["rep_no"]]).dropna(subset="closed")
    closed = closed[closed["closed"].dt.to_period("Q") == closed["closed"].max().to_period("Q")]
    mix = closed["segment_no"].value_counts(normalize=True)
    by_segment = closed.groupby(["region", "segment_no"])["win_chance"].mean().unstack()
    rates = pd.DataFrame({"raw": closed.groupby("region")["win_chance"].mean(), "standardised": by_segment @ mix})
    return {str(region): {str(name): round(rate, 4) for name, rate in row.items()} for region, row in rates.iterrows()}


def expected_cycles(company: Company, deals: pd.DataFrame) -> dict[str, dict[str, float]]:
    """By region of the rep, of the deals created in the last 12 months: what was to be expected of their course.

    `cycle_days`: the median days from creation to close; `win_rate_cohort`: the share that is won by day 90.
    """
    recent = deals[deals["created"] > pd.Timestamp(company.end) - COHORT]
    region = company.reps["region"].to_numpy()[recent["rep_no"]]
    ages = {str(name): closing_ages(company, of_region) for name, of_region in recent.groupby(region)}
    return {
        "cycle_days": {name: of_region.median for name, of_region in ages.items()},
        "win_rate_cohort": {name: round(of_region.won_by(WON_BY), 4) for name, of_region in ages.items()},
    }


def pilot_change(company: Company, deals: pd.DataFrame) -> dict[str, object]:
    """The win rates to be expected of the pilot's teams and of the others, in the year before it and since.

    `win_rates`: by `pilot` and `others`, then by `before` and `since`; `difference`: the change of the pilot's less
    that of the others. Empty where the data end before the pilot.
    """
    closings = expected_closings(company, deals)
    closings = closings[closings["day"] >= pd.Timestamp(PILOT_START) - BASE]
    piloted = np.isin(company.reps["team_no"].to_numpy()[closings["rep_no"]], PILOT_TEAMS)
    keys = [np.where(piloted, "pilot", "others"), np.where(closings["day"] >= PILOT_START, "since", "before")]
    won, closed = ((closings["deals"] * of).groupby(keys).sum().unstack() for of in (closings["won"], 1))
    if set(closed) != {"before", "since"}:
        return {}
    rates = won / closed
    change = rates["since"] - rates["before"]
    by_teams = rates.loc[["pilot", "others"], ["before", "since"]].round(4).to_dict("index")
    return {"win_rates": by_teams, "difference": round(float(change["pilot"] - change["others"]), 4)}


def late_closings(company: Company, deals: pd.DataFrame) -> dict[str, float]:
    """The share of the holder's closings to be expected in the last days of a quarter: as planted, and without it."""
    ways = {"expected": HELD, "without_holding": 0.0}
    return {name: round(late_share(company, deals, held=held), 4) for name, held in ways.items()}
