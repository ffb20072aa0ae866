"""The likelihood of counts whose rates differ between entities by a beta distribution, and where it is highest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, logit, psi

Array = NDArray[np.float64]
MOST_STRENGTH = 1e8  # cases: rates that differ by so little, 0.005 points, count as equal
_START = 10.0  # strength to begin with
_PASSES = 100  # of Newton's method, which ends after 5 to 10 by itself
_STRIDE = 2.0  # most that a coefficient or the log strength changes in a pass
_NEAR = 1e-4  # distance of the two slopes whose difference gives the curvature, to either side
_FLATTEST = 1e-6  # least curvature that a step is divided by, so that it leads upwards
_LAST_STEP = 1e-10


class Peak(NamedTuple):
    """Where a likelihood is highest: coefficients of the terms, the log of the strength, and its logarithm there."""

    coefficients: Array
    log_strength: float
    height: float


class Likelihood(NamedTuple):
    """The marginal likelihood of a beta-binomial model (Skellam 1948), times strength ÷ (strength + 1 ÷ 4r(1 − r))².

    ``successes``, ``cases``: of each entity; ``terms``: entities × terms that the logit of the mean rate is linear in:
    a column of 1, and at most another, of mean 0 and variance 1; r: the rate of all cases together. Half a success and
    half a failure are added, a quarter each at the second term's −1 and 1, so that the peak is finite where all
    succeed, or fail, or that term tells which.
    """

    successes: Array
    cases: Array
    terms: Array

    def height(self, place: Array) -> float:
        """Its logarithm, without what is constant; ``place``: coefficients and log strength."""
        strength, mean, rest = self._prior(place)
        heights = betaln(self.successes + mean, self.cases - self.successes + rest) - betaln(mean, rest)
        logits = self._corners @ place[:-1]
        height = heights.sum() - (np.logaddexp(0, logits) + np.logaddexp(0, -logits)).sum() / 4
        return float(height + place[-1] - 2 * np.log(strength + self._unevenness))

    def slope(self, place: Array) -> Array:
        """The gradient of `height`."""
        strength, mean, rest = self._prior(place)
        common = psi(strength) - psi(strength + self.cases)
        by_mean = psi(self.successes + mean) - psi(mean) + common
        by_rest = psi(self.cases - self.successes + rest) - psi(rest) + common
        by_logit = (mean * rest / strength * (by_mean - by_rest)) @ self.terms
        by_logit += (0.25 - expit(self._corners @ place[:-1]) / 2) @ self._corners
        by_strength = (mean * by_mean + rest * by_rest).sum() + 1 - 2 * strength / (strength + self._unevenness)
        return np.append(by_logit, by_strength)

    def peak(self) -> Peak:
        """Its highest place, by Newton's method from the rate of all cases together."""
        place = np.zeros(self.terms.shape[1] + 1)
        place[0], place[-1] = logit(self._rate), np.log(_START)
        for _ in range(_PASSES):
            place, moved = self._higher(place)
            if not moved:
                break
        return Peak(place[:-1], float(place[-1]), self.height(place))

    def _higher(self, place: Array) -> tuple[Array, bool]:
        """The place after a step of Newton's method, halved until it leads upwards; and whether there is any."""
        curvature, axes = np.linalg.eigh(self._curvature(place))
        step = axes @ (axes.T @ self.slope(place) / np.maximum(curvature, _FLATTEST))
        step /= max(1.0, float(np.abs(step).max()) / _STRIDE)
        height = self.height(place)
        while np.abs(step).max() > _LAST_STEP:
            reached = place + step
            reached[-1] = min(reached[-1], np.log(MOST_STRENGTH))
            if self.height(reached) > height:
                return reached, True
            step /= 2
        return place, False

    def _curvature(self, place: Array) -> Array:
        """Minus the second derivatives of `height`."""
        steps = _NEAR * np.eye(len(place))
        rows = np.array([self.slope(place - step) - self.slope(place + step) for step in steps]) / (2 * _NEAR)
        return np.asarray((rows + rows.T) / 2)

    def _prior(self, place: Array) -> tuple[float, Array, Array]:
        """The strength, and of it what counts as successes and failures of each entity."""
        strength = float(np.exp(place[-1]))
        logits = self.terms @ place[:-1]
        return strength, strength * expit(logits), strength * expit(-logits)

    @property
    def _rate(self) -> float:
        """The rate of all cases together, with half a success and half a failure."""
        return float((self.successes.sum() + 0.5) / (self.cases.sum() + 1))

    @property
    def _unevenness(self) -> float:
        """1 ÷ 4r(1 − r) for that rate: 1 where it is a half, more the nearer it is to 0 or 1."""
        return 1 / (4 * self._rate * (1 - self._rate))

    @property
    def _corners(self) -> Array:
        """The two rows of terms at which there is half a case each."""
        return np.array([[1.0, -1.0], [1.0, 1.0]])[:, : self.terms.shape[1]]
