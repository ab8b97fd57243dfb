# SPDX-License-Identifier: Apache-2.0
"""Trained networks through every unit: the whole core, and each layer of hidden neurons by itself."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flow.delay_report.records import LayerRecord, LayerUnit, NetworkRecord, OptionRecord, UnitRecord
from flow.run.recordings import load_samples
from flow.silicon.cache import Results, design_digest, model_digest
from flow.silicon.cost import UnitFigures, delay_area, memory_costs, run_unit, tight
from flow.silicon.macros import MacroTable
from flow.silicon.memories import FoundMemory, found_memories
from model.batch import GoldenBatch
from model.config import CoreConfig, DelayUnit
from model.cost.memories import MemoryName
from model.encoding import Raster
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import IntArray, Network, Neurons, Readout
from rtl.core.accumulators import AccumulatorBank
from rtl.delay.unit import delay_unit


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Input and spikes of some samples of one network."""

    text: str
    """Where they come from."""
    events: list[Raster]
    """Of each sample: shape (steps, axons)."""
    spikes: list[Raster]
    """Of each sample: shape (steps, neurons), by the network's numbers."""
    correct: float | None = None
    """Share of the samples whose class is right, if there are classes."""

    def by_address(self, image: Image) -> list[Raster]:
        """The spikes by hardware address."""
        return [fired[:, image.order] for fired in self.spikes]


def played(image: Image, data: Path, count: int | None) -> Activity:
    """The first ``count`` recordings (None: all) through the golden model. Raises InputError, as ``load_samples``."""
    network = image.network()
    samples = load_samples(data, network, count)
    result = GoldenBatch(network).run(samples.rasters)
    return Activity(
        text=f"{len(samples)} recordings of {samples.name}",
        events=list(samples.rasters),
        spikes=list(result.spikes),
        correct=float((result.predicted == samples.classes).mean()) if samples.labelled else None,
    )


def assumed(image: Image, rate: float, samples: int = 4, seed: int = 1) -> Activity:
    """No recordings: every axon and every neuron that has synapses fires at random, with ``rate`` in each step."""
    network = image.network()
    steps = min(network.max_steps, max(64, 2 * image.geometry.delays))
    rng = np.random.default_rng(seed)
    drawn = rng.random((samples, steps, network.axons + network.neurons.count)) < rate
    drawn[:, :, np.setdiff1d(np.arange(drawn.shape[2]), network.source)] = False
    return Activity(
        text=f"assumed: each source fires in {rate:.1%} of the steps, at random",
        events=list(drawn[:, :, : network.axons]),
        spikes=list(drawn[:, :, network.axons :]),
    )


def unit_runs(image: Image, activity: Activity, *, capacity: int | None = None) -> dict[DelayUnit, UnitFigures]:
    """Exact figures of each unit; queues have room for ``capacity`` events (None: what the image asks for)."""
    fired = activity.by_address(image)
    runs = {}
    for unit in DelayUnit:
        config = image.config(unit)
        if capacity is not None and unit.has_queues:
            config = replace(config, queue_depth=max(1, capacity))
        runs[unit] = run_unit(image, config, activity.events, fired)
    return runs


def option_runs(image: Image, activity: Activity) -> list[UnitFigures]:
    """Exact figures of each unit that has options, with each choice of each; no more slots than there are levels."""
    fired = activity.by_address(image)
    configs = [
        config
        for unit in DelayUnit
        for name, option in unit.spec.options.items()
        for config in (image.config(unit, **{name: choice}) for choice in option.choices)
        if config.slots < image.geometry.delays
    ]
    return [run_unit(image, config, activity.events, fired) for config in configs]


def option_record(run: UnitFigures, table: MacroTable) -> OptionRecord:
    """What a choice costs; fit for JSON."""
    config = run.config
    writes, reads = run.moved
    return {
        "unit": str(config.delay_unit),
        "options": dict(config.unit_options),
        "provisioned_bits": run.provisioned_bits,
        "accumulator_bits": config.accumulator_memory_bits(config.slots),
        "queue_bits": sum(memory.bits for memory in config.spec.memories(config)),
        "held_peak": run.held_peak,
        "used_bits": run.used_bits,
        "cycles": run.cycles,
        "word_rate": run.word_rate,
        "queue_writes": writes,
        "queue_reads": reads,
        "lookups": run.accesses[MemoryName.MASKS][0] - run.steps,
        "memory_area_um2": delay_area(config, table),
        "energy_uj": sum(cost.energy_uj for cost in memory_costs(run, table)),
    }


def layers(network: Network) -> list[IntArray]:
    """The neurons that have delays, by layer: their distance from the axons, in synapses."""
    distance = network.distance
    inner = np.unique(network.source[(network.source >= network.axons) & (network.level > 0)]) - network.axons
    return [inner[distance[inner] == step] for step in np.unique(distance[inner])]


