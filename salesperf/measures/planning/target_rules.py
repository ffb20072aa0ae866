"""The rules by which targets are split: the section ``targets`` of the client file (docs/targets.md)."""

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
    """The shares of the split keys in a blend; they sum to 1."""

    equal: Share = 0
    history: Share = 0
    potential: Share = 0

    @model_validator(mode="after")
    def sums_to_one(self) -> Self:
        """Raises ValueError unless the three shares sum to 1."""
        whole = self.equal + self.history + self.potential
        if not isclose(whole, 1, abs_tol=1e-6):
            raise ValueError(f"expected shares that sum to 1, got {whole:g}")
        return self


class Units(Settings):
    """What amounts of each KPI are rounded to, in the KPI's unit."""

    revenue: Unit = Decimal(1)
    new_customers: Unit = Decimal(1)


class GivenTarget(Settings):
    """A target of the client file, in addition to those of the targets table; ``name`` is "" for the company."""

    level: Level
    name: str = ""
    period: PeriodText
    kpi: TargetedKpi = "revenue"
    target: Amount


class Override(Settings):
    """A target set by hand, whose difference the siblings bear."""

    level: Literal["region", "team", "rep"]
    name: Name
    period: PeriodText
    kpi: TargetedKpi = "revenue"
    target: Amount


class TargetRules(Settings):
    """The schema of ``targets``.

    ``split``: one key for all levels, or one for each. ``potential``: name or rep id → weight. ``seasonality``: how a
    fiscal year is laid over its months; a list has the shares of its twelve months. ``ramp``: shares of a full target
    in a new rep's first months. ``over_assignment``: Σ of the reps' targets ÷ their teams'. ``differences``: what
    happens where a whole and its parts are given and differ.
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
        """Raises ValueError unless a list has twelve shares of 0 or more that sum to 1."""
        if isinstance(value, list):
            if len(value) != 12:
                raise ValueError(f"expected equal, history or 12 monthly shares, got {len(value)} of them")
            if min(value) < 0 or not isclose(sum(value), 1, abs_tol=1e-6):
                raise ValueError(f"expected 12 shares of 0 or more that sum to 1, got {sum(value):g} in all")
        return value

    def key(self, level: Level) -> Key:
        """The split key by which a level shares the target of the level above; "equal" for the company."""
        if level == "company" or isinstance(self.split, str):
            return "equal" if level == "company" else self.split  # type: ignore[return-value]
        return self.split.region if level == "region" else self.split.team if level == "team" else self.split.rep


def target_rules(client: Client) -> TargetRules:
    """The rules of the client file, or the defaults. Raises RequestError with the line of a mistake."""
    return checked(client.document, TargetRules, ("targets",)) if client.settings.targets else TargetRules()
