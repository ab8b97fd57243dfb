# SPDX-License-Identifier: Apache-2.0
"""A configuration of DYNAP-SE2 alone, simulated: what its memories hold, on devices with mismatch.

Nothing of the network that it was made from is used. Biases are currents of a core, of coarse and fine values; a
synapse adds up base weights of its core, in each of the four kinds of circuits (``train.mixed_signal.neuron``).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.dynap.chip import BASE, BIASES, KINDS
from model.dynap.configuration import Configuration
from model.dynap.network import AnalogNetwork
from model.imperfect.codes import MASKS
from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from train.mixed_signal.network import Weights
from train.mixed_signal.neuron import run
from train.mixed_signal.parameters import NAMES, Parameters, Synapse

WEIGHT = "weight"
FABRICATED = tuple(name for name in NAMES if name not in ("i_scale",) and not name.endswith(f"_{Synapse.LUMPED}"))
"""Parameters of the circuits on a chip."""
DEVIATING = (*FABRICATED, WEIGHT)
"""What can deviate on a device: parameters of each neuron, and the current of each synapse."""


class Simulated:
    """Devices that hold a configuration."""

    def __init__(self, configuration: Configuration, mismatch: Mismatch | None = None, devices: Sequence[int] = (0,)
                 ) -> None:  # fmt: skip
        """``mismatch``: None: devices as designed. Raises InputError for names that are not among ``DEVIATING``."""
        mismatch = mismatch or Mismatch(sigma=0.0)
        unknown = [name for name in mismatch.names or () if name not in DEVIATING]
        if unknown:
            raise InputError(f"mismatch: no parameter {unknown[0]}; expected one of {', '.join(DEVIATING)}")
        self.configuration = configuration
        self.channels, neurons = len(configuration.inputs), configuration.neurons
        biases = {name: np.zeros(neurons) for name in BIASES}
        for core in configuration.cores:
            for cell in core.cells:
                for name in BIASES:
                    biases[name][cell.number] = configuration.board.current(core.biases[name])
        self.parameters = Parameters(**biases, i_scale=1.0).scaled(
            {name: mismatch.factors(name, devices, (1, neurons)) for name in FABRICATED}
        )
        source, target, kind, current = _synapses(configuration)
        self.matrix = np.zeros((len(KINDS), len(devices), neurons, self.channels + neurons))
        """Ampere of a spike at a neuron, by kind and device, (kinds, devices, to, from)."""
        deviating = current * mismatch.factors(WEIGHT, devices, current.shape)
        for device in range(len(devices)):
            np.add.at(self.matrix[:, device], (kind, target, source), deviating[device])

    @torch.no_grad()
    def spikes(self, rasters: Any, dt: float = 1e-3) -> NDArray[np.float64]:
        """Spikes (steps, devices, samples, neurons), 0 or 1, for rasters (samples, steps, channels) of 0 and 1.

        Raises InputError for rasters of another number of channels.
        """
        rasters = np.asarray(rasters, np.float64)
        if rasters.shape[-1] != self.channels:
            raise InputError(
                f"{self.configuration.name or 'configuration'}: has {self.channels} channels; the patterns have "
                f"{rasters.shape[-1]}"
            )
        inward, recurrent = np.split(self.matrix, [self.channels], axis=-1)
        arrivals = np.einsum("ptc,kdnc->tkdpn", rasters, inward, optimize=True)
        found, _ = run(torch.from_numpy(arrivals), self.parameters, dt, recurrent=torch.from_numpy(recurrent))
        return np.asarray(found.numpy())

    def counts(self, rasters: Any, dt: float = 1e-3) -> NDArray[np.float64]:
        """Spikes of each output over a sample, (devices, samples, outputs)."""
        found = self.spikes(rasters, dt).sum(0)
        return np.asarray(found[..., list(self.configuration.outputs)])


def _synapses(configuration: Configuration) -> tuple[NDArray[np.int64], ...]:
    """Source, target, kind and current in ampere of each synapse, as tags connect them."""
    senders = configuration.senders()
    found = []
    for core in configuration.cores:
        levels = MASKS @ np.array([configuration.board.current(core.biases[name]) for name in BASE])
        found += [
            (senders[core.chip, core.core, cam.tag], cell.number, cam.kind, levels[cam.mask])
            for cell in core.cells for cam in cell.synapses
        ]  # fmt: skip
    columns = [np.array([each[k] for each in found]) for k in range(4)]
    return (*(each.astype(np.int64) for each in columns[:3]), columns[3].astype(np.float64))


def for_chip(weights: Weights, parameters: Parameters, name: str = "") -> AnalogNetwork:
    """A trained layer of simplified neurons as a network for the chip: positive weights AMPA, negative ones GABA.

    Both kinds get time constant and gain of the lumped synapse. Raises InputError for parameters other than biases that
    are not those that the chip is fabricated with.
    """
    usual = Parameters()
    for each in FABRICATED:
        if each not in BIASES and getattr(parameters, each) != getattr(usual, each):
            raise InputError(
                f"mixed signal: {each} is fabricated: a chip has {getattr(usual, each):g}, not "
                f"{getattr(parameters, each):g}"
            )
    biases = {each: float(getattr(parameters, each)) for each in BIASES}
    for kind in (Synapse.AMPA, Synapse.GABA):
        share = getattr(usual, f"c_{kind}") / parameters.c_syn
        biases[f"i_tau_{kind}"] = share * parameters.i_tau_syn
        biases[f"i_gain_{kind}"] = share * parameters.i_gain_syn
    matrix = np.concatenate([weights.inward, weights.recurrent], axis=1)
    target, source = np.nonzero(matrix)
    signed = matrix[target, source]
    return AnalogNetwork(
        name=name, channels=weights.inward.shape[1], group=np.zeros(len(matrix), np.int64), biases=(biases,),
        source=source, target=target, kind=np.where(signed > 0, KINDS.index("ampa"), KINDS.index("gaba")),
        current=np.abs(signed) * parameters.i_scale, outputs=tuple(range(len(matrix))),
    )  # fmt: skip
