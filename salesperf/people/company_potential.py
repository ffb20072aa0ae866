"""The potential of a company's people; a result that is kept is read without importing scikit-learn."""

from salesperf.data.company_wide import company_wide
from salesperf.data.export import Export
from salesperf.people.features import features
from salesperf.people.potential import Potential
from salesperf.people.scores import rep_scores


@company_wide
def company_potential(export: Export) -> Potential:
    """The potential of everyone employed at the end of the client's period, with the period's score as performance."""
    from salesperf.people.potential_ranking import potential

    scores = rep_scores(export, [export.period])
    return potential(features(export), scores.cards[export.period.label].summary["score"])
