# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.fit: it learns, is the same again, and goes on after a kill."""

from pathlib import Path

import numpy as np
import pytest
import torch

from support.errors import InputError
from tests.train.mixed_signal.examples import small
from train.mixed_signal.evaluate import Judge
from train.mixed_signal.fit import CHECKPOINT, Fit


def test_it_learns_and_is_the_same_again() -> None:
    fit = Fit(small(), 0, noisy=False)
    first = fit.run()
    before, after = (
        Judge(small(), 0).as_designed(each)["ratio"] for each in (Fit(small(), 0, noisy=False).weights, first)
    )
    assert after > 1.2 * before
    assert np.array_equal(Fit(small(), 0, noisy=False).run().flat, first.flat)
    assert not np.array_equal(Fit(small(), 1, noisy=False).run(stop_after=1).flat, first.flat)


def test_the_loss_of_rates() -> None:
    """By hand: right neurons off their target of half the raster's spikes, and what wrong ones spike."""
    config = small(training={"loss": "rates", "wrong": 3.0, "target_every": 4})
    spikes = torch.zeros(200, 1, 2, 2, dtype=torch.float64)  # a target of 25 spikes
    spikes[:25, 0, 0, 0] = 1
    spikes[:20, 0, 1, 1] = 1
    spikes[:5, 0, 1, 0] = 1
    loss = float(Fit(config, 0, noisy=False)._loss(spikes))
    assert loss == pytest.approx((0.2**2) / 2 + 3.0 * (0.2**2) / 2)


def test_rates_are_learned() -> None:
    config = small(training={"loss": "rates", "epochs": 150})
    fit = Fit(config, 0, noisy=True)
    fit.run()
    assert fit.losses[-1] < 0.7 * fit.losses[0]


def test_noise_is_drawn_anew() -> None:
    config = small(noise={"devices": 2, "every": 3}, training={"epochs": 6})
    fit = Fit(config, 0, noisy=True)
    drawn = [fit._drawn(epoch).inward for epoch in range(6)]
    assert drawn[0].shape == (2, 2, 40)
    assert drawn[0] is drawn[2]
    assert not np.array_equal(drawn[2].numpy(), drawn[3].numpy())
    assert not np.array_equal(drawn[0][0].numpy(), drawn[0][1].numpy())


@pytest.mark.parametrize("noisy", [False, True])
def test_a_run_that_was_killed_ends_the_same(noisy: bool, tmp_path: Path) -> None:
    config = small(training={"epochs": 40})
    whole = Fit(config, 2, noisy=noisy).run()
    Fit(config, 2, noisy=noisy, folder=tmp_path).run(stop_after=25)
    rest = Fit(config, 2, noisy=noisy, folder=tmp_path)
    assert len(rest.losses) == 25
    assert np.array_equal(rest.run().flat, whole.flat)


def test_another_configuration_begins_anew(tmp_path: Path) -> None:
    Fit(small(), 0, noisy=False, folder=tmp_path).run(stop_after=3)
    assert len(Fit(small(), 0, noisy=False, folder=tmp_path).losses) == 3
    assert Fit(small(training={"epochs": 99}), 0, noisy=False, folder=tmp_path).losses == []
    assert Fit(small(), 0, noisy=True, folder=tmp_path).losses == []


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"half a")
    with pytest.raises(InputError, match=r"mixed_signal\.pt: not a checkpoint, or a damaged one; remove it$"):
        Fit(small(), 0, noisy=False, folder=tmp_path)


def test_a_rate_that_is_too_high() -> None:
    with (
        np.errstate(over="ignore"),
        pytest.raises(InputError, match=r"^epoch \d+: a weight is not finite; lower training.learning_rate$"),
    ):
        Fit(small(training={"epochs": 5, "learning_rate": 1e308}), 0, noisy=False).run()
