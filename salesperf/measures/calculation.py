"""The calculator: any KPI of any period and level, computed from the facts of an export (see `facts`)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.measures.assessed import assessed
from salesperf.measures.codebook import KPIS
from salesperf.measures.cohorts import cohorts
from salesperf.measures.counters import Counter
from salesperf.measures.customers import first_orders
from salesperf.measures.employment import employed, employment
from salesperf.measures.facts import By, Cells, Counts, Entity, Window, months, staff_of
from salesperf.measures.key_results import key_results
from salesperf.measures.kpi import Array, Kpi, Measure, Statistic, Target, Term, added_up, ratio
from salesperf.measures.kpis import tells
from salesperf.measures.open_deals import open_deals
from salesperf.measures.reviews import counting_for, own_periods
from salesperf.measures.rows import columns_of, known_columns
from salesperf.measures.table_facts import distinct_values, table_facts
from salesperf.periods import Period

COUNTERS: Mapping[str, Counter] = {
    "first_orders": first_orders,
    "cohorts": cohorts,
    "open_deals": open_deals,
    "employment": employment,
    "assessed": assessed,
    "key_results": key_results,
}
TargetsOf = Callable[[str, Sequence[Entity]], Array]  # a KPI's id and entities → periods × entities


@dataclass(frozen=True)
class Calculated:
    """The terms of KPIs for each period and entity.

    ``keys``: the entities, sorted; ``there``: periods × entities, True where the entity has a row in the KPI table, as
    somebody is employed or a row of what was asked for counts for it; ``terms``: term → periods × entities.
    """

    keys: Sequence[Entity]
    there: NDArray[np.bool_]
    terms: Mapping[Term, Array]

    def term(self, term: Term) -> Array:
        """Periods × entities: the values of a term.

        A term that was not computed is 0 for a sum, count or target, and NaN for an estimate (``adds`` is False).
        """
        if term in self.terms:
            return self.terms[term]
        if isinstance(term, Measure) and term.how == "mean":
            return ratio(*(self.term(part) for part in added_up(term)))
        return np.full(self.there.shape, _nothing(term))

    def value(self, kpi: Kpi, known: Mapping[str, Kpi]) -> Array:
        """Periods × entities: the values of a KPI, NaN where the denominator is not above 0.

        ``known``: all KPIs by id, for those that the KPI is made of. Whether the KPI is available is not looked at
        (see `availability`).
        """
        numerator = self.term(kpi.numerator)
        if kpi.formula:
            of = {name: self.value(known[name], known) for name in kpi.made_of} | {"numerator": numerator}
            return kpi.formula(of | ({"denominator": self.term(kpi.denominator)} if kpi.denominator else {}))
        return ratio(numerator, self.term(kpi.denominator)) if kpi.denominator else numerator


def calculated(
    export: Export, kpis: Collection[Kpi], periods: Sequence[Period], by: By, targets: TargetsOf | None = None
) -> Calculated:
    """The terms of some KPIs, and of the counts beside them, in each period for the entities of a level.

    ``targets``: gives a KPI's targets, periods × entities, for the same periods; needed where one of the KPIs is an
    attainment. A KPI of which the export lacks a column is left out (see `tells`).
    """
    covered = [part for kpi in kpis for part in (kpi, *kpi.beside) if tells(export.tables, part)]
    wanted = dict.fromkeys(part for kpi in covered for term in kpi.terms for part in added_up(term))
    parts = [employed(export, periods, by), *_counted(export, list(wanted), periods, by)]
    keys = sorted({key for part in parts for key in part.keys})
    number = {key: code for code, key in enumerate(keys)}
    there = np.zeros((len(periods), len(keys)), dtype=bool)
    terms: dict[Term, Array] = {}
    for part in parts:
        codes = np.array([number[key] for key in part.keys], dtype=np.int64)
        there[:, codes] |= part.there
        for term, values in part.values.items():
            terms[term] = np.full(there.shape, _nothing(term))
            terms[term][:, codes] = values
    if targets:
        terms |= {term: targets(term.kpi, keys) for term in wanted if isinstance(term, Target)}
    return Calculated(keys, there, terms)


def _nothing(term: Term) -> float:
    """The value of a term where nothing was counted: 0 for what adds up, NaN for an estimate."""
    return 0.0 if not isinstance(term, Statistic) or term.adds else float("nan")


def _counted(export: Export, terms: Sequence[Term], periods: Sequence[Period], by: By) -> Iterator[Counts]:
    """The values of terms, in parts that each have their own entities; the keys of ``values`` are terms.

    A row on a day in the period makes its entity there in it. Sums of earlier months make nobody there, and counters
    only the company and regions: a team or rep of whom there are only old deals gets no row in the KPI table.
    """
    measures = [measure for measure in terms if isinstance(measure, Measure)]
    adding = [measure for measure in measures if measure.how != "distinct"]
    for table, before in dict.fromkeys((measure.table, measure.months_before) for measure in adding):
        of_table = [measure for measure in adding if measure.table == table]
        asked = [measure for measure in of_table if measure.months_before == before]
        facts = table_facts(export, table, by, [replace(measure, months_before=0) for measure in of_table])
        for part in _added(export, facts, asked, periods, by):
            yield part if not before else _without_presence(part)
    for measure in measures:
        if measure.how == "distinct":
            values = distinct_values(export, measure, by)
            counts = values.over(_windows(export, measure, periods))
            yield Counts(values.keys, {measure: counts}, counts > 0)
    of_counters: dict[str, list[Statistic]] = {}
    for term in terms:
        if isinstance(term, Statistic):
            of_counters.setdefault(term.counter, []).append(term)
    for counter, statistics in of_counters.items():
        counted = COUNTERS[counter](export, periods, by)
        part = replace(
            counted,
            values={
                statistic: counted.values[statistic.name]
                for statistic in statistics
                if statistic.name in counted.values
            },
        )
        yield part if by in ("company", "region") else _without_presence(part)


def _added(
    export: Export, facts: Mapping[str, Cells], measures: Sequence[Measure], periods: Sequence[Period], by: By
) -> Iterator[Counts]:
    """The values of measures over one table that add up, one part for each column of days.

    ``facts``: the table's (see `table_facts`); ``measures``: all with the same ``months_before``.
    """
    staff = staff_of(export.tables)
    plain = {replace(measure, months_before=0): measure for measure in measures}
    for day in dict.fromkeys(measure.day for measure in plain):
        asked = {measure: whole for measure, whole in plain.items() if measure.day == day}
        windows = _windows(export, measures[0], periods, day)
        counts = facts[day].over(staff, by, windows, asked)
        yield replace(counts, values={asked[measure]: values for measure, values in counts.values.items()})


def _windows(export: Export, measure: Measure, periods: Sequence[Period], day: str = "") -> list[Window]:
    """The cells of time of each period; ``day``: the column that places the rows, "" for the measure's own."""
    if (day or measure.day) != "period":
        return months(periods, measure.months_before)
    place = {label: number for number, label in enumerate(export.tables.texts(measure.table, "period"))}
    table_periods = own_periods(export, measure.table)
    return [
        [(place[counted.label], place[counted.label]) for counted in counting_for(period, table_periods)]
        for period in periods
    ]


