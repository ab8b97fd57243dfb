# SPDX-License-Identifier: Apache-2.0
"""What a network makes of a set of samples: in real numbers, or in integers layer by layer."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from train.data.dataset import BoolArray, IntArray
from train.layers.integer import IntegerNetwork
from train.layers.network import DelayNetwork


class Classified(NamedTuple):
    """What a network makes of a set of samples."""

    predictions: IntArray
    """(samples,)"""
    spikes: list[float]
    """Mean per sample, of each hidden layer."""
    saturated: int = 0
    """Potentials that stood at a clamp, of an integer network."""

    def accuracy(self, labels: IntArray) -> float:
        """Share of the samples whose class is that of ``labels``, (samples,)."""
        return float((self.predictions == labels).mean())


class Labelled(NamedTuple):
    """Encoded samples with their labels, for evaluation."""

    events: BoolArray
    """(samples, total steps, axons)"""
    labels: IntArray


def time_first(events: NDArray[Any]) -> Tensor:
    """A float32 tensor of an array that already has time first."""
    return torch.from_numpy(np.ascontiguousarray(events, np.float32))


def evaluate(network: DelayNetwork, events: BoolArray, *, batch: int = 256) -> Classified:
    """Classify ``events``, bool (samples, total steps, axons), in evaluation mode."""
    network.eval()
    predictions, totals = [], np.zeros(len(network.config.hidden))
    with torch.no_grad():
        for start in range(0, len(events), batch):
            output = network(time_first(events[start : start + batch].transpose(1, 0, 2)))
            # NumPy's argmax takes the lowest index on a tie, as the hardware does.
            predictions.append(output.score.cpu().numpy().argmax(1))
            totals += [spikes.sum().item() for spikes in output.spikes]
    return Classified(np.concatenate(predictions), (totals / max(1, len(events))).tolist())


def evaluate_integers(network: IntegerNetwork, events: BoolArray, *, batch: int = 256) -> Classified:
    """Classify ``events``, bool (samples, total steps, axons), in integers."""
    predictions, totals, saturated = [], np.zeros(len(network.layers) - 1), 0
    for start in range(0, len(events), batch):
        output = network.forward(time_first(events[start : start + batch].transpose(1, 0, 2)))
        predictions.append(output.score.numpy().argmax(1))
        totals += [spikes.sum().item() for spikes in output.spikes[:-1]]
        saturated += sum(int(((v >= network.vmax) | (v <= -network.vmax - 1)).sum()) for v in output.potentials)
    return Classified(np.concatenate(predictions), (totals / max(1, len(events))).tolist(), saturated)
