"""From the pointer's event to the painted ranking: the weights lab, LineUp.js and a plain recompute, in Chromium.

The lab is measured in its file, in its page served by Voilà, and in JupyterLab. What is timed is each of MOVES moves of
a slider that is held: from the event of the pointer, by the browser's own clock, to the first task after the frame with
the new ranking. LineUp.js comes from the npm registry into a temporary folder; without npm it is left out. What needs
the kernel is measured in JupyterLab, on ten demo companies as one: from the key that moves a weight to the orders of
the last periods, and from the button to how robust the order is. Run with names (file, page, jupyterlab, lineup, plain,
kernel) to measure these alone.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import yaml
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from salesperf.data.demo import write_demo
from salesperf.language import Voice
from salesperf.present.weights.lab_data import SHARED_WORDS, pseudonym
from salesperf.present.weights.lab_page import lab_page

SIZES, KPIS, MOVES, LINEUP = (1000, 5000), 8, 300, "lineupjs@4.16.0"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
KEPT = [f"k{place}" for place in range(KPIS)]
COMPANIES, ANSWERS = 10, 20  # demo companies that are one for the kernel; answers that are waited for
ANCHORS = {  # threshold, target and excellent of what the kernel scores
    "revenue": (80_000, 140_000, 220_000), "gross_margin": (0.36, 0.4, 0.44), "new_customers": (0, 2, 5),
    "win_rate": (0.3, 0.5, 0.7), "average_deal": (5000, 8000, 11_000), "satisfaction": (0.2, 0.6, 0.9),
    "activities": (220, 320, 420), "assessed": (2.8, 3.2, 3.7),
}  # fmt: skip
GRADES = {"S": 100.0, "A": 85.0, "B": 70.0, "C": 55.0, "D": 0.0}

# Each move that changes something is timed to the first task after its frame. `window.painted` lets a page say itself
# when its ranking is new; without it, this is the frame that the slider's event asked for.
CLOCK = """() => {
  window.times = [];
  let moved = 0;
  let asked = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { asked = false; window.times.push(performance.now() - moved); };
  window.afterFrame = () => requestAnimationFrame(() => port2.postMessage(0));
  addEventListener("pointermove", (event) => { if (!asked) moved = event.timeStamp; }, true);
  addEventListener("input", () => { asked = true; if (!window.ownFrames) window.afterFrame(); });
}"""
WAIT = """(count) => new Promise((done) => {
  const end = performance.now() + 3000;
  const look = () => (window.times.length >= count || performance.now() > end ? done() : setTimeout(look, 2));
  look();
})"""


def lab_of(people: int) -> dict[str, Any]:
    """The data of a lab: made-up people, 8 KPIs in 4 perspectives with the same weights, a payout for each grade."""
    draw, voice = np.random.default_rng(people), Voice()
    ids = [f"R{person}" for person in range(people)]
    anchors = {"threshold": 0.5, "target": 0.75, "excellent": 0.9}
    kpis = [{"kpi": kpi, "weight": 0.5, "anchors": anchors, "least_cases": 10, "between": None} for kpi in KEPT]
    perspectives = [
        {
            "name": f"P{at}",
            "label": f"P{at}",
            "weight": 0.25,
            "pay_weight": None,
            "apart": False,
            "kpis": kpis[at : at + 2],
        }
        for at in range(0, KPIS, 2)
    ]
    model = {
        "label": "", "perspectives": perspectives, "points": {"threshold": 60.0, "target": 100.0, "excellent": 120.0},
        "grades": [{"grade": grade, "at_least": least, "coefficient": 1.0} for grade, least in GRADES.items()],
        "forced": {}, "measured_at_least": 0.5, "without_cases": "neutral",
    }  # fmt: skip
    base = draw.integers(500_000, 1_500_000, people)
    return {
        "title": "Bench", "client": "Bench", "period": "2025Q4", "language": "en", "currency": "", "is_over": True,
        "pseudonyms_only": False, "words": voice.templates("lab_") | {word: voice(word) for word in SHARED_WORDS},
        "kpis": {kpi: {"label": kpi} for kpi in KEPT},
        "people": {
            "id": ids, "name": [f"Person {person} of the company" for person in range(people)],
            "pseudonym": [pseudonym("Bench", rep) for rep in ids],
            "region": [f"Region {at % 8}" for at in range(people)],
            "team": [f"Region {at % 8}, team {at % 40}" for at in range(people)], "too_new": [0] * people,
        },
        "judged": {kpi: draw.normal(0.75, 0.12, people).round(4).tolist() for kpi in KEPT},
        "known": {kpi: [1] * people for kpi in KEPT},
        "sure": draw.uniform(2, 5, people).round(3).tolist(),
        "payouts": {grade: (base * (5 - at) // 4).tolist() for at, grade in enumerate(GRADES)},
        "robust": None, "periods": [], "model": model, "models": {}, "inputs": "",
    }  # fmt: skip


def points_of(data: dict[str, Any]) -> np.ndarray:
    """People × KPIs: the points of the lab, for the others."""
    return np.stack([np.interp(data["judged"][kpi], [0.5, 0.75, 0.9], [60, 100, 120]) for kpi in KEPT], axis=1).round(3)


# Milliseconds from a key that moves the first weight, and from the button, to the task after the frame with the answer.
PERIODS = """() => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  let moved = 0;
  port1.onmessage = () => done(performance.now() - moved);
  addEventListener("keydown", (event) => { moved = event.timeStamp; }, { capture: true, once: true });
  new MutationObserver((_, seen) => { seen.disconnect(); requestAnimationFrame(() => port2.postMessage(0)); })
    .observe(document.querySelectorAll(".lab-evidence .lab-scrolled")[1], { childList: true });
})"""
ROBUST = """() => new Promise((done) => {
  const button = document.querySelector(".lab-robust button"), start = performance.now();
  const told = () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  const look = () => (button.disabled ? setTimeout(look, 2) : told());
  button.click();
  look();
})"""
SLIDER = '<input type="range" min="0" max="100" style="width:400px" aria-label="k0">'
PLAIN = """<!DOCTYPE html><meta charset="utf-8">SLIDER<div id="list"></div>
<script>
const people = POINTS.map((points, at) => ({ points, name: `Person ${at} of the company` }));
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6d31", "#999999"];
const part = (width, colour) => `<i style="background:${colour};width:${width}px"></i>`;
const row = (one, place, shares) => `<div style="display:flex;height:20px"><span style="width:40px">${place + 1}</span>
  <span style="width:200px">${one.name}</span>${one.points
  .map((points, at) => part(points * shares[at] * 3, colours[at])).join("")}<span>${one.score.toFixed(1)}</span></div>`;
