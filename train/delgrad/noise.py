# SPDX-License-Identifier: Apache-2.0
"""Disturbances of a chip: thresholds that are off, delays that jitter. All draws follow from seeds.

A chip has a fixed pattern, drawn once; what varies from batch to batch or from event to event is drawn as it runs.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from train.delgrad.config import DelGradNoise

PATTERN = 0xD1E
"""Sets the stream of fixed patterns apart from all others of a seed."""


class Chip:
    """One device: what its neurons are off by, layer by layer, and how it trembles."""

    def __init__(self, noise: DelGradNoise, sizes: Sequence[int], seed: int) -> None:
        """``sizes``: neurons of each layer; ``seed``: of the fixed pattern."""
        self.noise, self.sizes = noise, tuple(sizes)
        random = np.random.default_rng((PATTERN, seed))
        self.pattern = [
            torch.from_numpy(noise.threshold_mean + noise.threshold_fixed * random.standard_normal(size))
            for size in self.sizes
        ]

    def trial(self, *seed: int) -> "Trial":
        """What disturbs one batch."""
        return Trial(self, np.random.default_rng(seed))


class Trial:
    """Disturbances of one batch, drawn in the order of the layers."""

    def __init__(self, chip: Chip, random: np.random.Generator) -> None:
        self._chip, self._random = chip, random

    def threshold(self, layer: int, like: Tensor) -> Tensor:
        """What is added to the thresholds of a layer, (neurons)."""
        chip = self._chip
        off = chip.pattern[layer].to(like)
        trial = chip.noise.threshold_trial
        if trial:
            off = off + torch.from_numpy(trial * self._random.standard_normal(len(off))).to(like)
        return off

    def jitter(self, times: Tensor) -> Tensor:
        """The times of spikes after a delay that jitters, each on its own."""
        spread = self._chip.noise.delay_jitter
        if not spread:
            return times
        drawn = self._random.standard_normal(tuple(times.shape), dtype=np.float32)
        return times + torch.from_numpy(spread * drawn).to(times)


def as_on_chip(weights: Tensor, noise: DelGradNoise) -> Tensor:
    """Weights clipped and rounded as ``noise`` says; gradients pass through the rounding."""
    if noise.weight_clip is not None:
        weights = weights.clamp(-noise.weight_clip, noise.weight_clip)
    if noise.weight_step is not None:
        rounded = (weights / noise.weight_step).round() * noise.weight_step
        weights = weights + (rounded - weights).detach()
    return weights
