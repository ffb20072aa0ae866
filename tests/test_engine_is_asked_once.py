"""How often the engine is asked for what a region needs together: report, sheet, targets, payouts, potential."""

import json
from pathlib import Path

import pytest

import salesperf
from salesperf.data.engine import Engine
from salesperf.params import Client

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MOST = 20


def run(notebook: str, client: Path) -> None:
    """Runs the code cells of a notebook in this process."""
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names = {"__name__": "__main__"}
    for source in [sources[0], f"client = {str(client)!r}", *sources[1:]]:
        exec(source, names)


def test_the_engine_is_asked_at_most_twenty_times_for_all_that_a_region_needs(
    two_regions_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = salesperf.open_company(two_regions_client.path)
    asked, answer = [], Engine.answer
    monkeypatch.setattr(Engine, "answer", lambda self, question: asked.append(question) or answer(self, question))
    monkeypatch.setattr(salesperf, "open_company", lambda *_: company)
    for notebook in ("region_report", "rep_sheet", "targets"):
        run(notebook, two_regions_client.path)
    company.payouts()
    company.potential()
    assert len(asked) == len(set(asked)) <= MOST