function paint(share) {
  const shares = colours.map((_, at) => (at ? (1 - share) / (colours.length - 1) : share));
  for (const one of people) one.score = one.points.reduce((sum, points, at) => sum + points * shares[at], 0);
  people.sort((a, b) => b.score - a.score);
  const first = people.slice(0, 45);
  document.getElementById("list").innerHTML = first.map((one, place) => row(one, place, shares)).join("");
}
let asked = 0;
document.querySelector("input").addEventListener("input", (event) => {
  const share = event.target.value / 100;
  if (!asked) asked = requestAnimationFrame(() => { asked = 0; paint(share); });
});
paint(0.5);
</script>"""
# The order is new with `orderChanged`; the rows are written some time after.
STACKED = """<!DOCTYPE html><meta charset="utf-8"><link href="BUILD/LineUpJS.css" rel="stylesheet">
<script src="BUILD/LineUpJS.js"></script>SLIDER<div id="lineup" style="height:800px"></div>
<script>
const rows = ROWS;
const ids = Object.keys(rows[0]).filter((name) => name !== "name");
const builder = LineUpJS.builder(rows).sidePanel(false).animated(false).column(LineUpJS.buildStringColumn("name"));
for (const id of ids) builder.column(LineUpJS.buildNumberColumn(id, [0, 120]));
const ranking = LineUpJS.buildRanking().column("_rank").column("name")
  .column({ type: "weightedSum", columns: ids, weights: ids.map(() => 1 / ids.length), label: "score" });
