"""Who keeps a store, and when that one is taken to be gone."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from salesperf.reports.stores.lock import claim, claimant, is_gone


def told(**changes: object) -> str:
    return json.dumps(json.loads(claim()) | changes)


@pytest.fixture
def other():
    """Another process of this machine, and what it says of itself."""
    script = "import sys; from salesperf.reports.stores.lock import claim\nprint(claim(), flush=True); sys.stdin.read()"
    line = [sys.executable, "-c", script]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        process.kill()


def test_one_that_runs_is_there_until_it_ends(other) -> None:
    process, said = other
    assert not is_gone(json.dumps(said))
    process.kill()
    process.wait()
    assert is_gone(json.dumps(said))


def test_a_process_that_has_the_number_of_another_one_is_not_that_one(other) -> None:
    _, said = other
    assert is_gone(told(run="0" * 16))  # the number is that of this process
    assert not is_gone(json.dumps(said | {"started": None}))
    if said["started"] is not None:
        assert is_gone(json.dumps(said | {"started": "1"}))


@pytest.mark.parametrize("changes", [{"host": "elsewhere"}, {"boot": "another"}, {"boot": None}])
def test_a_process_is_looked_for_only_on_the_machine_that_it_runs_on(other, changes: dict[str, object]) -> None:
    process, said = other
    process.kill()
    process.wait()
    assert not is_gone(json.dumps(said | changes))
    assert not is_gone(told(run="0" * 16, **changes))


@pytest.mark.parametrize("changes", [{}, {"host": "elsewhere"}, {"boot": "another"}])
def test_after_a_day_everybody_is_gone(changes: dict[str, object]) -> None:
    now = datetime.now(UTC)
    assert not is_gone(told(**changes), now + timedelta(hours=23))
    assert is_gone(told(**changes), now + timedelta(hours=25))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", told(process=10**30), told(since="2025-01-01"), told(host=None)])
def test_what_cannot_be_understood_is_not_gone_and_has_a_name(text: str) -> None:
    assert not is_gone(text)
    assert "batch" in claimant(text)


def test_no_two_words_of_one_process_are_the_same() -> None:
    assert claim() != claim()
    assert claimant(claim()).startswith(f"a batch that runs as process {os.getpid()} on ")
