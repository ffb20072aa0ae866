"""The demo company's orders and refunds, splits, surveys and activities."""

from statistics import NormalDist

import numpy as np
import pandas as pd

from salesperf.data.demo.market import PRODUCTS, quarters_from_middle
from salesperf.data.demo.people import Company, dates, workday

REFUNDED, SURVEYED, SILENT, SHARED = 0.01, 0.27, 0.4, 0.03
ANSWER, ANSWER_SPREAD, TOP = 3.8, 0.9, 3.5  # points on the scale of 1 to 5; from `TOP` on it is one of the two best
KINDS, WEEKLY = np.array(["visits", "calls", "demos"]), np.array([4.0, 18.0, 2.0])


def orders(company: Company, deals: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per won deal, and one per refund: one order in a hundred is paid back, in full or in part.

    Amount and cost of a refund are negative; `refund_of` is the order's id.
    """
    won = deals[deals["status"] == "won"].reset_index(drop=True)
    margin = PRODUCTS["margin"].to_numpy()[won["product_no"]]
    cost = won["listed"] * (1 - margin) * rng.lognormal(0, 0.03, size=len(won))
    sold = pd.DataFrame(
        {
            "order_id": "S" + won["opportunity_id"].str[1:],
            "date": won["closed"],
            "cost": cost.round().astype(int),
            "product": PRODUCTS["product"].to_numpy()[won["product_no"]],
        }
    ).join(won[["rep_id", "account_id", "amount", "region"]])
    back = sold[rng.random(len(sold)) < REFUNDED]
    part = np.where(rng.random(len(back)) < 0.5, 1, rng.uniform(0.1, 0.6, size=len(back)))
    back = back.assign(
        order_id=back["order_id"] + "R",
        refund_of=back["order_id"],
        date=workday(dates(back["date"]) + rng.integers(5, 60, size=len(back))),
        amount=-(back["amount"] * part).round().astype(int),
        cost=-(back["cost"] * part).round().astype(int),
    )
    return pd.concat([sold, back[back["date"] <= company.end]]).sort_values(["date", "order_id"], ignore_index=True)


def splits(company: Company, orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Two rows for each order shared with a rep of the same team: `sale_id`, `rep_id`, `share` (percent)."""
    sold = orders[orders["amount"] > 0].reset_index(drop=True)
    helped = sold[rng.random(len(sold)) < SHARED]
    reps = company.reps.set_index("rep_id")
    day, team = dates(helped["date"]), reps["team_no"].loc[helped["rep_id"]].to_numpy()
    employed = (dates(company.reps["start"]) <= day[:, None]) & (day[:, None] < dates(company.reps["until"]))
    mates = (company.reps["team_no"].to_numpy() == team[:, None]) & employed
    mates &= company.reps["rep_id"].to_numpy() != helped["rep_id"].to_numpy()[:, None]
    luck = rng.random(mates.shape)
    helper = company.reps["rep_id"].to_numpy()[np.where(mates, luck, -1).argmax(axis=1)]
    share = rng.choice([20, 30, 50], size=len(helped))
    first = pd.DataFrame({"sale_id": helped["order_id"], "rep_id": helped["rep_id"], "share": 100 - share})
    both = pd.concat([first, first.assign(rep_id=helper, share=share)])[np.tile(mates.any(axis=1), 2)]
    return both.sort_values(["sale_id", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def surveys(company: Company, orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per survey sent after an order; the score (1 to 5) is empty where nobody answered."""
    sent = orders[(orders["amount"] > 0) & (rng.random(len(orders)) < SURVEYED)]
    answer = usual_answers(company).loc[sent["rep_id"]].to_numpy()
    score = (answer + ANSWER_SPREAD * rng.normal(size=len(sent))).round().clip(1, 5)
    score[rng.random(len(sent)) < SILENT] = np.nan
    day = workday(dates(sent["date"]) + rng.integers(5, 20, size=len(sent)))
    frame = sent[["rep_id", "account_id"]].assign(date=day, score=pd.array(score, dtype="Int64"))
    return frame[frame["date"] <= company.end].sort_values("date", kind="stable")


def usual_answers(company: Company) -> "pd.Series[float]":
    """The mean answer of each rep's customers by rep_id, in points, before it is rounded to the scale."""
    return ANSWER + 0.7 * (company.reps.set_index("rep_id")["customer_focus"] - 3.2)


def sales_truth(company: Company) -> dict[str, object]:
    """For `truth.json`: the satisfaction to be expected of each rep's customers, the share of the two best answers."""
    chances = usual_answers(company).map(NormalDist(TOP, ANSWER_SPREAD).cdf)
    return {"satisfaction": chances.round(4).to_dict()}


def activities(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """One row per rep, week (its Monday) and kind; about a third of visits and demos are rated (1 to 5)."""
    mondays = np.arange(np.datetime64("2023-07-03"), company.end + 1, 7)
    reps = company.reps
    start, until = dates(reps["start"])[:, None], dates(reps["until"])[:, None]
    rep, week = np.nonzero((start <= mondays) & (mondays < until))
    rep, week, kind = np.repeat(rep, 3), np.repeat(week, 3), np.tile(np.arange(3), len(rep))
    drive, growth, good = reps[["drive", "growth", "quality"]].to_numpy()[rep].T
    pace = np.exp(0.18 * drive + 0.02 * growth * quarters_from_middle(mondays[week]))
    count = rng.poisson(WEEKLY[kind] * pace)
    quality = (3.3 + good + 0.5 * rng.normal(size=len(rep))).clip(1, 5).round(1)
    rated = (KINDS[kind] != "calls") & (count > 0) & (rng.random(len(rep)) < 0.36)
    frame = {
        "rep_id": reps["rep_id"].to_numpy()[rep],
        "date": mondays[week],
        "kind": KINDS[kind],
        "count": count,
    }
    return pd.DataFrame(frame | {"quality": np.where(rated, quality, np.nan)})
