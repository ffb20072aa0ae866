"""How many region pages claim a difference in simulated companies in which nobody and nothing differs but by chance.

Run with a number of companies to simulate fewer than COMPANIES of them.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml

from salesperf import open_company
from salesperf.measures.coverage import is_whole
from salesperf.scoring.region_claims import region_claims

COMPANIES = 100
REGIONS, PEOPLE = 8, 13  # people in each region
DAYS = pd.date_range("2023-10-01", "2025-12-31")  # nine quarters
DEALS, ANSWERS = 15, 4  # closed deals, and answers of customers, of a person in a quarter
WON, CONTENT = 0.4, 0.7
QUARTERS = len(DAYS) / 91.3


def tables(draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The export of a company whose people all have the same chances."""
    people = np.arange(REGIONS * PEOPLE)
    ids = np.array([f"R{number:03}" for number in people])
    reps = pd.DataFrame({"rep_id": ids, "rep": ids, "region": [f"Region {number % REGIONS}" for number in people]})
    deals, answers = (int(draw.poisson(each * len(people) * QUARTERS)) for each in (DEALS, ANSWERS))
    closed = draw.choice(DAYS, deals)
    opportunities = pd.DataFrame(
        {
            "opportunity_id": np.arange(deals),
            "rep_id": draw.choice(ids, deals),
            "status": np.where(draw.random(deals) < WON, "won", "lost"),
            "account_id": draw.integers(2000, size=deals),
            "created": closed - pd.to_timedelta(draw.integers(20, 120, deals), "D"),
            "closed": closed,
            "amount": draw.lognormal(9, 0.7, deals).round(2),
        }
    )
    surveys = pd.DataFrame(
        {
            "date": draw.choice(DAYS, answers),
            "rep_id": draw.choice(ids, answers),
            "score": np.where(draw.random(answers) < CONTENT, 5, 2),
        }
    )
    target = {"level": "rep", "name": ids, "period": "2025Q4", "kpi": "revenue", "target": 70_000}
    last = {"date": DAYS[-1], "rep_id": ids, "kind": "calls", "count": 1}  # so that the export reaches the end
    return {
        "reps": reps,
        "opportunities": opportunities,
        "surveys": surveys,
        "targets": pd.DataFrame(target),
        "activities": pd.DataFrame(last),
    }


def claimed(seed: int, folder: Path) -> list[dict[str, bool]]:
    """For each region's page, which kinds of claims it holds."""
    written = tables(np.random.default_rng([seed, 31]))
    for name, table in written.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    source = {name: f"{name}.csv" for name in written}
    client = {"client": "Alike", "period": "2025Q4", "model": "core_three", "as_of": "2025-12-31", "source": source}
    (folder / "alike.yml").write_text(yaml.safe_dump(client), "utf-8")
    company = open_company(folder / "alike.yml")
    periods, reps = company.period.history(), company.kpis("rep").set_index("rep_id")
    history, whole = company.kpis("region", periods), [one.label for one in periods if is_whole(company, one)]
    pages = []
    for region, people in reps.groupby("region"):
        claims = region_claims(company, str(region), history, people.index, whole)
        findings = bool(claims.findings and claims.findings.found)
        of_kpis = bool((claims.verdicts != "chance").any())
        pages.append({"findings": findings, "KPIs": of_kpis, "scores": claims.scores_apart})
    return pages


def main() -> None:
    """Simulates the companies, and prints what is measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    pages = []
    for seed in range(count):
        with TemporaryDirectory() as folder:
            pages += claimed(seed, Path(folder))
    table = pd.DataFrame(pages)
    print(f"{table.any(axis=1).mean():.3f} of {len(table)} pages of {count} companies claim a difference")
    print(", ".join(f"{name} {share:.3f}" for name, share in table.mean().items()))


if __name__ == "__main__":
    main()
