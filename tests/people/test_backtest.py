"""What became of those looked at a year ago, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit

from salesperf.inference.intervals import wilson
from salesperf.people.backtest import AS_EXPECTED, SPREAD, Backtest
from salesperf.people.features import Features
from salesperf.people.potential import Potential
from salesperf.people.year_since import year_since

NAN = float("nan")


def backtest(**columns: list[object]) -> Backtest:
    people = pd.DataFrame(columns)
    people.index = pd.Index([f"r{place}" for place in range(len(people))], name="rep_id")
    people["rep"], people["region"] = people.index, "East"
    return Backtest(people, "2024Q4", 1.0)


FIVE = backtest(
    named=[True, True, True, False, False],
    grew=[1.0, 0.0, NAN, 1.0, 0.0],
    chance=[0.9, 0.3, 0.99, 0.5, 0.7],
    level=[10.0, 50, 90, 30, 20],
    growth=[1.2, NAN, 3, 1.1, 1.3],
)


def test_of_those_named_is_counted_who_grew_and_who_is_gone() -> None:
    tally = FIVE.named
    assert (tally.people, tally.grew, FIVE.left) == (2, 1, 1)
    assert tally.by_chance == pytest.approx(2 * 2 / 4)  # of four known two grew
    assert (tally.lower, tally.upper) == pytest.approx([float(limit) for limit in wilson(1, 2)])


def test_as_many_are_taken_by_other_ways() -> None:
    assert (FIVE.first("chance", 2).people, FIVE.first("chance", 2).grew) == (2, 1)  # r0 and r4
    assert FIVE.first("level", 2).grew == 1  # r1 and r3
    assert FIVE.first("growth", 3).people == 3  # r1 has none, r2 is gone
    assert FIVE.first("growth", 4).people == 3
    assert FIVE.first("growth", 1).grew == 0  # r4


def test_a_tenth_is_rounded_up() -> None:
    def tenth(count: int) -> int:
        return backtest(named=[False] * count, grew=[1.0] * count).tenth

    assert [tenth(count) for count in (1, 10, 11, 20)] == [1, 1, 2, 2]


def test_where_nobody_was_named_there_is_nothing_to_count() -> None:
    tally = backtest(named=[False, False], grew=[1.0, 0.0]).named
    assert (tally.people, tally.grew, tally.by_chance) == (0, 0, 0)
    assert np.isnan([tally.lower, tally.upper]).all()


def then(revenue: list[list[float]], quarters: list[int] | None = None, chance: float = 0.5) -> Potential:
    """Potential of people r0, r1, … with that revenue in six quarters, of whom the first is named."""
    names = pd.Index([f"r{place}" for place in range(len(revenue))], name="rep_id")
    labels = ["2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    people = pd.DataFrame({"region": "East", "team": "", "rep": names, "quarters": quarters or 6}, index=names)
    by_quarter = pd.DataFrame(revenue, index=names, columns=labels)
    features = Features(by_quarter[[]], people, (), people.iloc[:0], quarters=6, revenue=by_quarter)
    people = people.assign(named=np.arange(len(names)) == 0, forecast=chance)
    return Potential(people, by_quarter[[]], 0, NAN, "", features, False)


def since(revenue: dict[str, float]) -> pd.DataFrame:
    """Revenue of the eight quarters up to 2025Q4; of the last four that of each rep, of those before something else."""
    return pd.DataFrame({label: [77.0] * len(revenue) for label in "abcd"} | {
        label: list(revenue.values()) for label in "efgh"
    }, index=list(revenue))  # fmt: skip


def test_growth_is_from_the_last_four_quarters_then_to_the_four_since() -> None:
    revenue = [[5, 5, 10, 10, 10, 10], [NAN, NAN, 10, 20, 10, 20], [1, 1, 20, 20, 20, 20]]
    found = year_since(then(revenue), since({"r2": 21, "r0": 12, "r1": 12}))
    # Growth of 1.2, 0.8 and 1.05: r0 is above the median of 1.05.
    assert found.people["grew"].tolist() == [1, 0, 0]
    assert found.people["level"].tolist() == [10, 15, 20]
    assert found.people["growth"].tolist() == pytest.approx([2, NAN, 20], nan_ok=True)
    assert found.people["named"].tolist() == [True, False, False]
    assert found.quarter == "2024Q4"


def test_who_left_and_who_had_no_results_is_not_known() -> None:
    revenue = [[1.0] * 6, [1.0, 1, 0, 0, 0, 0], [1.0] * 6, [1.0] * 6]
    found = year_since(then(revenue), since({"r0": 2, "r1": 5, "r2": 0}))
    assert found.people["grew"].tolist() == pytest.approx([1, NAN, 0, NAN], nan_ok=True)


def test_growth_is_held_against_that_of_people_as_long_there() -> None:
    revenue, quarters = [[10.0] * 6] * 10, [6] * 5 + [4] * 5
    grown = {f"r{place}": 10.0 + place for place in range(10)}
    found = year_since(then(revenue, quarters), since(grown))
    assert found.people["grew"].tolist() == [0, 0, 0, 1, 1] * 2
    assert year_since(then(revenue), since(grown)).people["grew"].tolist() == [0] * 5 + [1] * 5


def persistence(chance: NDArray[np.float64], grew: NDArray[np.float64]) -> float:
    names = [f"r{place}" for place in range(len(chance))]
    looked_at = then([[10.0] * 6] * len(chance))
    looked_at.people["forecast"] = chance
    found = year_since(looked_at, since(dict(zip(names, 10 + 5 * grew, strict=True))))
    assert found.people["grew"].tolist() == grew.tolist()
    return found.persistence


def test_persistence_is_the_posterior_mode_of_a_logistic_slope() -> None:
    draw = np.random.default_rng(0)
    chance = draw.uniform(0.05, 0.95, 41)
    grew = np.isin(np.arange(41), np.argsort(chance + draw.normal(0, 0.3, 41))[21:]).astype(np.float64)
    odds = logit(chance)

    def slope(multiple: float) -> float:
        return float(((grew - expit(multiple * odds)) * odds).sum() - (multiple - AS_EXPECTED) / SPREAD**2)

    assert persistence(chance, grew) == pytest.approx(brentq(slope, 0, 3), abs=1e-5)


def test_a_year_that_tells_nothing_leaves_chances_as_expected_of_them() -> None:
    assert persistence(np.full(9, 0.5), np.array([1, 0, 0, 0, 0, 0, 1, 1, 1.0])) == pytest.approx(AS_EXPECTED)


def test_chances_that_did_not_come_true_are_trusted_less_and_never_turned_round() -> None:
    draw = np.random.default_rng(0)
    chance = draw.uniform(0.1, 0.9, 400)
    wrong = (chance < np.median(chance)).astype(np.float64)
    assert 0 <= persistence(chance, wrong) < 0.01
    assert persistence(chance, 1 - wrong) > 1.2
