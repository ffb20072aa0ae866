"""Four KPIs of every region and quarter out of a file of deals, against what a user would write instead.

Twenty million deals in Parquet, five million as CSV; of 5,000 reps, 20 regions and 250,000 accounts. Revenue,
customers, win rate and sales cycle (docs/methods.md §2) of 20 quarters: (a) in pandas, (b) in Polars, (c) in SQL for
DuckDB, and (d) by ``salesperf kpis``, at first contact, a second time, and once with all KPIs. Each runs in a process
of its own, and all must come to the same numbers. Run with ``make bench``; the last figures stand in bench/README.md.
``python bench/data.py 1 0.2`` measures a million deals in Parquet and 200,000 as CSV.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import yaml

REPS, REGIONS, ACCOUNTS = 5_000, 20, 250_000
PERIODS = pd.period_range("2021Q1", "2025Q4", freq="Q")
COLUMNS = ["region", "status", "account_id", "created", "closed", "amount"]
KPIS = ["revenue", "customers", "win_rate", "cycle_days"]
HALF = 0.5 + 1e-9  # 1/2 as a product of floats can come out above it


@dataclass(frozen=True)
class Cost:
    """What a process cost: seconds, processor seconds, and the peak of its memory in GB."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Prints what every side costs, of the Parquet file and of the CSV."""
    if sys.argv[1:2] and sys.argv[1] in SIDES:
        side, path, result = sys.argv[1:]
        SIDES[side](Path(path)).sort_values(["region", "period"]).to_csv(result, index=False)
        return
    millions = [float(text) for text in sys.argv[1:]] or [20, 5]
    for kind, million in zip(("parquet", "csv"), millions, strict=False):
        with tempfile.TemporaryDirectory() as folder:
            _measure(_written_company(Path(folder), kind, round(million * 1e6)))


def _measure(client: Path) -> None:
    deals = next(client.parent.glob("deals.*"))
    print(f"\n{deals.suffix[1:]}, {deals.stat().st_size / 1e6:,.0f} MB")
    results = {}
    for side in SIDES:
        results[side] = client.parent / f"{side}.csv"
        _show(side, _cost([sys.executable, __file__, side, str(deals), str(results[side])]))
    options = [word for kpi in KPIS for word in ("--kpi", kpi)]
    command = [str(Path(sys.executable).with_name("salesperf")), "kpis", str(client), "--by", "region"]
    command += ["--format", "csv", "--period", f"{PERIODS[0]}:{PERIODS[-1]}"]
    for name, kpis in (("first contact", options), ("second time", options), ("all KPIs", [])):
        results[name] = client.parent / f"{name}.csv"
        _show(f"salesperf, {name}", _cost([*command, *kpis], results[name]))
    _check(results)


def _cost(command: list[str], output: Path | None = None) -> Cost:
    """Runs a command, its output into a file, with a cache that is empty for each client."""
    home = Path(command[2] if output else command[3]).parent / "cache"
    with open(output or os.devnull, "w") as file:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, env={**os.environ, "XDG_CACHE_HOME": str(home)})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**30)


def _show(name: str, cost: Cost) -> None:
    print(f"{name:26} {cost.wall:7.2f} s {cost.cpu:7.2f} CPU s {cost.memory:6.2f} GB", flush=True)


def _check(results: Mapping[str, Path]) -> None:
    """All sides have the same regions and quarters, and the same numbers."""
    tables = {
        name: pd.read_csv(path).set_index(["region", "period"])[KPIS].sort_index() for name, path in results.items()
    }
    first = next(iter(tables.values()))
    assert first.index.nlevels == 2 and len(first) == REGIONS * len(PERIODS) and first.notna().all(axis=None)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, first, check_dtype=False, rtol=1e-9, obj=name)
    print(f"all of them agree on {first.size:,} numbers")


