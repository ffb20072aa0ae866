"""Figures of incentives: settlements on a payout curve or in tiers, cliffs, and gains and losses under another plan."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from salesperf.language import Voice
from salesperf.people.incentives.accounts import Unpaid
from salesperf.people.incentives.pay_rules import ZERO
from salesperf.people.incentives.payouts import Payouts
from salesperf.people.incentives.what_if import Cliff, Segment, WhatIf, cliffs, payout_line, segments, standing
from salesperf.present.exhibit import NOTHING, Exhibit, notes, together
from salesperf.present.figure import BELOW, INK, MAIN, PALE, QUIET, canvas, drawn
from salesperf.present.money import cents, exact_share, full_units

Kind = Literal["commission", "curve"]
_BEYOND = Decimal("1.35")  # times the last tier or point is where the scale ends
_STEPS = 60  # points of the line in a stretch
_MOST_NAMED = 3  # people, of those who gain and of those who lose


def payout_curves(voice: Voice, payouts: Payouts | Unpaid) -> Exhibit:
    """The plan's payout curve and its commission, each with the reps' settlements, then the remarks on cliffs.

    NOTHING where payouts are not available. A part that the plan does not have, or that nobody settled, is left out.
    """
    if isinstance(payouts, Unpaid):
        return NOTHING
    kinds: list[Kind] = ["curve", "commission"]
    curves = [_curve(voice, payouts, kind) for kind in kinds if standing(payouts, kind) and segments(payouts, kind)]
    return together(*curves, cliff_notes(voice, payouts))


def cliff_notes(voice: Voice, payouts: Payouts) -> Exhibit:
    """A remark on each cliff of the plan, with the settlements counted just below and above it; or that it has none."""
    plan_cliffs = cliffs(payouts)
    if not plan_cliffs:
        return notes([voice("cliff_none")])
    sentences = [_cliff(voice, payouts, cliff) for cliff in plan_cliffs]
    if any(cliff.kind == "commission" for cliff in plan_cliffs):
        sentences.append(voice("cliff_talk"))
    return notes(sentences)


def gain_and_loss(voice: Voice, what_if: WhatIf | None) -> Exhibit:
    """What each rep would have gained or lost under the other plan, as bars from the largest gain to the largest loss.

    Reps whose payout is not available under either plan are left out; NOTHING without another plan, or without any rep.
    """
    if what_if is None:
        return NOTHING
    comparable = what_if.people[[difference is not None for difference in what_if.people["difference"]]]
    ordered = comparable.sort_values(["difference", "rep"], ascending=[False, True], kind="stable")
    if ordered.empty:
        return NOTHING
    changes = np.array([float(difference) for difference in ordered["difference"]])
    with canvas(2.6, left=0.13, bottom=0.04) as (figure, axes):
        axes.bar(range(len(changes)), changes, width=1.0 if len(changes) > 60 else 0.8,
                 color=[MAIN if change >= 0 else BELOW for change in changes])  # fmt: skip
        axes.axhline(0, color=QUIET, linewidth=0.8)
        axes.set(xticks=[], xlabel="", ylabel="")
        axes.spines["bottom"].set_visible(False)
        _money_scale(voice, axes)
    pairs = list(zip(ordered["rep"], ordered["difference"], strict=True))
    up = [f"{name} +{cents(voice, difference)}" for name, difference in pairs[:_MOST_NAMED] if difference > 0]
    down = [
        f"{name} {cents(voice, difference)}" for name, difference in reversed(pairs[-_MOST_NAMED:]) if difference < 0
    ]
    caption = voice("whatif_caption", up=_or_nobody(voice, up), down=_or_nobody(voice, down))
    alternative = voice("whatif_alt", points=voice.listed([*up, *down]))
    return drawn(figure, "gain-and-loss", voice("whatif_figure"), alternative=alternative, caption=caption)


def _curve(voice: Voice, payouts: Payouts, kind: Kind) -> Exhibit:
    """A part of the plan as a line over attainment (or the amount sold), the settlements as dots on it.

    Settlements beyond the end of the scale, or below 0, are drawn at its edge.
    """
    parts, by_amount = segments(payouts, kind), _by_amount(payouts, kind)
    top = _top(payouts, kind, parts[-1].start)
    stand = sorted(min(max(at, ZERO), top) for at in standing(payouts, kind))
    pays = payout_line(payouts.plan, kind, stand)
    # Equal settlements would hide each other, so their dots are shifted up or down. The shift follows from a dot's
    # place in the order alone, so that the same figure gives the same bytes.
    shift = np.array([((place * 7) % 13 - 6) / 6 for place in range(len(stand))])
    with canvas(3.3, left=0.13, bottom=0.14, top=0.9) as (figure, axes):
        _stretches(voice, axes, parts, top=top)
        for low, high in zip(parts, [*parts[1:], None], strict=True):
            _draw_stretch(axes, payouts, kind, start=low.start, end=top if high is None else high.start)
        height = max([float(pay) for pay in payout_line(payouts.plan, kind, [top])] or [1.0])
        beside = _floats(pays) + shift * 0.03 * height
        axes.scatter(_floats(stand), beside, s=11, color=MAIN, alpha=0.5, linewidth=0, zorder=3)
        axes.set(xlim=(0, float(top)), ylim=(-0.06 * height, 1.08 * height))
        axes.set(
            xlabel=voice("curve_amount" if by_amount else "curve_attainment"), ylabel=_unit(voice, kind, by_amount)
        )
        _scales(voice, axes, kind, by_amount=by_amount)
    title = voice("curve_title_amount" if by_amount else f"curve_title_{kind}")
    points = voice.listed([_stretch(voice, segment, by_amount=by_amount) for segment in parts])
    last = _place(voice, top, by_amount=by_amount)
    caption = voice("curve_caption_amount" if by_amount else "curve_caption", n=voice.count(len(stand)), last=last)
    alternative = voice("curve_alt", title=title, points=points)
    return drawn(figure, f"payout-{kind}", title, alternative=alternative, caption=caption)


def _top(payouts: Payouts, kind: Kind, last: Decimal) -> Decimal:
    """The end of the scale: _BEYOND times ``last``, the start of the last tier or the last point.

    Of attainment it is rounded down to a quarter of the target and at least 1. Where the only tier on the amount sold
    starts at 0, it is the largest amount sold.
    """
    if _by_amount(payouts, kind):
        return last * _BEYOND or max(standing(payouts, kind)) or Decimal(1)
    return max(Decimal(1), (last * _BEYOND * 4).to_integral_value(ROUND_FLOOR) / 4)


def _draw_stretch(axes: Axes, payouts: Payouts, kind: Kind, *, start: Decimal, end: Decimal) -> None:
    """The line within one stretch, and at its start a dashed rise where the payout jumps by more than a fiftieth."""
    step = (end - start) / _STEPS
    inside = [start + step * place for place in range(_STEPS)] + [end - step / 1000]
    pays = payout_line(payouts.plan, kind, inside)
    axes.plot(_floats(inside), _floats(pays), color=INK, linewidth=1.6, zorder=2)
    if start > 0:
        (before,) = payout_line(payouts.plan, kind, [start - step / 1000])
        if pays[0] - before > pays[0] / 50:
            rise = _floats([before, pays[0]])
            axes.plot([float(start)] * 2, rise, color=BELOW, linewidth=1.8, linestyle=(0, (2, 1)), zorder=4)


def _stretches(voice: Voice, axes: Axes, parts: Sequence[Segment], *, top: Decimal) -> None:
    """A pale line at the start of every stretch, and above each stretch the share of settlements in it."""
    ends = [*(segment.start for segment in parts[1:]), top]
    for segment, end in zip(parts, ends, strict=True):
        if segment.start > 0:
            axes.axvline(float(segment.start), color=PALE, linewidth=1, zorder=0)
        middle = float(segment.start + end) / 2
        where = axes.get_xaxis_transform()
        axes.text(middle, 1.03, voice.share(segment.share, 0), transform=where, ha="center", fontsize=9, color=MAIN)


def _scales(voice: Voice, axes: Axes, kind: Kind, *, by_amount: bool) -> None:
    if by_amount:
        axes.xaxis.set_major_formatter(lambda value, _: voice.short_money(value))
        _money_scale(voice, axes)
        return
    digits = 0 if kind == "curve" else 1
    axes.xaxis.set_major_formatter(lambda value, _: voice.share(value, 0))
    axes.yaxis.set_major_formatter(lambda value, _: voice.share(value, digits))


def _money_scale(voice: Voice, axes: Axes) -> None:
    axes.yaxis.set_major_formatter(lambda value, _: voice.short_money(value))


def _unit(voice: Voice, kind: Kind, by_amount: bool) -> str:
    if kind == "curve":
        return voice("curve_of_incentive")
    return voice("curve_of_money" if by_amount else "curve_of_target")


def _by_amount(payouts: Payouts, kind: Kind) -> bool:
    return kind == "commission" and payouts.plan.commission is not None and payouts.plan.commission.by == "amount"


def _stretch(voice: Voice, segment: Segment, *, by_amount: bool) -> str:
    start, share = _place(voice, segment.start, by_amount=by_amount), voice.share(segment.share, 0)
    if segment.end is None:
        return voice("curve_segment_top", start=start, share=share)
    return voice("curve_segment", start=start, end=_place(voice, segment.end, by_amount=by_amount), share=share)


def _place(voice: Voice, at: Decimal, *, by_amount: bool) -> str:
    return full_units(voice, at) if by_amount else exact_share(voice, at, None)


def _cliff(voice: Voice, payouts: Payouts, cliff: Cliff) -> str:
    by_amount = _by_amount(payouts, cliff.kind)
    jump = full_units(voice, cliff.jump) if by_amount else exact_share(voice, cliff.jump, None)
    if cliff.kind == "commission" and not by_amount:
        jump = voice("cliff_jump_target", jump=jump)
    at = _place(voice, cliff.at, by_amount=by_amount)
    return voice(
        f"cliff_{cliff.kind}", at=at, jump=jump, near=voice.count(cliff.near), over=voice.count(cliff.just_over)
    )


def _or_nobody(voice: Voice, names: list[str]) -> str:
    return voice.listed(names) or voice("whatif_nobody")


def _floats(values: Sequence[Decimal]) -> NDArray[np.float64]:
    return np.array([float(value) for value in values], dtype=np.float64)
