"""The chance to grow more than the peers' median: forecasts, peers and calibration."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from salesperf.inference.fay_herriot import Expected, fay_herriot
from salesperf.people import growth as room
from salesperf.people.estimates import trends
from salesperf.people.features import Features
from salesperf.people.growth import (
    Forecast,
    calibrated,
    chance_above_peers,
    growth_chances,
    growth_forecast,
    tenure_bands,
)

Array = NDArray[np.float64]
NAN = float("nan")


def company(count: int = 40, quarters: int = 8, seed: int = 0) -> Array:
    """Revenue of people of one level and no trend."""
    return np.random.default_rng(seed).normal(100.0, 15.0, (count, quarters))


def test_a_forecast_continues_the_expected_trend_from_the_expected_level() -> None:
    revenue = company()
    covariates = np.random.default_rng(1).normal(size=(40, 2))
    lines = trends(revenue)
    slope = fay_herriot(lines.slope, lines.noise / lines.time_squares, covariates)
    level = fay_herriot(np.log(lines.mean), lines.noise / lines.quarters, covariates)
    # The middle of eight quarters is at 3.5, that of the next four at 9.5.
    expected = level.mean + np.log(1 + 6 * slope.mean) - np.log(revenue[:, 4:].mean(axis=1))
    forecast = growth_forecast(revenue, covariates)
    assert forecast.growth == pytest.approx(expected)
    assert forecast.error == pytest.approx(np.sqrt(36 * slope.variance + level.variance + lines.noise / 4))


def test_who_came_later_has_a_middle_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "fay_herriot", lambda values, errors, rows: Expected(values * 0 + 0.1, errors * 0))
    revenue = company()
    revenue[3, :4] = NAN
    forecast = growth_forecast(revenue, np.zeros((40, 0)))
    last = np.log(revenue[:, 4:].mean(axis=1))
    assert forecast.growth[2] == pytest.approx(0.1 + np.log(1 + 0.1 * 6) - last[2])
    assert forecast.growth[3] == pytest.approx(0.1 + np.log(1 + 0.1 * 4) - last[3])  # from 5.5 to 9.5


def test_a_fall_is_not_continued_below_a_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "fay_herriot", lambda values, errors, rows: Expected(values * 0 - 0.2, errors * 0))
    revenue = company()
    forecast = growth_forecast(revenue, np.zeros((40, 0)))  # 1 − 0.2 · 6 is below 0
    assert forecast.growth == pytest.approx(-0.2 + np.log(0.2) - np.log(revenue[:, 4:].mean(axis=1)))


def test_after_a_year_above_the_usual_level_a_fall_is_expected() -> None:
    revenue = company()
    revenue[0, 4:] *= 1.3
    revenue[1, 4:] *= 0.7
    forecast = growth_forecast(revenue, np.zeros((40, 0)))
    assert forecast.growth[0] < np.quantile(forecast.growth, 0.1)
    assert forecast.growth[1] > np.quantile(forecast.growth, 0.9)


def test_covariates_that_go_with_growth_raise_the_forecast() -> None:
    draw = np.random.default_rng(2)
    covariate = draw.normal(size=60)
    revenue = 100 * (1 + 0.03 * covariate[:, None] * (np.arange(8) - 3.5)) + draw.normal(0, 10, (60, 8))
    revenue[0] = revenue[1] = 100.0
    covariate[:2] = -2, 2
    forecast = growth_forecast(revenue, covariate[:, None])
    assert forecast.growth[1] > forecast.growth[0] + 0.3


def test_who_had_no_results_in_the_last_year_has_no_forecast() -> None:
    revenue = company()
    revenue[5, 4:] = 0
    revenue[6] = 0
    forecast = growth_forecast(revenue, np.zeros((40, 1)))
    known = np.isfinite(forecast.growth)
    assert (~known).nonzero()[0].tolist() == [5, 6]
    assert (known == np.isfinite(forecast.error)).all()


@pytest.mark.parametrize("shape", [(0, 8), (5, 0)])
def test_without_people_or_quarters_there_is_nothing_to_forecast(shape: tuple[int, int]) -> None:
    forecast = growth_forecast(np.empty(shape), np.empty((shape[0], 0)))
    assert len(forecast.growth) == len(forecast.error) == shape[0]
    assert np.isnan(forecast.growth).all()


def test_peers_are_those_there_throughout_or_those_who_came_later() -> None:
    quarters = np.array([8] * 6 + [4, 5, 6, 7, 7])
    assert tenure_bands(quarters, 8).tolist() == [True] * 6 + [False] * 5
    assert tenure_bands(quarters[:-1], 8).all()  # four are too few to be peers
    assert tenure_bands(quarters[2:], 8).all()


def test_a_chance_is_of_more_growth_than_the_median_of_the_own_band() -> None:
    forecast = Forecast(np.array([0.1, 0.2, 0.6, 1.0, 1.1, 1.5, NAN]), np.array([0.1, 0.2, 0.2, 0.1, 1.0, 2.0, NAN]))
    peers = np.array([True, True, True, False, False, False, True])
    chances = chance_above_peers(forecast, peers)
    expected = norm.cdf([-1, 0, 2, -1, 0, 0.2])
    assert chances[:6] == pytest.approx(expected)
    assert np.isnan(chances[6])


def test_no_chance_is_nearer_than_half_a_percent_to_certainty() -> None:
    chances = chance_above_peers(Forecast(np.array([-9.0, 0, 9]), np.array([0.1, 0.1, 0.1])), np.full(3, True))
    assert chances.tolist() == [0.005, 0.5, 0.995]


def test_calibration_multiplies_the_log_odds() -> None:
    chances = pd.Series([0.5, 0.8, 0.2, NAN], ["a", "b", "c", "d"])
    # Odds of 4 to the power of ½ are 2.
    assert calibrated(chances, 0.5).tolist() == pytest.approx([0.5, 2 / 3, 1 / 3, NAN], nan_ok=True)
    assert calibrated(chances, NAN).isna().all()


def test_chances_are_told_by_behaviour_and_by_belonging_to_the_best_group(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Array, Array]] = []
    forecast = Forecast(np.linspace(-1, 1, 6), np.ones(6))
    monkeypatch.setattr(room, "growth_forecast", lambda *given: asked.append(given) or forecast)
    names = [f"r{place}" for place in range(6)]
    z = pd.DataFrame({"level": 9.0, "trend": 9.0, "quality": [1, 2, 3, NAN, 5, 6]}, index=names)
    people = pd.DataFrame({"quarters": [8, 8, 8, 8, 4, 4]}, index=names)
    revenue = pd.DataFrame(company(7), index=["other", *names[::-1]])
    features = Features(z, people, (), people.iloc[:0], revenue=revenue)
    chances = growth_chances(features, z, np.array([1, 0, 0.5, NAN, 0, 0]))
    ((given, covariates),) = asked
    assert (given == revenue.loc[names].to_numpy()).all()
    assert covariates.sum(axis=1).tolist() == [1 + 2, 2, 3 + 1, 0, 5, 6]
    assert chances.to_dict() == pytest.approx(dict(zip(names, norm.cdf(forecast.growth), strict=True)))
