# SPDX-License-Identifier: Apache-2.0
"""The optimiser of a phase, and how learning rates and kernel widths go over it."""

import math

import torch
from torch import nn

from train.config.run import TrainingConfig
from train.layers.network import DelayNetwork

WARM_UP = 0.1
"""Share of a phase over which the learning rate rises; it then falls along a cosine to 0."""


def adam(network: DelayNetwork, rate: float, options: TrainingConfig) -> torch.optim.Adam:
    """Adam of what learns, at a peak rate of ``rate``; weights, positions and leaks have rates of their own."""
    groups: dict[str, list[nn.Parameter]] = {"weight": [], "position": [], "leak": [], "rest": []}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            last = name.rsplit(".", 1)[-1]
            groups["leak" if last.endswith("_logit") else last if last in groups else "rest"].append(parameter)
    factors = {"weight": 1.0, "rest": 1.0, "leak": options.leak_rate, "position": options.position_rate / rate}
    return torch.optim.Adam(
        [
            {
                "params": parameters,
                "factor": factors[name],
                "weight_decay": options.weight_decay if name == "weight" else 0.0,
            }
            for name, parameters in groups.items()
            if parameters
        ],
        decoupled_weight_decay=True,
    )


def set_rates(optimizer: torch.optim.Optimizer, rate: float, done: float) -> None:
    """Set the learning rates for the share of a phase that is done (0 to 1); ``rate``: the peak."""
    for group in optimizer.param_groups:
        group["lr"] = rate * _one_cycle(done) * group["factor"]


def set_widths(network: DelayNetwork, options: TrainingConfig, done: float) -> None:
    """Set the widths of the kernels of learned delays for the share of the phase that is done (0 to 1)."""
    for placed in network.placed():
        start = max(options.sigma, (placed.levels[-1] - placed.levels[0]) / 4)
        placed.sigma = start * (options.sigma / start) ** min(1.0, done / options.anneal)


def _one_cycle(done: float) -> float:
    """Learning rate relative to its peak, for the share of the phase that is done (0 to 1)."""
    if done < WARM_UP:
        return 0.05 + 0.95 * done / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
