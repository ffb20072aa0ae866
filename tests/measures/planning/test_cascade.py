"""The cascade on a bare tree: children sum to their parents exactly, in every month, whatever the weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.measures.planning.cascade import Difference, cascaded
from salesperf.measures.planning.monthly import monthly
from salesperf.measures.planning.months import flags_of, mask_of
from salesperf.measures.planning.overrides import CannotBe, override
from salesperf.measures.planning.tree import Segment, Tree

YEAR = mask_of(0, 12)
# 0 the company, 1–2 regions, 3–5 teams, 6–11 reps.
PARTS = [[1, 2], [3, 4], [5], [6, 7], [8, 9], [10, 11], *[[] for _ in range(6)]]
LEVELS = [[0], [1, 2], [3, 4, 5]]
REPS = range(6, 12)


def tree_of(there=None, weights=None, shape=None, **rules) -> Tree:
    """The tree above; everybody is there and weighs the same unless told."""
    there = np.ones((12, 12), dtype=bool) if there is None else there
    for level in reversed(LEVELS):
        for row in level:
            there[row] = there[PARTS[row]].any(axis=0)
    weights = np.ones((12, 12)) if weights is None else weights
    shape = (np.ones((12, 12)) if shape is None else shape) * there
    return Tree(PARTS, LEVELS, there, shape, lambda parts, _, takes: np.where(takes, weights[parts], 0.0), **rules)


def year(amount) -> list[Segment]:
    return [Segment(YEAR, amount, amount)]


def amounts_of(tree, own):
    """Targets of the year by row, and the cascade."""
    plan = cascaded(tree, own)
    return monthly(tree, plan, tree.present).amounts.sum(axis=1).tolist(), plan


def test_a_whole_alone_is_split_down_to_everyone():
    # 1000 → 500 and 500 → 250 each team (region 2 has one team) → 125 each of four reps, 250 each of two.
    amounts, plan = amounts_of(tree_of(), {0: year(1000)})
    assert amounts == [1000, 500, 500, 250, 250, 500, 125, 125, 125, 125, 250, 250]
    assert not plan.differences


def test_what_cannot_be_divided_goes_by_largest_remainder():
    # 7 → 4 and 3 → 2, 2 and 3 → 1 each of the first four, 2 and 1.
    assert amounts_of(tree_of(), {0: year(7)})[0] == [7, 4, 3, 2, 2, 3, 1, 1, 1, 1, 2, 1]


def test_what_is_given_stays_and_the_others_share_the_rest():
    # Region 1 has 300 of 1000; rep 6 has 100 of its team's 150.
    amounts, _ = amounts_of(tree_of(), {0: year(1000), 1: year(300), 6: year(100)})
    assert amounts == [1000, 300, 700, 150, 150, 700, 100, 50, 75, 75, 350, 350]


def test_where_only_parts_are_given_the_whole_is_their_sum_if_every_part_has_one():
    plan = cascaded(tree_of(), {row: year(10) for row in REPS})
    assert plan.segments[0] == [Segment(YEAR, 60, 60)]
    months = monthly(tree_of(), cascaded(tree_of(), {row: year(10) for row in (6, 7, 8)}), tree_of().present)
    assert months.has_target[3].all() and not months.has_target[4].any() and not months.has_target[0].any()
    assert months.amounts[3].sum() == 20


def test_a_sum_of_parts_counts_as_given_in_the_cascade_above():
    # Region 1's reps were given 10 each: 40, so region 2 has the rest of 100.
    amounts, plan = amounts_of(tree_of(), {0: year(100)} | {row: year(10) for row in (6, 7, 8, 9)})
    assert amounts[:3] == [100, 40, 60]
    assert not plan.differences


def test_given_quarters_of_a_whole_cut_the_given_years_of_its_parts():
    quarters = [Segment(mask_of(3 * place, 3), amount, amount) for place, amount in enumerate((100, 200, 300, 400))]
    plan = cascaded(tree_of(), {0: quarters, 1: year(500), 2: year(500)})
    assert not plan.differences
    amounts = monthly(tree_of(), plan, tree_of().present).amounts
    # Half of each quarter: 50, 100, 150 and 200.
    assert amounts[1].reshape(4, 3).sum(axis=1).tolist() == [50, 100, 150, 200]
    assert (amounts[0] == amounts[1] + amounts[2]).all()


@pytest.mark.parametrize(
    ("mode", "whole", "parts", "left"),
    [("keep", 1000, [300, 600], 100), ("scale_parts", 1000, [333, 667], 0), ("follow_parts", 900, [300, 600], 0)],
)  # fmt: skip
def test_a_whole_and_parts_that_differ_are_reconciled_and_named(mode, whole, parts, left):
    # 1000 given, 300 + 600 below it. Scaled by 10/9: 333.3 and 666.7.
    amounts, plan = amounts_of(tree_of(differences=mode), {0: year(1000), 1: year(300), 2: year(600)})
    assert (amounts[0], amounts[1:3]) == (whole, parts)
    assert amounts[0] - sum(amounts[1:3]) == left
    assert plan.differences == [Difference(0, YEAR, 1000, 900)]


def test_parts_beyond_their_whole_leave_nothing_for_the_others_and_are_named():
    amounts, plan = amounts_of(tree_of(), {0: year(100), 1: year(130)})
    assert amounts[:3] == [100, 130, 0]
    assert plan.differences == [Difference(0, YEAR, 100, 130)]


def test_reps_are_assigned_more_than_the_plan_and_no_one_else():
    # 1000 × 1.1 over reps; teams and regions sum to the plan.
    amounts, plan = amounts_of(tree_of(over=1.1), {0: year(1000)})
    assert amounts[:6] == [1000, 500, 500, 250, 250, 500]
    assert sum(amounts[6:]) == 1100
    assert not plan.differences


def test_who_is_there_for_half_of_the_year_has_a_share_in_those_months_only():
    there = np.ones((12, 12), dtype=bool)
    there[6, :6] = False  # joins in July
    tree = tree_of(there)
    # Team 3 has 120, 10 a month: rep 7 all of January to June and half of the rest.
    amounts = monthly(tree, cascaded(tree, {3: year(120)}), tree.present).amounts
    assert amounts[6].tolist() == [0] * 6 + [5] * 6
    assert amounts[7].tolist() == [10] * 6 + [5] * 6


rows_of_floats = st.lists(st.floats(0, 100), min_size=12, max_size=12)


@st.composite
def trees(draw, **rules):
    there = np.ones((12, 12), dtype=bool)
    for row in REPS:
        first = draw(st.integers(0, 11))
        there[row] = False
        there[row, first : draw(st.integers(first, 11)) + 1] = True
    weights = np.array([draw(rows_of_floats) for _ in range(12)])
    shape = np.array([draw(rows_of_floats) for _ in range(12)])
    unit = draw(st.sampled_from([1, 10, 1000]))
    return tree_of(there, weights, shape, unit=unit, **rules)


amounts = st.integers(0, 10**7)


@given(trees(), amounts)
def test_a_split_whole_is_the_sum_of_its_parts_in_every_month(tree, amount):
    plan = cascaded(tree, {0: year(amount)})
    found = monthly(tree, plan, tree.present)
    assert found.amounts.min() >= 0
    assert found.amounts[0].sum() == amount
    for row in tree.groups:
        assert (found.amounts[PARTS[row]].sum(axis=0) == found.amounts[row]).all()
    assert (found.amounts[~tree.present] == 0).all()


@st.composite
def given_targets(draw):
    """Own targets of some rows, by year or by quarter."""
    own = {}
    for row in draw(st.sets(st.integers(0, 11))):
        if draw(st.booleans()):
            own[row] = year(draw(amounts))
        else:
            sizes = [draw(amounts) for _ in range(4)]
            own[row] = [Segment(mask_of(3 * place, 3), size, size) for place, size in enumerate(sizes)]
    return own


@given(st.sampled_from(["keep", "scale_parts", "follow_parts"]), st.sampled_from([1.0, 1.1, 1.25]), st.data())
def test_wholes_are_their_parts_and_what_is_left_whatever_was_given(mode, over, data):
    tree, own = data.draw(trees(differences=mode, over=over)), data.draw(given_targets())
    plan = cascaded(tree, own)
    found = monthly(tree, plan, tree.present)
    assert found.amounts.min() >= 0
    for row in tree.groups:  # where a whole has no target of its own and got no share, it is its parts
        own_months = flags_of([one.months for one in plan.segments.get(row, [])] or [0], 12).any(axis=0)
        summed = ~own_months & ~plan.shared[row]
        assert (found.amounts[row] == found.amounts[PARTS[row]].sum(axis=0))[summed].all()
    if mode == "keep":  # what is given stays
        for row, segments in own.items():
            for one in segments:
                assert found.amounts[row][flags_of([one.months], 12)[0]].sum() == one.amount


@given(trees(), amounts, st.integers(1, 11), st.integers(0, 3), st.data())
def test_an_override_moves_only_its_siblings(tree, amount, row, quarter, data):
    plan = monthly(tree, cascaded(tree, {0: year(amount)}), tree.present)
    months = range(3 * quarter, 3 * quarter + 3)
    before = plan.amounts.copy()
    parent = next(one for one in tree.groups if row in PARTS[one])
    wanted = data.draw(st.integers(0, int(before[parent, months].sum())))
    try:
        override(tree, plan, tree.present, np.zeros((12, 12), dtype=bool), row=row, months=months, amount=wanted)
    except CannotBe:
        assert (plan.amounts == before).all()
        return
    assert plan.amounts[row, months].sum() == wanted
    assert plan.amounts.min() >= 0
    below = {parent}
    for one in tree.groups:
        below |= set(PARTS[one]) if one in below else set()
    unmoved = [one for one in range(12) if one not in below - {parent}]
    assert (plan.amounts[unmoved] == before[unmoved]).all()
    outside = [month for month in range(12) if month not in months]
    assert (plan.amounts[:, outside] == before[:, outside]).all()
    for one in tree.groups:
        assert (plan.amounts[PARTS[one]].sum(axis=0) == plan.amounts[one]).all()


def test_what_an_override_takes_is_taken_in_proportion():
    tree = tree_of()
    plan = monthly(tree, cascaded(tree, {0: year(1200), 1: year(900)}), tree.present)
    # Team 3 of region 1 goes from 450 to 600, so team 4 from 450 to 300, and its reps from 225 to 150 each.
    override(tree, plan, tree.present, np.zeros((12, 12), dtype=bool), row=3, months=range(12), amount=600)
    assert plan.amounts.sum(axis=1).tolist() == [1200, 900, 300, 600, 300, 300, 300, 300, 150, 150, 150, 150]


def test_parts_that_are_more_than_their_whole_stay_so_under_an_override():
    tree = tree_of(over=1.1, unit=10)
    plan = monthly(tree, cascaded(tree, {0: year(24000)}), tree.present)
    # Team 3 had 500 a month, its reps 550 together; with 600 they have 660, in units of 10.
    override(tree, plan, tree.present, np.zeros((12, 12), dtype=bool), row=3, months=range(12), amount=7200)
    assert plan.amounts[3].tolist() == [600] * 12
    assert (plan.amounts[6] + plan.amounts[7]).tolist() == [660] * 12
    assert (plan.amounts % 10 == 0).all()
