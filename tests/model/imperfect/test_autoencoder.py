# SPDX-License-Identifier: Apache-2.0
"""model.imperfect.autoencoder: gradients, and that it learns."""

import numpy as np
import pytest

from model.imperfect.autoencoder import BLOCK, _loss, _parts, auto_encoder
from model.imperfect.codes import subset_sum

SIZES = np.abs(np.random.default_rng(0).standard_normal(20)) + 0.1


def test_gradients_of_what_is_smooth() -> None:
    """Encoder and offset by finite differences; the decoder's bits do not move."""
    rng = np.random.default_rng(1)
    state = 0.1 * rng.standard_normal(4 * 20 + 4 + 4 * 20)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        gradient = np.zeros_like(at)
        return _loss(SIZES, *_parts(at, 20), _parts(gradient, 20), 1e3), gradient

    _, gradient = loss(state)
    for k in (0, 17, 79, 80, 83):
        move = np.zeros_like(state)
        move[k] = 1e-6
        assert gradient[k] == pytest.approx((loss(state + move)[0] - loss(state - move)[0]) / 2e-6, rel=1e-4)


def test_it_learns_and_is_the_same_again() -> None:
    early, late = (auto_encoder(SIZES, steps=steps) for steps in (1, 6000))
    assert late.code.error(SIZES) < 0.7 * early.code.error(SIZES)
    again = auto_encoder(SIZES, steps=6000)
    assert np.array_equal(again.code.code, late.code.code)
    assert late.steps <= 6000
    assert early.steps == 1
    assert not early.ended


def test_it_ends_by_itself() -> None:
    found = auto_encoder(SIZES, decisive=0.0, steps=100_000)
    assert found.ended
    assert found.steps % BLOCK == 0


def test_what_it_is_compared_with_is_better() -> None:
    found = auto_encoder(SIZES, steps=6000)
    assert subset_sum(SIZES).error(SIZES) < found.code.error(SIZES)
    signed = SIZES * np.where(np.arange(20) % 2, 1, -1)
    assert np.array_equal(auto_encoder(signed, steps=2000).code.sign, np.sign(signed))
