"""How far the order of people depends on the weights: ranks and grades under all that are not ruled out (SMAA).

Lahdelma & Salminen (2001), Tervonen & Lahdelma (2007); see docs/methods.md §5.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesperf.data.export import Export
from salesperf.errors import RequestError, did_you_mean, quoted
from salesperf.people.weights.comparison import paying_grade
from salesperf.people.weights.experiment import Experiment
from salesperf.rounding import half_up
from salesperf.schemas import ROBUSTNESS
from salesperf.scoring.evidence import Evidence, evidence
from salesperf.scoring.forced import seats_filled
from salesperf.scoring.many_weights import scores_under, weights_of_each
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import shares_of_score
from salesperf.scoring.scorecard import Scorecard, points
from salesperf.weighting.score_ranks import ranks_of_counts
from salesperf.weighting.weight_draws import DRAWS, any_weights, weights_in_order, weights_within

ALLOWED = ("any", "near", "ordered")
NEAR = 0.10  # of the score: how far "near" weights may be from the present ones
POINT_DRAWS = 1000  # for confidence factors
MOST_RANKS = 200  # up to as many ranks are told one by one
TAILS = (0.025, 0.975)
_BLOCK = 1 << 19  # scores looked at together
Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Robustness:
    """Ranks and grades of people under drawn weights, beside those under the model.

    ``weights``: draws × KPIs, by id, shares of the score. ``people``: one row per rep who is not too new (index
    rep_id). Columns: region, team, rep; score, grade and rank under the model (the grade that pay follows, "" without
    one; the rank by the score as printed, equal scores share the better one); and of all weights drawn: ``scored``, the
    share under which enough is measured for a score; of these, ``first``, the share under which the person is the first
    in the company, ``rank_low`` and ``rank_high``, between which 95 % of the ranks lie, ``kept``, the share under which
    the grade stays as it is, ``likeliest`` and ``likeliest_share``, the other grade that comes most often ("" and 0
    where there is none), and ``confidence``, the confidence factor. NaN where not available.

    ``ranked``: the number of people in the company that ranks go among. ``acceptability``: people × ranks, the share of
    weights under which a person has a rank; a row sums to ``scored``.
    Of many people, ranks go by groups of equal width; a column's name is the first rank of its group. ``grades``:
    people × grades, shares of weights. ``central_weights``: people × KPIs, the mean of the weights under which a person
    is the first, NaN where there are none.
    """

    model: Model
    weights: pd.DataFrame
    ranked: int
    people: pd.DataFrame
    acceptability: pd.DataFrame
    grades: pd.DataFrame
    central_weights: pd.DataFrame

    def within(self, region: str) -> "Robustness":
        """The result for a region's people, with their ranks in the company."""
        there = self.people["region"] == region
        frames = ("people", "acceptability", "grades", "central_weights")
        return replace(self, **{name: getattr(self, name)[there] for name in frames})

    def keeping(self, share: float) -> int:
        """How many keep their grade under at least this share of the weights."""
        return int((self.people["kept"] >= share).sum())


def robustness_of(
    tried: Experiment,
    model: Model,
    weights: Array,
    known: Mapping[str, Evidence] | None = None,
) -> Robustness:
    """What people's ranks and grades are under drawn weights.

    ``weights``: draws × KPIs of ``model`` (`allowed_weights`). ``known``: the evidence on each KPI of the model, in the
    order of the experiment's rows, for confidence factors; None where there is none. Ranks are by the score as printed,
    as everywhere. A KPI that is not available moves its weight under each draw, and who has too little measured has no
    rank there. Raises KeyError as `Experiment.scored` does.
    """
    whole = tried.scored(model)
    judged = ~whole.summary["too_new"].to_numpy()
    card, rows = whole.only(pd.Series(judged, index=whole.summary.index)), tried.rows[judged]
    counts, names = _counted(card, weights), [grade.grade for grade in model.grades]
    measured = counts.groups.sum(axis=1)
    of_measured = 1 / np.where(measured > 0, measured, np.nan)
    central = counts.sums / np.where(counts.firsts > 0, counts.firsts, np.nan)[:, None]
    grade, score = paying_grade(card.summary), card.summary["score"]
    kept, likeliest, likeliest_share = _grades_kept(counts.grades * of_measured[:, None], grade, names)
    people = rows[["region", "team", "rep"]].assign(
        score=score,
        grade=grade,
        rank=pd.Series(half_up(score.to_numpy(np.float64)), rows.index).rank(ascending=False, method="min"),
        scored=measured / len(weights),
        first=counts.firsts * of_measured,
        rank_low=_rank_at(counts, TAILS[0]),
        rank_high=_rank_at(counts, TAILS[1]),
        kept=kept,
        likeliest=likeliest,
        likeliest_share=likeliest_share,
        confidence=_confidence(card, known, central, judged),
    )
    grades = pd.DataFrame(counts.grades / len(weights), rows.index, names)
    return Robustness(
        model,
        pd.DataFrame(weights, columns=model.kpi_ids),
        len(people),
        ROBUSTNESS.checked(people),
        pd.DataFrame(counts.groups / len(weights), rows.index, np.arange(counts.groups.shape[1]) * counts.width + 1),
        grades if tried.is_over else grades * np.nan,
        pd.DataFrame(central, rows.index, model.kpi_ids),
    )


