# SPDX-License-Identifier: Apache-2.0
"""One recording, played for the page: spikes, potentials in golden model and RTL, what the delay units hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flow.run.outcomes import outcome
from flow.run.recordings import Samples
from model.config import DelayUnit
from model.cost.cycles import CycleModel, SampleRun
from model.encoding import Raster, to_events
from model.image.image import Image
from model.network import IntArray, Network
from model.result import Result
from tb.core.bench import CoreBench
from tb.core.scoreboard import golden_trace, pick

LARGEST = 200_000
"""Synapses that the page carries; a larger network is shown without its synapses."""


@dataclass(frozen=True, kw_only=True)
class UnitLook:
    """What one delay unit does with the sample, by the exact cycle model."""

    unit: str
    held: IntArray
    """Events held over each end of step, shape (steps,)."""
    synapse_cycles: IntArray
    """Cycles of the synapse phase of each step, shape (steps,)."""
    cycles: int


@dataclass(frozen=True, kw_only=True)
class SampleLook:
    """A recording in one network."""

    network: Network
    number: int
    expected: str | None
    """None: it has no label."""
    predicted: str | None
    """None: the network has no read-out."""
    raster: Raster
    """Input events, shape (steps, axons)."""
    spikes: Raster
    """Shape (steps, neurons)."""
    golden: IntArray
    """Potentials after each step, shape (steps, neurons)."""
    rtl: IntArray | None
    """The same of the RTL; None: it was not simulated."""
    units: Sequence[UnitLook]

    @property
    def mismatches(self) -> int | None:
        """Potentials that differ; None if the RTL was not simulated."""
        return None if self.rtl is None else int((self.rtl != self.golden).sum())


def look(image: Image, samples: Samples, golden: Result, number: int, unit: DelayUnit | None) -> SampleLook:
    """Recording ``number`` of ``samples``, whose results are ``golden``: every potential of the golden model and of the
    RTL with ``unit`` (None: not played there), and what the delay units do in the cycle model.

    Raises SimulationError if the core breaks one of its own rules.
    """
    network = image.network()
    raster = samples.rasters[number]
    events = to_events(raster)
    result = pick(golden, number)
    potentials = by_step(golden_trace(network, events), raster.shape[0], network.neurons.count)
    rtl = None
    if unit is not None:
        bench = CoreBench(image.config(unit), trace=True, backend="native", fast=True)
        [played] = bench.play(image, [events])
        assert played.trace is not None
        rtl = by_step(played.trace, raster.shape[0], network.neurons.count)
    came = outcome(network, samples, number, result, None)
    return SampleLook(
        network=network, number=number, expected=came.label, predicted=came.predicted, raster=raster,
        spikes=result.spikes, golden=potentials, rtl=rtl,
        units=[unit_look(image, each, events, result.spikes) for each in DelayUnit],
    )  # fmt: skip


def by_step(trace: dict[str, NDArray[np.int64]], steps: int, neurons: int) -> IntArray:
    """Potentials after each step, shape (steps, neurons), of the records of a trace."""
    potential = np.zeros((steps, neurons), np.int64)
    potential[trace["step"], trace["neuron"]] = trace["potential_after"]
    return potential


def unit_look(image: Image, unit: DelayUnit, events: Sequence[IntArray], spikes: Raster) -> UnitLook:
    """A sample in the cycle model, step by step; ``spikes`` are its spikes, shape (steps, neurons)."""
    run = SampleRun(CycleModel(image, image.config(unit)))
    address = np.argsort(image.order)
    held, synapse = [], []
    for now, fired in zip(events, spikes, strict=True):
        synapse.append(run.play(now, address[np.flatnonzero(fired)]))
        held.append(run.unit.held)
    return UnitLook(unit=str(unit), held=np.array(held), synapse_cycles=np.array(synapse), cycles=run.cycles)


def layers(network: Network) -> list[IntArray]:
    """Neurons by their distance from the axons, in synapses; those that no axon reaches come last."""
    distance = network.distance
    found = [np.flatnonzero(distance == step) for step in (*range(1, distance.max(initial=0) + 1), -1)]
    return [layer for layer in found if len(layer)]


def as_content(seen: SampleLook) -> dict[str, Any]:
    """The sample as the script of the page takes it."""
    network = seen.network
    small = network.synapses <= LARGEST
    step, axon = np.nonzero(seen.raster)
    when, neuron = np.nonzero(seen.spikes)
    synapses = {
        name: getattr(network, name).tolist() if small else [] for name in ("source", "target", "delay", "weight")
    }
    return {
        "axons": network.axons,
        "neurons": network.neurons.count,
        "steps": len(seen.raster),
        "layers": [each.tolist() for each in layers(network)],
        "labels": list(network.labels),
        "readout": list(network.readout.neurons),
        "input": [step.tolist(), axon.tolist()],
        "spikes": [when.tolist(), neuron.tolist()],
        "golden": seen.golden.T.tolist(),
        "rtl": None if seen.rtl is None else seen.rtl.T.tolist(),
        "threshold": [int(each) if each <= network.neurons.vmax else None for each in network.neurons.threshold],
        "synapses": synapses,
        "all_synapses": small,
        "units": [
            {"unit": each.unit, "held": each.held.tolist(), "synapse_cycles": each.synapse_cycles.tolist(),
             "cycles": each.cycles}
            for each in seen.units
        ],
    }  # fmt: skip
