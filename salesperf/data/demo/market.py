"""The market of the demo company: its accounts, and the deals that its reps open with them."""

import numpy as np
import pandas as pd

from salesperf.data.demo.names import account_names, products
from salesperf.data.demo.people import NEVER, Company, Days, Floats, Ints, dates, workday

OPENING = np.datetime64("2023-03-01")  # the first deals: early enough for a full pipeline in the data's first quarter
MIDDLE = 18.5  # months from the opening to the middle of the data, where the growth trait has no effect
PRODUCTS = products()
SEGMENTS = np.array(["enterprise", "midmarket", "small"])
SEGMENT_SHARE = np.array([0.20, 0.40, 0.40])
SEGMENT_SIZE = np.array([1.8, 1.0, 0.65])
# The region, by position, that sells mostly in the hardest segment; in pipeline.py it wins more in every segment.
MIXED, MIXED_SHARE = 1, np.array([0.75, 0.14, 0.11])
ACCOUNTS, ELSEWHERE, MISSPELT = 3000, 0.01, 0.02


def accounts(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """One row per account by date of `since`: `account_id`, `account`, `segment`, and hidden columns.

    `owner` is the position of the rep who has the account, `since` the date from which, `segment_no` the position of
    its segment, `weight` how often deals are made with it (above 0).
    """
    reps = company.reps
    start = np.maximum(dates(reps["start"]), OPENING)
    span = (np.minimum(dates(reps["until"]), company.end) - start).astype(int)
    pull = span * np.exp(0.25 * reps["drive"].to_numpy())
    first_owners = np.repeat(np.arange(len(reps)), 3)  # three accounts of each rep from the first day
    owner = np.append(first_owners, rng.choice(len(reps), size=ACCOUNTS - len(first_owners), p=pull / pull.sum()))
    known = (rng.random(ACCOUNTS) < 0.35) & (start[owner] == OPENING)
    known[: len(first_owners)] = True
    mixed = reps["region_no"].to_numpy()[owner] == MIXED
    columns = {
        "account": account_names(company.words, ACCOUNTS, rng),
        "segment_no": pick(np.where(mixed[:, None], MIXED_SHARE, SEGMENT_SHARE), rng),
        "owner": owner,
        "since": start[owner] + np.where(known, 0, rng.integers(span[owner])),
        "weight": rng.lognormal(0, 1.1, size=ACCOUNTS),
    }
    frame = pd.DataFrame(columns).sort_values("since", kind="stable", ignore_index=True)
    frame["account_id"] = [f"A{n:04d}" for n in range(1, ACCOUNTS + 1)]
    frame["segment"] = SEGMENTS[frame["segment_no"]]
    return frame


def pick(shares: Floats, rng: np.random.Generator) -> Ints:
    """One position per row of `shares` (rows sum to 1), drawn with those shares."""
    passed = rng.random(len(shares))[:, None] > shares.cumsum(axis=1)[:, :-1]
    drawn: Ints = passed.sum(axis=1)
    return drawn


def successors(company: Company) -> Ints:
    """For each rep the position of the senior of the team, who takes over the accounts and deals of leavers."""
    return np.flatnonzero(company.reps["senior"])[company.reps["team_no"]]


def months(company: Company) -> Days:
    """The months from the opening to the end of the data."""
    return np.arange(OPENING.astype("datetime64[M]"), company.end.astype("datetime64[M]") + 1)


def deals_per_month(company: Company) -> Floats:
    """Expected new deals, one row per rep and one column per month of `months`."""
    reps = company.reps
    start, until = dates(reps["start"])[:, None], dates(reps["until"])[:, None]
    month = months(company)
    first, after = month.astype("datetime64[D]"), (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    worked = (np.minimum(after, until) - np.maximum(first, start)).astype(float).clip(0)
    ramp = (0.5 + (first - start).astype(float) / 300).clip(0.5, 1)
    season = 1 + 0.05 * np.cos(2 * np.pi * (np.arange(len(month)) - 7) / 12)  # highest in October
    trend = np.outer(reps["growth"], quarters_from_middle(first))
    expected: Floats = 12.2 * np.exp(0.1 * reps["drive"].to_numpy()[:, None] + 0.017 * trend)
    expected *= season * ramp * worked / (after - first).astype(float)
    return expected


def quarters_from_middle(day: Days) -> Floats:
    """Quarters from the middle of the data to each day; negative before it."""
    return ((day - OPENING).astype(float) / 30.44 - MIDDLE) / 3


def created_deals(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    """One row per deal, by rep and day: `rep_no` and `created`."""
    expected = deals_per_month(company)
    cell = np.repeat(np.arange(expected.size), rng.poisson(expected).ravel())
    rep, number = np.divmod(cell, expected.shape[1])
    month = months(company)[number]
    first = np.maximum(month.astype("datetime64[D]"), dates(company.reps["start"])[rep])
    month_after = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    after = np.minimum(month_after, dates(company.reps["until"])[rep])
    day = first + rng.integers((after - first).astype(int))
    frame = pd.DataFrame({"rep_no": rep, "created": workday(day, "backward")})
    return frame.sort_values(["rep_no", "created"], kind="stable", ignore_index=True)


def chosen_accounts(company: Company, book: pd.DataFrame, deals: pd.DataFrame, chance: Floats) -> Ints:
    """The position of each deal's account among the accounts that its rep has on that day.

    `book` are the accounts, `deals` those of `created_deals`; `chance` (0 to 1, one per deal) picks the account, in
    proportion to the weights to the power of the rep's `focus`.
    """
    left = dates(company.reps["until"])[book["owner"]]
    inherited = book.assign(since=left, owner=successors(company)[book["owner"]])[left < NEVER]
    pool = pd.concat([book, inherited]).sort_values(["owner", "since"], kind="stable")
    owner, rep, focus = pool["owner"].to_numpy(), deals["rep_no"].to_numpy(), company.reps["focus"].to_numpy()
    account = np.empty(len(deals), dtype=np.int64)
    for no in range(len(company.reps)):
        of_rep, rows = pool[owner == no], np.flatnonzero(rep == no)
        reach = (of_rep["weight"].to_numpy() ** focus[no]).cumsum()
        known = dates(of_rep["since"]).searchsorted(dates(deals["created"])[rows], side="right")
        account[rows] = of_rep.index.to_numpy()[reach.searchsorted(chance[rows] * reach[known - 1], side="right")]
    return account


def repeated(company: Company, rep: Ints, rng: np.random.Generator) -> Ints:
    """For each deal the position of the deal whose account it takes: its own, or an earlier one of the rep.

    The more `skill` a rep has, the more deals are made with an account again.
    """
    loyal = (0.25 + 0.18 * company.reps["skill"].to_numpy()).clip(0.03, 0.65)[rep]
    position = np.arange(len(rep))
    back = (position - rng.integers(4, 12, size=len(rep))).clip(0)
    source = np.where((rng.random(len(rep)) < loyal) & (rep[back] == rep), back, position)
    while (source != source[source]).any():
        source = source[source]
    return source


def new_deals(company: Company, book: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """All deals before their outcome: the columns of `created_deals`, and the positions `account_no`, `segment_no`,
    `product_no` and `region_no`, `misspelt` (flag), `listed` (list price, money) and `amount` (money).
    """
    frame = created_deals(company, rng)
    rep, n = frame["rep_no"].to_numpy(), len(frame)
    frame["account_no"] = chosen_accounts(company, book, frame, rng.random(n))[repeated(company, rep, rng)]
    frame["segment_no"] = book["segment_no"].to_numpy()[frame["account_no"]]
    taste = np.exp(rng.normal(size=(len(company.reps), len(PRODUCTS))) * company.reps[["focus"]].to_numpy())
    frame["product_no"] = pick((taste / taste.sum(axis=1, keepdims=True))[rep], rng)
    # Similar deals within days look like one entered twice, which pipeline.py plants: they get another product.
    again = frame.groupby(["rep_no", "account_no", "product_no"])["created"].diff() < pd.Timedelta(days=10)
    frame["product_no"] = (frame["product_no"] + again) % len(PRODUCTS)
    home = company.reps["region_no"].to_numpy()[rep]
    away = (home + rng.integers(1, 8, size=n)) % 8
    frame["region_no"] = np.where(rng.random(n) < ELSEWHERE, away, home)
    frame["misspelt"] = rng.random(n) < MISSPELT
    skill, growth, discount = company.reps[["skill", "growth", "discount"]].to_numpy()[rep].T
    trend = (0.033 * growth + 0.006) * quarters_from_middle(dates(frame["created"]))
    price = PRODUCTS["price"].to_numpy()[frame["product_no"]] * SEGMENT_SIZE[frame["segment_no"]]
    frame["listed"] = price * np.exp(0.12 * skill + trend + 0.35 * rng.normal(size=n))
    granted = (discount + 0.02 * rng.normal(size=n)).clip(0, 0.2)
    frame["amount"] = (frame["listed"] * (1 - granted)).round(-1).astype(int)
    return frame
