"""The parts of an incentive plan that pay by sales and grades, as data: bonus, curve, commission, cap, draw."""

from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from salesperf.documents import Settings

ZERO, CENT = Decimal("0.00"), Decimal("0.01")


def _whole_cents(amount: Decimal) -> Decimal:
    """The amount itself. Raises ValueError where it has a fraction of a cent."""
    if amount != amount.quantize(CENT):
        raise ValueError(f"expected whole cents, got {amount}; round it")
    return amount


Money = Annotated[Decimal, Field(ge=0, lt=1_000_000_000_000), AfterValidator(_whole_cents)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
Limit = Annotated[Decimal, Field(ge=0)]  # an attainment (1 is 100 %), an amount sold, or a part of an incentive


class Bonus(Settings):
    """A bonus by grade: ``share`` of the target incentive, or ``amount``, × the coefficient of the grade.

    ``newcomers``: what stands in for the coefficient of whoever is too new for a grade.
    """

    share: Share | None = None
    amount: Money | None = None
    newcomers: Limit = Decimal(1)

    @model_validator(mode="after")
    def share_or_amount(self) -> Self:
        """Refuses both of share and amount, and neither."""
        _check_single(share=self.share, amount=self.amount)
        return self


def _usual_curve() -> list[tuple[Decimal, Decimal]]:
    return [(Decimal("0.75"), Decimal("0.5")), (Decimal(1), Decimal(1)), (Decimal("1.5"), Decimal(3))]


class Curve(Settings):
    """The payout curve: the part of ``share`` × target incentive that an attainment pays.

    ``points``: pairs of an attainment and the part that it pays (1 is all of it). Linear between the points, 0 below
    the first, level above the last.
    """

    kpi: Literal["revenue"] = "revenue"
    share: Share = Decimal(1)
    points: list[tuple[Limit, Limit]] = Field(default_factory=_usual_curve, min_length=1)

    @field_validator("points")
    @classmethod
    def points_in_order(cls, points: list[tuple[Decimal, Decimal]]) -> list[tuple[Decimal, Decimal]]:
        """Refuses points whose attainments do not rise, or whose payouts fall."""
        for (low, pays), (high, pays_more) in pairwise(points):
            if not (low < high and pays <= pays_more):
                got = f"[{low}, {pays}] before [{high}, {pays_more}]"
                raise ValueError(f"expected points that rise, got {got}; put them in order")
        return points


class Tier(Settings):
    """A commission rate from ``start`` (``from`` in the file) to ``end`` (``to``), on the scale of `Commission.by`.

    ``end`` is None where the next tier says it, and in the highest tier, which has no end.
    """

    start: Limit = Field(alias="from")
    end: Limit | None = Field(default=None, alias="to")
    rate: Decimal = Field(ge=0, le=1)


class Accelerator(Settings):
    """A factor that multiplies the rates of the tiers from ``start`` on, up to the start of the next accelerator."""

    start: Limit = Field(alias="from")
    times: Decimal = Field(ge=1)


class Commission(Settings):
    """A commission of the credited amount or margin, by tiers of attainment or of the amount sold.

    ``of``: what the rates are applied to; ``by``: what the tiers are measured in. ``mode``: "marginal" applies each
    rate to its own slice, "retroactive" the rate reached to everything, so that the payout jumps at every tier.
    """

    of: Literal["amount", "margin"] = "amount"
    by: Literal["attainment", "amount"] = "attainment"
    mode: Literal["marginal", "retroactive"] = "marginal"
    tiers: list[Tier] = Field(min_length=1)
    accelerators: list[Accelerator] = []

    @field_validator("tiers")
    @classmethod
    def tiers_without_gap(cls, tiers: list[Tier]) -> list[Tier]:
        """Refuses tiers that do not start at 0, leave a gap, overlap, fall, or end."""
        if tiers[0].start != 0:
            raise ValueError(f"expected a first tier from 0, got one from {tiers[0].start}; start at 0")
        for tier, above in pairwise(tiers):
            end = above.start if tier.end is None else tier.end
            if end != above.start:
                kind = "a gap" if end < above.start else "an overlap"
                got = f"{kind} between a tier to {end} and the next from {above.start}"
                raise ValueError(f"expected each tier to begin where the one below ends, got {got}; join them")
            if not tier.start < above.start:
                raise ValueError(f"expected tiers that rise, got {tier.start} before {above.start}; put them in order")
        if tiers[-1].end is not None:
            raise ValueError(f"expected no end of the highest tier, got {tiers[-1].end}; leave its 'to' out")
        return tiers

    @field_validator("accelerators")
    @classmethod
    def accelerators_in_order(cls, accelerators: list[Accelerator]) -> list[Accelerator]:
        """Refuses accelerators whose starts do not rise."""
        starts = [step.start for step in accelerators]
        if starts != sorted(set(starts)):
            raise ValueError(f"expected accelerators that rise, got {', '.join(map(str, starts))}; put them in order")
        return accelerators

    @cached_property
    def rates(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """(start, rate) of every slice, with the accelerators multiplied in; each ends where the next one starts."""
        starts = sorted({tier.start for tier in self.tiers} | {step.start for step in self.accelerators})
        return tuple((start, self._rate(start) * self._times(start)) for start in starts)

    def _rate(self, start: Decimal) -> Decimal:
        return [tier.rate for tier in self.tiers if tier.start <= start][-1]

    def _times(self, start: Decimal) -> Decimal:
        return [Decimal(1), *(step.times for step in self.accelerators if step.start <= start)][-1]


class Cap(Settings):
    """The most that commission, curve and bonus of a settlement period pay together.

    ``times`` the target incentive, or ``amount``.
    """

    times: Annotated[Decimal, Field(gt=0)] | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def times_or_amount(self) -> Self:
        """Refuses both of times and amount, and neither."""
        _check_single(times=self.times, amount=self.amount)
        return self


class Draw(Settings):
    """The least that a settlement period pays; a recoverable draw is taken back from what is earned above it."""

    amount: Money
    recoverable: bool = True


def _check_single(**options: Decimal | None) -> None:
    """Raises ValueError unless exactly one of the options is given."""
    if sum(option is not None for option in options.values()) != 1:
        given = [name for name, option in options.items() if option is not None]
        raise ValueError(f"expected either {' or '.join(options)}, got {' and '.join(given) or 'none'}")
