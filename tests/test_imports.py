"""Imports point down the way of the data; the notebook is the only bridge between analysis and reports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import salesperf
from salesperf.params import Client

PACKAGE = Path(salesperf.__file__).parent
GROUND = {"errors", "documents", "calendars", "client_calendar", "params", "periods", "language", "cover"}
GROUND |= {"natural_order", "rounding", "schemas", "file_change", "yaml_edits"}
WAY = ["data", "measures", "scoring", "people", "present"]
ALLOWED = {room: GROUND | {"inference", "weighting"} | set(WAY[: place + 1]) for place, room in enumerate(WAY)} | {
    "inference": {"inference"},
    "weighting": {"inference", "rounding", "weighting"},
    "reports": GROUND | {"data", "kernels", "reports"},
    "kernels": {"errors", "kernels"},
    "company": GROUND | set(WAY[:4]) | {"company"},
    "cli": GROUND | set(WAY) | {"company", "kernels", "reports", "cli"},
    "__init__": {"company"},
} | {room: GROUND for room in GROUND}  # fmt: skip

# What imports inside functions, too, and for whom it is too slow to be imported at the head:
LAZY = {
    "__init__.py": "company, for whoever opens none",
    "company.py": "the analysis, of which a verb imports what it needs",
    "data/company_wide.py": "filelock, for whoever shares results with no other process",
    "data/engine.py": "Ibis, for whoever asks in SQL",
    "data/sources.py": "fsspec, for whoever names no URL",
    "people/company_potential.py": "scikit-learn, for whoever is told what was found before",
    "reports/stores/store.py": "fsspec and filelock, for whoever publishes on this machine or nothing",
    "reports/building/worker.py": "papermill and nbconvert, for the batch, whose workers alone need them",
}

WITHIN_REPORTS: dict[str, set[str]] = {
    "": set(),
    "stores": {"stores"},
    "building": {"building"},
    "cluster": {"building", "cluster"},
    "publishing": {"stores", "building", "publishing"},
    "verifying": {"stores", "building", "publishing", "verifying"},
}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "notebooks" not in path.parts)


def own_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("salesperf"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("salesperf"):
            yield f"{node.module}.{node.names[0].name}" if node.module == "salesperf" else str(node.module)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_rooms_above_its_own(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    imported = {room_of(module) for module in own_imports(ast.parse(path.read_text(encoding="utf-8")))}
    assert imported <= ALLOWED[room], f"{room} must not import {imported - ALLOWED[room]}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_the_command_line_imports_inside_functions(path: Path) -> None:
    if path.parent.name == "cli" or path.relative_to(PACKAGE).as_posix() in LAZY:
        return
    functions = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    hidden = [inner for one in functions for inner in ast.walk(one) if isinstance(inner, ast.Import | ast.ImportFrom)]
    assert not hidden


def test_no_import_stands_in_a_relative_form() -> None:
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_within_reports_imports_point_one_way(path: Path) -> None:
    room, *inner = path.relative_to(PACKAGE).parts
    if room == "reports":
        names = [name.split(".") for name in own_imports(ast.parse(path.read_text(encoding="utf-8")))]
        imported = {name[2] for name in names if name[1:2] == ["reports"] and name[2] in WITHIN_REPORTS}
        assert imported <= WITHIN_REPORTS[inner[0] if len(inner) > 1 else ""]


def test_the_package_imports_nothing_before_a_company_is_opened() -> None:
    script = (
        "import sys, salesperf; salesperf.open_company;"
        "print({'numpy', 'pandas', 'pyarrow', 'duckdb', 'ibis', 'pydantic', 'yaml'} & sys.modules.keys() or 'nothing')"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "nothing\n"


def test_a_company_is_opened_without_ibis_and_the_clustering(demo_client: Client) -> None:
    script = (
        f"import sys, salesperf; salesperf.open_company({str(demo_client.path)!r}).kpis(by='company');"
        "print({'ibis', 'sqlglot', 'sklearn', 'matplotlib', 'scipy'} & sys.modules.keys() or 'nothing')"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "nothing\n"


def test_a_batch_publishes_without_the_libraries_that_its_workers_build_with() -> None:
    script = (
        "import sys, salesperf.reports.publishing.publish, salesperf.reports.building.local;"
        "print({'papermill', 'nbclient', 'nbconvert', 'nbformat', 'jupyter_client'} & sys.modules.keys() or 'nothing')"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "nothing\n"
