"""Every model type gives a full report where its data exist, and says what is missing where they do not."""

from html import unescape
from pathlib import Path

import papermill
import pytest
import yaml

from salesperf.data.demo import write_demo
from salesperf.data.tables import load_tables
from salesperf.measures.kpis import registry
from salesperf.params import preset_names, read_client
from salesperf.reports.page import ReportExporter
from salesperf.scoring.model import MODELS, read_model

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "region_report.ipynb"


def page(client: Path, region: str) -> str:
    """The region's page as text, made by papermill in a warm kernel and by nbconvert."""
    given = {"client": str(client), "region": region}
    made = papermill.execute_notebook(str(NOTEBOOK), None, given, kernel_name="salesperf", progress_bar=False)
    return unescape(ReportExporter().from_notebook_node(made)[0])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_demo(folder / "demo")
    return folder


@pytest.mark.parametrize("model", preset_names(MODELS))
def test_the_demo_company_has_a_full_report_under_every_model(demo: Path, model: str) -> None:
    text = (ROOT / "params" / "demo.yml").read_text(encoding="utf-8").replace("model: core_three", f"model: {model}")
    path = demo / f"{model}.yml"
    path.write_text(text, encoding="utf-8")
    shown = page(path, "East")
    client = read_client(path)
    for kpi in read_model(client, registry(load_tables(client), client)).kpi_ids:
        assert client.voice.kpi(kpi) in shown
    for part in ("Targets and pace", "sp-teams", "sp-reps", "sp-score-changes", "sp-score-trail", "Payouts for 2025Q4"):
        assert part in shown
    assert ("sp-key-results" in shown) == (model == "kpi_okr")
    assert "No score:" not in shown


@pytest.mark.parametrize("model", preset_names(MODELS))
def test_the_crm_export_says_what_each_model_is_missing(crm_folder: Path, tmp_path: Path, model: str) -> None:
    source = {"reps": "sales_teams.csv", "opportunities": "sales_pipeline.csv", "accounts": "accounts.csv"}
    named = {table: str(crm_folder / file) for table, file in source.items()}
    content = {"client": "Hardware", "period": "2017Q4", "model": model, "source": {"preset": "maven", **named}}
    path = tmp_path / "crm.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    shown = page(path, "East")
    assert "No score: less than 60% of its weight can be measured. Missing: " in shown
    assert "is not available" in shown or "n/a" in shown
    assert "nan" not in shown.replace("finance", "").casefold().split()