const lineup = builder.ranking(ranking).build(document.getElementById("lineup"));
const first = lineup.data.getFirstRanking();
const stack = first.flatColumns.find((column) => column.desc.type === "stack");
stack.sortByMe(false);
window.ownFrames = true;
let ordered = false;
first.on("orderChanged.bench", () => { ordered = true; });
const seen = { childList: true, subtree: true, attributes: true, characterData: true };
new MutationObserver(() => {
  if (ordered && window.afterFrame) window.afterFrame();
  ordered = false;
}).observe(document.querySelector("#lineup .le-body"), seen);
document.querySelector("input").addEventListener("input", (event) => {
  const share = event.target.value / 100;
  stack.setWeights(ids.map((_, at) => (at ? (1 - share) / (ids.length - 1) : share)));
});
</script>"""


def plain_page(data: dict[str, Any]) -> str:
    """Scores, order and 45 rows worked out and written anew with each move, and nothing else."""
    return PLAIN.replace("SLIDER", SLIDER).replace("POINTS", json.dumps(points_of(data).tolist()))


def lineup_page(data: dict[str, Any], folder: Path) -> str:
    """LineUp.js with the same people, a stacked column of the same points, and a slider that sets its weights."""
    rows = [
        {"name": name, **dict(zip(KEPT, row, strict=True))}
        for name, row in zip(data["people"]["name"], points_of(data).tolist(), strict=True)
    ]
    build = (folder / "package" / "build").as_uri()
    return STACKED.replace("BUILD", build).replace("SLIDER", SLIDER).replace("ROWS", json.dumps(rows))


def fetched(folder: Path) -> bool:
    """Whether LineUp.js is in the folder now."""
    if shutil.which("npm") is None:
        return False
    done = subprocess.run(["npm", "pack", "--silent", LINEUP], cwd=folder, capture_output=True, check=False)
    archives = list(folder.glob("lineupjs-*.tgz"))
    if done.returncode or not archives:
        return False
    shutil.unpack_archive(archives[0], folder)
    return True


def measured(page: Page, place: Page | Frame) -> list[float]:
    """Milliseconds of each move of the first slider, which is held and goes from a fifth to four fifths and back."""
    slider = place.get_by_label("k0", exact=True)
    slider.wait_for(timeout=120_000)
    slider.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    place.evaluate(CLOCK)
    box = slider.bounding_box()
    assert box
    share = slider.evaluate("(input) => (input.valueAsNumber - input.min) / (input.max - input.min)")
    x, width, y = box["x"] + 8, box["width"] - 16, box["y"] + box["height"] / 2
    page.mouse.move(x + width * share, y)
    page.mouse.down()
    for move in range(MOVES):
        way = move % 60
        page.mouse.move(x + width * (0.2 + 0.02 * (way if way < 30 else 60 - way)), y)
        place.evaluate(WAIT, move + 1)
    page.mouse.up()
    times: list[float] = place.evaluate("times")
    assert len(times) >= 0.95 * MOVES, f"{len(times)} of {MOVES} moves did something"
    return times


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(address, wait_until="commit")
    return page


def of_file(browser: Browser, folder: Path, text: str) -> list[float]:
    (folder / "page.html").write_text(text, encoding="utf-8")
    page = opened(browser, (folder / "page.html").as_uri())
    times = measured(page, page)
    page.close()
    return times


def showing(folder: Path, data: dict[str, Any]) -> str:
    """The code of a cell that shows the lab of some data, with nobody who answers."""
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    return f"""import json
from pathlib import Path
from salesperf.present.weights.widget import WeightsLab
WeightsLab(json.loads(Path({str(folder / "data.json")!r}).read_text("utf-8")), None, None)"""


def workbench(folder: Path, code: str) -> Path:
    """A folder with a notebook of one cell."""
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        ),
        folder / "notebooks" / "weights_lab.ipynb",
    )
    settings = {"ServerApp": {"allow_root": True, "token": "", "password": ""}, "IdentityProvider": {"token": ""}}
    (folder / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@contextmanager
def served(folder: Path, port: int, *options: str) -> Iterator[str]:
    """The address at which `salesperf lab` serves a folder."""
    salesperf = str(Path(sys.executable).with_name("salesperf"))
    command = [salesperf, "lab", str(folder), *options, "--no-browser", f"--port={port}"]
    settings = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder)}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=settings)
        try:
            while not listens(port):
                assert server.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def ten_companies(folder: Path) -> Path:
    """The client file of a company made of COMPANIES demo companies, without targets, under a model of 8 KPIs."""
    parts = [write_demo(folder / f"part{seed}", seed=seed) for seed in range(COMPANIES)]
    names = ["reps", "opportunities", "orders", "accounts", "activities", "surveys", "assessments"]
    for name in names:
        tables = [pd.read_csv(part / f"{name}.csv", dtype=str, keep_default_na=False) for part in parts]
        for seed, table in enumerate(tables):
            own = [column for column in table if column.endswith("_id") or column in ("region", "team", "refund_of")]
            table[own] = table[own].where(table[own] == "", f"{seed} " + table[own])
        pd.concat(tables).to_csv(folder / f"{name}.csv", index=False)
    scale = ("threshold", "target", "excellent")
    kpis = [
        {"kpi": kpi, "weight": 1 / len(ANCHORS), "anchors": dict(zip(scale, at, strict=True))}
        for kpi, at in ANCHORS.items()
    ]
    model = {
        "perspectives": [{"name": "results", "weight": 1, "kpis": kpis}],
        "grades": [{"grade": grade, "at_least": least, "coefficient": 1} for grade, least in GRADES.items()],
    }
    source = {name: f"{name}.csv" for name in names}
    client = {"client": "Ten demo companies", "period": "2025Q4", "source": source, "model": model}
    (folder / "ten.yml").write_text(yaml.safe_dump(client, sort_keys=False), encoding="utf-8")
    return folder / "ten.yml"


def of_kernel(browser: Browser, folder: Path) -> dict[str, list[float]]:
    """Milliseconds of each answer of the kernel in JupyterLab, by what was asked for."""
    client = ten_companies(folder)
    code = f"""from salesperf import open_company