def _without_presence(part: Counts) -> Counts:
    """The same values, with no entity there because of them."""
    return replace(part, there=np.zeros_like(part.there))


def _check(kpis: Mapping[str, Kpi]) -> None:
    """Raises TypeError for a KPI that names an unknown table, column, counter, statistic or KPI."""
    for kpi in (part for whole in kpis.values() for part in (whole, *whole.beside)):
        for need in (*kpi.needs, kpi.day):
            _check_column(kpi, *need.split("."))
        for term in kpi.terms:
            if isinstance(term, Measure):
                for column in (term.day, *columns_of(term)):
                    _check_column(kpi, term.table, column)
            elif isinstance(term, Statistic):
                _check_counter(kpi, term)
        if missing := set(kpi.made_of) - kpis.keys():
            raise TypeError(f"{kpi.id}: expected registered KPIs that it is made of, got {', '.join(sorted(missing))}")


def _check_column(kpi: Kpi, table: str, column: str) -> None:
    """Raises TypeError for a table or column that rows cannot have (see `known_columns`)."""
    known = known_columns(table)
    if not known:
        raise TypeError(f"{kpi.id}: expected a table of the export or 'sales', got {table!r}")
    if column not in known:
        raise TypeError(f"{kpi.id}: expected a column of {table}, one of {', '.join(sorted(known))}, got {column!r}")


def _check_counter(kpi: Kpi, statistic: Statistic) -> None:
    """Raises TypeError for a counter that is not registered, or a statistic that it does not declare."""
    if statistic.counter not in COUNTERS:
        raise TypeError(f"{kpi.id}: expected a statistic of {', '.join(COUNTERS)}, got one of {statistic.counter!r}")
    names = COUNTERS[statistic.counter].names
    if statistic.name not in names:
        raise TypeError(f"{kpi.id}: expected {' or '.join(names)} of {statistic.counter}, got {statistic.name!r}")


_check(KPIS)
