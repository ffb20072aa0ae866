"""The set-up files agree with each other, and the Makefile finds its way on any machine."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
WANTED_BY_DEVELOPERS = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
CONDA_NAMES = {"ibis-framework": "ibis-duckdb"}

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def locked() -> dict[str, list[str]]:
    """The entries of the lock, without hashes, by name: one, or several for different platforms."""
    pins: dict[str, list[str]] = {}
    for line in re.findall(r"^[a-z0-9].*?(?= \\?$)", LOCK, re.MULTILINE):
        pins.setdefault(canonicalize_name(Requirement(line).name), []).append(line)
    return pins


def tracked(*patterns: str) -> list[Path]:
    """The files that are, or would be, in a commit."""
    listing = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-co",
        "--exclude-standard",
        "-z",
        "--",
        *patterns,
    ]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git clone")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_conda_gets_the_same_set_and_ranges_as_pip():
    lines = [line for line in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]]
    conda = {name: SpecifierSet(rest) for name, _, rest in (line.partition(" ") for line in lines)}
    assert conda.pop("python") == SpecifierSet(PROJECT["project"]["requires-python"])
    assert conda.pop("pip") == SpecifierSet()
    assert conda == {CONDA_NAMES.get(wanted.name, wanted.name): wanted.specifier for wanted in WANTED}


def test_every_dependency_has_a_lower_and_an_upper_bound():
    open_ended = [str(wanted) for wanted in WANTED if {bound.operator for bound in wanted.specifier} != {">=", "<"}]
    assert open_ended == []


@pytest.mark.parametrize("wanted", WANTED + WANTED_BY_DEVELOPERS, ids=lambda wanted: wanted.name)
def test_the_lock_holds_every_dependency_within_its_range(wanted):
    pins = [Requirement(line) for line in locked().get(canonicalize_name(wanted.name), [])]
    assert pins
    versions = [bound.version for pin in pins for bound in pin.specifier]
    assert [version for version in versions if version not in wanted.specifier] == []


def test_the_lock_pins_exact_versions_with_hashes():
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", LOCK, flags=re.MULTILINE))
    loose = [entry for entry in entries if not re.match(r"[a-z0-9._-]+==\S+ .*\\\n +--hash=sha256:[0-9a-f]{64}", entry)]
    assert len(entries) > len(WANTED)
    assert loose == []


def test_the_lock_holds_what_installs_the_package_in_place():
    assert {"hatchling", "editables"} <= set(locked())


def test_the_lock_names_no_address():
    assert "://" not in LOCK


def test_no_file_names_the_address_of_an_index():
    address = re.compile(r"https?://\S+/simple\b|pythonhosted\.org|index-url[ =]+\S*://|find-links[ =]+\S*/")
    offending = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if address.search(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert offending == []


def test_notebooks_are_kept_without_outputs():
    offending = [
        f"{path.relative_to(ROOT)}: cell {number}"
        for path in tracked("*.ipynb")
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"])
        if cell.get("outputs") or cell.get("execution_count")
    ]
    assert offending == []


def test_what_make_makes_is_not_tracked():
    made = [".venv/bin/python", "params/demo/reps.csv", "reports/demo/2025Q4/index.html"]
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "check-ignore", *made], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode == 128:
        pytest.skip("not a git clone")
    assert done.stdout.split() == made


def make(*arguments: str, cwd: Path = ROOT, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """A make of its own, also where make runs the tests."""
    found = shutil.which("make")
    if found is None:
        pytest.skip("no make")
    return subprocess.run([found, *arguments], cwd=cwd, env={"PATH": path}, capture_output=True, text=True)


def test_every_target_has_a_line_of_help_and_make_alone_prints_them():
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    helped = make().stdout.splitlines()
    assert [re.match(r"make (\S+) +\S", line)[1] for line in helped[: len(targets)]] == targets


@pytest.fixture
def bare(tmp_path):
    """A fresh clone, in a folder with a space, on a machine with the given programs alone."""
    clone, programs = tmp_path / "fresh clone", tmp_path / "bin"
    clone.mkdir()
    programs.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, clone)
    for name in ("rm", "touch"):
        (programs / name).symlink_to(shutil.which(name))

    def machine(scripts: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        for name, script in scripts.items():
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        return make("lint", *arguments, cwd=clone, path=str(programs))

    return machine


BROKEN = "echo 'command not found' >&2; exit 127"
OLD = "exit 1"
SUITABLE = 'case "$1" in -c) exit 0;; esac; echo "$0 was asked: $*"; exit 9'
NONE_FOUND = "make: expected Python 3.11 or newer with venv, found none; install it (Debian: python3-venv)"


@pytest.mark.parametrize("scripts", [{}, {"python3": OLD}, {"python3.12": BROKEN, "python3": OLD}])
def test_without_a_suitable_python_make_says_so_in_one_line(bare, scripts):
    done = bare(scripts)
    assert done.returncode
    assert done.stderr.splitlines()[0].startswith(NONE_FOUND)
    assert len(done.stderr.splitlines()) == 2  # the other is make's own


def test_a_python_that_is_asked_for_and_does_not_suit_is_named(bare):
    done = bare({"python3": SUITABLE, "old": OLD}, "PYTHON=old")
    assert done.stderr.startswith("make: expected Python 3.11 or newer with venv as 'old', found none;")


@pytest.mark.parametrize(
    ("scripts", "chosen"),
    [
        ({"python3": SUITABLE}, "python3"),
        ({"python3.12": SUITABLE, "python3": SUITABLE}, "python3.12"),
        (
            {"python3.13": BROKEN, "python3.12": OLD, "python3.11": SUITABLE, "python3": SUITABLE},
            "python3.11",
        ),
    ],
)
def test_make_takes_the_first_python_that_works(bare, scripts, chosen):
    assert re.search(rf"/bin/{re.escape(chosen)} was asked: -m venv .venv$", bare(scripts).stdout)


def test_a_python_that_is_asked_for_comes_first(bare):
    done = bare({"python3.13": SUITABLE, "mine": SUITABLE}, "PYTHON=mine")
    assert "/bin/mine was asked: -m venv .venv" in done.stdout


INTERRUPTED = """
case "$1 $2" in
    "-c "*) exit 0;;
    "-m venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python;;
    "-m pip") echo 'interrupted' >&2; exit 1;;
esac
"""


def test_an_interrupted_install_starts_over(bare):
    for _ in range(2):
        done = bare({"python3": INTERRUPTED, "mkdir": 'exec /bin/mkdir "$@"', "cp": 'exec /bin/cp "$@"'})
        assert done.returncode
        assert "setting up .venv" in done.stderr
        assert "interrupted" in done.stderr
