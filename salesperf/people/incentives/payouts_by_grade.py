"""What a plan would pay each rep for each grade, so that other grades can be costed (docs/methods.md §8)."""

from dataclasses import replace

import pandas as pd

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.measures.coverage import reaches_end
from salesperf.people.incentives.accounts import Unpaid, settled_periods
from salesperf.people.incentives.incentive_plan import read_incentives
from salesperf.people.incentives.payouts import needed_scores, settled_payouts
from salesperf.people.scores import rep_scores
from salesperf.scoring.model import Model

Scale = tuple[tuple[str, float], ...]  # the grades of a model with their coefficients, from best to worst


def scale_of(model: Model) -> Scale:
    """The grades of a model with their coefficients."""
    return tuple((grade.grade, grade.coefficient) for grade in model.grades)


@company_wide
def payouts_by_grade(export: Export, scale: Scale | None = None) -> pd.DataFrame | None:
    """The payout of each rep in the client's period for each grade of a scale, by default that of the client's model.

    Index rep_id, as in `Payouts.people`; a column per grade, and "" for no grade; Decimal, in money, without awards,
    None where a payout is not available. Newcomers are paid alike for every grade. None where grades do not decide the
    payouts of the period: there is no plan with a bonus, the period is not one settlement period of it, or is not over.
    Raises DataError for wrong splits or targets.
    """
    plan = read_incentives(export)
    if plan is None or plan.bonus is None or not reaches_end(export, export.period):
        return None
    settled = settled_periods(export, plan, export.period)
    if isinstance(settled, Unpaid) or settled != [export.period]:
        return None
    scores = rep_scores(export, needed_scores(export, plan, settled))
    card = scores.cards[export.period.label]
    columns = {}
    for grade, coefficient in [*(scale or scale_of(card.model)), ("", float("nan"))]:
        graded = replace(card, summary=card.summary.assign(coefficient=coefficient))
        cards = scores.cards | {export.period.label: graded}
        people = settled_payouts(export, plan, settled, replace(scores, cards=cards)).people
        columns[grade] = [
            None if payout is None else payout - award
            for payout, award in zip(people["payout"], people["award"], strict=True)
        ]
    return pd.DataFrame(columns, index=people.index, dtype=object)
