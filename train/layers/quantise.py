# SPDX-License-Identifier: Apache-2.0
"""From a trained network to the contract's integers.

A neuron's weights, bias and threshold may be multiplied by any common factor without changing a spike, so every
hidden neuron has a scale of its own; the read-out neurons, whose potentials are compared, share one. With the scales
set, the network computes in integers: it can be exported as it is, or trained on in them (gradients pass the rounding;
Bengio et al., arXiv 1308.3432), where the threshold, being learned, stands for a scale that is.
"""

from typing import cast

import torch
from torch import Tensor

from model.limits import LEAK_ONE
from model.network import ReadoutKind, Reset
from support.errors import InputError
from train.config.run import BudgetConfig, QuantisationConfig
from train.layers.codebook import Weighed, find_table
from train.layers.integer import IntegerLayer, IntegerNetwork, IntegerSynapses
from train.layers.network import DelayNetwork, Layer
from train.layers.synapses import ParallelSynapses, Synapses

MARGIN = 2.0
"""Potentials seen in calibration, times this, still fit the state."""
CLIPS = tuple(1 - 0.05 * k for k in range(17))
"""Shares of the largest weight that are tried as the largest one that can be represented."""


def quantise_network(network: DelayNetwork, quantisation: QuantisationConfig, budget: BudgetConfig, *,
                     calibration: Tensor | None = None) -> None:  # fmt: skip
    """Turn a settled network into integers, in place: the nearest whose arrivals and currents fit by proof.

    ``calibration``: events (steps, batch, axons); the scales then leave room for ``MARGIN`` times the potentials
    that these samples reach. Raises InputError where no scale fits the widths of the budget.
    """
    network.eval()
    network.fold()
    peaks: list[Tensor | None] = [None] * len(network.layers)
    if calibration is not None:
        with torch.no_grad():
            peaks = [v.abs().amax((0, 1)) for v in network(calibration).potentials]
    vmax = budget.vmax
    bottom, top = quantisation.range
    flats = [torch.cat([group.matrix().double().flatten(0, 1) for group in layer.groups]) for layer in network.layers]
    rooms = [accumulator_room(layer, budget) for layer in network.layers]
    limits = [_limit(flat, room, vmax, peak) for flat, room, peak in zip(flats, rooms, peaks, strict=True)]
    scales = [
        best_scale(flat, bottom, top, limit, common=flat is flats[-1])
        for flat, limit in zip(flats, limits, strict=True)
    ]
    table = None
    if quantisation.codebook:
        weighed = [
            Weighed(*each, common=each[0] is flats[-1]) for each in zip(flats, scales, limits, rooms, strict=True)
        ]
        table, scales = find_table(weighed, entries=1 << quantisation.weight_bits, top=top)
    for layer, exact in zip(network.layers, scales, strict=True):
        scale = exact.float()
        layer.neurons.quantise(scale, vmax)
        for group in layer.groups:
            group.quantise(scale, bottom, top, table)


@torch.no_grad()
def integer_network(network: DelayNetwork, budget: BudgetConfig) -> IntegerNetwork:
    """The integers of a quantised network. Raises InputError if training took them out of the budget's widths."""
    vmax = budget.vmax
    layers = []
    for k, layer in enumerate(network.layers):
        largest = float((_arrivals(layer) / accumulator_room(layer, budget)).max())
        if largest > 1:
            raise InputError(f"quantise: layer {k + 1} needs {largest:.2f} times the accumulator of the budget")
        now = layer.neurons.parameters_now()
        readout = layer.neurons.reset is Reset.NONE
        threshold = torch.full_like(now.bias, vmax + 1) if readout else now.threshold
        layers.append(
            IntegerLayer(
                synapses=_integer_synapses(layer.synapses),
                recurrent=None if layer.recurrent is None else _integer_synapses(layer.recurrent),
                alpha=(now.alpha * LEAK_ONE).long(),
                beta=torch.zeros_like(now.bias).long() if now.beta is None else (now.beta * LEAK_ONE).long(),
                bias=now.bias.long().clamp(-vmax - 1, vmax),
                threshold=threshold.long().clamp(1, vmax + 1),
                reset=layer.neurons.reset,
            )
        )
    return IntegerNetwork(
        layers=tuple(layers), readout=ReadoutKind(network.config.readout), state_bits=budget.state_bits
    )


