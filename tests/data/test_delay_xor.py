# SPDX-License-Identifier: Apache-2.0
"""The XOR of intervals: what is in a sample, and that its class follows from it."""

from pathlib import Path

import numpy as np

from data.delay_xor import INTERVAL, OTHERS, STEPS, draw, write_task
from data.rasters.reader import read_rasters
from support.paths import ROOT


def test_a_class_follows_from_the_intervals() -> None:
    task = draw(Path("x.npz"), 400, (3,))
    assert (task.axons, task.steps, len(task)) == (2, STEPS, 400)
    assert 0.4 < task.labels.mean() < 0.6
    seen = np.stack(list(task.rasters(STEPS, 2)))
    plain = np.flatnonzero((seen.sum(1) == 2).all(1))
    assert len(plain) > 250
    gaps = np.array([[np.ptp(np.flatnonzero(seen[i, :, axon])) for axon in range(2)] for i in plain])
    assert set(np.unique(gaps)) == {INTERVAL, *OTHERS}
    assert np.array_equal((gaps == INTERVAL).sum(1) % 2, task.labels[plain])
    # One channel alone says nothing.
    for axon in range(2):
        assert abs(np.corrcoef(gaps[:, axon] == INTERVAL, task.labels[plain])[0, 1]) < 0.15


def test_a_seed_says_what_is_in_the_sets(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_task(tmp_path / "a", train=20, test=20, seed=1)]
    again = [path.read_bytes() for path in write_task(tmp_path / "b", train=20, test=20, seed=1)]
    other = [path.read_bytes() for path in write_task(tmp_path / "c", train=20, test=20, seed=2)]
    assert first == again
    assert len({*first, *other}) == 4


def test_the_embedded_set_is_that_of_the_default_seed(tmp_path: Path) -> None:
    _, path = write_task(tmp_path, train=1, test=500, seed=1)
    assert path.read_bytes() == (ROOT / "data" / "delay_xor_test.npz").read_bytes()
    assert read_rasters(path).keys == ("both or none", "one")
