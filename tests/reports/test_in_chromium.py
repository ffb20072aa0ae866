"""The published pages as people see them: in a real Chromium, at desktop and phone width, and in print."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

LONG = "Alexandra Konstantinopoulou-Fernandez, Strategic Enterprise Accounts Northern Europe and Baltics"
HOSTILE = ["<script>document.title='stolen'</script>", "../../etc", 'x" onload="alert(1)', "$a^2$ & {b}", LONG]


# Pairs of texts that lie on each other: of one drawing, or of the tiles and tables around it.
OVERLAPS = """() => {
  const found = [];
  const groups = [...document.querySelectorAll('svg')].map(one => [...one.querySelectorAll('text')]);
  groups.push([...document.querySelectorAll('.sp-tile, .card dt, .card dd')]);
  groups.push([...document.querySelectorAll('td, th, h1, h2, p, figcaption')].filter(one => one.offsetParent));
  for (const group of groups) {
    const boxes = group.map(one => [one.textContent.trim(), one.getBoundingClientRect(), one]);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, p, x] = boxes[i], [b, q, y] = boxes[j];
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 2.5 && a && b && !x.contains(y) && !y.contains(x)) found.push(`${a} | ${b}`);
    }
  }
  return found;
}"""
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1 ||
    (!['svg', 'SVG'].includes(one.tagName) && !one.closest('svg') && one.scrollWidth > one.clientWidth + 1 &&
     getComputedStyle(one).display !== 'inline'));
}).map(one => one.tagName + ' ' + one.textContent.trim().slice(0, 60))"""
SVG_CUT_OFF = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(one => {
    const box = one.getBoundingClientRect();
    const aside = box.right > frame.right + 1 || box.left < frame.left - 1;
    return aside || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map(one => one.textContent);
})"""
# Numbers in tables that go over more than one line; a line may end before a bracket.
BROKEN = """() => [...document.querySelectorAll('td.sp-number')].flatMap(cell => {
  const range = document.createRange();
  return [...cell.childNodes].filter(one => one.nodeType === Node.TEXT_NODE).filter(one => {
    range.selectNodeContents(one);
    const tops = [...range.getClientRects()].map(box => box.top);
    return Math.max(...tops) - Math.min(...tops) > 8;
  }).map(one => one.textContent);
})"""


@pytest.fixture(scope="session")
def hostile(published: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client whose regions, teams, people and accounts all bear hostile names, or a long one."""
    folder = tmp_path_factory.mktemp("hostile")
    names = [(place, '"' + name.replace('"', '""') + '"') for place, name in enumerate(HOSTILE)]
    reps = [f"r{place},{name},{name},{name}" for place, name in names]
    orders = [
        f"{place}{day},r{place},{name},2025-1{day}-05,{91371.4 * day}" for place, name in names for day in range(3)
    ]
    targets = [f"rep,r{place},2025Q4,revenue,250000" for place, _ in names]
    for name, rows in {
        "reps": ["rep_id,rep,region,team", *reps],
        "orders": ["order_id,rep_id,account_id,date,amount", *orders],
        "targets": ["level,name,period,kpi,target", *targets],
    }.items():
        (folder / f"{name}.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "client.yml").write_text(
        'client: "<img src=x onerror=alert(1)>"\nperiod: 2025Q4\ncurrency: "$"\nincentives: usual\n'
        "source: {reps: reps.csv, orders: orders.csv, targets: targets.csv}\n",
        encoding="utf-8",
    )
    return published(folder / "client.yml", sheets_of=[f"r{place}" for place, _ in names])


@pytest.fixture(params=[1280, 390])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that notes every request and every message of the console."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    yield opened
    opened.close()


def looked_at(page: Page, path: Path) -> tuple[list[str], list[str]]:
    """Opens a page; returns the addresses that it asked for besides itself, and what the console said."""
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    page.on("dialog", lambda one: said.append(one.message))
    page.goto(path.as_uri())
    return [one for one in asked if one != path.as_uri()], said


@pytest.mark.parametrize("site", ["demo", "crm", "hostile", "chinese"])
def test_nothing_is_cut_off_or_overlaps_and_no_request_leaves_the_page(
    page: Page, site: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(site)
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) >= 3
    for path in pages:
        assert looked_at(page, path) == ([], []), path
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate(CUT_OFF) == [], path
        assert page.evaluate(SVG_CUT_OFF) == [], path
        assert page.evaluate(OVERLAPS) == [], path
        assert page.evaluate(BROKEN) == [], (path, page.evaluate(BROKEN))


def test_the_index_leads_to_every_published_page(page: Page, hostile: Path) -> None:
    looked_at(page, hostile / "index.html")
    links = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
    assert len(links) == 2 * len(HOSTILE)  # a report for each region, a sheet for each rep
    for link in links:
        page.goto(link)
        assert page.locator("h1").count() == 1


def test_hostile_names_are_shown_as_they_are(page: Page, hostile: Path) -> None:
    looked_at(page, hostile / "index.html")
    shown = page.locator("main").inner_text()
    for name in HOSTILE:
        assert name in shown
    assert page.title() == "<img src=x onerror=alert(1)>, 2025Q4"


def test_every_figure_has_a_text_alternative(page: Page, demo: Path) -> None:
    looked_at(page, demo / "East.html")
    labels = page.eval_on_selector_all("svg", "all => all.map(one => one.getAttribute('aria-label'))")
    assert len(labels) >= 3
    assert all(label and len(label) > 20 for label in labels)


def test_values_of_cards_on_a_phone_bear_the_names_of_their_columns(browser: Browser, demo: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    looked_at(page, demo / "East.html")
    label = page.evaluate(
        "getComputedStyle(document.querySelector('#sp-reps tbody td'), '::before').getPropertyValue('content')"
    )
    page.close()
    assert label == '"Team"'


def test_a_page_prints_to_pdf(browser: Browser, demo: Path) -> None:
    page = browser.new_page()
    looked_at(page, demo / "East.html")
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert pdf.startswith(b"%PDF")
    assert 2 <= pages_of(pdf) <= 8
    assert wide <= 1280


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext to read what was printed")
def test_printed_pages_bear_their_title_and_number_and_no_hashes(
    browser: Browser, hostile: Path, demo: Path, tmp_path: Path
) -> None:
    regions = [path for path in sorted(hostile.glob("*.html")) if path.name != "index.html"]
    for path, title in [(demo / "East.html", "East, 2025Q4 · Demo Instruments"), (regions[0], "onerror=alert(1)>")]:
        page = browser.new_page()
        looked_at(page, path)
        page.pdf(prefer_css_page_size=True, path=tmp_path / "page.pdf")
        page.close()
        command = ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        sheets = printed.rstrip("\f").split("\f")
        for number, sheet in enumerate(sheets, start=1):
            foot = sheet.rstrip().splitlines()[-1]
            assert title in foot and "".join(foot.split()).endswith(f"{number}/{len(sheets)}"), foot
        assert not re.search(r"\b[0-9a-f]{64}\b", printed)


@pytest.mark.parametrize("site", ["demo", "chinese", "hostile"])
def test_a_sheet_prints_on_one_page(browser: Browser, site: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(site)
    sheets = sorted((folder / "sheets").rglob("*.html"))
    assert len(sheets) >= 2
    for path in sheets:
        page = browser.new_page()
        looked_at(page, path)
        pdf = page.pdf(prefer_css_page_size=True)
        page.close()
        assert pages_of(pdf) == 1, path


def pages_of(pdf: bytes) -> int:
    return sum(pdf.count(b"/Type /Page" + end) for end in (b"\n", b" ", b"/"))
