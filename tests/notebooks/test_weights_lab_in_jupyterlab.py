"""The notebook of the weights lab in JupyterLab, in a real Chromium: what is done there ends in a region report."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from salesperf import open_company
from salesperf.company import Company

PATIENCE = 300_000  # milliseconds for a kernel to start and to read the export on a busy machine


@pytest.fixture(scope="module")
def notebook(
    browser: Browser,
    served: Callable[..., AbstractContextManager[str]],
    lab_workbench: Path,
) -> Iterator[Page]:
    """The notebook, opened in JupyterLab, all of its cells run."""
    with served(lab_workbench) as address:
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/lab/tree/notebooks/weights_lab.ipynb", wait_until="commit")
        chosen(page, "Run", "Run All Cells")
        page.locator(".sp-lab").wait_for()
        yield page
        page.close()


@pytest.fixture(scope="module")
def company(lab_workbench: Path) -> Company:
    return open_company(lab_workbench / "params" / "demo.yml")


def chosen(page: Page, menu: str, item: str) -> None:
    """Chooses an item of a menu of JupyterLab, once there is a notebook with a kernel to do it with."""
    page.get_by_text("| Idle").wait_for()  # in the status bar; before, JupyterLab asks for a kernel
    page.locator(".lm-MenuBar-item", has_text=menu).first.click()
    page.locator(".lm-Menu-item", has_text=item).first.click()


def answer(page: Page, code: str) -> str:
    """What the notebook's kernel prints for some code, in a cell of its own at the end."""
    page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-InputPrompt").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    text = page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea-output")
    text.wait_for()
    return text.inner_text().strip()


def test_what_is_dragged_is_saved_and_a_region_report_is_built_with_it(
    notebook: Page,
    company: Company,
    lab_workbench: Path,
    drag: Callable[..., None],
    effects: Callable[..., dict[str, str]],
    executed: Callable[..., Path],
    page_of: Callable[[Path], str],
) -> None:
    lab = notebook.locator(".sp-lab")
    drag(notebook, "Satisfaction", 0.6)
    share = float(lab.get_by_label("Satisfaction", exact=True).input_value()) / 100
    told = company.with_weights(satisfaction=share)
    assert told.costs and told.costs[0] != told.costs[1]
    assert effects(notebook)["Payouts without awards"].startswith(f"{told.costs[1]:,.2f} (")
    expect(lab.get_by_role("table", name="People").get_by_role("row").first).to_contain_text(
        told.people.sort_values("other_rank").iloc[0]["rep"]
    )

    there = answer(notebook, "company.compared(lab.model).costs")
    assert there == repr(told.costs)

    with notebook.expect_download() as download:
        lab.get_by_role("button", name="Save model file").click()
    shutil.copy(download.value.path(), lab_workbench / "params" / "tried.yml")
    client = (lab_workbench / "params" / "demo.yml").read_text("utf-8")
    (lab_workbench / "params" / "tried_client.yml").write_text(client.replace("model: core_three", "model: tried.yml"))
    made = executed("region_report", lab_workbench, client="params/tried_client.yml", region="East")
    first = told.people[told.people["region"] == "East"].sort_values("other_rank").iloc[0]
    row = next(row for row in page_of(made).split("<tr") if f">{first['rep']}<" in row and 'class="sp-number"' in row)
    assert f"{first['other_score']:.1f}" in row


def test_two_tabs_with_one_lab_follow_each_other(
    notebook: Page, browser: Browser, drag: Callable[..., None], effects: Callable[..., dict[str, str]]
) -> None:
    chosen(notebook, "File", "Save Notebook")
    expect(notebook.locator(".jp-mod-dirty")).to_have_count(0)
    other = browser.new_page(viewport={"width": 1600, "height": 1000})
    other.set_default_timeout(PATIENCE)
    other.goto(notebook.url, wait_until="commit")
    other.locator(".sp-lab").wait_for()
    tabs = [notebook, other]
    for here, there, share in [(*tabs, 0.3), (*reversed(tabs), 0.7)]:
        tried = there.locator(".lab-tried li").count()
        drag(here, "Revenue attainment", share)
        expect(there.locator(".lab-tried li")).to_have_count(tried + 1)
        expect(there.get_by_role("alert").filter(has_text="Changed in another view")).to_be_visible()
        assert effects(here) == effects(there)
    other.close()


def test_what_was_tried_stays_and_the_page_says_so_when_the_kernel_is_restarted(
    notebook: Page, drag: Callable[..., None]
) -> None:
    lab = notebook.locator(".sp-lab")
    expect(lab.locator(".lab-notice")).to_be_hidden()
    chosen(notebook, "Kernel", "Restart Kernel…")
    notebook.locator(".jp-Dialog .jp-mod-accept").click()
    expect(lab.locator(".lab-notice")).to_contain_text("The kernel behind this lab has ended")
    tried = lab.locator(".lab-tried li").count()
    drag(notebook, "Satisfaction", 0.3)
    expect(lab.locator(".lab-tried li")).to_have_count(tried + 1)
    with notebook.expect_download() as download:
        lab.get_by_role("button", name="Save what was tried").click()
    assert "satisfaction" in Path(download.value.path()).read_text("utf-8")
