"""The potential of a company's people; a result that is kept is read without importing scikit-learn."""

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.people.backtest import Backtest
from salesperf.people.estimates import RECENT
from salesperf.people.features import Features, features, features_at, whole_quarters
from salesperf.people.potential import Potential
from salesperf.people.scores import rep_scores
from salesperf.scoring.company_scores import score_certainty


@company_wide
def company_potential(export: Export) -> Potential:
    """The potential of everyone employed at the end of the client's period, with the period's score as performance."""
    from salesperf.people.potential_ranking import potential

    scores, now = rep_scores(export, [export.period]), features(export)
    expected = score_certainty(export, "rep")[["score_low", "score_high"]]
    return potential(now, scores.cards[export.period.label].summary["score"], _backtest(export, now), expected)


def _backtest(export: Export, now: Features) -> Backtest | None:
    """What became of the people of RECENT quarters ago; None where the export covers too little before then."""
    from salesperf.people.potential_ranking import potential
    from salesperf.people.year_since import year_since

    quarters = whole_quarters(export, export.period)
    if len(quarters) <= RECENT:
        return None
    then = features_at(export, quarters[-1 - RECENT])
    return year_since(potential(then), now.revenue) if len(then.values) else None
