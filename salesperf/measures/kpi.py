"""A KPI as plain data: its name, the columns that it needs, the terms that it is computed from (docs/methods.md §2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Unit = Literal["money", "share", "count", "days", "points", "number"]
How = Literal["sum", "squares", "count", "distinct", "mean"]  # squares: the sum of the squares
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Filter:
    """A condition on a column: it has one of the values, or is ``at_least`` a number.

    Texts are compared without regard to case unless ``exact``.
    """

    column: str
    values: tuple[str, ...] | tuple[Decimal, ...] = ()
    at_least: Decimal | None = None
    exact: bool = False


@dataclass(frozen=True)
class Measure:
    """An aggregate over the rows of a table that a column of days places in a period.

    ``table``: a table of the export, or ``sales`` (see `rows.sales`); ``day``: the column of days, or ``period``;
    ``how``: the aggregate; ``column``: what is aggregated, "" to count rows; ``where``: all filters must hold;
    ``orders_only``: leave out refunds and sales refunded in full; ``months_before``: the aggregate is of a period so
    many months earlier.
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
    """A statistic that a counter computes, as no aggregate over rows gives it (see `counters`).

    ``adds``: it is a count or sum, 0 where there are no cases; otherwise it is an estimate, and NaN there.
    """

    counter: str
    name: str
    adds: bool = True


@dataclass(frozen=True)
class Target:
    """The target of a KPI, given by its id (docs/methods.md §1); one of 0 or less counts as none."""

    kpi: str


Term = Measure | Statistic | Target
Formula = Callable[[Mapping[str, Array]], Array]  # of the numerator, denominator and KPIs by id (see `Kpi.made_of`)


@dataclass(frozen=True)
class Kpi:
    """A KPI: numerator ÷ denominator, a numerator alone, or a formula of other KPIs and its terms.

    ``needs``: the columns, as "table.column", without which it is not available (``sales`` stands for orders or,
    without them, won opportunities); ``day``: the column that places a row in a period, in the same form; ``cases``:
    the number of cases behind a rate, if not the denominator; ``better``: which values are better; ``made_of``: ids of
    the KPIs without which it is not available, which ``formula`` gets by id, beside ``numerator`` and ``denominator``;
    ``beside``: counts that the KPI table shows with it; ``judged``: whether a person is judged by it; ``looks_back``:
    it needs earlier orders of an account, or the year before; ``guards``: a push for revenue could harm it, so that a
    pilot watches it; ``lacks``: the values that a client's own KPI filters by and the export has nowhere, "" for none;
    ``won_and_lost``: it sets won against lost deals, and so needs both, with their close dates; ``has_neutral``:
    whether the company's rate can stand in for it where a person has no case (docs/methods.md §3).
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
    won_and_lost: bool = False
    has_neutral: bool = True

    @property
    def counted(self) -> bool:
        """Whether it is a sum or count, which is 0 without cases; a rate, mean or formula then is not available."""
        if self.formula or self.denominator:
            return False
        return self.numerator.adds if isinstance(self.numerator, Statistic) else True

    @property
    def n(self) -> Term | None:
        """The term for the number of cases behind it; None for a sum or count, and for an attainment."""
        return self.cases or (None if isinstance(self.denominator, Target) else self.denominator)

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the KPI table: its id and, where there is an ``n``, ``<id>_n``."""
        return (self.id,) if self.n is None else (self.id, f"{self.id}_n")

    @property
    def terms(self) -> tuple[Term, ...]:
        """Its numerator, denominator and number of cases, each once; not the terms of the KPIs that it is made of."""
        return tuple(dict.fromkeys(term for term in (self.numerator, self.denominator, self.n) if term))

    @property
    def is_proportion(self) -> bool:
        """Whether it is the share of its cases that meet a condition, so that its error is binomial, given by n."""
        part, whole = self.numerator, self.denominator
        if isinstance(part, Measure) and isinstance(whole, Measure):
            same_rows = replace(part, column=whole.column, where=whole.where) == whole and whole.how == "count"
            return same_rows and set(whole.where) <= set(part.where)
        return self.unit == "share" and isinstance(whole, Statistic) and isinstance(part, Statistic) and whole.adds

    @property
    def comes_singly(self) -> bool:
        """Whether it counts separate events, so that its variance is at least that of a Poisson count.

        A sum of a column of counts is not such a count, as a row may stand for several at once.
        """
        return self.counted and self.unit == "count" and getattr(self.numerator, "how", "count") != "sum"


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Array:
    """Part ÷ whole, of arrays of one shape; NaN where the whole is NaN or not above 0."""
    quotient = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=quotient, where=np.nan_to_num(whole) > 0)
    return quotient


def added_up(term: Term) -> tuple[Term, ...]:
    """The terms to compute for a term: of a mean its sum and its count, otherwise the term itself."""
    if isinstance(term, Measure) and term.how == "mean":
        return replace(term, how="sum"), replace(term, how="count")
    return (term,)


def squares(term: Term) -> Measure | None:
    """The sum of squares of the column that a term sums; None for any other term."""
    return replace(term, how="squares") if isinstance(term, Measure) and term.how == "sum" else None


def counted(term: Term) -> Measure | None:
    """The number of values of the column that a term sums; None for any other term."""
    return replace(term, how="count") if isinstance(term, Measure) and term.how == "sum" else None
