"""Mutation testing: how many small faults in a module its tests notice.

    python bench/mutants.py [salesperf/people/groups.py salesperf/scoring …] [--jobs 2] [--sample N] [--timeout 120]

Every mutant is one change to the syntax tree of a file. It is written into a copy of the package, which the module's
tests then import, each mutant in a process of its own. Survivors that behave as the original are listed in
bench/equivalent_mutants.yml with a reason and counted apart.
"""

import argparse
import ast
import contextlib
import copy
import gc
import importlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.yml")
SCORING = ["change", "choice", "forced", "model", "period_scores", "pilot", "readiness", "scorecard"]
MEASURES = [
    *("assessed", "availability", "calculation", "change", "cohorts", "customers", "employment", "facts"),
    *("key_results", "kpi", "kpis", "ratings", "reviews", "rows", "statistics", "table"),
]
PLANNING = {  # a room of planning → what tests it besides the targets themselves
    **{"agreed": [], "cascade": ["cascade"], "client_targets": ["cascade"], "hit_rates": ["pacing"]},
    **{"monthly": ["cascade"], "months": ["spreading"], "organisation": [], "overrides": ["cascade"]},
    **{"pacing": ["pacing"], "plan": ["cascade"], "plan_basis": ["spreading"], "sharing": ["cascade"]},
    **{"split_keys": [], "spreading": ["spreading"], "target_rules": ["target_rules"], "targets": []},
    **{"track_record": ["pacing"], "tree": ["cascade"]},
}
WEIGHTING = [
    *("ahp", "best_worst", "data_weights", "importance_order", "learned", "score_ranks", "smaa", "smallest_change"),
    "weight_draws",
]
TESTS = {  # the tests of a module, the most relevant first
    "salesperf/people/groups.py": ["tests/people/test_groups.py"],
    "salesperf/people/potential.py": ["tests/people/test_potential_ranking.py"],
    "salesperf/people/potential_ranking.py": ["tests/people/test_potential_ranking.py"],
    "salesperf/people/features.py": ["tests/people/test_features.py"],
    "salesperf/people/estimates.py": ["tests/people/test_estimates.py"],
    "salesperf/people/growth.py": ["tests/people/test_growth.py"],
    "salesperf/people/backtest.py": ["tests/people/test_backtest.py"],
    "salesperf/people/year_since.py": ["tests/people/test_backtest.py"],
    **{f"salesperf/scoring/{name}.py": [f"tests/scoring/test_{name}.py"] for name in SCORING},
    "salesperf/scoring/scorecard.py": ["tests/scoring/test_scorecard.py", "tests/scoring/test_forced.py"],
    **{f"salesperf/measures/{name}.py": [f"tests/measures/test_{name}.py"] for name in MEASURES},
    **{f"salesperf/weighting/{name}.py": [f"tests/weighting/test_{name}.py"] for name in WEIGHTING},
    "salesperf/measures/client_kpis.py": ["tests/measures/test_client_kpis.py", "tests/measures/test_client_counts.py"],
    "salesperf/measures/codebook.py": [
        "tests/measures/test_kpis.py",
        "tests/measures/test_calculation.py",
        "tests/measures/test_table.py",
        "tests/measures/test_customers.py",
        "tests/measures/planning/test_pacing.py",
    ],
    "salesperf/measures/table.py": [
        "tests/measures/test_table.py",
        "tests/measures/planning/test_targets.py",
        "tests/measures/test_crm.py",
    ],
    "salesperf/measures/counters.py": ["tests/measures/test_calculation.py"],
    "salesperf/measures/open_deals.py": ["tests/measures/test_open_deals.py"],
    "salesperf/measures/rows.py": [
        "tests/measures/test_rows.py",
        "tests/measures/test_calculation.py",
        "tests/measures/test_client_counts.py",
    ],
    "salesperf/measures/reviews.py": [
        "tests/measures/test_reviews.py",
        "tests/measures/test_assessed.py",
        "tests/measures/test_key_results.py",
    ],
    "salesperf/measures/assessed.py": ["tests/measures/test_assessed.py", "tests/measures/test_ratings.py"],
    "salesperf/measures/change.py": ["tests/measures/test_change.py", "tests/measures/test_crm.py"],
    "salesperf/measures/table_facts.py": ["tests/measures/test_facts.py", "tests/measures/test_calculation.py"],
    **{
        f"salesperf/measures/planning/{name}.py": [
            *(f"tests/measures/planning/test_{tested}.py" for tested in PLANNING[name]),
            "tests/measures/planning/test_targets.py",
            "tests/measures/test_target_docs.py",
            "tests/present/targets/test_target_tables.py",
        ]
        for name in PLANNING
    },
}
LIBRARIES = [  # imported before processes are forked; nothing of salesperf
    *(
        "pytest",
        "hypothesis.strategies",
        "numpy",
        "pandas",
        "pyarrow",
        "fsspec",
        "filelock",
        "pydantic",
        "duckdb",
        "yaml",
        "scipy.optimize",
        "scipy.stats",
    ),
    *("sklearn.cluster", "sklearn.decomposition", "sklearn.metrics", "sklearn.mixture", "sklearn.preprocessing"),
]
BOUNDARIES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In},
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult},
    **{ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
}
EXTREMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
REMOVABLE = {"clip", "fillna"}


