"""Amounts and shares as printed where every cent counts; amounts are rounded as decimals, a half away from 0."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from salesperf.language import Voice, decimals_apart


def cents(voice: Voice, amount: Decimal | None) -> str:
    """An amount to the cent, such as −1,234.50; None is not available.

    >>> cents(Voice("en", "$"), Decimal("-1234.5"))
    '−$1,234.50'
    """
    return _printed(voice, amount, Decimal("0.01"))


def full_units(voice: Voice, amount: Decimal | None) -> str:
    """An amount in full units, such as 1,235; None is not available.

    >>> full_units(Voice("en", "$"), Decimal("1234.5"))
    '$1,235'
    """
    return _printed(voice, amount, Decimal(1))


def exact_share(voice: Voice, share: Decimal | float | str | None, decimals: int | None = 1) -> str:
    """A share (1 is 100 %) in percent; with as many decimals as it has where ``decimals`` is None.

    None is not available; a text is returned as it is.

    >>> exact_share(Voice(), Decimal("0.0450"), None)
    '4.5%'
    """
    if share is None or isinstance(share, str):
        return voice.missing if share is None else share
    if decimals is not None:
        return voice.share(float(share), decimals)
    return f"{(Decimal(share) * 100).normalize():,f}%"


def attained(voice: Voice, attainment: Decimal | str | None, limits: Iterable[Decimal]) -> str:
    """An attainment in percent, with more decimals than one where it else looked as if it had reached a limit.

    ``limits``: the attainments on which pay depends.

    >>> attained(Voice(), Decimal("0.74976"), [Decimal("0.75")])
    '74.98%'
    """
    if attainment is None or isinstance(attainment, str):
        return exact_share(voice, attainment)
    return exact_share(voice, attainment, decimals_apart(attainment * 100, (limit * 100 for limit in limits), least=1))


def _printed(voice: Voice, amount: Decimal | None, unit: Decimal) -> str:
    if amount is None:
        return voice.missing
    rounded = amount.quantize(unit, ROUND_HALF_UP)
    sign = "−" if rounded < 0 else ""
    return f"{sign}{voice.currency}{abs(rounded):,f}"
