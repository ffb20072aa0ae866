"""What notebooks import: the parent imports it before it forks, so that no kernel has to."""

import ast
import contextlib
import importlib
import importlib.util
import io
import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

# Named, not imported: the rooms of the package lie on the other side of the notebook.
_ROOMS = ("data", "measures", "scoring", "people", "present")
USUAL = ("pandas", "seaborn", "sklearn.cluster", "duckdb", "pyarrow.parquet")


def modules_of(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """The modules that the notebooks' code cells import, in order, each once.

    ``from a import b`` gives ``a`` and ``a.b``, for ``b`` may be a module. Lines that are no Python are passed over,
    and so are notebooks that cannot be read: their own kernel will say so. What lies beside a notebook is left to its
    kernel.
    """
    names = (name for notebook in notebooks for name in imported(notebook) if not _lies_beside(notebook, name))
    return tuple(dict.fromkeys(names))


def imported(notebook: Path) -> Iterator[str]:
    """The modules that a notebook's code cells import, in order, with repetitions."""
    for source in _code_cells(notebook):
        yield from imports_of(source)


def imports_of(source: str) -> Iterator[str]:
    """The modules that Python code imports, in order, with repetitions. Lines that are no Python are passed over."""
    for node in ast.walk(_parsed(source.splitlines())):
        yield from _named(node)


def _parsed(lines: list[str]) -> ast.Module:
    """The code without the lines that make it no Python: magic, commands of a shell, questions, mistakes."""
    left = [line for line in lines if line.lstrip()[:1] not in ("%", "!", "?")]
    while True:
        try:
            return ast.parse("\n".join(left))
        except SyntaxError as error:
            del left[min(error.lineno or 1, len(left)) - 1]
        except ValueError:  # a NUL
            return ast.Module([], [])


def _code_cells(notebook: Path) -> list[str]:
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return []


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
    return (*USUAL, *_analysis())


def wanted_modules(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """What notebooks will need: what they import and, where that is the package, all of its analysis.

    A company imports what is needed when it is asked, and no kernel should have to.
    """
    named = modules_of(notebooks)
    return (*named, *_analysis()) if any(name.partition(".")[0] == "salesperf" for name in named) else named


def _analysis() -> tuple[str, ...]:
    package = importlib.util.find_spec("salesperf")
    folders = package.submodule_search_locations if package else None
    own = [
        ".".join(("salesperf", *path.relative_to(folder).with_suffix("").parts))
        for folder in folders or ()
        for room in _ROOMS
        for path in sorted((Path(folder) / room).rglob("[!_]*.py"))
        if "demo" not in path.parts
    ]
    return ("salesperf.company", *own)


def preload(modules: Iterable[str]) -> None:
    """Imports the modules; one that cannot be imported is left to the cell that asks for it."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in modules:
            # Libraries fail at import in every way there is, and none of them is the parent's business.
            with contextlib.suppress(Exception):
                if importlib.util.find_spec(name):
                    importlib.import_module(name)
