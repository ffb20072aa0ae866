"""How targets are split, as data: the section ``targets`` of the client file (docs/methods.md §1)."""

from decimal import Decimal
from math import isclose
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from salesperf.documents import Settings, checked
from salesperf.params import Client, Name

Key = Literal["equal", "history", "potential", "blend"]
Level = Literal["company", "region", "team", "rep"]
TargetedKpi = Literal["revenue", "new_customers"]
TARGETED: tuple[TargetedKpi, ...] = ("revenue", "new_customers")
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]
Unit = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=4)]
# YAML reads 2025 as a number.
PeriodText = Annotated[str, BeforeValidator(lambda value: value if value is None else str(value))]


class Split(Settings):
    """The split key of each level below the company."""

    region: Key = "history"
    team: Key = "history"
    rep: Key = "blend"


class Blend(Settings):
    """How much each key counts in a blend."""

    equal: Share = 0
    history: Share = 0
    potential: Share = 0

    @model_validator(mode="after")
    def sums_to_one(self) -> Self:
        """Shares of a whole."""
        whole = self.equal + self.history + self.potential
        if not isclose(whole, 1, abs_tol=1e-6):
            raise ValueError(f"expected shares that sum to 1, got {whole:g}")
        return self


class Units(Settings):
    """What amounts are rounded to."""

    revenue: Unit = Decimal(1)
    new_customers: Unit = Decimal(1)


class GivenTarget(Settings):
    """A target as agreed, beside those of the targets table."""

    level: Level
    name: str = ""
    period: PeriodText
    kpi: TargetedKpi = "revenue"
    target: Amount


class Override(Settings):
    """A target set by hand: what it changes is taken from or spread over the siblings."""

    level: Literal["region", "team", "rep"]
    name: Name
    period: PeriodText
    kpi: TargetedKpi = "revenue"
    target: Amount


class TargetRules(Settings):
    """The schema of ``targets``.

    ``seasonality``: or the shares of twelve months, from the fiscal year's first; ``ramp``: what a new rep's first
    months count, as shares of a full one; ``over_assignment``: Σ rep targets ÷ plan; ``differences``: who follows
    where a whole and its parts are given and differ.
    """

    split: Key | Split = Split()
    blend: Blend = Blend(equal=0.5, history=0.5)
    potential: dict[str, Annotated[float, Field(ge=0)]] = {}
    seasonality: Literal["equal", "history"] | list[float] = "history"
    ramp: Annotated[list[Share], Field(max_length=36)] = []
    over_assignment: Annotated[float, Field(ge=1, le=1.5)] = 1.0
    units: Units = Units()
    given: list[GivenTarget] = []
    overrides: list[Override] = []
    differences: Literal["keep", "scale_parts", "follow_parts"] = "keep"

    @field_validator("seasonality")
    @classmethod
    def shares_of_a_year(cls, value: str | list[float]) -> str | list[float]:
        """Twelve shares that make a whole year."""
        if isinstance(value, list):
            if len(value) != 12:
                raise ValueError(f"expected equal, history or 12 monthly shares, got {len(value)} of them")
            if min(value) < 0 or not isclose(sum(value), 1, abs_tol=1e-6):
                raise ValueError(f"expected 12 shares of 0 or more that sum to 1, got {sum(value):g} in all")
        return value

    def key(self, level: Level) -> Key:
        """The split key by which a level gets its share of the one above."""
        if level == "company" or isinstance(self.split, str):
            return "equal" if level == "company" else self.split  # type: ignore[return-value]
        return self.split.region if level == "region" else self.split.team if level == "team" else self.split.rep


def target_rules(client: Client) -> TargetRules:
    """The rules in the client file, or the defaults. Raises RequestError with the line of what is wrong."""
    return checked(client.document, TargetRules, ("targets",)) if client.settings.targets else TargetRules()
