"""The plan of a pilot, in print: where, when, beside whom, what is measured, and how it is decided."""

import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import Exhibit, notes, paragraph, table, together
from salesperf.scoring.pilot import FEWEST_REPS, LEAST_EFFECT, LEVEL, Pilot
from salesperf.scoring.readiness import Readiness


def pilot_plan(voice: Voice, model: Readiness | None, plan: Pilot | None) -> Exhibit:
    """The plan of a pilot of a model: its steps, and the pilots with their controls (docs/methods.md §11).

    ``model`` is None where none can be measured, ``plan`` where fewer than two units can be compared; then a sentence
    says so.
    """
    if plan is None or model is None:
        return paragraph(pilot_steps(voice, model, plan)[0])
    left = (voice("pilot_control"),)
    pairs = table(pairs_frame(voice, plan), "pilot", left=left, caption=voice("pilot_caption"))
    return together(notes(pilot_steps(voice, model, plan)), pairs)


def pilot_steps(voice: Voice, model: Readiness | None, plan: Pilot | None) -> list[str]:
    """The plan in sentences: where, when, what is measured, the smallest p, what it can prove, how it is decided.

    One sentence, on the reason, where there is no plan.
    """
    if model is None:
        return [voice("pilot_no_model")]
    if plan is None:
        return [voice("pilot_none", fewest=FEWEST_REPS)]
    count = {"chosen": len(plan.pairs), "units": len(plan.units), "ways": round(1 / plan.smallest_p)}
    names = voice.listed([pair.pilot.name for pair in plan.pairs])
    kpis = [voice.kpi(name) for name, gaps in model.gaps.items() if not gaps]
    during, base = (voice.span(periods[0], periods[-1]) for periods in (plan.during, plan.base))
    limit = LEVEL if plan.can_prove else plan.smallest_p
    decision = {"effect": voice.share(LEAST_EFFECT, 0), "p": voice.share(limit, 0 if plan.can_prove else 1)}
    return [
        voice(f"pilot_where_{plan.level}", names=names, **count),
        voice("pilot_when", n=len(plan.during), during=during, base=base),
        voice("pilot_measure", kpis=voice.listed(kpis)),
        voice("pilot_p", p=voice.share(plan.smallest_p), **count),
        voice("pilot_can_prove" if plan.can_prove else "pilot_cannot_prove", level=voice.share(LEVEL, 0)),
        voice("pilot_decision", **decision) + _guards(voice, plan),
    ]


def pairs_frame(voice: Voice, plan: Pilot) -> pd.DataFrame:
    """A row per pair, as texts: name, reps and revenue a period of the pilot, then the same of its control."""
    rows = [
        (
            pair.pilot.name,
            voice.count(pair.pilot.people),
            voice.short_money(pair.pilot.revenue),
            pair.control.name,
            voice.count(pair.control.people),
            voice.short_money(pair.control.revenue),
        )
        for pair in plan.pairs
    ]
    pilot = [voice("pilot_unit"), voice("pilot_people"), voice("pilot_revenue")]
    control = [voice("pilot_control"), voice("pilot_control_people"), voice("pilot_control_revenue")]
    return pd.DataFrame(rows, columns=pilot + control)


def _guards(voice: Voice, plan: Pilot) -> str:
    if not plan.guards:
        return ""
    return voice("pilot_guards", kpis=voice.listed([voice.kpi(name) for name in plan.guards]))
