# SPDX-License-Identifier: Apache-2.0
"""What ``chronaxie inspect`` knows, as records that fit for JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flow.page.sample import layers, unit_look
from flow.run.outcomes import SampleOutcome, outcome
from flow.run.recordings import Samples
from flow.run.report import image_report, read_json
from model.batch import GoldenBatch
from model.config import DelayUnit
from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.image.image import Image
from model.network import IntArray, Network
from support.errors import InputError
from tb.core.scoreboard import pick

DELAY_REPORT = "delay/delay.json"
"""The report of ``make delay-report`` in the folder of reports, which knows energies."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The values of something over the synapses of a layer."""

    low: int
    high: int
    mean: float
    distinct: int


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The neurons at one distance from the axons, and what comes into them."""

    neurons: int
    readout: int
    """How many of them the read-out compares."""
    sources: int
    """Axons and neurons that have a synapse onto them."""
    synapses: int
    delays: Spread | None
    """In steps; None without a synapse."""
    weights: Spread | None
    spikes: list[int] | None = None
    """Of the sample in each step; None: no sample was played."""


@dataclass(frozen=True, kw_only=True)
class UnitCycles:
    """What one delay unit does with the sample, by the exact cycle model."""

    unit: str
    cycles: int
    synapse_phases: int
    other: int
    """Neurons and end of sample."""
    held: list[int]
    """Events in the unit over each end of step."""
    energy_uj: float | None
    """Of the delay memories for a mean sample of the delay report; None: there is no report of this image."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """What became of a sample in the golden model."""

    outcome: SampleOutcome
    data: str
    steps: int
    input_events: list[int]
    """In each step."""
    synaptic_operations: int
    units: list[UnitCycles]
    """Of one core; empty for a bundle."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is known of an image, or of the images of a bundle."""

    name: str
    network: str
    axons: int
    neurons: int
    synapses: int
    cores: list[dict[str, Any]]
    """For each core what ``chronaxie image info`` says; one for an image."""
    layers: list[Layer]
    sample: Played | None


def inspection(name: str, loaded: Image | Bundle, samples: Samples | None, number: int, reports: Path) -> Inspection:
    """All of it; ``samples``: what sample ``number`` is taken from, ``reports``: the folder of other commands' reports.

    Raises InputError for a sample that is not there, or a file in ``reports`` that is no report.
    """
    network = loaded.network()
    images = [loaded] if isinstance(loaded, Image) else loaded.images
    played, spikes = None, None
    if samples is not None:
        if number >= len(samples):
            raise InputError(f"no sample {number}: there are {len(samples)}, from 0")
        result = pick(GoldenBatch(network).run(samples.rasters[number : number + 1]), 0)
        raster, spikes = samples.rasters[number], result.spikes
        units = _units(name, loaded, to_events(raster), spikes, reports) if isinstance(loaded, Image) else []
        came = outcome(network, samples, number, result, None)
        played = Played(
            outcome=came, data=samples.name, steps=len(raster), input_events=raster.sum(1).tolist(),
            synaptic_operations=int(result.synaptic_operations), units=units,
        )  # fmt: skip
    return Inspection(
        name=name, network=network.name, axons=network.axons, neurons=network.neurons.count, synapses=network.synapses,
        cores=[image_report(name, image) for image in images],
        layers=[_layer(network, layer, spikes) for layer in layers(network)], sample=played,
    )  # fmt: skip


def _layer(network: Network, neurons: IntArray, spikes: Any) -> Layer:
    into = np.isin(network.target, neurons)
    return Layer(
        neurons=len(neurons),
        readout=int(np.isin(neurons, network.readout.neurons).sum()),
        sources=len(np.unique(network.source[into])),
        synapses=int(into.sum()),
        delays=_spread(network.delay[into]),
        weights=_spread(network.weight[into]),
        spikes=None if spikes is None else spikes[:, neurons].sum(1).tolist(),
    )


def _spread(values: IntArray) -> Spread | None:
    if not len(values):
        return None
    low, high, distinct = int(values.min()), int(values.max()), len(np.unique(values))
    return Spread(low=low, high=high, mean=float(values.mean()), distinct=distinct)


def _units(name: str, image: Image, events: list[IntArray], spikes: Any, reports: Path) -> list[UnitCycles]:
    energy = _energies(name, reports)
    looks = [unit_look(image, unit, events, spikes) for unit in DelayUnit]
    return [
        UnitCycles(
            unit=look.unit, cycles=look.cycles, synapse_phases=int(look.synapse_cycles.sum()),
            other=look.cycles - int(look.synapse_cycles.sum()), held=look.held.tolist(),
            energy_uj=energy.get(look.unit),
        )
        for look in looks
    ]  # fmt: skip


def _energies(name: str, reports: Path) -> dict[str, float]:
    """Energy of the delay memories of each unit for a mean sample, from the delay report if it is about this image."""
    path = reports / DELAY_REPORT
    if not path.exists():
        return {}
    content = read_json(path, "report")
    try:
        return {
            unit: sum(memory["energy_uj"] for memory in each["memories"])
            for network in content["networks"]
            if network["image"] == name
            for unit, each in network["units"].items()
        }
    except (KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: not a report of `make delay-report`; run that again") from None
