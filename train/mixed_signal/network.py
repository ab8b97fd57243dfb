# SPDX-License-Identifier: Apache-2.0
"""A recurrent layer of simplified neurons behind linear weights, on one device or on many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from train.mixed_signal.parameters import NAMES, Parameters
from train.mixed_signal.scan import run_fast

WEIGHT_IN, WEIGHT_REC = "weight_in", "weight_rec"
DEVIATING = (*NAMES, WEIGHT_IN, WEIGHT_REC)
"""What can deviate on a device: the neurons' parameters, of each neuron, and the weights, of each synapse."""


@dataclass(frozen=True)
class Weights:
    """Of a network, in units of ``i_scale``."""

    inward: NDArray[np.float64]
    """From channels, (neurons, channels)."""
    recurrent: NDArray[np.float64]
    """(to, from)."""

    @property
    def flat(self) -> NDArray[np.float64]:
        """All in one vector."""
        return np.concatenate([self.inward.ravel(), self.recurrent.ravel()])

    def like(self, flat: NDArray[np.float64]) -> "Weights":
        """Others of the same shapes, from one vector."""
        at = self.inward.size
        return Weights(flat[:at].reshape(self.inward.shape), flat[at:].reshape(self.recurrent.shape))


@dataclass(frozen=True)
class Devices:
    """Fabricated devices of a network."""

    parameters: Parameters
    """Each (devices, 1, neurons), or a number if all have the same."""
    inward: Tensor
    """Factors of the weights, (devices, neurons, channels)."""
    recurrent: Tensor
    """(devices, to, from)."""
    inhibition: Tensor | None = None
    """Further factors of negative weights, (devices, neurons, 1), where inhibition has circuits of its own."""


def nominal(weights: Weights, parameters: Parameters) -> Devices:
    """One device of a network of this size that is as designed."""
    neurons, channels = weights.inward.shape
    return Devices(parameters, _ones(1, neurons, channels), _ones(1, neurons, neurons))


def fabricated(weights: Weights, parameters: Parameters, mismatch: Mismatch, which: Sequence[int], *,
               separate: bool = False) -> Devices:  # fmt: skip
    """Devices of a network of this size, by number. Raises InputError for names that are not among ``DEVIATING``.

    ``separate``: excitation and inhibition are circuits of their own, as on the chip, so that their gains deviate from
    each other.
    """
    unknown = [name for name in mismatch.names or () if name not in DEVIATING]
    if unknown:
        raise InputError(f"mismatch: no parameter {unknown[0]}; expected one of {', '.join(DEVIATING)}")
    neurons, channels = weights.inward.shape
    factors = {name: mismatch.factors(name, which, (1, neurons)) for name in NAMES if mismatch.deviates(name)}
    return Devices(
        parameters.scaled(factors),
        torch.from_numpy(mismatch.factors(WEIGHT_IN, which, (neurons, channels))),
        torch.from_numpy(mismatch.factors(WEIGHT_REC, which, (neurons, neurons))),
        torch.from_numpy(_against(mismatch, which, neurons)) if separate else None,
    )


def _against(mismatch: Mismatch, which: Sequence[int], neurons: int) -> NDArray[np.float64]:
    """By what the gain of inhibition deviates from that of excitation, (devices, neurons, 1)."""
    gain_gaba, tau_gaba, gain_ampa, tau_ampa = (
        mismatch.factors(name, which, (neurons, 1))
        for name in ("i_gain_gaba", "i_tau_gaba", "i_gain_ampa", "i_tau_ampa")
    )
    return np.asarray(gain_gaba / tau_gaba * tau_ampa / gain_ampa)


def respond(rasters: Tensor, inward: Tensor, recurrent: Tensor, devices: Devices, dt: float, *,
            truncate: bool = False) -> Tensor:  # fmt: skip
    """Spikes (steps, devices, samples, neurons) of rasters (samples, steps, channels), float64.

    Weights are (neurons, channels) and (to, from).
    """
    weights, loops = inward * devices.inward, recurrent * devices.recurrent
    if devices.inhibition is not None:
        weights, loops = (torch.where(each < 0, each * devices.inhibition, each) for each in (weights, loops))
    arrivals = torch.einsum("ptc,dnc->tdpn", rasters, weights)
    return run_fast(arrivals, devices.parameters, dt, recurrent=loops, truncate=truncate)


@torch.no_grad()
def counts(rasters: Any, weights: Weights, devices: Devices, dt: float) -> NDArray[np.float64]:
    """Spikes of each neuron over a sample, (devices, samples, neurons), of rasters (samples, steps, channels)."""
    spikes = respond(
        torch.as_tensor(rasters, dtype=torch.float64), torch.from_numpy(weights.inward),
        torch.from_numpy(weights.recurrent), devices, dt,
    )  # fmt: skip
    return np.asarray(spikes.sum(0).numpy())


def _ones(*shape: int) -> Tensor:
    return torch.ones(shape, dtype=torch.float64)
