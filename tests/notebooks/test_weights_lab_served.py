"""The weights lab served as a page by Voilà, in a real Chromium."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from salesperf import open_company

PATIENCE = 300_000  # milliseconds for a kernel to start and to read the export on a busy machine


@pytest.fixture(scope="module")
def asked() -> set[str | None]:
    """The hosts that the page asked for something."""
    return set()


@pytest.fixture(scope="module")
def lab(
    browser: Browser,
    served: Callable[..., AbstractContextManager[str]],
    lab_workbench: Path,
    asked: set[str | None],
) -> Iterator[Page]:
    with served(lab_workbench, "--page") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
        # The page comes piece by piece while the notebook runs, and is whole only when the kernel is done.
        page.goto(address, wait_until="commit", timeout=PATIENCE)
        page.locator(".sp-lab").wait_for(timeout=PATIENCE)
        yield page
        page.close()


def test_the_page_asks_nobody_but_its_server(lab: Page, asked: set[str | None]) -> None:
    assert asked == {"127.0.0.1", None}  # None: the widget's own code, from memory


def test_advice_that_needs_a_notebook_is_not_on_the_page(lab: Page) -> None:
    expect(lab.get_by_text("Run the next cells again")).to_be_hidden()
    expect(lab.get_by_text("To put a model in force")).to_be_visible(timeout=PATIENCE)


def test_a_weight_is_dragged_locked_undone_and_saved(
    lab: Page,
    lab_workbench: Path,
    drag: Callable[..., None],
    effects: Callable[..., dict[str, str]],
) -> None:
    company = open_company(lab_workbench / "params" / "demo.yml")
    before = effects(lab)
    drag(lab, "Satisfaction", 0.6)
    share = float(lab.get_by_label("Satisfaction", exact=True).input_value()) / 100
    told = company.with_weights(satisfaction=share)
    assert told.costs and told.costs[0] != told.costs[1]
    assert effects(lab)["Payouts without awards"].startswith(f"{told.costs[1]:,.2f} (")
    assert before["Payouts without awards"] == f"{told.costs[0]:,.2f} (unchanged)"
    first = told.people.sort_values("other_rank").iloc[0]
    expect(lab.get_by_role("table", name="People").get_by_role("row").first).to_contain_text(first["rep"])
    assert "▲" in lab.locator(".lab-list").inner_text()

    lab.get_by_label("Lock Satisfaction").click()
    drag(lab, "Revenue attainment", 0.2)
    assert float(lab.get_by_label("Satisfaction", exact=True).input_value()) / 100 == share
    with lab.expect_download() as download:
        lab.get_by_role("button", name="Save model file").click()
    saved = yaml.safe_load(Path(download.value.path()).read_text("utf-8"))
    assert shares(saved)["satisfaction"] == pytest.approx(share)
    for _ in range(2):
        lab.get_by_role("button", name="Undo").click()
    assert effects(lab) == before


def shares(model: dict[str, Any]) -> dict[str, float]:
    return {
        kpi["kpi"]: perspective["weight"] * kpi["weight"]
        for perspective in model["perspectives"]
        for kpi in perspective["kpis"]
    }


def test_nothing_keeps_anybody_from_using_the_lab_in_the_page(lab: Page) -> None:
    results = Axe().run(lab, context=".sp-lab")
    assert results.violations_count == 0, results.generate_report()