@torch.no_grad()
def confine(network: DelayNetwork, budget: BudgetConfig) -> None:
    """Scale the weights of each neuron down whose arrivals, after a step of training in integers, may not fit."""
    for layer in network.layers:
        most = sum(group.sources * len(group.levels) for group in layer.groups)
        most *= max(layer.synapses.top, -layer.synapses.bottom)
        room = accumulator_room(layer, budget)
        if most <= room.min():
            continue
        factor = (room / _arrivals(layer).clamp(min=1)).float()
        if bool((factor < 1).any()):
            # Rounding may add half a unit a synapse, a codebook half the way between its entries.
            table = layer.synapses.table
            gap = 1.0 if table is None else float(table.diff().max())
            count = torch.stack([(group.matrix() != 0).sum((0, 1)) for group in layer.groups]).sum(0)
            factor = torch.where(factor < 1, factor * (1 - gap * count / (2 * room)).clamp(min=0).float(), 1.0)
            for group in layer.groups:
                cast(ParallelSynapses, group).clip()
                cast(ParallelSynapses, group).rescale(factor)


def _arrivals(layer: Layer) -> Tensor:
    """Most that can arrive at each neuron of a quantised layer in a step, without regard to signs, (targets,)."""
    return torch.stack([group.matrix().double().abs().sum((0, 1)) for group in layer.groups]).sum(0)


def accumulator_room(layer: Layer, budget: BudgetConfig) -> Tensor:
    """Most that may arrive at each neuron in a step, (targets,): by the accumulator, and by what I can hold."""
    room = torch.full_like(layer.neurons.bias, budget.largest_sum, dtype=torch.float64)
    beta = layer.neurons.parameters_now().beta
    if beta is None:
        return room
    # Arrivals of at most A drive I to A / (1 - beta) and no further.
    return torch.minimum(room, budget.vmax * (1 - beta.detach().double()))


def widest(budget: BudgetConfig) -> BudgetConfig:
    """The budget with widths that limit nothing and that training computes in exactly, in float32."""
    widths = {name: max(24, getattr(budget, name)) for name in ("accumulator_bits", "state_bits")}
    return budget.model_copy(update=widths)


def best_scale(flat: Tensor, bottom: int, top: int, limit: Tensor, *, common: bool) -> Tensor:
    """Scale of each target, (targets,), that loses least in the square when weights become integers bottom..top.

    ``flat``: (synapses, targets); ``limit``: largest scale of each target; ``common``: one scale for all.
    """
    largest = flat.abs().amax(0).clamp(min=1e-9)
    if common:
        largest, limit = largest.max().expand_as(largest), limit.min().expand_as(limit)
    best, least = torch.zeros_like(largest), torch.full_like(largest, torch.inf)
    for clip in CLIPS:
        scale = torch.minimum(top / (largest * clip), limit)
        loss = ((flat * scale).round().clamp(bottom, top) / scale - flat).square().sum(0)
        if common:
            loss = loss.sum().expand_as(loss)
        better = loss < least
        best, least = torch.where(better, scale, best), torch.where(better, loss, least)
    return best


def _integer_synapses(group: Synapses) -> IntegerSynapses:
    return IntegerSynapses(delays=group.levels, weight=group.matrix().long())


def _limit(flat: Tensor, room: Tensor, vmax: int, peak: Tensor | None) -> Tensor:
    """Largest scale of each target with which arrivals, current, threshold and usual potentials fit."""
    # A rounded weight is at most half a unit larger than the exact one.
    slack = (flat != 0).sum(0) / 2
    room = room - slack
    if bool((room < 1).any()):
        raise InputError(f"quantise: {int(slack.max() * 2)} synapses into a neuron do not fit the accumulator")
    limit = torch.minimum(room / flat.abs().sum(0).clamp(min=1e-9), torch.tensor(float(vmax)))
    return limit if peak is None else torch.minimum(limit, vmax / (MARGIN * peak.double().clamp(min=1e-9)))
