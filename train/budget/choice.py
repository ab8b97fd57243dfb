# SPDX-License-Identifier: Apache-2.0
"""How many synapses a pair keeps in each group of synapses (``budget.keep = "auto"``), by what each group loses."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from train.budget.probe import Probe
from train.budget.selection import keep_per_pair
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled

STEP = 0.75
"""Share of its synapses a pair that a group is left with in a step."""


def most_per_pair(kernel: Tensor) -> int:
    """Most synapses that a pair of a kernel (levels, sources, targets) has."""
    return int((kernel != 0).sum(0).max())


@torch.no_grad()
def choose_keep(network: DelayNetwork, samples: Labelled, calibration: Tensor | None, synapses: int) -> list[int]:
    """Synapses a pair of each group, at least 1, so that a settled network has at most ``synapses`` if that can be.

    Step by step, the group that loses least for each synapse gives up a quarter of those a pair. What it loses is
    measured with what the others have given already: the mean cross entropy of ``samples``, without training on.
    ``calibration``: events (steps, batch, axons) that statistics of normalisation are taken anew from.
    """
    probe = Probe(network, samples, calibration)
    keep = [most_per_pair(group.kernel()) for group in probe.groups]
    sizes = [_sizes(group.kernel(), top) * group.share for group, top in zip(probe.groups, keep, strict=True)]
    loss = probe.measure().loss
    while (excess := sum(int(size[k]) for size, k in zip(sizes, keep, strict=True)) - synapses) > 0:
        best: tuple[float, int, int, float] | None = None
        for number, (group, size, k) in enumerate(zip(probe.groups, sizes, keep, strict=True)):
            if k == 1:
                continue
            # No further than to the limit.
            enough = int(np.searchsorted(size, size[k] - excess, side="right")) - 1
            fewer = max(1, min(k - 1, int(STEP * k)), min(k - 1, enough))
            kernel = group.kernel()
            seen = probe.measure_with(number, kernel * keep_per_pair(kernel, fewer)).loss
            price = (seen - loss) / max(1, size[k] - size[fewer])
            if best is None or price < best[0]:
                best = price, number, fewer, seen
        if best is None:
            break
        _, number, keep[number], loss = best
        group = probe.groups[number]
        group.prune(keep_per_pair(group.kernel(), keep[number]))
    return keep


def _sizes(kernel: Tensor, most: int) -> NDArray[np.int64]:
    """Synapses of a kernel with 0 to ``most`` a pair, (most + 1,)."""
    pairs = torch.bincount((kernel != 0).sum(0).reshape(-1), minlength=most + 1).cpu().numpy()
    sizes: NDArray[np.int64] = np.minimum(np.arange(most + 1)[:, None], np.arange(most + 1)) @ pairs
    return sizes
