"""What the parent imports and warms before it forks, so that no kernel has to."""

import ast
import contextlib
import importlib
import importlib.util
import io
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

# Named, not imported: the rooms of the package lie on the other side of the notebook.
_ROOMS = ("data", "measures", "scoring", "people", "present")
USUAL = ("pandas", "seaborn", "sklearn.cluster", "ibis", "duckdb", "great_tables", "pyarrow.parquet")


def modules_of(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """The modules that the notebooks' code cells import, in order, each once.

    ``from a import b`` gives ``a`` and ``a.b``, for ``b`` may be a module. Lines of magic are passed over, and so are
    cells that cannot be parsed and notebooks that cannot be read: their own kernel will say so. What lies beside a
    notebook is left to its kernel.
    """
    found = (name for notebook in notebooks for name in imported(notebook) if not _lies_beside(notebook, name))
    return tuple(dict.fromkeys(found))


def imported(notebook: Path) -> Iterator[str]:
    """The modules that a notebook's code cells import, as often as they do."""
    for source in _code_cells(notebook):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            yield from _named(node)


def _code_cells(notebook: Path) -> list[str]:
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return ["\n".join(line for line in text.splitlines() if line.lstrip()[:1] not in "%!?") for text in texts]


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")]
    return []


def _lies_beside(notebook: Path, module: str) -> bool:
    top = notebook.parent / module.partition(".")[0]
    return top.with_suffix(".py").exists() or (top / "__init__.py").exists()


def usual_modules() -> tuple[str, ...]:
    """What most notebooks of the workbench import: the libraries, and every module of the package's analysis."""
    package = importlib.util.find_spec("salesperf")
    folders = package.submodule_search_locations if package else None
    own = [
        f"salesperf.{room}.{path.stem}"
        for folder in folders or ()
        for room in _ROOMS
        for path in sorted((Path(folder) / room).glob("[!_]*.py"))
    ]
    return (*USUAL, *own)


def put_on(modules: Iterable[str]) -> None:
    """Imports the modules; one that cannot be imported is left to the cell that asks for it."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in modules:
            # Libraries fail at import in every way there is, and none of them is the parent's business.
            with contextlib.suppress(Exception):
                if importlib.util.find_spec(name):
                    importlib.import_module(name)


def loaded_files() -> dict[str, tuple[int, int]]:
    """The files of all modules loaded so far, with time and size: what is compared to see whether code has changed."""
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {path: mark for path in paths if path for mark in [_mark(path)] if mark}


def changed_file(files: dict[str, tuple[int, int]]) -> str:
    """The first of the files that is not as it was; empty if all are."""
    return next((path for path, mark in files.items() if _mark(path) != mark), "")


def module_of_folder(folder: Path) -> str:
    """A module that a fresh kernel in the folder would import in place of the loaded one; empty if there is none."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(".py")
            loaded = getattr(sys.modules.get(name), "__file__", None)
            if loaded is None or name in sys.stdlib_module_names:  # the folder comes behind the standard library
                continue
            path = Path(entry.path) if entry.name.endswith(".py") else Path(entry.path, "__init__.py")
            if path.is_file() and not path.samefile(loaded):
                return name
    return ""


def _mark(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # of thousands of files, for every kernel: half the time of Path.stat
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
