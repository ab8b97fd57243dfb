"""The network of a run in floating point: layers of delay synapses and neurons, and the read-out."""

from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from model.errors import InputError
from model.network import Reset
from train.config import NetworkConfig, leak_factor
from train.layers import DelaySynapses, Lif


class Output(NamedTuple):
    """What a forward pass gives."""

    score: Tensor
    """Per class, (batch, classes): the read-out divided by a constant, so that argmax is the hardware's."""
    spikes: list[Tensor]
    """Of each hidden layer, (steps, batch, neurons)."""
    potentials: list[Tensor]
    """Of each layer before the reset, the read-out last, (steps, batch, neurons)."""


class DelayNetwork(nn.Module):
    """Axons -> hidden layers -> read-out; delay 0 from the axons, the configured delays between neurons."""

    def __init__(self, axons: int, config: NetworkConfig, *, dropout: float = 0, seed: int = 0) -> None:
        """``dropout``: probability that a hidden spike is dropped in training. ``seed`` decides the start weights."""
        super().__init__()
        if axons % config.share:
            raise InputError(f"network.share must divide the number of axons ({axons}), not {config.share}")
        self.config, self.dropout = config, dropout
        generator = torch.Generator().manual_seed(seed)
        sizes = (axons, *config.hidden, config.classes)
        reset = Reset[config.reset.upper()]
        beta = None if config.synaptic_tau is None else leak_factor(config.synaptic_tau)
        self.synapses, self.neurons = nn.ModuleList(), nn.ModuleList()
        for k, (sources, targets) in enumerate(pairwise(sizes)):
            delays, share = ((0,), config.share) if k == 0 else (config.delays, 1)
            self.synapses.append(DelaySynapses(sources, targets, delays, generator=generator, share=share))
            hidden = k < len(config.hidden)
            tau = config.tau if hidden else config.readout_tau
            self.neurons.append(
                Lif(
                    targets,
                    alpha=None if tau is None else leak_factor(tau),
                    beta=beta if hidden else None,
                    reset=reset if hidden else Reset.NONE,
                    slope=config.surrogate_slope,
                    normalise=config.normalise and hidden,
                )
            )

    @property
    def layers(self) -> list[tuple[DelaySynapses, Lif]]:
        """Synapses into each layer and its neurons, the read-out last."""
        pairs = zip(self.synapses, self.neurons, strict=True)
        return [(cast(DelaySynapses, synapses), cast(Lif, neurons)) for synapses, neurons in pairs]

    def forward(self, x: Tensor) -> Output:
        """``x``: events (steps, batch, axons), 0 or 1."""
        spikes: list[Tensor] = []
        potentials: list[Tensor] = []
        *hidden, (last, readout) = self.layers
        for synapses, neurons in hidden:
            x, potential = neurons(synapses(x))
            spikes.append(x)
            potentials.append(potential)
            x = nn.functional.dropout(x, self.dropout, self.training)
        _, potential = readout(last(x))
        score = potential[-1] if self.config.readout == "last_potential" else potential.mean(0)
        return Output(score, spikes, [*potentials, potential])

    def prune(self) -> None:
        """Keep the configured number of synapses of every pair of neurons."""
        for synapses, _ in self.layers[1:]:
            synapses.prune(self.config.keep)