from salesperf.present.weights.widget import weights_lab
weights_lab(open_company({str(client)!r}))"""
    with served(workbench(folder, code), 8873) as address:
        page = opened_notebook(browser, address)
        first = page.locator(".lab-weights input[type=range]").nth(1)
        first.wait_for(timeout=300_000)
        page.wait_for_timeout(2000)
        people = page.locator(".lab-list").get_attribute("aria-rowcount")
        times: dict[str, list[float]] = {f"periods of {people}": []}
        for _ in range(ANSWERS):
            answer = page.evaluate_handle(f"() => ({{ answer: ({PERIODS})() }})")
            first.press("ArrowRight")
            times[f"periods of {people}"].append(answer.evaluate("(asked) => asked.answer"))
        for allowed in ("ordered", "near", "any"):
            page.locator(".lab-robust select").select_option(allowed)
            times[f"robust, {allowed}"] = [page.evaluate(ROBUST) for _ in range(ANSWERS // 4)]
        page.close()
    return times


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def in_page(browser: Browser, folder: Path, data: dict[str, Any]) -> list[float]:
    with served(workbench(folder, showing(folder, data)), 8871, "--page") as address:
        page = opened(browser, address)
        times = measured(page, page)
        page.close()
    return times


def opened_notebook(browser: Browser, address: str) -> Page:
    """The notebook of a workbench in JupyterLab, its cell started."""
    page = opened(browser, f"{address}/lab/tree/notebooks/weights_lab.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click(timeout=120_000)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=120_000)
    page.keyboard.press("Shift+Enter")
    return page


def in_jupyterlab(browser: Browser, folder: Path, data: dict[str, Any]) -> list[float]:
    with served(workbench(folder, showing(folder, data)), 8872) as address:
        page = opened_notebook(browser, address)
        times = measured(page, page)
        page.close()
    return times


WAYS: dict[str, Callable[[Browser, Path, dict[str, Any]], list[float]]] = {
    "file": lambda browser, folder, data: of_file(browser, folder, lab_page(data)),
    "page": in_page,
    "jupyterlab": in_jupyterlab,
    "plain": lambda browser, folder, data: of_file(browser, folder, plain_page(data)),
    "lineup": lambda browser, folder, data: of_file(browser, folder, lineup_page(data, folder.parent)),
}


def main() -> None:
    """Measures, and prints what came out."""
    wanted = set(sys.argv[1:]) or {*WAYS, "kernel"}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        print(f"Chromium {browser.version}, {MOVES} moves, {KPIS} KPIs, 1600 × 1000; milliseconds")
        has_lineup = "lineup" in wanted and fetched(folder)
        for asked, times in (of_kernel(browser, folder / "kernel") if "kernel" in wanted else {}).items():
            print(f"{asked}: p50 {np.median(times):.0f}, most {max(times):.0f}, n {len(times)}", flush=True)
        for people in SIZES:
            if not wanted & {*WAYS}:
                break
            data = lab_of(people)
            print(f"{people} people: the file has {len(lab_page(data).encode()) / 1e6:.2f} MB")
            for way, timed in WAYS.items():
                if way not in wanted or (way == "lineup" and not has_lineup):
                    continue
                (folder / f"{way}{people}").mkdir()
                times = timed(browser, folder / f"{way}{people}", data)
                p50, p95 = np.percentile(times, [50, 95])
                load = os.getloadavg()[0]
                print(f"{way:11} p50 {p50:5.0f}  p95 {p95:5.0f}  most {max(times):5.0f}  load {load:.1f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