@dataclass(frozen=True)
class Mutant:
    """A changed source: the file, the line as written, what was changed on it, and the source of the whole."""

    file: str
    line: int
    text: str
    change: str
    source: str

    @property
    def key(self) -> str:
        """How the list of equivalent mutants names it."""
        return f"{self.text} | {self.change}"


def mutants(file: str) -> list[Mutant]:
    """All mutants of a file, by line."""
    source = (ROOT / file).read_text("utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    mutants_of_file = []
    for place, node in enumerate(nodes(tree)):
        for number, _ in enumerate(replacements(node)):
            changed = copy.deepcopy(tree)
            target = list(nodes(changed))[place]
            new = list(replacements(target))[number]
            before = ast.unparse(target)
            Exchange(target, new).visit(changed)
            change = f"{before} → {ast.unparse(new)}"
            text = ast.unparse(ast.fix_missing_locations(changed))
            mutants_of_file.append(Mutant(file, node.lineno, lines[node.lineno - 1].strip(), change, text))
    return sorted(mutants_of_file, key=lambda mutant: mutant.line)


def nodes(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression except types and texts, in an order of its own."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.keyword) and child.arg == "frozen":
                continue  # nothing assigns to a field, so no test can notice
            if isinstance(child, ast.AST) and not is_text(child):
                if isinstance(child, ast.expr):
                    yield child
                yield from nodes(child)


def is_text(node: ast.AST) -> bool:
    """Whether a node is a string, such as a docstring or a message."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def replacements(node: ast.expr) -> Iterator[ast.expr]:
    """What a mutant has in the place of an expression."""
    match node:
        case ast.Compare(left, [operator], right):
            for table in (BOUNDARIES, NEGATED):
                if type(operator) in table:
                    yield ast.Compare(left, [table[type(operator)]()], right)
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.And() if isinstance(operator, ast.Or) else ast.Or(), values)
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield operand
        case ast.IfExp(condition, then, otherwise):
            yield then
            yield otherwise
            yield ast.IfExp(condition, otherwise, then)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
            if isinstance(value, float) and value not in (0, 1):
                yield ast.Constant(value * 2)
        case ast.Call(ast.Attribute(owner, name), _, _) if name in REMOVABLE:
            yield owner
        case ast.Name(name) if name in EXTREMES:
            yield ast.Name(EXTREMES[name], ast.Load())
        case ast.Attribute(owner, name) if name in EXTREMES:
            yield ast.Attribute(owner, EXTREMES[name], ast.Load())


class Exchange(ast.NodeTransformer):
    """Puts one expression in the place of another."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """The new expression for the old one, anything else with its parts visited."""
        return self.new if node is self.old else self.generic_visit(node)


def run_tests(package: Path, tests: Sequence[str]) -> None:
    """Ends the process with pytest's exit code, the tests importing the package in a folder."""
    import pytest

    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    os.chdir(ROOT)
    sys.path.insert(0, str(package))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # plugins take as long to be found as most tests to run
    options = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "xdist.plugin",
        "-n",
        "0",
        f"--basetemp={package / 'scratch'}",
    ]
    os._exit(int(pytest.main([*options, *tests])))


@dataclass
class Run:
    """A mutant being tested."""

    mutant: Mutant
    folder: tempfile.TemporaryDirectory[str]
    process: BaseProcess
    until: float


def started(mutant: Mutant, timeout: float) -> Run:
    """The tests of a mutant's module, on a copy of the package that has the mutant in it."""
    folder = tempfile.TemporaryDirectory()
    shutil.copytree(ROOT / "salesperf", Path(folder.name) / "salesperf")
    (Path(folder.name) / mutant.file).write_text(mutant.source, "utf-8")
    context = multiprocessing.get_context("fork")
    process = context.Process(target=run_tests, args=(Path(folder.name), TESTS[mutant.file]))
    process.start()
    return Run(mutant, folder, process, time.monotonic() + timeout)


def tested(
    waiting: Sequence[Mutant], jobs: int, timeout: float, tell: Callable[[Mutant, bool], None]
) -> dict[Mutant, bool]:
    """Whether the tests noticed each mutant; not to end in time counts as noticed."""
    noticed: dict[Mutant, bool] = {}
    left, running = list(reversed(waiting)), list[Run]()
    while left or running:
        while left and len(running) < jobs:
            running.append(started(left.pop(), timeout))
        wait([run.process.sentinel for run in running], 1)
        for run in list(running):
            late = time.monotonic() > run.until
            if late:
                run.process.kill()
            if late or not run.process.is_alive():
                run.process.join()
                running.remove(run)
                noticed[run.mutant] = run.process.exitcode != 0
                tell(run.mutant, noticed[run.mutant])
                with contextlib.suppress(OSError):
                    run.folder.cleanup()
    return noticed


def main() -> None:
    """Prints what became of every mutant, and the share of them that was noticed, by file."""
    parser = argparse.ArgumentParser(description="Counts the small faults in modules that their tests notice.")
    parser.add_argument("places", nargs="*", default=["salesperf"], metavar="FILE", help="modules, or folders of them")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    parser.add_argument("--sample", type=int, help="so many mutants of each file, always the same ones")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for the tests of one mutant")
    asked = parser.parse_args()
    files = [file for file in TESTS for place in asked.places if Path(file).is_relative_to(place)]
    if not files:
        parser.error(f"expected modules whose tests are known, or folders of them, got {', '.join(asked.places)}")
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    known: dict[str, dict[str, str]] = yaml.safe_load(EQUIVALENT.read_text("utf-8")) or {}
    chosen = []
    for file in files:
        (as_it_is,) = tested([Mutant(file, 0, "", "", (ROOT / file).read_text("utf-8"))], 1, 600, silent).values()
        if as_it_is:
            sys.exit(f"{file}: expected tests that pass without a fault, got a failure in {' '.join(TESTS[file])}")
        every = mutants(file)
        chosen += random.Random(0).sample(every, min(asked.sample, len(every))) if asked.sample else every

    def tell(mutant: Mutant, noticed: bool) -> None:
        reason = known.get(mutant.file, {}).get(mutant.key)
        fate = "killed" if noticed else f"equivalent ({reason})" if reason else "survived"
        print(f"{fate}  {mutant.file}:{mutant.line}  {mutant.key}", flush=True)

    noticed = tested(chosen, asked.jobs, asked.timeout, tell)
    gc.unfreeze()
    for file in files:
        of_file = {mutant: was_killed for mutant, was_killed in noticed.items() if mutant.file == file}
        killed = sum(of_file.values())
        alike = sum(not was_killed and mutant.key in known.get(file, {}) for mutant, was_killed in of_file.items())
        share = killed / max(1, len(of_file) - alike)
        print(f"{file}: {killed} of {len(of_file) - alike} killed, {share:.0%}; {alike} equivalent")


def silent(mutant: Mutant, noticed: bool) -> None:
    """Prints nothing about a mutant."""


if __name__ == "__main__":
    main()
