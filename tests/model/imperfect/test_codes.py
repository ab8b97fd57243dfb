# SPDX-License-Identifier: Apache-2.0
"""model.imperfect.codes: codes that are right, near the best there are, and the same again."""

import itertools

import numpy as np
import pytest

from model.imperfect.codes import MASKS, Code, coded, k_means, subset_sum, uniform


def gaussian(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count) * 3


@pytest.mark.parametrize("base", [(1.0, 2.0, 4.0, 8.0), (0.3, 0.5, 2.0, 7.0), (1.0, 1.0, 3.0, 3.0)])
def test_weights_that_codes_can_say_are_found(base: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    weights = (MASKS @ base)[rng.integers(0, 16, (30, 10))] * rng.choice([-1, 1], (30, 10))
    found = subset_sum(weights)
    assert found.code.shape == weights.shape
    assert found.error(weights) < 1e-20
    assert np.allclose(found.weights, weights)


def test_a_code_is_the_nearest_level() -> None:
    weights, base = gaussian(500, 1), np.array([0.4, 0.9, 2.5, 3.1])
    levels = MASKS @ base
    nearest = np.sign(weights) * levels[np.abs(np.abs(weights)[:, None] - levels).argmin(1)]
    assert np.allclose(coded(weights, base).weights, nearest)


@pytest.mark.parametrize("seed", range(3))
def test_near_the_best_of_a_full_search(seed: int) -> None:
    """Of few weights, against every set of base currents of a grid, each polished."""
    weights = gaussian(12, seed)
    grid = np.linspace(0.05, 1, 9) * np.abs(weights).max()
    least = min(coded(weights, base).error(weights) for base in itertools.combinations_with_replacement(grid, 4))
    assert subset_sum(weights).error(weights) < least


@pytest.mark.parametrize("count", [20, 124, 3000])
def test_between_k_means_and_uniform(count: int) -> None:
    weights = gaussian(count, 5)
    ours = subset_sum(weights).error(weights)
    assert np.square(k_means(weights) - weights).mean() <= ours
    assert ours <= np.square(uniform(weights) - weights).mean() + 1e-12


def test_many_starts_help_and_are_the_same_again() -> None:
    weights = gaussian(200, 6)
    one, many = subset_sum(weights, starts=1), subset_sum(weights, starts=128)
    assert many.error(weights) < one.error(weights)
    again = subset_sum(weights, starts=128)
    assert np.array_equal(again.code, many.code)
    assert np.array_equal(again.base, many.base)


def test_scale_and_sign_do_not_matter() -> None:
    weights = gaussian(100, 7)
    one, other = subset_sum(weights), subset_sum(-1e-9 * weights)
    assert np.allclose(other.weights, -1e-9 * one.weights, rtol=1e-6)


def test_no_weights_and_zeros() -> None:
    nothing = subset_sum(np.zeros((2, 3)))
    assert (nothing.weights == 0).all()
    assert nothing.error(np.zeros((2, 3))) == 0
    assert subset_sum(np.zeros(0)).error(np.zeros(0)) == 0
    some = subset_sum(np.array([0.0, 2.0, -1.0]))
    assert some.sign.tolist() == [0, 1, -1]
    assert some.error(np.array([0.0, 2.0, -1.0])) < 1e-20
    assert isinstance(some, Code)
    assert (some.base >= 0).all()
