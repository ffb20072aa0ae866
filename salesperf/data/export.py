"""An opened export of a client: the checked tables, and the client file that says what they mean."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from salesperf.data.company_wide import Results
from salesperf.data.tables import Tables
from salesperf.params import Client, Definitions
from salesperf.periods import Period


@dataclass(frozen=True, eq=False)
class Export:
    """The tables of a client, the client file and the period asked for. Compared by identity.

    ``kept``: results worked out in this process (see `once`).
    """

    client: Client
    tables: Tables
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    @property
    def period(self) -> Period:
        """The period asked for."""
        return self.client.period

    @property
    def definitions(self) -> Definitions:
        """The conventions that the client file may change."""
        return self.client.settings.definitions

    @property
    def results(self) -> Results | None:
        """Where company-wide results are kept (see `company_wide`)."""
        return self.tables.results

    def at(self, period: Period) -> Self:
        """The same export for another period, with its list of reps; both share ``kept`` where that is the same."""
        return replace(self.listed(period.end), client=replace(self.client, period=period))

    def listed(self, day: date) -> Self:
        """The same export with the list of reps of another day (see `Tables.listed`)."""
        tables = self.tables.listed(day)
        return self if tables is self.tables else replace(self, tables=tables, kept={})


E = TypeVar("E", bound=Export)
P = ParamSpec("P")
R = TypeVar("R")


def once(work: Callable[Concatenate[Export, P], R]) -> Callable[Concatenate[Export, P], R]:
    """Decorator for a function of an export that is worked out once in a process for the same arguments.

    The function must not depend on the export's period: the result is shared with the same export `at` other periods.
    All callers get the same object, so none may change it. The other arguments must be hashable.
    """

    @wraps(work)
    def shared(export: Export, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (work, args, tuple(sorted(kwargs.items())))
        if key not in export.kept:
            export.kept[key] = work(export, *args, **kwargs)
        result: R = export.kept[key]
        return result

    return shared