def known_of(export: Export, tried: Experiment, model: Model) -> dict[str, Evidence] | None:
    """The evidence on each KPI of a model, of the people of an experiment; None while the period is not over."""
    if not tried.is_over:
        return None
    return evidence(export, export.period, "rep", {kpi.kpi: kpi.least_cases for _, kpi in model.kpis()}, tried.rows)


def allowed_weights(
    model: Model, allowed: str, *, by: float = NEAR, order: Sequence[str] = (), draws: int = DRAWS
) -> Array:
    """Draws × KPIs: shares of the score drawn uniformly from those that are not ruled out; the same in each run.

    ``allowed``: "any", all that policy lets be (``between`` in the model); "near", those that differ from the model's
    by at most ``by``; "ordered", those in the order of importance of the model's weights, or that of ``order``, the ids
    of all KPIs from the most important one. An order rules out nothing else, ``between`` is not looked at.
    Raises RequestError for another word, a ``by`` that is not from 0 to 1, and an order that lacks a KPI, has it twice
    or has one that is not of the model.
    """
    shares = shares_of_score(model)
    present = np.array(list(shares.values()))
    if allowed not in ALLOWED:
        raise RequestError(f"weights: expected {quoted(ALLOWED)}, got {allowed!r}")
    if order and allowed != "ordered":
        raise RequestError(f"order: expected weights 'ordered' with an order of KPIs, got {allowed!r}; leave it out")
    if allowed == "ordered":
        return weights_in_order(importance(shares, order), draws=draws)
    if not 0 <= by <= 1:
        raise RequestError(f"by: expected a share of the score from 0 to 1, got {by:g}")
    low, high = policy_bounds(model)
    if allowed == "any":
        return any_weights(len(present), draws=draws) if _free(low, high) else weights_within(low, high, draws=draws)
    near = np.maximum(low, present - by), np.minimum(high, present + by)
    # Weights that are written with few digits may miss their bounds by the last one.
    return weights_within(np.minimum(near[0], present), np.maximum(near[1], present), draws=draws)


def policy_bounds(model: Model) -> tuple[Array, Array]:
    """The least and the most of the score that each KPI may be, by ``between`` in the model; else 0 and 1."""
    low, high = np.array([kpi.between or (0.0, 1.0) for _, kpi in model.kpis()]).T
    return low, high


def _free(low: Array, high: Array) -> bool:
    return bool((low == 0).all() and (high == 1).all())


