"""A KPI as data: what it is called, what it needs, and out of which statistics it is computed (docs/methods.md §2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Unit = Literal["money", "share", "count", "days", "points", "number"]
How = Literal["sum", "squares", "count", "distinct", "mean"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Filter:
    """A column of the rows and the values of which it must have one, or the least that it must be.

    Texts are compared whatever their case unless they are ``exact``; numbers by their size.
    """

    column: str
    values: tuple[str, ...] | tuple[Decimal, ...] = ()
    at_least: Decimal | None = None
    exact: bool = False


@dataclass(frozen=True)
class Measure:
    """What is done with which column ("" for rows) of the rows that a day places in a period.

    ``table``: a table of the export, or ``sales``; ``where``: all filters must let a row through; ``orders_only``:
    neither a refund nor a sale refunded in full is a case; ``months_before``: how much earlier the period lies.
    """

    table: str
    day: str
    how: How
    column: str = ""
    where: tuple[Filter, ...] = ()
    orders_only: bool = False
    months_before: int = 0


@dataclass(frozen=True)
class Statistic:
    """A statistic that a counter of its own works out, where rows cannot be added up (see `counters`).

    ``adds``: it is a count or sum, so that nothing found means 0.
    """

    counter: str
    name: str
    adds: bool = True


@dataclass(frozen=True)
class Target:
    """What was agreed for a KPI, by its id (docs/methods.md §1); not above 0 it is no target."""

    kpi: str


Term = Measure | Statistic | Target
Formula = Callable[[Mapping[str, Array]], Array]


@dataclass(frozen=True)
class Kpi:
    """One KPI: numerator ÷ denominator, a numerator alone, or a formula of other KPIs and its numerator.

    ``needs``: the columns without which it is not available (``sales`` stands for orders or, without them, won
    opportunities); ``day``: the column that places a row in a period; ``cases``: the number behind a rate, the
    denominator where it is not given; ``made_of``: the KPIs without which it is not available, which ``formula`` is
    given by id, beside ``numerator`` and ``denominator``; ``beside``: counts that the KPI table shows with it;
    ``judged``: whether a person is judged by it;
    ``looks_back``: it needs to know an account's earlier orders, or the year before; ``guards``: a push for revenue
    could cost it; ``lacks``: what a client's own KPI asks for and the export has nowhere, or "".
    """

    id: str
    name: str
    definition: str
    unit: Unit
    needs: tuple[str, ...]
    day: str
    numerator: Term
    denominator: Term | None = None
    cases: Term | None = None
    better: Literal["higher", "lower"] = "higher"
    made_of: tuple[str, ...] = ()
    formula: Formula | None = None
    beside: tuple["Kpi", ...] = ()
    judged: bool = True
    looks_back: bool = False
    guards: bool = False
    lacks: str = ""

    @property
    def counted(self) -> bool:
        """Whether it is a sum or a count, so that nothing found means 0; of a rate or mean nothing is none."""
        if self.formula or self.denominator:
            return False
        return self.numerator.adds if isinstance(self.numerator, Statistic) else True

    @property
    def n(self) -> Term | None:
        """The number of cases behind it; None for a sum or count, and for an attainment."""
        return self.cases or (None if isinstance(self.denominator, Target) else self.denominator)

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the KPI table: its own and, behind a rate, the number of cases."""
        return (self.id,) if self.n is None else (self.id, f"{self.id}_n")

    @property
    def terms(self) -> tuple[Term, ...]:
        """The statistics that it is computed from, each once."""
        return tuple(dict.fromkeys(term for term in (self.numerator, self.denominator, self.n) if term))

    @property
    def is_proportion(self) -> bool:
        """Whether it is so many of its cases, so that their number alone tells how far chance carries it."""
        part, whole = self.numerator, self.denominator
        if isinstance(part, Measure) and isinstance(whole, Measure):
            alike = replace(part, column=whole.column, where=whole.where) == whole and whole.how == "count"
            return alike and set(whole.where) <= set(part.where)
        return self.unit == "share" and isinstance(whole, Statistic) and isinstance(part, Statistic) and whole.adds

    @property
    def comes_singly(self) -> bool:
        """Whether it counts what comes one by one, so that chance carries it at least as far as a Poisson count."""
        return self.counted and self.unit == "count" and getattr(self.numerator, "how", "count") != "sum"


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Array:
    """Part ÷ whole, NaN where there is nothing to divide by."""
    quotient = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=quotient, where=np.nan_to_num(whole) > 0)
    return quotient


def added_up(term: Term) -> tuple[Term, ...]:
    """The statistics that a term is made of: of a mean a sum and a number of cases, else the term itself."""
    if isinstance(term, Measure) and term.how == "mean":
        return replace(term, how="sum"), replace(term, how="count")
    return (term,)


def squares(term: Term) -> Measure | None:
    """The sum of the squares of what a term adds up; None where it adds up nothing."""
    return replace(term, how="squares") if isinstance(term, Measure) and term.how == "sum" else None


def counted(term: Term) -> Measure | None:
    """The number of what a term adds up; None where it adds up nothing."""
    return replace(term, how="count") if isinstance(term, Measure) and term.how == "sum" else None
