# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.patterns: rates, files, and what is changed."""

from pathlib import Path

import numpy as np
import pytest

from support.errors import InputError
from train.mixed_signal.patterns import jittered, load_patterns, poisson, shifted, target, thinned

NOISE = poisson((2, 500, 60), rate=50, dt=1e-3, seed=1)


def test_poisson() -> None:
    many = poisson((20, 500, 60), rate=50, dt=1e-3, seed=0)
    assert many.mean() == pytest.approx(-np.expm1(-0.05), rel=0.01)
    assert np.array_equal(NOISE, poisson((2, 500, 60), rate=50, dt=1e-3, seed=1))
    assert not np.array_equal(NOISE, poisson((2, 500, 60), rate=50, dt=1e-3, seed=2))


def test_shifted() -> None:
    found = shifted(NOISE, 3)
    assert np.array_equal(found[:, 3:], NOISE[:, :-3])
    assert found.sum() == NOISE.sum()


def test_jittered() -> None:
    alone = np.zeros((1, 101, 2000), np.bool_)
    alone[0, 50] = True
    found = np.nonzero(jittered(alone, 4.0, 0))[1] - 50
    assert len(found) == 2000
    assert found.std() == pytest.approx(4, rel=0.05)
    assert np.array_equal(jittered(NOISE, 0, 0), NOISE)
    assert 0.9 * NOISE.sum() < jittered(NOISE, 5, 0).sum() <= NOISE.sum()


def test_thinned() -> None:
    found = thinned(NOISE, 0.3, 0)
    assert not (found & ~NOISE).any()
    assert found.sum() == pytest.approx(0.7 * NOISE.sum(), rel=0.05)
    assert np.array_equal(thinned(NOISE, 0, 0), NOISE)


def test_the_target() -> None:
    found = target(3, 12, 4)
    assert found.shape == (12, 1, 3, 3)
    assert np.flatnonzero(found[:, 0, 1, 1]).tolist() == [3, 7, 11]
    assert found.sum() == 9


def test_patterns_from_a_file(tmp_path: Path) -> None:
    np.save(tmp_path / "own.npy", NOISE.astype(np.uint8))
    assert np.array_equal(load_patterns(tmp_path / "own.npy"), NOISE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.ones((2, 3)), r"expected 0 and 1 of shape \(patterns, steps, channels\), not float64 \(2, 3\)"),
        (np.full((2, 3, 4), 2), "a channel spikes at most once a step: expected 0 and 1, not 2"),
        (np.full((2, 3, 4), -1), "a channel spikes at most once a step: expected 0 and 1, not -1"),
        (np.ones((1, 3, 4), np.bool_), "expected at least 2 patterns to tell apart, not 1"),
        (np.stack([np.ones((3, 4), np.int8), np.zeros((3, 4), np.int8)]), "pattern 1 has no spike"),
    ],
)
def test_refused(content: np.ndarray, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "own.npy", content)
    with pytest.raises(InputError, match=f"own.npy: {message}$"):
        load_patterns(tmp_path / "own.npy")


def test_no_array(tmp_path: Path) -> None:
    (tmp_path / "own.npy").write_text("spikes")
    with pytest.raises(InputError, match=r"own\.npy: no array of numpy \(\.npy\)$"):
        load_patterns(tmp_path / "own.npy")
    with pytest.raises(InputError, match=r"none\.npy: patterns cannot be read"):
        load_patterns(tmp_path / "none.npy")
