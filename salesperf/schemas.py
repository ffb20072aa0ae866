"""The tables that pass from one room to another: their columns and what these hold, declared here and checked there.

A function that makes such a table returns it through `Schema.checked`, so that a column that is missing, new or of
another type is an error where the table is made, not a wrong number rooms away. What a column means stands in the
function's docstring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "number", "share or none", "count", "flag", "amount", "day", "list"]
# number: NaN is "not available"; amount: Decimal, or None; day: date, or None; list: a tuple
_DTYPES: Mapping[Kind, tuple[str, ...]] = {
    "text": ("str", "object", "category"),
    "number": ("float64",),
    "share or none": ("float64", "object"),
    "count": ("int64",),
    "flag": ("bool",),
    "amount": ("object",),
    "day": ("object",),
    "list": ("object",),
}


@dataclass(frozen=True)
class Schema:
    """The columns of a table, by name.

    ``optional``: columns that it may lack; ``others``: what columns hold whose names come from the data or the model,
    such as the ids of KPIs; None: there are no others. ``index``: the name of the index, "" where it means nothing.
    """

    name: str
    columns: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, Kind] = field(default_factory=dict)
    others: Kind | None = None
    index: str = ""

    def checked(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table itself. Raises TypeError where it is not as declared.

        >>> import pandas as pd
        >>> Schema("sizes", {"size": "number"}).checked(pd.DataFrame({"size": ["big"]}))
        Traceback (most recent call last):
            ...
        TypeError: sizes: column 'size': expected number, got str
        """
        if missing := [name for name in self.columns if name not in table]:
            raise TypeError(f"{self.name}: expected the columns {', '.join(self.columns)}, got none for {missing}")
        if self.index and table.index.name != self.index:
            raise TypeError(f"{self.name}: expected the index {self.index}, got {table.index.name}")
        for name, dtype in table.dtypes.items():
            kind = self.columns.get(str(name)) or self.optional.get(str(name)) or self.others
            if kind is None:
                raise TypeError(f"{self.name}: expected the columns {', '.join(self.columns)}, got also {name!r}")
            if len(table) and str(dtype) not in _DTYPES[kind]:  # without rows a column's type is a matter of chance
                raise TypeError(f"{self.name}: column {name!r}: expected {kind}, got {dtype}")
        return table


def _numbers(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, "number")


def _amounts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, "amount")


def _texts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, "text")


# measures/: `kpi_table`, `statistics`, `progress`; the keys are there as the level has them.
_KEYS = _texts("region", "team", "rep_id", "rep")
KPI_TABLE = Schema("KPI table", _texts("period"), optional=_KEYS, others="number")
SCORE_BASIS = Schema("score basis", _texts("period"), optional={**_KEYS, "too_new": "flag"}, others="number")
STATISTICS = Schema("statistics", _texts("period") | _numbers("cases", "total", "squares"), optional=_KEYS)
PROGRESS = Schema(
    "progress",
    _texts("level", "region", "team", "rep", "rep_id", "coverage_state")
    | _numbers("target", "unassigned", "last_year", "change", "result", "attainment", "pacing", "projection")
    | _numbers("year_target", "year_result", "year_pacing", "year_projection", "pipeline", "coverage"),
)
KEY_RESULTS = Schema(
    "key results",
    _texts("rep_id", "period", "objective", "key_result", "colour") | _numbers("start", "target", "actual", "score"),
)
FAIR_RATINGS = Schema("ratings", _texts("rep_id", "period", "criterion", "rater") | _numbers("rating", "fair"))
RATERS = Schema(
    "raters",
    {"group": "count", "people": "count", "ratings": "count", "separable": "flag", "severity": "number"},
    index="rater",
)

