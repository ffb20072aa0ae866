"""The command line as tests call it: in this process, as a process of its own, or at a terminal."""

import csv
import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Called = tuple[int, str, str]
Call = Callable[..., Called]
START = "from salesperf.cli import entry_point; entry_point()"


@pytest.fixture
def client_file(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Writes a client file with its tables of reps and orders beside it."""

    def written(client: str, reps: str, orders: str) -> Path:
        for name, text in {"small.yml": client, "reps.csv": reps, "orders.csv": orders}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / "small.yml"

    return written


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The words that start the command line as a process of its own."""
    return lambda *words: [sys.executable, "-c", START, *map(str, words)]


@pytest.fixture(scope="session")
def rows() -> Callable[[str], list[dict[str, str]]]:
    """Reads the rows of a text in CSV."""
    return lambda text: list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="session")
def refused() -> Callable[..., None]:
    """Checks that an answer is one line on standard error, with that exit code and these words, and nothing else."""

    def checked(answer: Called, code: int, *words: str) -> None:
        got, out, err = answer
        assert (got, out) == (code, "")
        assert err.count("\n") == 1, err
        assert err.startswith("salesperf: ")
        for word in words:
            assert word in err, err

    return checked


@pytest.fixture(scope="session")
def at_a_terminal() -> Callable[..., tuple[int, str]]:
    """Runs a command at a real terminal; returns its exit code and what is shown there, colours apart."""

    def shown(command: Sequence[str], columns: int = 100) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            seen = b""
            try:
                while piece := os.read(ours, 65536):
                    seen += piece
            except OSError:  # how a terminal says that the other side is gone
                pass
            code = process.wait(timeout=120)
        os.close(ours)
        return code, re.sub(r"\x1b\[[\d;]*m", "", seen.decode())

    return shown
