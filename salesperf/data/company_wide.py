"""Results that concern the whole company: worked out once for a notebook, and in a batch once for all its reports.

`company_wide` marks the functions, `Results` is where their results are kept.
"""

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
    """Where results are kept, as bytes under a name; as they are bytes, each reader gets a copy that it may change."""

    def get(self, name: str) -> bytes | None:
        """The content kept under a name; None where nothing is."""

    def put(self, name: str, content: bytes) -> None:
        """Keeps content under a name."""

    def lock(self, name: str) -> AbstractContextManager[object]:
        """A context manager entered while the result of a name is worked out; other processes that enter it wait."""


def kept_or(results: Results, name: str, work: Callable[[], bytes]) -> bytes:
    """The content kept under a name; where nothing is, that of ``work``, which then is kept.

    Several processes that ask at once work it out only once, where ``results`` lock (see `Results.lock`).
    """
    if (kept := results.get(name)) is not None:
        return kept
    with results.lock(name):
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
        """The content kept under a name; None where nothing is."""
        return self.kept.get(name)

    def put(self, name: str, content: bytes) -> None:
        """Keeps content under a name."""
        self.kept[name] = content

    def lock(self, name: str) -> AbstractContextManager[object]:
        """No lock: no other process shares this memory."""
        return nullcontext()


@dataclass(frozen=True)
class InFolder:
    """Results of a batch's dataset, for all its processes: files in its private folder."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """The content kept under a name; None where nothing is."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Keeps content under a name; a reader at the same time gets None or the whole content."""
        scratch = self.folder / f".{name}.{os.getpid()}"
        scratch.write_bytes(content)
        scratch.replace(self.folder / name)

    def lock(self, name: str) -> AbstractContextManager[object]:
        """A lock among processes; the operating system releases it when the process that has it dies."""
        from filelock import FileLock

        return FileLock(self.folder / f".{name}.lock")


class HasResults(Protocol):
    """An opened export, and where results of it are kept."""

    @property
    def client(self) -> Client:
        """The client, with the period asked for."""

    @property
    def results(self) -> Results | None:
        """Where results are kept; None where they are not."""


T = TypeVar("T", bound=HasResults)


def company_wide(work: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Decorator for a function of an export whose result does not depend on the region or rep of the report.

    The result is worked out once for a client file, period and arguments wherever ``export.results`` keeps it, provided
    that the other arguments are None, texts, numbers without decimals, dates, periods, or sets, lists and tuples of
    these; otherwise it is worked out at each call. The function must depend on nothing but the tables, the client's
    settings, the period and these arguments. Its result must be picklable; each caller gets a copy that it may change.
    """

    @wraps(work)
    def shared(export: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        arguments = [*map(_named, args), *(_named(value) for _, value in sorted(kwargs.items()))]
        if export.results is None or not all(arguments):
            return work(export, *args, **kwargs)
        call = f"{work.__module__}.{work.__qualname__} {export.client.fingerprint} {sorted(kwargs)} {arguments}"
        name = hashlib.sha256(call.encode()).hexdigest()
        content = kept_or(export.results, name, lambda: _pickled(work(export, *args, **kwargs)))
        result: R = pickle.loads(content)
        return result

    return shared


def _pickled(result: object) -> bytes:
    return pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)


def _named(value: object) -> str:
    """A text that stands for an argument, the same for equal arguments only; empty for types that have none."""
    if value is None or isinstance(value, str | int | date | Period):
        return repr(value)
    if isinstance(value, Set):
        parts = sorted(map(_named, value))
        return f"{{{', '.join(parts)}}}" if all(parts) else ""
    if isinstance(value, list | tuple):
        parts = list(map(_named, value))
        return f"[{', '.join(parts)}]" if all(parts) else ""
    return ""
