"""Every model type gives a full report where its data exist, and says what is missing where they do not."""

import ast
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from salesperf import open_company
from salesperf.measures.kpis import Kpi
from salesperf.params import Client, preset_names, read_client
from salesperf.scoring.model import MODELS, read_model

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "region_report.ipynb"


@pytest.fixture
def page() -> Callable[[Path, str], str]:
    """What the region report shows of a client's region, its cells run in this process: other tests prove kernels."""

    def shown(client: Path, region: str) -> str:
        names: dict[str, Any] = {}
        html = []
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
            if cell.cell_type == "markdown":
                html.append(cell.source)
            else:
                *before, last = ast.parse(cell.source).body
                exec(compile(ast.Module(before, []), cell.id, "exec"), names)
                if isinstance(last, ast.Expr):
                    value = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
                    html.append(getattr(value, "html", ""))
                else:
                    exec(compile(ast.Module([last], []), cell.id, "exec"), names)
                if "parameters" in cell.metadata.get("tags", []):
                    names |= {"client": str(client), "region": region}
        return unescape("".join(html))

    return shown


@pytest.fixture(scope="module")
def known(two_regions_client: Client) -> dict[str, Kpi]:
    """The KPIs of these regions, which are the same under every model."""
    return open_company(two_regions_client.path).registry


@pytest.mark.parametrize("model", preset_names(MODELS))
def test_two_regions_of_the_demo_company_have_a_full_report_under_every_model(
    two_regions_client: Client, known: dict[str, Kpi], page: Callable[[Path, str], str], tmp_path: Path, model: str
) -> None:
    path = shutil.copytree(two_regions_client.folder, tmp_path / "params") / "demo.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("model: core_three", f"model: {model}"), encoding="utf-8")
    shown = page(path, "East")
    client = read_client(path)
    for kpi in read_model(client, known).kpi_ids:
        assert client.voice.kpi(kpi) in shown
    for part in ("Targets and pace", "sp-teams", "sp-reps", "sp-score-changes", "sp-score-trail", "Payouts for 2025Q4"):
        assert part in shown
    assert ("sp-key-results" in shown) == (model == "kpi_okr")
    assert "No score:" not in shown


@pytest.mark.parametrize("model", preset_names(MODELS))
def test_the_crm_export_says_what_each_model_is_missing(
    crm_folder: Path, page: Callable[[Path, str], str], tmp_path: Path, model: str
) -> None:
    source = {"reps": "sales_teams.csv", "opportunities": "sales_pipeline.csv", "accounts": "accounts.csv"}
    named = {table: str(crm_folder / file) for table, file in source.items()}
    content = {"client": "Hardware", "period": "2017Q4", "model": model, "source": {"preset": "maven", **named}}
    path = tmp_path / "crm.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    shown = page(path, "East")
    assert "No score: less than 60% of its weight can be measured. Missing: " in shown
    assert "is not available" in shown or "n/a" in shown
    assert "nan" not in shown.replace("finance", "").casefold().split()
