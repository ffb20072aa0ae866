"""The canonical tables as plain data: their columns, the kind of values in each, and what is required."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from salesperf.params import TABLE_NAMES

Kind = Literal["text", "date", "period", "money", "number"]


@dataclass(frozen=True)
class Column:
    """A column of a canonical table.

    ``kind``: of the values (`salesperf.data.values.TYPES` has the engine's types); ``required``: the file must have the
    column; ``filled``: no row may leave it empty; ``key``: no value may occur twice; ``allowed``: the only values, in
    lower case, empty for any; ``between``: the lowest and the highest number; ``setting``: the key of the client file
    that sets them.
    """

    kind: Kind = "text"
    required: bool = False
    filled: bool = False
    key: bool = False
    allowed: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    setting: str = ""


_OPTIONAL = Column()
_NEEDED = Column(required=True, filled=True)
_KEY = Column(required=True, filled=True, key=True)
_DATE, _NUMBER, _MONEY = Column("date"), Column("number"), Column("money")
_DAY = Column("date", required=True, filled=True)
_PERIOD = Column("period", required=True, filled=True)

CONTRACTS: Mapping[str, Mapping[str, Column]] = {
    "reps": {
        "rep_id": _KEY,
        "rep": _NEEDED,
        "region": _NEEDED,
        "team": _OPTIONAL,
        "manager": _OPTIONAL,
        "start_date": _DATE,
        "end_date": _DATE,
    },
    "opportunities": {
        "opportunity_id": _KEY,
        "rep_id": _NEEDED,
        "status": Column(required=True, filled=True, allowed=("open", "won", "lost")),
        "stage": _OPTIONAL,
        "account_id": _OPTIONAL,
        "product": _OPTIONAL,
        "created": _DATE,
        "closed": _DATE,
        "amount": _MONEY,
        "currency": _OPTIONAL,
        "region": _OPTIONAL,
    },
    "orders": {
        "order_id": _KEY,
        "rep_id": _NEEDED,
        "account_id": Column(required=True),
        "date": _DAY,
        "amount": Column("money", required=True, filled=True),
        "cost": _MONEY,
        "currency": _OPTIONAL,
        "product": _OPTIONAL,
        "region": _OPTIONAL,
        "refund_of": _OPTIONAL,  # the order that a negative amount pays back
    },
    "accounts": {"account_id": _KEY, "account": _OPTIONAL, "segment": _OPTIONAL},
    "stage_history": {"opportunity_id": _NEEDED, "stage": _NEEDED, "entered": _DAY},
    "activities": {"rep_id": _NEEDED, "date": _DAY, "kind": _NEEDED, "count": _NUMBER, "quality": _NUMBER},
    "surveys": {
        "date": _DAY,
        "score": Column("number", required=True),  # empty: sent, not answered
        "rep_id": _OPTIONAL,
        "account_id": _OPTIONAL,
    },
    "assessments": {
        "rep_id": _NEEDED,
        "period": _PERIOD,
        "criterion": _NEEDED,
        "rating": Column("number", required=True),
        "rater": _OPTIONAL,
        "rater_role": _OPTIONAL,
    },
    "key_results": {
        "rep_id": _NEEDED,
        "period": _PERIOD,
        "objective": _NEEDED,
        "key_result": _NEEDED,
        "start": _NUMBER,
        "target": _NUMBER,
        "actual": _NUMBER,
    },
    "targets": {
        "level": Column(required=True, filled=True, allowed=("company", "region", "team", "rep")),
        "name": Column(required=True),
        "period": _PERIOD,
        "kpi": _NEEDED,
        "target": Column("money", required=True, filled=True),
        "currency": _OPTIONAL,
    },
    "splits": {
        "sale_id": _NEEDED,
        "rep_id": _NEEDED,
        "share": Column("number", required=True, filled=True, between=(0, 100)),  # percent
    },
    "actions": {"rep_id": _NEEDED, "date": _DAY, "action": _NEEDED, "due": _DATE, "status": _OPTIONAL},
}
assert tuple(CONTRACTS) == TABLE_NAMES