def importance(shares: Mapping[str, float], order: Sequence[str]) -> NDArray[np.int64]:
    """The place of each KPI, 1 for the most important, by ``order``, ids of all KPIs, or else by ``shares``.

    Equal shares are of one place. Raises RequestError for an order that lacks a KPI, has it twice or has another one.
    """
    for kpi in order:
        if kpi not in shares:
            raise RequestError(f"order: {kpi!r} is not a KPI of the model; {did_you_mean(kpi, shares)}")
    if order and sorted(order) != sorted(shares):
        missing = [kpi for kpi in shares if kpi not in order]
        got = f"none of {missing[0]!r}" if missing else "one of them twice"
        raise RequestError(f"order: expected every KPI of the model once, got {got}; name {quoted(shares)}")
    if order:
        return np.array([list(order).index(kpi) + 1 for kpi in shares])
    places = pd.Series(shares).round(6).rank(ascending=False, method="min")
    return np.asarray(places, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Counts:
    """Under how many weights each person is where.

    ``groups``: people × groups of ranks, each of ``width`` ranks; ``grades``: people × grades; ``firsts``: people, the
    first in the company; ``sums``: people × KPIs, the sums of these weights.
    """

    width: int
    groups: NDArray[np.int64]
    grades: NDArray[np.int64]
    firsts: NDArray[np.int64]
    sums: Array


def _counted(card: Scorecard, weights: Array) -> _Counts:
    people, kpis, grades = len(card.summary), weights.shape[1], len(card.model.grades)
    width = max(1, -(-people // MOST_RANKS))
    groups = -(-people // width)
    counts = _Counts(
        width,
        np.zeros((people, groups), dtype=np.int64),
        np.zeros((people, grades), dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        np.zeros((people, kpis)),
    )
    for part, rank, graded in _blocks(card, weights) if people else ():
        scored = rank > 0
        group = (np.arange(people) * groups + (rank - 1) // width)[scored]
        counts.groups[:] += np.bincount(group, minlength=people * groups).reshape(people, groups)
        counts.grades[:] += np.stack([(graded == grade).sum(axis=0) for grade in range(grades)], axis=1)
        draw, who = np.nonzero(rank == 1)
        counts.firsts[:] += np.bincount(who, minlength=people)
        for kpi in range(kpis):
            counts.sums[:, kpi] += np.bincount(who, weights=part[draw, kpi], minlength=people)
    return counts


def _blocks(card: Scorecard, weights: Array) -> Iterator[tuple[Array, Whole, Whole]]:
    """Weights, ranks (0 without a score) and places of the grades that pay follows, block by block; draws × people."""
    model, step = card.model, max(1, _BLOCK // max(1, len(card.summary)))
    for start in range(0, len(weights), step):
        part = weights[start : start + step]
        tenths = _tenths(scores_under(card, part))
        paid = _tenths(scores_under(card, part, pay=True)) if model.pays_otherwise else tenths
        rank = np.where(tenths < 0, 0, ranks_of_counts(tenths))
        if model.forced:
            yield part, rank, _forced(paid, model)
        else:
            limits = np.array([grade.at_least * 10 for grade in reversed(model.grades)]).round(6)
            worse = np.searchsorted(limits, np.arange(max(0, int(paid.max())) + 1), side="right")
            yield part, rank, np.where(paid < 0, -1, len(limits) - worse[np.maximum(paid, 0)])


def _tenths(scores: Array) -> Whole:
    """Scores as printed, in tenths of a point; −1 without a score."""
    return np.where(np.isnan(scores), -1, np.rint(half_up(np.nan_to_num(scores)) * 10)).astype(np.int64)


def _forced(paid: Whole, model: Model) -> Whole:
    """The places of forced grades by pay scores in tenths, draws × people; −1 without a score."""
    ranks, count, grades = ranks_of_counts(paid), (paid >= 0).sum(axis=1), np.full(paid.shape, -1, dtype=np.int64)
    for people in np.unique(count):
        rows = count == people
        by_rank = np.searchsorted(seats_filled(int(people), model), np.arange(paid.shape[1]), side="right")
        grades[rows] = by_rank[ranks[rows] - 1]
    return np.where(paid < 0, -1, grades)


def _rank_at(counts: _Counts, tail: float) -> Array:
    """The rank at a quantile of each person's ranks: the first, or in the upper tail the last, of its group."""
    total = counts.groups.sum(axis=1)
    place = (counts.groups.cumsum(axis=1) < (tail * total)[:, None]).sum(axis=1)
    last = np.minimum((place + 1) * counts.width, len(total))
    return np.where(total > 0, place * counts.width + 1 if tail < 0.5 else last, np.nan)


def _grades_kept(shares: Array, grade: pd.Series, names: Sequence[str]) -> tuple[Array, list[str], Array]:
    """The share of weights under which the grade stays, the other grade that comes most often, and its share."""
    place = grade.map({name: number for number, name in enumerate(names)}).to_numpy(np.float64)
    graded, at = ~np.isnan(place), np.nan_to_num(place).astype(np.int64)
    everyone = np.arange(len(shares))
    kept = np.where(graded, shares[everyone, at], np.nan)
    others = np.nan_to_num(shares)
    others[everyone[graded], at[graded]] = 0.0
    most, share = others.argmax(axis=1), others.max(axis=1, initial=0.0)
    there = graded & (share > 0)
    return kept, [names[of] if one else "" for of, one in zip(most, there, strict=True)], np.where(there, share, 0.0)


def _confidence(
    card: Scorecard, known: Mapping[str, Evidence] | None, central: Array, judged: NDArray[np.bool_]
) -> Array:
    """How probable it is that a person's expected score is the highest under the person's central weights.

    NaN without central weights, and where not all is known that they need.
    """
    confidence = np.full(len(central), np.nan)
    firsts = np.flatnonzero(np.isfinite(central).all(axis=1))
    if known is None or not len(firsts):
        return confidence
    earned = [
        points(known[kpi.kpi].true_values(POINT_DRAWS, (0, place, 0))[:, judged], kpi.anchors, card.model.points)
        for place, (_, kpi) in enumerate(card.model.kpis())
    ]
    points_drawn = np.stack(earned, axis=2).transpose(1, 0, 2)  # people × draws × KPIs
    weights = np.stack([weights_of_each(card, central[person]) for person in firsts], axis=2)  # people × KPIs × firsts
    lacking = np.asarray(np.isnan(points_drawn).any(axis=1))[:, :, None]
    # People × firsts: of whom not all is known that these weights need, or who has no score.
    out = np.asarray((lacking & (weights > 0)).any(axis=1))
    out = out | card.summary["score"].isna().to_numpy()[:, None]
    ahead, step = np.zeros(len(firsts)), max(1, _BLOCK // (len(central) * len(firsts)))
    for start in range(0, POINT_DRAWS, step):
        scores = np.nan_to_num(points_drawn[:, start : start + step]) @ weights
        own = scores[firsts, :, np.arange(len(firsts))].T
        ahead += (own >= np.where(out[:, None], -np.inf, scores).max(axis=0)).sum(axis=0)
    confidence[firsts] = np.where(out[firsts, np.arange(len(firsts))], np.nan, ahead / POINT_DRAWS)
    return confidence
