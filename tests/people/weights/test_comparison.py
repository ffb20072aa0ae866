"""Two models on the same people: grades, ranks, costs and τ, worked out by hand on values that are their own points."""

from collections.abc import Callable, Mapping
from decimal import Decimal as D
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from salesperf import open_company
from salesperf.company import Company
from salesperf.params import Client
from salesperf.people.incentives.payouts import Payouts
from salesperf.people.weights.comparison import ModelComparison, compared
from salesperf.people.weights.experiment import Experiment
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import scorecard

NAN = float("nan")
PERCENT = {"threshold": 60, "target": 100, "excellent": 120}  # a value is its own points
UP_AND_LOW = [{"grade": "up", "at_least": 70, "coefficient": 2}, {"grade": "low", "at_least": 0, "coefficient": 0.5}]
PAY = {"S": 1500, "A": 1200, "B": 1000, "C": 700, "D": 0, "": 0}


def model_of(*sides: Mapping[str, float], pays: tuple[float, ...] = (), **settings: object) -> Model:
    """A model of a perspective for each mapping of KPIs to shares of the score."""
    perspectives = [
        {
            "name": f"side {place}",
            "weight": sum(kpis.values()),
            **({"pay_weight": pays[place]} if pays else {}),
            "kpis": [
                {"kpi": kpi, "weight": share / sum(kpis.values()), "anchors": PERCENT} for kpi, share in kpis.items()
            ],
        }
        for place, kpis in enumerate(sides)
    ]
    return Model.model_validate({"perspectives": perspectives, **settings})


SALES, CALLS = model_of({"sales": 1}), model_of({"calls": 1})


def tried(
    sales: list[float],
    calls: list[float],
    model: Model = SALES,
    *,
    sure: float | list[float] = 5,
    too_new: str = "",
    pay: Mapping[str, Any] | None = None,
    others: Mapping[Any, pd.DataFrame] = {},
) -> Experiment:
    """An experiment on as many people, a, b, c …, with these values; ``pay``: grade → what it pays everybody."""
    reps = list("abcdefghijklmnop"[: len(sales)])
    who = {"region": ["East", "West"] * 8, "team": ["One"] * 16, "rep": [rep.upper() for rep in "abcdefghijklmnop"]}
    rows = pd.DataFrame({name: values[: len(reps)] for name, values in who.items()})
    rows = rows.assign(sales=sales, calls=calls, too_new=[rep in too_new for rep in reps]).astype(
        {"sales": float, "calls": float}
    )
    rows.index = pd.Index(reps, name="rep_id")
    payouts = None if pay is None else pd.DataFrame({grade: [amount] * len(reps) for grade, amount in pay.items()})
    return Experiment(
        rows,
        scorecard(rows, model),
        {},
        {(kpi, 10): pd.DataFrame(index=rows.index) for kpi in ("sales", "calls")},
        payouts if payouts is None else payouts.map(lambda one: one if one is None else D(one)).set_index(rows.index),
        pd.Series(sure, index=rows.index, dtype=float),
        is_over=True,
        other_payouts=dict(others),
    )


def people(comparison: ModelComparison, *columns: str) -> list[tuple[Any, ...]]:
    return list(comparison.people[list(columns)].itertuples(index=False, name=None))


def test_scores_grades_and_ranks_stand_beside_each_other() -> None:
    found = compared(tried([110, 90, 100, 100], [90, 110, 100, 79]), CALLS)
    assert people(found, "rep", "score", "grade", "rank", "other_score", "other_grade", "other_rank") == [
        ("A", 110, "S", 1, 90, "B", 3),
        ("B", 90, "B", 4, 110, "S", 1),
        ("C", 100, "A", 2, 100, "A", 2),
        ("D", 100, "A", 2, 79, "C", 4),
    ]
    assert list(found.moved.index) == ["a", "b", "d"]
    assert list(found.regraded.index) == ["a", "b", "d"]
    assert (found.raised, found.lowered, found.ungraded, found.newly_graded) == (1, 2, 0, 0)


def test_ranks_are_by_the_score_as_printed_and_equal_ones_share_the_better() -> None:
    found = compared(tried([100.04, 99.96, 99.94, 80], [1, 2, 3, 4]), CALLS)
    assert found.people["rank"].tolist() == [1, 1, 3, 4]


def test_who_is_too_new_has_scores_but_neither_grade_nor_rank_and_takes_none() -> None:
    found = compared(tried([110, 90, 80], [60, 90, 80], too_new="a"), CALLS)
    assert people(found, "score", "grade", "other_score", "other_grade")[0] == (110, "", 60, "")
    assert found.people["rank"].tolist()[1:] == [1, 2] and np.isnan(found.people["rank"].iloc[0])
    assert found.moved.empty


