# SPDX-License-Identifier: Apache-2.0
"""The network of a run: layers of delay synapses and neurons, and the read-out; in real numbers, later in integers."""

from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from model.network import Reset
from support.errors import InputError
from train.config.network import NetworkConfig, leak_factor
from train.config.run import NoiseConfig
from train.layers.lif import MOMENTUM, Lif
from train.layers.noise import disturbed, event_noise, threshold_factor, weight_factor
from train.layers.recurrent import RecurrentScan
from train.layers.synapses import ParallelSynapses, PlacedSynapses, Synapses, make_synapses


class Output(NamedTuple):
    """What a forward pass gives."""

    score: Tensor
    """Per class, (batch, classes): the read-out divided by a constant, so that argmax is the hardware's."""
    spikes: list[Tensor]
    """Of each hidden layer, (steps, batch, neurons)."""
    potentials: list[Tensor]
    """Of each layer before the reset, the read-out last, (steps, batch, neurons)."""
    votes: Tensor
    """Scores of each column alone, whose mean is the score, (columns, batch, classes)."""


class Layer(nn.Module):
    """Synapses into a layer, its neurons, and its synapses onto itself."""

    def __init__(self, synapses: Synapses, neurons: Lif, recurrent: Synapses | None = None) -> None:
        super().__init__()
        self.synapses, self.neurons, self.recurrent = synapses, neurons, recurrent

    @property
    def groups(self) -> list[Synapses]:
        """Synapses from other layers, and those onto itself if there are any."""
        return [self.synapses, *([] if self.recurrent is None else [self.recurrent])]

    def forward(self, x: Tensor, dtype: torch.dtype, noise: NoiseConfig | None = None, *,
                votes: int = 1) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Spikes and potentials before the reset, (steps, batch, neurons), for events x (steps, batch, sources).

        ``votes``: of so many equal parts of the sources, each alone and counted for all, (steps, votes * batch, ..).
        """
        mismatch = [weight_factor(group.shape, noise, x.device) for group in self.groups]
        arrivals = self.synapses(x, dtype=dtype, factor=mismatch[0], votes=votes)
        if votes > 1:
            arrivals = arrivals * votes
        threshold = threshold_factor(self.neurons.bias, noise)
        if self.recurrent is None:
            result: tuple[Tensor, Tensor] = self.neurons(arrivals, threshold_factor=threshold)
            return result
        now = self.neurons.parameters_now()
        kernel = self.recurrent.effective()
        if mismatch[1] is not None:
            kernel = kernel * mismatch[1]
        scanned: tuple[Tensor, Tensor] = RecurrentScan.apply(
            self.neurons.normalised(arrivals), kernel, self.recurrent.levels, now.alpha, now.beta, now.bias,
            now.threshold if threshold is None else now.threshold * threshold, self.neurons.rule,
            event_noise(arrivals, noise),
        )  # fmt: skip
        return scanned


class DelayNetwork(nn.Module):
    """Axons -> hidden layers -> read-out."""

    def __init__(self, axons: int, config: NetworkConfig, *, dropout: float = 0, seed: int = 0,
                 noise: NoiseConfig | None = None, dtype: torch.dtype = torch.float32) -> None:  # fmt: skip
        """``dropout``: probability that a hidden neuron is silent for a sample in training.

        ``seed`` decides the start weights. ``noise``: disturbances in training. ``dtype``: of the products over delays
        in training; evaluation uses float32.
        """
        super().__init__()
        if axons % config.share:
            raise InputError(f"network.share must divide the number of axons ({axons}), not {config.share}")
        self.config, self.dropout, self.noise, self.dtype = config, dropout, noise, dtype
        generator = torch.Generator().manual_seed(seed)
        sizes = (axons, *config.hidden, config.classes)
        reset = Reset[config.reset.upper()]
        beta = None if config.synaptic_tau is None else leak_factor(config.synaptic_tau)
        self.stack = nn.ModuleList()
        for k, (sources, targets) in enumerate(pairwise(sizes)):
            delays, share = (config.input, config.share) if k == 0 else (config.between, 1)
            synapses = make_synapses(sources, targets, delays, generator=generator, share=share)
            hidden = k < len(config.hidden)
            tau = config.tau if hidden else config.readout_tau
            neurons = Lif(
                targets,
                alpha=None if tau is None else leak_factor(tau),
                beta=beta if hidden else None,
                reset=reset if hidden else Reset.NONE,
                slope=config.surrogate_slope,
                normalise=config.normalise and hidden,
            )
            recurrent = None
            if hidden and config.recurrent is not None:
                recurrent = make_synapses(targets, targets, config.recurrent, generator=generator)
            self.stack.append(Layer(synapses, neurons, recurrent))
        self._part(config.columns)

    def _part(self, columns: int) -> None:
        """Take away the synapses between hidden neurons of different columns."""
        if columns == 1:
            return
        for synapses in (layer.synapses for layer in self.layers[1:-1]):
            synapses.columns = columns
        for group in [*(layer.synapses for layer in self.layers[1:-1]), *(layer.recurrent for layer in self.layers)]:
            if isinstance(group, ParallelSynapses):
                source, target = torch.arange(group.sources), torch.arange(group.targets)
                group.prune((source * columns // group.sources)[:, None] == target * columns // group.targets)
                with torch.no_grad():
                    group.weight.mul_(columns**0.5)

    @property
    def layers(self) -> list[Layer]:
        """Hidden layers in order, the read-out last."""
        return [cast(Layer, layer) for layer in self.stack]

    @property
    def groups(self) -> list[Synapses]:
        """All synapses, layer by layer."""
        return [group for layer in self.layers for group in layer.groups]

    @property
    def device(self) -> torch.device:
        """Where its parameters lie, and what it gives."""
        return self.layers[0].neurons.bias.device

    def forward(self, x: Tensor, *, dtype: torch.dtype | None = None) -> Output:
        """``x``: events (steps, batch, axons), 0 or 1, on any device.

        ``dtype``: of the products over delays, unless it is that of training, or float32 in evaluation.
        """
        x = x.to(self.device)
        dtype = dtype or (self.dtype if self.training else torch.float32)
        noise = self.noise if self.training else None
        spikes: list[Tensor] = []
        potentials: list[Tensor] = []
        *hidden, readout = self.layers
        batch = x.shape[1]
        for layer in hidden:
            x, potential = layer(disturbed(x, noise), dtype, noise)
            spikes.append(x)
            potentials.append(potential)
            if self.training and self.dropout:
                x = x * _kept(x, self.dropout)
        # The read-out is linear: with one column at a time, its spikes counted for all, the mean is the whole.
        votes = self.config.columns if self.training else 1
        _, potential = readout(disturbed(x, noise), dtype, noise, votes=votes)
        scores = potential[-1] if self.config.readout == "last_potential" else potential.mean(0)
        if readout.neurons.scale is not None:
            scores = scores / readout.neurons.scale
        scores = scores.view(votes, batch, -1)
        return Output(scores.mean(0), spikes, [*potentials, potential], scores)

    def placed(self) -> list[PlacedSynapses]:
        """Synapses whose delays still learn."""
        return [group for group in self.groups if isinstance(group, PlacedSynapses)]

    def settle(self) -> None:
        """Fix all delays at levels; from then on every group of synapses is parallel with a mask."""
        for layer in self.layers:
            layer.synapses = layer.synapses.settled()
            if layer.recurrent is not None:
                layer.recurrent = layer.recurrent.settled()

    def parallel(self) -> list[ParallelSynapses]:
        """All synapses of a network that is settled."""
        groups = self.groups
        if not all(isinstance(group, ParallelSynapses) for group in groups):
            raise ValueError("the delays of this network are not settled")
        return [cast(ParallelSynapses, group) for group in groups]

    def fold(self) -> None:
        """Fold normalisation into the weights and biases of a settled network."""
        for layer in self.layers:
            factor = layer.neurons.fold()
            cast(ParallelSynapses, layer.synapses).rescale(factor)

    @torch.no_grad()
    def recalibrate(self, events: Tensor) -> None:
        """Take the statistics of normalisation anew from events (steps, batch, axons), in one pass.

        Training sees augmented samples, and an average of weights has statistics of its own.
        """
        norms = [layer.neurons.norm for layer in self.layers if layer.neurons.norm is not None]
        if not norms:
            return
        self.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
            norm.train()
        self(events)
        for norm in norms:
            norm.momentum = MOMENTUM
        self.eval()

    def synapse_count(self) -> int:
        """Synapses in hardware of a settled network."""
        return sum(int((group.matrix() != 0).sum()) for group in self.groups)


def _kept(x: Tensor, dropout: float) -> Tensor:
    """Factors that silence neurons for a whole sample each, (1, batch, neurons), with a mean of 1."""
    return (torch.rand_like(x[:1]) >= dropout).to(x.dtype) / (1 - dropout)