def layer_image(network: Network, layer: IntArray) -> Image:
    """A layer of hidden neurons by itself: its neurons are the sources, those that they reach the targets.

    The build is made to measure. What a neuron's delay d is in the network is an axon's delay d - 1 here: the same
    delay level.
    """
    chosen = np.isin(network.source, layer + network.axons)
    targets, target = np.unique(network.target[chosen], return_inverse=True)
    part = Network(
        axons=len(layer),
        neurons=Neurons(count=len(targets), state_bits=network.neurons.state_bits,
                        threshold=1 << (network.neurons.state_bits - 1)),
        source=np.searchsorted(layer, network.source[chosen] - network.axons),
        target=target,
        delay=network.level[chosen],
        weight=network.weight[chosen],
        readout=Readout(neurons=()),
        max_steps=network.max_steps,
        name="layer",
    )  # fmt: skip
    return compile_network(part, fit(part))


def built_memories(config: CoreConfig) -> list[FoundMemory]:
    """The memories of a unit as Yosys counts them in the exported RTL: the presynaptic stage's, and the accumulators'
    if it has more slots than one."""
    found = []
    if config.slots > 1:
        found += found_memories(AccumulatorBank(config), "accumulators")
    if config.spec.memories(config):
        found += found_memories(delay_unit(config), f"delay_{config.delay_unit}")
    return found


def layer_report(network: Network, activity: Activity, results: Results) -> list[LayerRecord]:
    """Delay memory of each hidden layer with each unit: as built, counted by Yosys, and what was in use."""
    report: list[LayerRecord] = []
    for layer in layers(network):
        image = layer_image(network, layer)
        # A spike arrives in the next step.
        events = [np.concatenate([np.zeros((1, len(layer)), bool), fired[:-1, layer]]) for fired in activity.spikes]
        silent = [np.zeros((len(each), image.neurons_used), bool) for each in events]
        units: dict[str, LayerUnit] = {}
        for unit in DelayUnit:
            config = image.config(unit)
            run = run_unit(image, config, events, silent)
            found = results.get(
                lambda config=config: [each.__dict__ for each in built_memories(config)],  # type: ignore[misc]
                "memories", design_digest(), repr(config),
            )  # fmt: skip
            units[str(unit)] = {
                "built_bits": sum(each["depth"] * each["width"] for each in found),
                "memories": [f"{each['name']} {each['depth']} x {each['width']}" for each in found],
                "held_peak": run.held_peak,
                "used_bits": run.used_bits,
            }
        report.append(
            {
                "sources": len(layer),
                "targets": image.neurons_used,
                "levels": len(np.unique(image.row_level)),
                "delays": image.geometry.delays,
                "activity": float(np.mean([each.mean() for each in events])),
                "units": units,
            }
        )
    return report


def network_report(path: Path, image: Image, activity: Activity, table: MacroTable, results: Results) -> NetworkRecord:
    """Everything about one image, fit for JSON; the units' runs are kept."""
    network = image.network()

    def make() -> NetworkRecord:
        runs = unit_runs(image, activity)
        units: dict[str, UnitRecord] = {}
        for unit, run in runs.items():
            writes, reads = run.moved
            costs = memory_costs(run, table)
            units[str(unit)] = {
                "provisioned_bits": run.provisioned_bits,
                "used_bits": run.used_bits,
                "delay_memory_bits": run.config.delay_memory_bits,
                "held_peak": run.held_peak,
                "queue_depth": run.config.queue_depth if unit.has_queues else 0,
                "lost": run.lost,
                "cycles": run.cycles,
                "cycles_per_step": run.cycles / run.steps,
                "synapse_cycles": run.synapse_cycles,
                "stalls_per_step": run.stalls,
                "word_rate": run.word_rate,
                "lane_fill": run.lane_fill,
                "queue_writes": writes,
                "queue_reads": reads,
                "operations": run.operations,
                "memory_area_um2": delay_area(run.config, table),
                "tight_memory_area_um2": delay_area(tight(run), table),
                "memories": [
                    {
                        "name": str(cost.shape.name),
                        "copies": cost.shape.copies,
                        "depth": cost.shape.depth,
                        "width": cost.shape.width,
                        "two_port": cost.shape.two_port,
                        "macros": cost.placement.text,
                        "area_um2": cost.area_um2,
                        "reads": run.accesses[cost.shape.name][0],
                        "writes": run.accesses[cost.shape.name][1],
                        "energy_uj": cost.energy_uj,
                    }
                    for cost in costs
                ],
            }
        return {
            "image": path.name,
            "data": activity.text,
            "samples": len(activity.events),
            "steps": len(activity.events[0]),
            "correct": activity.correct,
            "axons": network.axons,
            "neurons": network.neurons.count,
            "synapses": network.synapses,
            "delays": image.geometry.delays,
            "lanes": image.geometry.lanes,
            "image_lane_fill": image.lane_fill,
            "capacity": image.capacity,
            "units": units,
            "options": [option_record(run, table) for run in option_runs(image, activity)],
            "layers": layer_report(network, activity, results),
        }

    value: NetworkRecord = results.get(
        make, "network", model_digest(), design_digest(), path.name, activity.text, table.model_dump(),
        _digest([image.to_bytes(), *(raster.tobytes() for raster in activity.events)]),
    )  # fmt: skip
    return value


def _digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