def test_a_rank_alone_is_a_move_and_no_change_of_grade() -> None:
    found = compared(tried([105, 102], [102, 105]), CALLS)
    assert list(found.moved.index) == ["a", "b"] and found.regraded.empty
    assert (found.raised, found.lowered, found.unsure) == (0, 0, 0)


def test_who_has_a_score_under_one_model_only_moves_but_is_neither_raised_nor_lowered() -> None:
    found = compared(tried([110, NAN, 90, NAN], [NAN, 110, 90, NAN]), CALLS)
    assert list(found.moved.index) == ["a", "b"]
    assert (found.ungraded, found.newly_graded, found.raised, found.lowered) == (1, 1, 0, 0)
    assert list(found.regraded.index) == []


@pytest.mark.parametrize(("error", "unsure"), [(20.0, 0), (20.0001, 1), (NAN, 0)])
def test_a_change_is_within_the_error_only_where_the_scores_differ_by_less(error: float, unsure: int) -> None:
    found = compared(tried([110, 90], [90, 90], sure=[error, 0.0]), CALLS)
    assert found.people["within_error"].tolist() == [bool(unsure), False]
    assert found.unsure == unsure


def test_only_changes_of_grade_are_counted_as_unsure() -> None:
    found = compared(tried([105, 109, 95], [104, 111, 95], sure=50), CALLS)
    assert found.people["within_error"].tolist() == [True] * 3
    assert (found.unsure, len(found.regraded)) == (1, 1)


def test_of_a_forced_distribution_the_forced_grade_is_told() -> None:
    shares = {"S": 0.5, "A": 0, "B": 0, "C": 0, "D": 0.5}
    forced = model_of({"calls": 1}, forced=shares)
    found = compared(tried([70, 75], [65, 61], model_of({"sales": 1}, forced=shares), pay=PAY), forced)
    assert people(found, "grade", "other_grade", "payout", "other_payout") == [("D", "S", 0, 1500), ("S", "D", 1500, 0)]
    # Against a model without one, the grade as earned.
    assert people(compared(tried([70, 75], [65, 61], pay=PAY), forced), "grade", "other_grade") == [
        ("C", "S"),
        ("C", "D"),
    ]


def test_where_pay_has_weights_of_its_own_the_grade_is_that_of_the_pay_score() -> None:
    present = model_of({"sales": 0.5}, {"calls": 0.5}, pays=(1, 0))
    other = model_of({"sales": 0.5}, {"calls": 0.5}, pays=(0, 1))
    found = compared(tried([110, 90], [90, 110], present, pay=PAY), other)
    assert people(found, "score", "grade", "other_grade", "difference") == [
        (100, "S", "B", -500),
        (100, "B", "S", 500),
    ]


def test_costs_are_sums_of_those_who_have_both_payouts() -> None:
    # a 1500 → 1000, b 1000 → 1500, c 1200 → 1200, d 700 → none without a grade, which pays None here
    pay = {**PAY, "": None}
    found = compared(tried([110, 90, 100, 70], [90, 112, 100, NAN], pay=pay), CALLS)
    assert people(found, "payout", "other_payout", "difference") == [
        (1500, 1000, -500),
        (1000, 1500, 500),
        (1200, 1200, 0),
        (700, None, None),
    ]
    assert found.costs == (D(3700), D(3700))
    assert (found.gainers, found.losers, found.unavailable) == (1, 1, 1)


def test_more_gainers_than_losers_and_a_cost_of_the_difference() -> None:
    found = compared(tried([90, 90, 110], [110, 100, 100], pay=PAY), CALLS)
    assert (found.costs, found.gainers, found.losers) == ((D(3500), D(3900)), 2, 1)


def test_without_pay_by_grades_nothing_is_costed() -> None:
    found = compared(tried([90, 110], [110, 90]), CALLS)
    assert found.costs is None and (found.gainers, found.losers) == (0, 0)
    assert found.people[["payout", "other_payout", "difference"]].isna().all(axis=None)


def test_who_is_not_in_the_payouts_has_none() -> None:
    one = tried([90, 110], [110, 90], pay=PAY)
    assert one.payouts is not None
    found = compared(Experiment(**{**vars(one), "payouts": one.payouts.loc[["b"]]}), CALLS)
    assert people(found, "payout", "difference") == [(None, None), (1500, -500)]
    assert (found.costs, found.unavailable) == ((D(1500), D(1000)), 1)


def test_grades_of_other_names_are_better_where_their_coefficient_is_higher_and_are_paid_by_it() -> None:
    other = model_of({"calls": 1}, grades=UP_AND_LOW)
    table = pd.DataFrame({"up": [D(2000)] * 4, "low": [D(500)] * 4, "": [D(0)] * 4}, index=list("abcd"))
    present = tried([110, 100, 85, 70], [60, 100, 60, 60], pay=PAY, others={(("up", 2.0), ("low", 0.5)): table})
    found = compared(present, other)
    # S 1.5 → low 0.5; A 1.2 → up 2; B 1 → low; C 0.7 → low
    assert people(found, "grade", "other_grade", "difference") == [
        ("S", "low", -1000),
        ("A", "up", 800),
        ("B", "low", -500),
        ("C", "low", -200),
    ]
    assert (found.raised, found.lowered, len(found.regraded)) == (1, 3, 4)