# scoring/: `Scorecard`, `ScoreChange`, `PeriodScores`; the index is that of the KPI rows that were scored.
BY_KPI = Schema("points by KPI", others="number")
BY_PERSPECTIVE = Schema("scores by perspective", others="number")
SCORES = Schema(
    "scores",
    _texts("grade", "pay_grade") | _numbers("score", "measured", "coefficient", "pay_score") | {"too_new": "flag"},
    optional=_texts("forced_grade") | _numbers("earned_coefficient"),
)
CERTAINTY = Schema(
    "certainty of scores",
    _numbers("score_low", "score_high", "grade_chance", "rank", "rank_low", "rank_high", "rank_group"),
)
TO_SETTLE = Schema(
    "evidence to settle grades",
    _texts("likeliest") | _numbers("grade_chance", "likeliest_chance", "periods"),
    others="number",
)
SEPARATION = Schema("separation by KPI", _numbers("people", "reliability", "p_value", "groups"))
KPI_RANKS = Schema("ranks by a KPI", _numbers("value", "rank", "rank_low", "rank_high"))
SCORE_CHANGE = Schema("change of scores", _numbers("before", "now", "change"))
BY_PERIOD = Schema("scores by period", others="number")

# people/: `Features`, `Potential`, `Backtest`, `agreed_actions`, `Payouts`, `sums`, `WhatIf`.
_WHO = _texts("region", "team", "rep")
_PAYOUT_PARTS = _amounts("commission", "curve", "bonus", "cap_cut", "draw", "recovered", "clawback", "award")
BY_FEATURE = Schema("features", others="number", index="rep_id")
JUDGED = Schema("people judged", {**_WHO, "quarters": "count"}, index="rep_id")
POTENTIAL = Schema(
    "potential",
    {**_WHO, "quarters": "count", "group": "count", "named": "flag", "reasons": "list"}
    | {"performance_third": "count", "potential_third": "count"}
    | _numbers("performance", "performance_low", "performance_high", "performance_chance")
    | _numbers("potential", "potential_low", "potential_high", "potential_chance")
    | _numbers("membership", "stability", "forecast", "chance"),
    index="rep_id",
)
BACKTEST = Schema(
    "people a year ago",
    {**_texts("region", "rep"), "named": "flag", **_numbers("chance", "level", "growth", "grew")},
    index="rep_id",
)
AGREED_ACTIONS = Schema("agreed actions", {"date": "day", "action": "text", "due": "day", "done": "flag"})
PAYOUTS = Schema(
    "payouts",
    {**_WHO, **_amounts("revenue", "credited", "target", "attainment"), **_PAYOUT_PARTS, **_amounts("payout")}
    | _texts("reason"),
    index="rep_id",
)
PAYOUT_SUMS = Schema(
    "sums of payouts",
    {**_amounts("revenue", "credited"), **_PAYOUT_PARTS, **_amounts("payout")}
    | {"cost": "share or none", "people": "count", "unavailable": "count"},
    optional=_texts("region", "team"),
)
PLAN_COSTS = Schema("costs of two plans", _texts("period") | _amounts("revenue", "present", "other"))
MODEL_MOVES = Schema(
    "people under two models",
    _texts("region", "team", "rep", "grade", "other_grade")
    | _numbers("score", "rank", "other_score", "other_rank")
    | _amounts("payout", "other_payout", "difference")
    | {"within_error": "flag"},
    index="rep_id",
)
ROBUSTNESS = Schema(
    "people under many weights",
    _texts("region", "team", "rep", "grade", "likeliest")
    | _numbers("score", "rank", "scored", "first", "rank_low", "rank_high", "kept", "likeliest_share", "confidence"),
    index="rep_id",
)
SMALLEST_CHANGE = Schema("weights that change the order", _numbers("present", "other", "change"), index="kpi")
DECIDES = Schema("nominal and effective weights", _numbers("nominal", "effective"), index="kpi")
ORDER_BY_PERIOD = Schema("orders of several periods", _numbers("people", "tau", "tau_mean"), index="period")
WEIGHT_ORIGINS = Schema("weights by where they come from", others="number", index="kpi")
WEIGHT_EFFECTS = Schema("effects of weights", _numbers("tau", "regraded", "raised", "lowered"), index="origin")
MINDS = Schema(
    "people by several minds",
    _texts("region", "team", "rep", "best_by", "worst_by")
    | _numbers("best", "worst", "spread", "mixed_low", "mixed_high"),
    index="rep_id",
)
BY_MIND = Schema("ranks by mind", others="number", index="rep_id")
PLAN_GAINS = Schema("payouts of two plans", {**_WHO, **_amounts("present", "other", "difference")}, index="rep_id")
