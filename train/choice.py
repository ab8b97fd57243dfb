"""How many synapses a pair keeps in each group of synapses (``budget.keep = "auto"``), by what each group loses."""

import numpy as np
import torch
from torch import Tensor

from train.evaluate import Samples
from train.model import DelayNetwork
from train.probe import Probe
from train.prune import keep_per_pair

TRIED = (0.75, 0.5, 0.35, 0.25, 0.15, 0.1)
"""Shares of the synapses of a pair that a group is measured with; in between, losses are interpolated."""


def most_per_pair(kernel: Tensor) -> int:
    """Most synapses that a pair of a kernel (levels, sources, targets) has."""
    return int((kernel != 0).sum(0).max())


@torch.no_grad()
def choose_keep(network: DelayNetwork, samples: Samples, calibration: Tensor | None, synapses: int) -> list[int]:
    """Synapses a pair of each group, at least 1, so that a settled network has at most ``synapses`` if that can be.

    Each group is measured alone, pruned to a few numbers a pair: its loss is the mean cross entropy of ``samples``,
    without training on. From all synapses on, the group that loses least for each synapse that it gives up gives one a
    pair, until the network is small enough.
    """
    probe = Probe(network, samples, calibration)
    kernels = [group.kernel().detach().clone() for group in probe.groups]
    most = [most_per_pair(kernel) for kernel in kernels]
    base = probe.measure().loss
    # Indexed by synapses a pair; the index 0 stands for nothing.
    losses, counts = [], []
    for number, (kernel, top) in enumerate(zip(kernels, most, strict=True)):
        tried = sorted({max(1, round(share * top)) for share in TRIED} - {top})
        seen = [probe.measure_with(number, kernel * keep_per_pair(kernel, keep)).loss for keep in tried]
        # Fewer synapses do not help: what looks like it is chance.
        curve = np.maximum.accumulate([base, *reversed(seen)])[::-1]
        losses.append(np.interp(np.arange(top + 1), [*tried, top], curve))
        pairs = torch.bincount((kernel != 0).sum(0).reshape(-1), minlength=top + 1).cpu().numpy()
        each = np.minimum(np.arange(top + 1)[:, None], np.arange(top + 1))
        counts.append((each @ pairs) * probe.groups[number].share)
    keep = list(most)
    while sum(int(count[k]) for count, k in zip(counts, keep, strict=True)) > synapses:
        prices = [
            (loss[k - 1] - loss[k]) / max(1, count[k] - count[k - 1]) if k > 1 else np.inf
            for loss, count, k in zip(losses, counts, keep, strict=True)
        ]
        cheapest = int(np.argmin(prices))
        if prices[cheapest] == np.inf:
            break
        keep[cheapest] -= 1
    return keep
