"""The index: every region on one scale, and what is to be said of the status of its report."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from salesperf.cover import COVER_TYPE
from salesperf.params import Client
from salesperf.reports.building.page import page_html
from salesperf.reports.keys import PARTS
from salesperf.reports.names import card_id
from salesperf.reports.publishing.index import index_page
from salesperf.reports.publishing.manifest import Output, ReportEntry
from salesperf.reports.stores.store import LocalStore

ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,1\n"


def test_a_report_from_an_earlier_state_of_the_data_is_marked(published_workbench) -> None:
    with (published_workbench.client_file.parent / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("3,r0,c,2025-11-11,7\n")
    published_workbench.run("East")
    index = published_workbench.index()
    assert index.count("From an earlier state of data or settings") == 1


def test_small_charts_of_the_index_share_one_scale(published_workbench) -> None:
    index = published_workbench.index()
    assert 'height="64.0" class="last"' in index  # West: 10 of 10
    assert 'height="32.0" class="last"' in index  # East: 5 of 10


def entry(region: str) -> ReportEntry:
    outputs = [Output(path=path, bytes=1, sha256="0" * 64) for path in (f"{region}.html", f"notebooks/{region}.ipynb")]
    return ReportEntry(
        kind="region", region=region, status="published", outputs=outputs, key=dict.fromkeys(PARTS, "now")
    )


@pytest.fixture
def index_of(tmp_path: Path, client_of: Callable[..., Client]) -> Callable[..., str]:
    """The index of regions with these covers; ``current``: the key's part that their reports would have now."""

    def of(covers: dict[str, dict[str, Any]], current: str = "now") -> str:
        store = LocalStore(tmp_path / "out")
        for region, parts in covers.items():
            outputs = [new_output("display_data", {COVER_TYPE: parts})]
            notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
            path = store.folder / "notebooks" / f"{region}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(nbformat.writes(notebook), "utf-8")
        client = client_of({"reps": "rep_id,rep,region\nr1,Ann,East\n", "orders": ORDERS})
        keys = {(region, ""): dict.fromkeys(PARTS, current) for region in covers}
        return index_page(client, store, [entry(region) for region in covers], current=keys)

    return of


def cover_of(*revenue: float | None, targets: Sequence[float | None] = (), **more: Any) -> dict[str, Any]:
    labels = [f"2025Q{place}" for place in range(1, len(revenue) + 1)]
    return {"trend": [list(point) for point in zip(labels, revenue, strict=True)], "targets": list(targets), **more}


def test_regions_stand_by_attainment_and_those_without_one_come_last(index_of: Any) -> None:
    attainments = {"A": 0.8, "B": None, "C": 1.2, "D": None}
    covers = {region: cover_of(1.0, attainment=attainment) for region, attainment in attainments.items()}
    assert re.findall(r'<h2><a href="(\w)\.html">', index_of(covers)) == ["C", "A", "B", "D"]


def test_the_company_comes_first_from_a_report_that_is_current(index_of: Any) -> None:
    company = {"sentence": "The company sold 3.", "trend": [["2025Q4", 3.0]], "figures": []}
    covers = {"A": cover_of(1.0), "B": cover_of(2.0, company=company)}
    index = index_of(covers)
    assert index.index('id="company"') < index.index('id="region-A"') and "The company sold 3." in index
    assert 'id="company"' not in index_of(covers, current="changed")


def test_charts_have_targets_hatches_and_no_empty_beginning(index_of: Any) -> None:
    covers = {
        "A": cover_of(None, 5.0, 10.0, targets=[None, 20.0, None], incomplete=["2025Q3"]),
        "B": cover_of(None, None, 5.0),
    }
    index = index_of(covers)
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', index)
    assert bars == [("0.0", "16.0"), ("120.0", "32.0"), ("120.0", "32.0"), ("0.0", "0.0"), ("120.0", "16.0")]
    assert index.count('class="part"') == 1
    assert re.findall(r'<line x1="([\d.]+)" x2="[\d.]+" y1="([\d.]+)"', index) == [("0.0", "0.0")]  # 20 is the top
    assert "Revenue, 2025Q2 to 2025Q3; marks: targets" in index and "Revenue, 2025Q2 to 2025Q3<" in index


def test_charts_differ_in_their_text_for_whoever_cannot_see_them(index_of: Any) -> None:
    alternatives = re.findall(r'aria-label="(.*?)"', index_of({"A": cover_of(1200.0), "B": cover_of(3.0)}))
    assert len(alternatives) == 2 and "A" in alternatives[0] and "1,200" in alternatives[0] and "B" in alternatives[1]


def test_a_page_leads_back_to_its_card(index_of: Any) -> None:
    hostile = 'New "York" / 华东'
    index = index_of({"A": cover_of(1.0)})
    assert f'id="{card_id("A")}"' in index
    cell = new_code_cell("", outputs=[new_output("display_data", {COVER_TYPE: {"region": hostile}})])
    page = page_html(new_notebook(cells=[cell]), "title", "sheets/x/y.html")
    assert f'href="../../index.html#{card_id(hostile)}"' in page and 'href="../../index.html">All regions' in page
    assert "index.html" not in page_html(new_notebook(cells=[cell]), "title")


def test_a_cover_of_a_client_s_own_notebook_may_have_fewer_targets_or_none(index_of: Any) -> None:
    index = index_of({"A": cover_of(1.0, 2.0, targets=[2.0]), "B": {"trend": [["2025Q1", 1.0]]}, "C": {}})
    assert index.count('<line x1="') == 1
