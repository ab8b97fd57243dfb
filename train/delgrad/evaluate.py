# SPDX-License-Identifier: Apache-2.0
"""How well a network does, and how much disturbance it stands."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data.yinyang import Split, yin_yang
from train.delgrad.config import DelGradConfig, DelGradNoise
from train.delgrad.network import DelGradNetwork, decide
from train.delgrad.noise import Chip

LEVELS: Mapping[str, Sequence[float]] = {
    "threshold_fixed": (0.025, 0.05, 0.1, 0.2),
    "threshold_trial": (0.025, 0.05, 0.1, 0.2),
    "delay_jitter": (0.01, 0.02, 0.05, 0.1),
}
"""Kinds of disturbance, and how strong: of thresholds as shares of the nominal one, of delays in time constants."""
DRAWS = 10
"""Of each strength; each is another chip."""
MEASURED = 0x7E57
"""Sets the draws of an evaluation apart from those of training."""


class Samples:
    """A set: spikes of the axons and classes."""

    def __init__(self, split: Split, config: DelGradConfig, device: torch.device | str = "cpu") -> None:
        """A published set, as the input of ``config`` has it."""
        samples = yin_yang(split)
        dtype = getattr(torch, config.training.precision)
        times = samples.times(repeat=config.input.repeat, bias=config.input.bias)
        self.times: Tensor = torch.from_numpy(times).to(device, dtype)
        """(samples, axons)"""
        self.labels: Tensor = torch.from_numpy(samples.labels).to(device)
        """(samples)"""


@torch.no_grad()
def predictions(network: DelGradNetwork, samples: Samples, chip: Chip | None, seed: int = 0) -> NDArray[np.int64]:
    """The class of each sample, -1 where no output neuron fires; on a chip, if one is given."""
    trial = chip.trial(MEASURED, seed) if chip else None
    return decide(network.record(samples.times, trial)[-1].spikes).numpy()


def accuracy(network: DelGradNetwork, samples: Samples, chip: Chip | None = None, *, draws: int = DRAWS) -> float:
    """Share of right classes; on a chip the mean over ``draws`` of what varies from batch to batch."""
    labels = samples.labels.numpy()
    found = [
        float((predictions(network, samples, chip, seed) == labels).mean()) for seed in range(draws if chip else 1)
    ]
    return float(np.mean(found))


def tolerance(network: DelGradNetwork, config: DelGradConfig, samples: Samples) -> dict[str, list[tuple[float, float]]]:
    """By kind of disturbance (LEVELS) its strength, and the mean accuracy over DRAWS chips that have nothing else."""
    found: dict[str, list[tuple[float, float]]] = {}
    for kind, levels in LEVELS.items():
        of_thresholds = kind.startswith("threshold")
        found[kind] = []
        for level in (0.0, *levels):
            noise = DelGradNoise(**{kind: level * config.network.threshold if of_thresholds else level})
            chips = [Chip(noise, network.sizes, MEASURED + draw) for draw in range(DRAWS if level else 1)]
            scores = [accuracy(network, samples, chip, draws=1) for chip in chips]
            found[kind].append((level, float(np.mean(scores))))
    return found