def test_the_same_names_with_other_limits_and_coefficients_keep_their_order() -> None:
    """A is better than B also where a model pays both the same."""
    scale = [("S", 110, 1), ("A", 95, 1), ("B", 80, 1), ("C", 60, 1), ("D", 0, 1)]
    grades = [{"grade": grade, "at_least": least, "coefficient": times} for grade, least, times in scale]
    table = pd.DataFrame({grade: [D(1000)] * 2 for grade, _, _ in scale}, index=list("ab"))
    others = {tuple((grade, float(times)) for grade, _, times in scale): table}
    found = compared(tried([96, 79], [96, 79], pay=PAY, others=others), model_of({"sales": 1}, grades=grades))
    assert people(found, "grade", "other_grade", "difference") == [("B", "A", 0), ("C", "C", 300)]
    assert (found.raised, found.lowered) == (1, 0)


def test_a_region_keeps_the_ranks_of_the_company() -> None:
    found = compared(tried([110, 90, 100, 100], [90, 110, 100, 79], pay=PAY), CALLS).within("West")
    assert list(found.people.index) == ["b", "d"]
    assert people(found, "rank", "other_rank") == [(4, 1), (2, 4)]
    assert (found.raised, found.lowered, found.costs) == (1, 1, (D(2200), D(2200)))


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=16))
def test_tau_is_that_of_scipy_on_printed_scores(pairs: list[tuple[int, int]]) -> None:
    sales, calls = ([10.0 * pair[place] for pair in pairs] for place in (0, 1))
    tau = compared(tried(sales, calls), CALLS).tau
    assert tau == pytest.approx(kendalltau(sales, calls).statistic, nan_ok=True)


def test_tau_of_two_one_and_none() -> None:
    assert compared(tried([110, 90], [90, 110]), CALLS).tau == -1
    assert compared(tried([110, 90], [110, 90]), CALLS).tau == 1
    assert np.isnan(compared(tried([110], [90]), CALLS).tau)
    assert np.isnan(compared(tried([110, 90], [90, NAN]), CALLS).tau)


def test_nobody_with_a_score_is_a_comparison_of_nothing() -> None:
    found = compared(tried([NAN, NAN], [NAN, NAN], pay=PAY), CALLS)
    assert found.moved.empty and found.regraded.empty and np.isnan(found.tau)
    assert (found.raised, found.lowered, found.unsure, found.costs) == (0, 0, 0, (D(0), D(0)))


def test_the_same_model_changes_nothing(demo_client: Client) -> None:
    found = open_company(demo_client.path).compared("core_three")
    assert found.moved.empty and found.regraded.empty and found.tau == pytest.approx(1)
    assert found.costs is not None and found.costs[0] == found.costs[1] and (found.gainers, found.losers) == (0, 0)


def test_a_preset_of_other_kpis_is_compared_on_the_demo_company(demo_client: Client) -> None:
    demo = open_company(demo_client.path)
    found = demo.compared("behaviour_driven")
    paid = demo.payouts()
    assert isinstance(paid, Payouts) and found.costs is not None
    assert found.costs[0] == sum(paid.people["payout"]) - sum(paid.people["award"]) == D("796653.99")
    both = found.people[(found.people["grade"] != "") & (found.people["other_grade"] != "")]
    tau = kendalltau(both["rank"], both["other_rank"]).statistic
    assert found.tau == pytest.approx(tau)
    # A gain is never without a better grade, as all have the plan's usual incentive.
    gained = found.people[[one is not None and one > 0 for one in found.people["difference"]]]
    assert len(gained) == found.gainers == found.raised > 0


def test_a_company_whose_period_is_not_over_has_scores_so_far_and_no_grades(company_of: Callable[..., Company]) -> None:
    tables = {
        "reps": "rep_id,rep,region\na,Ann,East\nb,Bo,East\n",
        "orders": "order_id,rep_id,account_id,date,amount\n1,a,x,2025-10-31,9\n2,b,y,2025-10-31,12\n",
    }
    kpis = [
        {"kpi": kpi, "weight": 0.5, "anchors": {"threshold": 6, "target": 10, "excellent": 12}}
        for kpi in ("revenue", "customers")
    ]
    model = {"perspectives": [{"name": "all", "weight": 1, "kpis": kpis}]}
    found = company_of(tables, model=model, incentives={"target_incentive": 9, "bonus": {"share": 1}}).with_weights(
        revenue=0.9
    )
    assert people(found, "grade", "other_grade", "rank", "other_rank") == [("", "", 2, 2), ("", "", 1, 1)]
    assert found.costs is None and found.regraded.empty
