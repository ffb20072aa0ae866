"""What it costs to say how sure scores and potential are, and how many grades change when answers are drawn anew.

Run with a number of companies to draw answers anew in fewer than COMPANIES of them.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

from salesperf.company import Company, opened
from salesperf.data.demo.export import write_demo
from salesperf.measures.coverage import is_whole
from salesperf.measures.segment_mix import segment_mix
from salesperf.people.company_potential import company_potential
from salesperf.people.features import features
from salesperf.present.potential.nine_box import nine_box
from salesperf.present.region import certainty, limits, period_findings
from salesperf.present.region.potential import who_is_named
from salesperf.scoring.company_scores import basis_and_scores, evidence_to_settle
from salesperf.scoring.region_claims import region_claims
from salesperf.scoring.scorecard import scorecard
from salesperf.scoring.separation import separation

COMPANIES, REDRAWN, RUNS = 20, 50, 5
STRENGTH = 4.0  # of the prior of the true rates that answers are drawn anew from
CLIENT = """\
client: Demo
period: 2025Q4
source: {files}
"""


def demo(folder: Path, seed: int) -> Company:
    """The demo company of a seed, opened; nothing is worked out yet."""
    tables = [path.stem for path in write_demo(folder / f"demo{seed}", seed=seed).glob("*.csv")]
    files = {table: f"demo{seed}/{table}.csv" for table in sorted(tables)}
    client = folder / f"{seed}.yml"
    client.write_text(CLIENT.format(files=str(files).replace("'", "")), encoding="utf-8")
    return opened(client)


def redrawn(company: Company, draw: np.random.Generator) -> float:
    """The share of printed grades that change where each rep's answers are drawn anew (Beta prior, then binomial)."""
    rows, card = basis_and_scores(company, "rep")
    n, rate = rows["satisfaction_n"].to_numpy(), rows["satisfaction"].fillna(0).to_numpy()
    prior, few = float(rows["satisfaction"].mean()), rows["satisfaction_drawn"].notna().to_numpy()
    mean = rows["satisfaction_neutral"].max()
    strength = ((rows["satisfaction"] - rows["satisfaction_drawn"]) / (rows["satisfaction_drawn"] - mean) * n).median()
    changed = []
    for _ in range(REDRAWN):
        true = draw.beta(STRENGTH * prior + rate * n, STRENGTH * (1 - prior) + (1 - rate) * n)
        share = draw.binomial(n.astype(int), true) / np.where(n > 0, n, 1)
        counted = np.where(few, (share * n + mean * strength) / (n + strength), np.nan)
        again = rows.assign(satisfaction=np.where(n > 0, share, np.nan), satisfaction_drawn=counted)
        changed.append((scorecard(again, card.model).summary["grade"] != card.summary["grade"]).mean())
    return float(np.mean(changed))


def seconds(work: Callable[[], object]) -> float:
    """Seconds of CPU that some work takes."""
    begun = process_time()
    work()
    return process_time() - begun


def first_time(company: Company) -> dict[str, float]:
    """CPU seconds of what a batch works out once, in its order; facts and scores are there before."""
    now = company.period
    company.kpis("region", now.history())
    company.score_basis("team")
    company.score_basis("rep", [now.before(), now])
    return {
        "certainty of teams": seconds(lambda: company.certainty("team")),
        "certainty of people": seconds(lambda: company.certainty("rep")),
        "which KPIs tell people apart": seconds(lambda: separation(company)),
        "features of potential": seconds(lambda: features(company)),
        "potential and its back-test": seconds(lambda: company_potential(company)),
        "evidence to settle grades (sheets alone)": seconds(lambda: evidence_to_settle(company)),
    }


def per_report(company: Company, region: str) -> float:
    """CPU seconds of the exhibits of one further region report that say how sure it is."""
    voice, now, sure = company.voice, company.period, company.certainty()
    everyone = company.score_basis("rep").set_index("rep_id")
    reps, every_region = everyone[everyone["region"] == region], company.kpis("region", now.history())
    card, found = scorecard(reps, company.model), company.potential()
    segment_mix(company)

    def shown() -> None:
        whole = [one.label for one in now.history() if is_whole(company, one)]
        claims = region_claims(company, region, every_region, reps.index, whole)
        period_findings.beyond_chance(voice, claims.findings)
        certainty.score_intervals(voice, reps, card, sure, apart=claims.scores_apart)
        certainty.told_apart(voice, claims.separation, claims.verdicts)
        who_is_named(voice, found, region)
        nine_box(voice, found, region)
        limits.what_numbers_cannot_tell(voice, reps, card, sure, claims.verdicts)

    return seconds(shown)


def main() -> None:
    """Measures both, and prints what came out."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first_time(demo(folder, 1))  # imports, and what libraries set up once
        runs = [first_time(demo(folder, 7)) for _ in range(RUNS)]
        for step in runs[0]:
            print(f"{step}: {statistics.median(run[step] for run in runs):.2f} s of CPU")
        of_sheets = "evidence to settle grades (sheets alone)"
        totals = [sum(taken for step, taken in run.items() if step != of_sheets) for run in runs]
        print(
            f"all for region reports: {statistics.median(totals):.2f} s of CPU ({min(totals):.2f} to {max(totals):.2f})"
        )
        company = demo(folder, 7)
        per_report(company, "West")
        regions = ["East", "North", "South", "Central", "Northeast", "Northwest", "Southwest"]
        reports = [per_report(company, region) for region in regions]
        print(f"a further report: {statistics.median(reports):.2f} s of CPU ({min(reports):.2f} to {max(reports):.2f})")
        draw = np.random.default_rng(3)
        shares = [redrawn(demo(folder, seed), draw) for seed in range(100, 100 + count)]
    spread = f"{min(shares):.3f} to {max(shares):.3f}"
    print(f"answers drawn anew change {np.mean(shares):.3f} of the grades of {count} companies ({spread})")


if __name__ == "__main__":
    main()
