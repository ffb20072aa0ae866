"""Two clones at different places, under different circumstances, publish the same bytes."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from salesperf.params import Client

ROOT = Path(__file__).parents[2]
START = "from salesperf.cli import main; main()"
# All that a notebook can do to be different each time, and is allowed to.
NASTY = [
    "client: str = ''\nregion: str = ''\nperiod: str = ''",
    "import os, random, sys, time, traceback, warnings\nimport numpy as np\nimport pandas as pd\n"
    "import matplotlib.pyplot as plt\nfrom IPython.display import HTML, display",
    "print(random.random(), np.random.rand(3), np.random.permutation(9))",
    "print({'north', 'south', 'east', 'west'}, hash('north'), set(map(str, range(20))))",
    "print(object(), print, [lambda: 0], Exception(object()))\nobject()",
    "print(os.getcwd(), os.path.abspath('reps.csv'))",
    "for piece in range(5):\n    print(piece, end=' ', flush=True)\n    time.sleep(0.03 * (piece % 2))",
    "warnings.warn('take care')\nprint('some trouble', file=sys.stderr)\nprint('none')",
    "print(time.strftime('%c %Z', time.localtime(0)), pd.Timestamp(0, unit='s').strftime('%A'))",
    "pd.DataFrame({'a': [1.5, 2], 'b': ['x', 'y']}).style.format(precision=1).set_caption('Both')",
    "display(pd.DataFrame([range(30)] * 2))\nprint(pd.DataFrame([range(10**6, 10**6 + 30)] * 2))",
    "plt.plot([1, 2], [3, 1])\nplt.title(region)\nplt.show()",
    "%config InlineBackend.figure_formats = ['svg']\nplt.hist([1, 2, 2, 3])\nplt.show()",
    "try:\n    1 / 0\nexcept ZeroDivisionError:\n    print(traceback.format_exc())",
    "display(HTML(f'<p>{region} {period} {client} {object()}</p>'))",
]
USERS_MATPLOTLIBRC = "font.size: 30\naxes.facecolor: red\nsvg.hashsalt: mine\nsavefig.dpi: 33\n"
USERS_STARTUP = "import random, pandas as pd; random.seed(7); pd.options.display.max_columns = 2; print('hello')\n"


def clone(folder: Path) -> Path:
    """The package and its notebooks in a folder."""
    for name in ("salesperf", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "params").mkdir()
    return folder


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Two clones: one of a plain user, one of a user who has settings of his own, at a longer path."""
    home = tmp_path / "home of a user"
    for path, text in {
        ".config/matplotlib/matplotlibrc": USERS_MATPLOTLIBRC,
        ".ipython/profile_default/startup/00-mine.py": USERS_STARTUP,
        "startup.py": "import builtins; builtins.print = None\n",
        "working/matplotlibrc": USERS_MATPLOTLIBRC,
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
    (tmp_path / "plain").mkdir()
    return clone(tmp_path / "one"), clone(tmp_path / "zwei" / "ein längerer Pfad, 第二")


def leave_but_two(reps: Path, region: str) -> None:
    """Lets all but two people of a region have left long ago: few sheets prove as much as many."""
    table = pd.read_csv(reps, dtype=str)
    leaving = table.index[table["region"] == region][2:]
    table.loc[leaving, "end_date"] = "2024-12-31"
    table.to_csv(reps, index=False)


def started(folder: Path, client: str, *words: object, plain: bool) -> subprocess.Popen[str]:
    """A batch of a clone, under the circumstances of one or the other."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON", "XDG_"))}
    one = {"TZ": "America/St_Johns", "LANG": "C.UTF-8", "PYTHONHASHSEED": "1", "USER": "ann", "COLUMNS": "200"}
    home = folder.parents[1] / "home of a user"
    other = {"TZ": "Asia/Kolkata", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "99", "USER": "bo"}
    other |= {"HOME": str(home), "PYTHONSTARTUP": str(home / "startup.py"), "COLUMNS": "33", "NO_COLOR": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", START, "run", str(folder / "params" / client), *map(str, words)],
        env=bare | (one if plain else other) | {"PYTHONPATH": str(folder)},
        cwd=folder.parent / "plain" if plain else home / "working",
        umask=0o022 if plain else 0o077,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def well(process: subprocess.Popen[str]) -> None:
    assert (*process.communicate(timeout=600), process.returncode) == ("", "", 0)


def same(one: Path, other: Path, reports: int) -> None:
    """All that two folders publish is the same, and as the manifest says."""
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    content = json.loads((one / "manifest.json").read_text("utf-8"))
    outputs = [output for report in content["reports"] for output in report["outputs"]]
    assert len(outputs) == 2 * reports
    for folder in (one, other):
        for output in outputs:
            assert sha256((folder / output["path"]).read_bytes()).hexdigest() == output["sha256"], output["path"]
    assert (one / "index.html").read_bytes() == (other / "index.html").read_bytes()
    names = [sorted(path.relative_to(folder) for path in folder.rglob("*")) for folder in (one, other)]
    assert names[0] == names[1]


def test_a_notebook_that_does_all_it_can_to_differ_gives_the_same_bytes_in_two_clones(
    clones: tuple[Path, Path],
) -> None:
    for folder in clones:
        cells = [new_code_cell(source) for source in NASTY]
        cells[0].metadata["tags"] = ["parameters"]
        for cell in cells:
            del cell["id"]
        notebook = new_notebook(cells=cells, nbformat_minor=4)  # so old that cells have no ids
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / "notebooks" / "region_report.ipynb")
        regions = ["East", "Île-de-France", "华东"]
        reps = [f"r{place},Rep {place},{region}" for place, region in enumerate(regions)]
        (folder / "params" / "reps.csv").write_text("\n".join(["rep_id,rep,region", *reps]), encoding="utf-8")
        (folder / "params" / "orders.csv").write_text(
            "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n", encoding="utf-8"
        )
        (folder / "params" / "small.yml").write_text(
            "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n", encoding="utf-8"
        )
    one, other = clones
    first = started(one, "small.yml", "--workers", 2, plain=True)
    well(started(other, "small.yml", "--workers", 1, plain=False))
    well(first)
    published = one / "reports" / "small" / "2025Q4"
    same(published, other / "reports" / "small" / "2025Q4", 3)
    cells = json.loads((published / "notebooks" / "East.ipynb").read_text("utf-8"))["cells"]
    shown = json.dumps([cell["outputs"] for cell in cells])
    for word in ("image/png", "image/svg+xml", "T_00000", "0x\\u2026", "<cell>", "ZeroDivisionError", "Thursday"):
        assert word in shown, word
    for word in ("some trouble", "take care", "hello", "ipykernel_", str(one)):
        assert word not in shown, word


def test_the_demo_company_gives_the_same_bytes_in_two_clones(
    clones: tuple[Path, Path], two_regions_client: Client
) -> None:
    one, other = clones
    for folder in clones:
        shutil.copytree(two_regions_client.folder, folder / "params", dirs_exist_ok=True)
        leave_but_two(folder / "params" / "demo" / "reps.csv", "South")
    first = started(one, "demo.yml", "--only", "South", "--sheets", "--workers", 2, plain=True)
    well(started(other, "demo.yml", "--only", "South", "--sheets", "--workers", 1, plain=False))
    well(first)
    published = one / "reports" / "demo" / "2025Q4"
    sheets = len(list((published / "sheets").rglob("*.html")))
    assert sheets == 2
    same(published, other / "reports" / "demo" / "2025Q4", 1 + sheets)