def _written_company(folder: Path, kind: str, deals: int) -> Path:
    """Writes the deals, the reps and the client file, always the same ones, and returns the client file's path."""

    def chance(salt: int) -> str:
        return f"(hash(number, {salt}) % 1000003) / 1000003"

    days = f"(5 + exp(3.4 + 0.9 * sqrt(-2 * ln({chance(3)} + 1e-9)) * cos(2 * pi() * {chance(4)})))::INTEGER"
    rows = f"""
        WITH drawn AS (
            SELECT
                number, hash(number, 1) % {REPS} AS rep, hash(number, 5) % {ACCOUNTS} AS account,
                DATE '2020-01-01' + (hash(number, 2) % 2192)::INTEGER AS created, created + {days} AS closes,
                round(200 * exp(5 * {chance(7)}), 2)::DOUBLE AS amount, {chance(6)} < 0.35 AS is_won,
                if(hash(number, 8) % 100 < 3, hash(number, 9), rep) % {REGIONS} AS region  -- some are sold elsewhere
            FROM range({deals}) numbers(number)
        )
        SELECT
            'D' || lpad(number::VARCHAR, 9, '0') AS opportunity_id, 'R' || lpad(rep::VARCHAR, 5, '0') AS rep_id,
            CASE WHEN closes > DATE '2025-12-31' THEN 'open' WHEN is_won THEN 'won' ELSE 'lost' END AS status,
            'A' || lpad(account::VARCHAR, 6, '0') AS account_id, created,
            CASE WHEN closes <= DATE '2025-12-31' THEN closes END AS closed, amount,
            'Region ' || lpad(region::VARCHAR, 2, '0') AS region
        FROM drawn
    """
    duckdb.sql(f"COPY ({rows}) TO '{folder}/deals.{kind}'")
    number = pd.Series(range(REPS))
    region = "Region " + (number % REGIONS).astype(str).str.zfill(2)
    reps = {"rep_id": "R" + number.astype(str).str.zfill(5), "rep": "Rep " + number.astype(str), "region": region}
    pd.DataFrame(reps).to_csv(folder / "reps.csv", index=False)
    source = {"reps": "reps.csv", "opportunities": f"deals.{kind}"}
    settings = {"client": "Large Ltd", "period": str(PERIODS[-1]), "source": source}
    (folder / "large.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return folder / "large.yml"


def with_pandas(path: Path) -> pd.DataFrame:
    """(a): pandas."""
    if path.suffix == ".csv":
        kinds = {"region": "category", "status": "category", "account_id": "category"}
        deals = pd.read_csv(path, usecols=COLUMNS, dtype=kinds, parse_dates=["created", "closed"])
    else:
        deals = pd.read_parquet(path, columns=COLUMNS)
        deals = deals.astype({"region": "category", "status": "category", "account_id": "category"})
        deals = deals.astype({"created": "datetime64[s]", "closed": "datetime64[s]"})
    keys = ["region", "period"]
    done = deals[deals["closed"] >= PERIODS[0].start_time].drop(columns="created")
    done["period"] = done["closed"].dt.to_period("Q")
    won = done[done["status"] == "won"]
    sold = won.groupby(keys, observed=True).agg(revenue=("amount", "sum"), customers=("account_id", "nunique"))
    sold["win_rate"] = won.groupby(keys, observed=True).size() / done.groupby(keys, observed=True).size()
    del done, won
    sold["cycle_days"] = pd.concat({period: _cycles(deals, period) for period in PERIODS}).swaplevel()
    return sold.reset_index()


def _cycles(deals: pd.DataFrame, period: pd.Period) -> pd.Series:
    end = min(period.end_time.normalize(), max(deals["created"].max(), deals["closed"].max()))
    start = max((period - 3).start_time, deals["closed"].min())
    cohort = deals.loc[deals["created"].between(start, end), ["region", "created", "closed"]]
    event = cohort["closed"] <= end
    age = (cohort["closed"].where(event, end) - cohort["created"]).dt.days
    ages = event.groupby([cohort["region"], age.rename("age")], observed=True).agg(["size", "sum"])
    region = ages.groupby(level="region", observed=True)
    at_risk = region["size"].transform("sum") - region["size"].cumsum() + ages["size"]
    survival = (1 - ages["sum"] / at_risk).groupby(level="region", observed=True).cumprod()
    half = survival[survival <= HALF].reset_index("age")
    median: pd.Series = half.groupby(level="region", observed=True)["age"].min()
    return median


def with_polars(path: Path) -> pd.DataFrame:
    """(b): Polars, lazily."""
    scan = pl.scan_csv(path, try_parse_dates=True) if path.suffix == ".csv" else pl.scan_parquet(path)
    deals, closed = scan.select(COLUMNS), pl.col("closed")
    keys, is_won = ["region", "period"], pl.col("status") == "won"
    quarter = pl.format("{}Q{}", closed.dt.year(), closed.dt.quarter())
    sold = (
        deals.filter(closed >= PERIODS[0].start_time.date())
        .with_columns(closed.dt.truncate("1q").alias("quarter"))
        .group_by("region", "quarter")
        .agg(
            revenue=pl.col("amount").filter(is_won).sum(),
            customers=pl.col("account_id").filter(is_won).n_unique(),
            win_rate=is_won.mean(),
        )
        .with_columns(closed=pl.col("quarter"))
        .select("region", quarter.alias("period"), "revenue", "customers", "win_rate")
    )
    days = deals.select(first=closed.min(), last=pl.max_horizontal(pl.col("created").max(), closed.max())).collect()
    first, last = days.row(0)
    spells = []
    for period in PERIODS:
        end = min(period.end_time.date(), last)
        start = max((period - 3).start_time.date(), first)
        event = closed.is_not_null() & (closed <= end)
        age = (pl.when(event).then(closed).otherwise(end) - pl.col("created")).dt.total_days()
        cohort = deals.filter(pl.col("created").is_between(start, end))
        ages = cohort.group_by("region", age.alias("age")).agg(left=pl.len(), closed=event.sum())
        spells.append(ages.with_columns(period=pl.lit(str(period))))
    cycles = (
        pl.concat(spells)
        .sort(*keys, "age")
        .with_columns(at_risk=pl.col("left").cum_sum(reverse=True).over(keys))
        .with_columns(survival=(1 - closed / pl.col("at_risk")).cum_prod().over(keys))
        .filter(pl.col("survival") <= HALF)
        .group_by(keys)
        .agg(cycle_days=pl.col("age").min())
    )
    return sold.join(cycles, on=keys, how="left").collect(engine="streaming").to_pandas()


def with_duckdb(path: Path) -> pd.DataFrame:
    """(c): SQL for DuckDB."""
    con = duckdb.connect()
    kind = "TABLE" if path.suffix == ".csv" else "VIEW"  # a CSV is parsed once
    con.execute(f"CREATE {kind} deals AS SELECT {', '.join(COLUMNS)} FROM '{path}'")
    periods = pd.DataFrame({"period": PERIODS.astype(str), "last": PERIODS.end_time.normalize()})
    con.register("quarters", periods.assign(first=[(period - 3).start_time for period in PERIODS]))
    return con.execute(
        f"""
        WITH days AS (SELECT min(closed) AS first_close, greatest(max(created), max(closed)) AS last_day FROM deals),
        sold AS (
            SELECT
                region, year(closed) || 'Q' || quarter(closed) AS period,
                sum(amount) FILTER (status = 'won') AS revenue,
                count(DISTINCT account_id) FILTER (status = 'won') AS customers,
                count(*) FILTER (status = 'won') / count(*) AS win_rate
            FROM deals WHERE closed >= DATE '{PERIODS[0].start_time.date()}' GROUP BY ALL
        ),
        windows AS (
            SELECT period, greatest(first::DATE, first_close) AS first, least(last::DATE, last_day) AS last
            FROM quarters, days
        ),
        spans AS (SELECT region, created, closed, count(*) AS deals FROM deals GROUP BY ALL),
        ages AS (
            SELECT
                region, period, if(closed <= last, closed, last) - created AS age,
                sum(deals) AS gone, coalesce(sum(deals) FILTER (closed <= last), 0) AS ended
            FROM spans JOIN windows ON created BETWEEN first AND last GROUP BY ALL
        ),
        risks AS (
            SELECT *, sum(gone) OVER (PARTITION BY region, period ORDER BY age DESC) AS at_risk FROM ages
        ),
        survivals AS (
            SELECT *, product(1 - ended / at_risk) OVER (PARTITION BY region, period ORDER BY age) AS survival
            FROM risks
        ),
        cycles AS (
            SELECT region, period, min(age) AS cycle_days FROM survivals WHERE survival <= {HALF} GROUP BY ALL
        )
        SELECT region, period, revenue, customers, win_rate, cycle_days
        FROM sold LEFT JOIN cycles USING (region, period)
        """
    ).df()


SIDES: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    "pandas": with_pandas,
    "polars": with_polars,
    "duckdb": with_duckdb,
}

if __name__ == "__main__":
    main()
