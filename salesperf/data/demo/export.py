"""The demo company as a CRM export: one CSV file per table, and a JSON file with the effects planted in them."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from salesperf.data.demo import market, people, pipeline, planted, reviews, sales
from salesperf.data.demo.names import Language, words
from salesperf.data.demo.targets import targets

COLUMNS = {
    "reps": "rep_id rep region team manager start_date end_date group_gender group_age",
    "accounts": "account_id account segment",
    "opportunities": "opportunity_id rep_id status stage account_id product created closed amount region",
    "stage_history": "opportunity_id stage entered",
    "orders": "order_id rep_id account_id date amount cost product region refund_of",
    "surveys": "date score rep_id account_id",
    "activities": "rep_id date kind count quality",
    "assessments": "rep_id period criterion rating rater rater_role",
    "key_results": "rep_id period objective key_result start target actual",
    "targets": "level name period kpi target",
    "splits": "sale_id rep_id share",
    "actions": "rep_id date action due status",
}


def write_demo(
    folder: Path, *, seed: int = 7, language: Language = "en", effect: float = 1.0, end: str = str(people.DATA_END)
) -> Path:
    """Write the export of the demo company into `folder` and return the folder.

    Ten quarters, 2023-07-01 to 2025-12-31, of a company with 8 regions and about 120 reps: one UTF-8 CSV
    file per table (ISO dates, money in whole units of one currency), and `truth.json` with what was planted,
    for tests. The same seed (0 or more) gives the same bytes; `language` changes names only, no number. `effect`: how
    much of what sets the high potentials apart is planted, 0 to 1; `end`: the last day of the data, on which later
    quarters go on as the earlier ones did.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables, truth = demo(seed, language, effect=effect, end=np.datetime64(end))
    for name, columns in COLUMNS.items():
        save(folder / f"{name}.csv", tables[name][columns.split()].to_csv(index=False, lineterminator="\n"))
    save(folder / "truth.json", json.dumps(truth, ensure_ascii=False, indent=1) + "\n")
    return folder


def demo(
    seed: int, language: Language, *, effect: float = 1.0, end: np.datetime64 = people.DATA_END
) -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """All tables by name, with more columns than are written (see `COLUMNS`), and the content of `truth.json`.

    Each table has a random stream of its own, so that a change to one leaves the others as they are.
    """

    def stream(table: str) -> np.random.Generator:
        return np.random.default_rng([seed, *table.encode()])

    company = people.founded(words(language), stream("reps"), effect=effect, end=end)
    accounts = market.accounts(company, stream("accounts"))
    deals = pipeline.opportunities(company, accounts, stream("opportunities"))
    orders = sales.orders(company, deals, stream("orders"))
    assessments, severity = reviews.assessments(company, stream("assessments"))
    tables = {
        "reps": company.reps,
        "accounts": accounts,
        "opportunities": deals,
        "stage_history": pipeline.stage_history(deals),
        "orders": orders,
        "surveys": sales.surveys(company, orders, stream("surveys")),
        "activities": sales.activities(company, stream("activities")),
        "assessments": assessments,
        "key_results": reviews.key_results(company, stream("key_results")),
        "targets": targets(company, orders),
        "splits": sales.splits(company, orders, stream("splits")),
        "actions": reviews.actions(company, stream("actions")),
    }
    truth = people.people_truth(company) | planted.pipeline_truth(company, deals) | severity
    return tables, truth | sales.sales_truth(company)


def save(path: Path, text: str) -> None:
    """Write the text to a file as a whole: an interrupted run leaves no half file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
