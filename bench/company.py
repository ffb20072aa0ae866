"""A large company's export for measurements: as many reps, months and deals as asked for, always the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

FIRST_MONTH = np.datetime64("2023-01", "M")
REGIONS, TEAMS = 20, 500  # teams of the whole company
SPLIT, REFUNDED = 0.05, 0.01  # shares of the orders


def write_company(folder: Path, *, reps: int, months: int, deals: int, incentives: object) -> Path:
    """Writes the export as CSV files with a client file beside them, and returns the client file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    tables = {"reps": _reps(reps), "orders": _orders(rng, reps, months, deals)}
    tables["splits"] = _splits(rng, tables["orders"], reps)
    tables["targets"] = _targets(reps, months, deals)
    tables["surveys"] = _surveys(rng, tables["orders"])
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    last = FIRST_MONTH + months - 1
    settings = {
        "client": "Large Ltd",
        "period": str(last),
        "source": {name: f"{name}.csv" for name in tables},
        "model": "core_three",
        "incentives": incentives,
    }
    (folder / "large.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return folder / "large.yml"


def _ids(letter: str, numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pd.Series:
    return letter + pd.Series(numbers).astype(str).str.zfill(7)


def _reps(reps: int) -> pd.DataFrame:
    number = np.arange(reps)
    team = number % TEAMS
    names = {"rep_id": _ids("R", number), "rep": "Rep " + pd.Series(number).astype(str)}
    return pd.DataFrame(
        {
            **names,
            "region": [f"Region {team_no % REGIONS:02d}" for team_no in team],
            "team": [f"Team {team_no:03d}" for team_no in team],
        }
    )


def _orders(rng: np.random.Generator, reps: int, months: int, deals: int) -> pd.DataFrame:
    number = np.arange(deals)
    days = int(((FIRST_MONTH + months).astype("datetime64[D]") - FIRST_MONTH.astype("datetime64[D]")).astype(int))
    day = np.sort(rng.integers(days, size=deals))
    rep = rng.integers(reps, size=deals)
    sold = pd.DataFrame(
        {
            "order_id": _ids("S", number),
            "rep_id": _ids("R", rep),
            "account_id": _ids("A", rep * 40 + rng.integers(40, size=deals)),
            "date": FIRST_MONTH.astype("datetime64[D]") + day,
            "amount": rng.lognormal(8.5, 0.8, size=deals).round(2),
            "refund_of": "",
        }
    )
    back = sold[rng.random(deals) < REFUNDED]
    later = np.minimum(day[back.index] + rng.integers(1, 90, size=len(back)), days - 1)
    back = back.assign(
        order_id=back["order_id"] + "R",
        refund_of=back["order_id"],
        date=FIRST_MONTH.astype("datetime64[D]") + later,
        amount=-back["amount"],
    )
    return pd.concat([sold, back], ignore_index=True)


def _splits(rng: np.random.Generator, orders: pd.DataFrame, reps: int) -> pd.DataFrame:
    sold = orders[orders["amount"] > 0]
    shared = sold[rng.random(len(sold)) < SPLIT]
    other = _ids("R", rng.integers(reps, size=len(shared))).set_axis(shared.index)
    other = other.where(other != shared["rep_id"], "R0000000")
    first = pd.DataFrame({"sale_id": shared["order_id"], "rep_id": shared["rep_id"], "share": 70})
    return pd.concat([first, first.assign(rep_id=other, share=30)], ignore_index=True)


def _targets(reps: int, months: int, deals: int) -> pd.DataFrame:
    """An annual target for each rep and year, near what an average rep sells and wins."""
    years = [str(FIRST_MONTH.astype("datetime64[Y]") + year) for year in range(-(-months // 12))]
    rows = [
        pd.DataFrame({"level": "rep", "name": _ids("R", np.arange(reps)), "period": year, "kpi": kpi, "target": target})
        for year in years
        for kpi, target in (("revenue", round(12 / months * deals / reps * 6800)), ("new_customers", 15))
    ]
    return pd.concat(rows, ignore_index=True)


def _surveys(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    asked = orders[(orders["amount"] > 0) & (rng.random(len(orders)) < 0.2)]
    return pd.DataFrame(
        {"date": asked["date"], "score": rng.integers(1, 6, size=len(asked)), "rep_id": asked["rep_id"]}
    )
