# SPDX-License-Identifier: Apache-2.0
"""How often the sources of a network send."""

import torch
from torch import Tensor

from train.layers.network import DelayNetwork


@torch.no_grad()
def source_rates(network: DelayNetwork, calibration: Tensor | None) -> list[Tensor]:
    """Mean square of what each source of each group of synapses sends in a step; 1 without calibration samples.

    ``calibration``: events (steps, batch, axons). Of each group (sources / share,), in the order of ``network.groups``.
    """
    if calibration is None:
        return [torch.ones(group.sources // group.share) for group in network.groups]
    training = network.training
    network.eval()
    spikes = network(calibration).spikes
    network.train(training)
    rates, sent = [], calibration
    for layer, own in zip(network.layers, [*spikes, None], strict=True):
        rates.append(layer.synapses.grouped(sent).square().mean((0, 1)))
        if own is not None:
            sent = own
            if layer.recurrent is not None:
                rates.append(sent.square().mean((0, 1)))
    return rates
