"""From a trained network to the contract's integers.

A neuron's weights, bias and threshold may be multiplied by any common factor without changing a spike, so every
hidden neuron has a scale of its own; the read-out neurons, whose potentials are compared, share one.
"""

import torch
from torch import Tensor

from model.config import LEAK_ONE
from model.errors import InputError
from model.network import ReadoutKind, Reset
from train.integer import IntegerLayer, IntegerNetwork
from train.layers import Lif
from train.model import DelayNetwork

MARGIN = 2.0
"""Potentials seen in calibration, times this, still fit the state."""
CLIPS = tuple(1 - 0.05 * k for k in range(13))
"""Shares of the largest weight that are tried as the largest one that can be represented."""


def quantise_network(network: DelayNetwork, *, weight_bits: int = 8, accumulator_bits: int = 18, state_bits: int = 20,
                     calibration: Tensor | None = None) -> IntegerNetwork:  # fmt: skip
    """The integer network nearest to ``network``, whose sums of arrivals and currents fit by proof.

    ``calibration``: events (steps, batch, axons); the scales then leave room for ``MARGIN`` times the potentials
    that these samples reach. Raises InputError for an impossible width.
    """
    if not 2 <= weight_bits <= 8:
        raise InputError(f"quantise: weight_bits must be in 2..8, not {weight_bits}")
    if not 2 <= accumulator_bits <= state_bits <= 31:
        raise InputError(
            f"quantise: accumulator_bits must be in 2..state_bits and state_bits at most 31, "
            f"not {accumulator_bits} and {state_bits}"
        )
    network.eval()
    peaks: list[Tensor | None] = [None] * len(network.layers)
    if calibration is not None:
        with torch.no_grad():
            peaks = [v.abs().amax((0, 1)) for v in network(calibration).potentials]
    vmax = (1 << (state_bits - 1)) - 1
    layers = []
    for k, (synapses, neurons) in enumerate(network.layers):
        factor, bias = neurons.folded()
        weight = synapses.matrix().double() * factor.double()
        limit = _limit(weight, neurons, (1 << (accumulator_bits - 1)) - 1, vmax, peaks[k])
        readout = k == len(network.layers) - 1
        scale = best_scale(weight, (1 << (weight_bits - 1)) - 1, limit, common=readout)
        top = (1 << (weight_bits - 1)) - 1
        threshold = torch.full_like(bias, vmax + 1) if readout else (scale * Lif.THRESHOLD).round()
        layers.append(
            IntegerLayer(
                delays=synapses.delays,
                weight=(weight * scale).round().clamp(-top, top).long(),
                alpha=_factor(neurons.alpha()),
                beta=torch.zeros_like(bias).long() if neurons.beta() is None else _factor(neurons.beta()),
                bias=(bias.double() * scale).round().long().clamp(-vmax - 1, vmax),
                threshold=threshold.long().clamp(1, vmax + 1),
                reset=Reset.NONE if readout else neurons.reset,
            )
        )
    return IntegerNetwork(layers=tuple(layers), readout=ReadoutKind(network.config.readout), state_bits=state_bits)


def best_scale(weight: Tensor, top: int, limit: Tensor, *, common: bool) -> Tensor:
    """Scale of each target, (targets,), that loses least in the square when weights become integers up to ``top``.

    ``weight``: (delays, sources, targets); ``limit``: largest scale of each target; ``common``: one scale for all.
    """
    flat = weight.reshape(-1, weight.shape[-1])
    largest = flat.abs().amax(0).clamp(min=1e-9)
    if common:
        largest, limit = largest.max().expand_as(largest), limit.min().expand_as(limit)
    best, least = torch.zeros_like(largest), torch.full_like(largest, torch.inf)
    for clip in CLIPS:
        scale = torch.minimum(top / (largest * clip), limit)
        loss = ((flat * scale).round().clamp(-top, top) / scale - flat).square().sum(0)
        if common:
            loss = loss.sum().expand_as(loss)
        better = loss < least
        best, least = torch.where(better, scale, best), torch.where(better, loss, least)
    return best


def _limit(weight: Tensor, neurons: Lif, accumulator: int, vmax: int, peak: Tensor | None) -> Tensor:
    """Largest scale of each target with which arrivals, current, threshold and usual potentials fit."""
    # A rounded weight is at most half a unit larger than the exact one.
    slack = (weight != 0).sum((0, 1)) / 2
    room = torch.full_like(weight[0, 0], accumulator) - slack
    beta = neurons.beta()
    if beta is not None:
        # Arrivals of at most A drive I to A / (1 - beta) and no further.
        room = torch.minimum(room, vmax * (1 - beta.detach().double()) - slack)
    if bool((room < 1).any()):
        raise InputError(f"quantise: {int(slack.max() * 2)} synapses into a neuron do not fit the accumulator")
    limit = torch.minimum(room / weight.abs().sum((0, 1)).clamp(min=1e-9), torch.tensor(float(vmax)))
    return limit if peak is None else torch.minimum(limit, vmax / (MARGIN * peak.double().clamp(min=1e-9)))


def _factor(leak: Tensor | None) -> Tensor:
    assert leak is not None
    return (leak.detach().double() * LEAK_ONE).round().long().clamp(0, LEAK_ONE)
