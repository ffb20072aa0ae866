"""Raters are told from the people they rate where ratings cross, and left alone where they do not."""

import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from salesperf.measures.ratings import Raters, severities


def ratings(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Ratings as (person, rater, rating), and if not one criterion in 2025Q4, criterion and period."""
    full = [(*row, *("planning", "2025Q4")[len(row) - 3 :]) for row in rows]
    return pd.DataFrame(full, columns=["rep_id", "rater", "rating", "criterion", "period"])


def table(**of_rater: list[float]) -> pd.DataFrame:
    """Everyone rated once by everyone: rater → ratings of p0, p1, …"""
    return ratings(*((f"p{place}", name, one) for name, them in of_rater.items() for place, one in enumerate(them)))


def drawn(people: int, raters: int, seed: int = 1) -> pd.DataFrame:
    """Everyone rated once by everyone, of levels and severities drawn at random."""
    draw = np.random.default_rng(seed)
    level, severity = draw.normal(3, 0.5, people), draw.normal(0, 0.4, raters)
    seen = level[:, None] + severity + draw.normal(0, 0.3, (people, raters))
    return ratings(*((f"p{i:02}", f"r{j:02}", seen[i, j]) for i in range(people) for j in range(raters)))


def severity(found: Raters) -> dict[object, float]:
    return found.raters["severity"].to_dict()


def test_without_any_error_the_difference_between_raters_is_all_severity():
    """B gives everyone one point more than A."""
    found = severities(table(A=[2, 3, 4], B=[3, 4, 5]))
    assert severity(found) == pytest.approx({"A": -0.5, "B": 0.5}, abs=1e-6)
    assert (found.variances.people, found.variances.raters) == pytest.approx((1, 0.5))
    assert found.variances.pairs == pytest.approx(0, abs=1e-9)


def test_a_small_table_by_hand():
    """Three people, two raters.

    Means of people 2.5, 4, 4, of raters 3, 4, of all 3.5. Sums of squares: people 2 · (1 + ¼ + ¼) = 3, raters
    3 · (¼ + ¼) = 1.5, all 5.5, so that 1 is left. Mean squares: 3 ÷ 2, 1.5 ÷ 1, 1 ÷ 2. Variances: people
    (1.5 − 0.5) ÷ 2, raters (1.5 − 0.5) ÷ 3. A rater's mean over 3 people is unsure by 0.5 ÷ 3, so that of the
    half point between it and the mean ⅓ ÷ (⅓ + ⅙) = ⅔ are severity.
    """
    found = severities(table(A=[2, 3, 4], B=[3, 5, 4]))
    expected = [float(Fraction(1, 2)), float(Fraction(1, 3)), 0.5, 0.0]
    variances = found.variances
    assert [variances.people, variances.raters, variances.pairs, variances.rest] == pytest.approx(expected)
    assert severity(found) == pytest.approx({"A": -1 / 3, "B": 1 / 3})
    assert found.spread == pytest.approx((1 / 3) ** 0.5)


def test_statsmodels_agrees_where_everyone_rates_everyone():
    """There, sums of squares and restricted maximum likelihood are the same."""
    rows = drawn(12, 6)
    found = severities(rows)
    components = {"rep": "0 + C(rep_id)", "rater": "0 + C(rater)"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.MixedLM.from_formula("rating ~ 1", rows, groups=np.ones(len(rows)), vc_formula=components)
        fitted = model.fit(reml=True)
    of_name = dict(zip(model.exog_vc.names, fitted.vcomp, strict=True))
    variances = found.variances
    assert variances.people == pytest.approx(of_name["rep"], rel=1e-3)
    assert variances.raters == pytest.approx(of_name["rater"], rel=1e-3)
    assert variances.pairs == pytest.approx(fitted.scale, rel=1e-3)
    (effects,) = fitted.random_effects.values()
    theirs = effects[[name for name in effects.index if name.startswith("rater")]]
    np.testing.assert_allclose(list(severity(found).values()), theirs, rtol=1e-3, atol=1e-4)


def test_with_gaps_and_several_ratings_a_pair_the_severities_solve_the_mixed_models_equations():
    """b = σ²_raters Z′ V⁻¹ (y − Xβ) with β by generalised least squares, all matrices written out."""
    draw = np.random.default_rng(5)
    whole = pd.concat([drawn(9, 5).assign(criterion=name) for name in "abc"])  # the pair's part is in all three
    whole["rating"] += draw.normal(0, 0.2, len(whole))
    rows = whole[draw.random(len(whole)) < 0.6]
    found = severities(rows)
    own = rows["rating"] - rows.groupby("criterion")["rating"].transform("mean")
    people, raters = (pd.get_dummies(rows[name]).to_numpy(float) for name in ("rep_id", "rater"))
    pairs = pd.get_dummies(rows["rep_id"] + rows["rater"]).to_numpy(float)
    parts = found.variances
    blocks = ((people, parts.people), (raters, parts.raters), (pairs, parts.pairs), (np.eye(len(rows)), parts.rest))
    inverse = np.linalg.inv(sum(size * block @ block.T for block, size in blocks))
    ones = np.ones(len(rows))
    left = own - (ones @ inverse @ own) / (ones @ inverse @ ones)
    expected = parts.raters * raters.T @ inverse @ left
    expected -= raters.sum(axis=0) @ expected / len(rows)  # the ratings add up to none
    assert parts.pairs > 0 and parts.rest > 0
    np.testing.assert_allclose(list(severity(found).values()), expected, atol=1e-7)


def test_raters_who_each_rate_people_of_their_own_cannot_be_separated_from_them():
    rows = ratings(("p1", "A", 2), ("p2", "A", 3), ("p3", "B", 4), ("p4", "B", 5))
    found = severities(rows)
    assert not found.raters["separable"].any() and np.isnan(found.spread)
    assert found.corrected(rows).equals(rows["rating"].astype(float))
    assert found.people.to_dict() == {"p1": 0, "p2": 0, "p3": 1, "p4": 1}
    assert found.raters["people"].to_dict() == {"A": 2, "B": 2}


def test_who_is_alone_is_left_as_given_beside_others_who_cross():
    rows = pd.concat([table(A=[2, 3, 4], B=[3, 5, 4]), ratings(("q1", "C", 1), ("q2", "C", 2))])
    found = severities(rows)
    assert found.raters["separable"].to_dict() == {"A": True, "B": True, "C": False}
    assert severity(found)["C"] == 0 and severity(found)["A"] < 0 < severity(found)["B"]


def test_between_groups_without_a_common_rater_nothing_is_taken_for_severity():
    """The other company's people all have two points more: their raters may be lenient or they may be better."""
    one = table(A=[2, 3, 4], B=[3, 5, 4])
    other = one.replace({"A": "C", "B": "D"}).assign(rep_id="q" + one["rep_id"])
    found = severities(pd.concat([one, other.assign(rating=one["rating"] - 2)]))
    assert found.people.nunique() == 2 and found.raters["separable"].all()
    of_rater = severity(found)
    assert of_rater["A"] == pytest.approx(of_rater["C"]) and of_rater["B"] == pytest.approx(of_rater["D"])
    assert of_rater["A"] + of_rater["B"] == pytest.approx(0)


def test_ratings_without_a_rater_or_a_rating_tell_nothing_and_stay_as_given():
    rows = pd.concat([table(A=[2, 3, 4], B=[3, 5, 4]), ratings(("p0", None, 1), ("p9", "A", None))])
    found = severities(rows)
    assert severity(found) == severity(severities(table(A=[2, 3, 4], B=[3, 5, 4])))
    assert found.unnamed == 1
    assert found.corrected(rows)[rows["rater"].isna()].tolist() == [1]


def test_no_ratings_have_no_raters():
    found = severities(ratings())
    assert found.raters.empty and found.people.empty and np.isnan(found.spread)


def test_raters_who_differ_by_nothing_but_chance_are_all_taken_for_alike():
    """p0 and p1 each get 2 and 4, the other way round: within people much, between raters nothing."""
    found = severities(table(A=[2, 4], B=[4, 2]))
    assert found.variances.raters == 0 and severity(found) == pytest.approx({"A": 0, "B": 0})


def test_every_criterion_of_every_period_counts_from_its_own_mean():
    """A rates in a hard criterion and B in an easy one, each with another: no one is severe by that."""
    hard = table(A=[1, 2, 3], C=[1, 2, 3])
    easy = table(B=[3, 4, 5], D=[3, 4, 5]).assign(criterion="teamwork")
    found = severities(pd.concat([hard, easy]))
    assert severity(found) == pytest.approx(dict.fromkeys("ABCD", 0), abs=1e-6)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 6))
def test_the_order_of_rows_changes_nothing(seed, people, raters):
    rows = drawn(people, raters, seed).sample(frac=0.7, random_state=seed)
    mixed = rows.sample(frac=1, random_state=seed + 1)
    one, other = severities(rows), severities(mixed)
    pd.testing.assert_frame_equal(one.raters, other.raters, check_exact=True)
    assert one.people.equals(other.people)


PAIRS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1, max_size=25)


@given(PAIRS)
def test_groups_are_the_connected_parts_that_scipy_finds(pairs):
    found = severities(ratings(*((f"p{rep:02}", f"r{rater:02}", 3) for rep, rater in pairs)))
    rep, rater = np.array(pairs).T
    count, label = connected_components(coo_array((np.ones(len(rep)), (rep, rater + 16)), shape=(32, 32)))
    same = {f"p{one:02}": label[one] for one in rep}
    assert found.people.nunique() == count - (32 - len(set(rep)) - len(set(rater)))
    groups = pd.Series(same).groupby(found.people).nunique()
    assert (groups == 1).all()
    alone = found.raters["group"].map(found.raters["group"].value_counts()) == 1
    assert (found.raters["separable"] == ~alone).all()
