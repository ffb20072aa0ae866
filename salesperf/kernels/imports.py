"""The modules that notebooks import, which the parent imports before it forks, so that no kernel has to."""

import ast
import contextlib
import importlib
import importlib.util
import io
import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

# The folders of the analysis. Named only: kernels/ must not import them (see docs/development.md, *The floors*).
_ROOMS = ("data", "inference", "measures", "scoring", "people", "present")
# The libraries that most notebooks of the workbench import, themselves or through the package.
USUAL = ("pandas", "seaborn", "sklearn.cluster", "duckdb", "pyarrow.parquet")


def modules_of(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """The modules that the notebooks' code cells import, in order, each once.

    ``from a import b`` gives ``a`` and ``a.b``, as ``b`` may be a module. Relative imports, lines that are not Python
    and notebooks that cannot be read give none; nor do modules in the notebook's own folder, which its
    kernel imports itself.
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
    """The syntax tree of code without IPython's lines (magic, shell commands, help) and those with syntax errors."""
    left = [line for line in lines if line.lstrip()[:1] not in ("%", "!", "?")]
    while True:
        try:
            return ast.parse("\n".join(left))
        except SyntaxError as error:
            del left[min(error.lineno or 1, len(left)) - 1]
        except ValueError:  # the code contains a NUL
            return ast.Module([], [])


def _code_cells(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells; empty where it cannot be read."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _named(node: ast.AST) -> list[str]:
    """The modules that a statement imports; empty for other nodes and for relative imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")]
    return []


def _lies_beside(notebook: Path, module: str) -> bool:
    """Whether a module or its package is a file in the notebook's folder."""
    top = notebook.parent / module.partition(".")[0]
    return top.with_suffix(".py").exists() or (top / "__init__.py").exists()


def usual_modules() -> tuple[str, ...]:
    """What most notebooks of the workbench import: the libraries, and every module of the package's analysis."""
    return (*USUAL, *_analysis())


def wanted_modules(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """The modules that notebooks import and, if one of these is of the package's analysis, all modules of that.

    The methods of `Company` import modules when they are called, which a notebook's import statements do not show.
    """
    named = modules_of(notebooks)
    return (*named, *_analysis()) if use_analysis(named) else named


def use_analysis(modules: Iterable[str]) -> bool:
    """Whether any of the modules that notebooks import is of the package's analysis."""
    return any(map(_is_of_analysis, modules))


def _is_of_analysis(module: str) -> bool:
    """Whether a module is the package itself, which leads to ``salesperf.company``, or lies in `_ROOMS`."""
    package, _, name = module.partition(".")
    return package == "salesperf" and name.partition(".")[0] in ("", "company", *_ROOMS)


def _analysis() -> tuple[str, ...]:
    """The module ``salesperf.company`` and those in `_ROOMS`, by name, without the demo company's."""
    package = importlib.util.find_spec("salesperf")
    folders = package.submodule_search_locations if package else None
    in_rooms = [
        ".".join(("salesperf", *path.relative_to(folder).with_suffix("").parts))
        for folder in folders or ()
        for room in _ROOMS
        for path in sorted((Path(folder) / room).rglob("[!_]*.py"))
        if "demo" not in path.parts
    ]
    return ("salesperf.company", *in_rooms)


def preload(modules: Iterable[str]) -> None:
    """Imports modules, without their warnings and what they print; those that cannot be imported are left out."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in modules:
            # An import may raise anything; the cell that imports the module will raise it again.
            with contextlib.suppress(Exception):
                if importlib.util.find_spec(name):
                    importlib.import_module(name)
