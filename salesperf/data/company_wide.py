"""Results that concern the whole company: worked out once for a notebook, and in a batch once for all its reports."""

import hashlib
import os
import pickle
from collections.abc import Callable, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from salesperf.params import Client
from salesperf.periods import Period

P = ParamSpec("P")
R = TypeVar("R")


class Results(Protocol):
    """Where results are kept, as bytes: each reader gets a copy of its own, which it may change."""

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, None where nothing is."""

    def put(self, name: str, content: bytes) -> None:
        """Keeps something under a name."""

    def alone(self, name: str) -> AbstractContextManager[object]:
        """A lock on a name, held while its result is worked out; other processes that need the result wait."""


def kept_or(results: Results, name: str, work: Callable[[], bytes]) -> bytes:
    """What is kept under a name; where nothing is, it is worked out and kept, by one process for all."""
    if (kept := results.get(name)) is not None:
        return kept
    with results.alone(name):
        if (kept := results.get(name)) is not None:
            return kept
        content = work()
        results.put(name, content)
        return content


@dataclass(frozen=True)
class InMemory:
    """Results of the tables that one process has read."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, None where nothing is."""
        return self.kept.get(name)

    def put(self, name: str, content: bytes) -> None:
        """Keeps something under a name."""
        self.kept[name] = content

    def alone(self, name: str) -> AbstractContextManager[object]:
        """No lock: no other process shares this memory."""
        return nullcontext()


@dataclass(frozen=True)
class InFolder:
    """Results of a batch's dataset, for all its processes: files in its private folder."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, None where nothing is."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Keeps something under a name; whoever reads meanwhile finds nothing or the whole."""
        scratch = self.folder / f".{name}.{os.getpid()}"
        scratch.write_bytes(content)
        scratch.replace(self.folder / name)

    def alone(self, name: str) -> AbstractContextManager[object]:
        """A lock among processes; the operating system releases it when its holder dies."""
        from filelock import FileLock

        return FileLock(self.folder / f".{name}.lock")


class HasResults(Protocol):
    """An opened export, and where results of it are kept."""

    @property
    def client(self) -> Client:
        """Whose it is, with the period asked for."""

    @property
    def results(self) -> Results | None:
        """Where results are kept, None where they are not."""


T = TypeVar("T", bound=HasResults)


def company_wide(work: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Marks a function of an export whose result does not depend on the report that asks for it.

    It is worked out once where the results of the export are kept, as long as its other arguments are plain values or
    periods; for others it is worked out each time. Its result must be plain data.
    """

    @wraps(work)
    def found(export: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        given = [*map(_named, args), *(_named(one) for _, one in sorted(kwargs.items()))]
        if export.results is None or not all(given):
            return work(export, *args, **kwargs)
        asked = f"{work.__module__}.{work.__qualname__} {export.client.fingerprint} {sorted(kwargs)} {given}"
        name = hashlib.sha256(asked.encode()).hexdigest()
        content = kept_or(export.results, name, lambda: _pickled(work(export, *args, **kwargs)))
        result: R = pickle.loads(content)
        return result

    return found


def _pickled(result: object) -> bytes:
    return pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)


def _named(value: object) -> str:
    """A text that is the same for equal arguments alone; empty where there is none."""
    if value is None or isinstance(value, str | int | date | Period):
        return repr(value)
    if isinstance(value, Set):
        parts = sorted(map(_named, value))
        return f"{{{', '.join(parts)}}}" if all(parts) else ""
    if isinstance(value, list | tuple):
        parts = list(map(_named, value))
        return f"[{', '.join(parts)}]" if all(parts) else ""
    return ""
