# SPDX-License-Identifier: Apache-2.0
"""Large networks on many cores: processor time and memory of search, bundle and run; traffic against other placements.

python -m benchmarks.mapping --synapses 100000 1000000 10000000
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from flow.silicon.joints import core_events
from flow.silicon.macros import load_table, place
from flow.silicon.memories import memories
from model.cost.accesses import AccessModel
from model.delay.registry import DEFAULT, DelayUnit
from model.encoding import Raster
from model.fabric.bundle import Bundle
from model.fabric.golden import GoldenFabric
from model.fabric.mapping import map_network
from model.mapping.demand import Room, Task
from model.mapping.partition import evenly
from model.mapping.refusal import more_cores
from model.mapping.search import judged, search
from model.network import IntArray, Network, Neurons, Readout

FAN_IN = 100
"""Synapses of each neuron."""
STEPS = 20
"""Steps that are run."""


def local(rng: np.random.Generator, synapses: int) -> Network:
    """A recurrent sheet: neurons on a square hear neighbours, by a bell of 1 % of them; their numbers are shuffled."""
    neurons = max(64, synapses // 85)
    axons = min(4096, max(16, neurons // 25))
    place = rng.random((neurons, 2))
    place = place[rng.permutation(neurons)]
    # Neighbours come from a grid of as many cells as neurons: the neuron nearest to a point is one of its cell.
    side = int(np.sqrt(neurons))
    cell = _cell(place, side)
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(side * side + 1))
    target = np.repeat(np.arange(neurons), 2 * FAN_IN)  # many pairs are drawn more than once
    wide = 1.1 * np.sqrt(FAN_IN / neurons / np.pi)
    at = _cell(np.clip(place[target] + rng.normal(0, wide, (len(target), 2)), 0, 1 - 1e-9), side)
    held = bounds[at + 1] - bounds[at]
    keep = held > 0
    target, at = target[keep], at[keep]
    source = axons + order[bounds[at] + rng.integers(0, held[keep])]
    # Axons are places, too: a neuron hears those near to it.
    heard = np.repeat(np.arange(neurons), FAN_IN // 20)
    strip = np.clip((place[heard, 0] + rng.normal(0, 0.01, len(heard))) * axons, 0, axons - 1).astype(np.int64)
    return _network(rng, axons, neurons, np.concatenate([strip, source]), np.concatenate([heard, target]))


def layered(rng: np.random.Generator, synapses: int) -> Network:
    """Ten layers in a row; a neuron hears neighbours of its place in the layer before, or axons."""
    neurons, layers = max(100, synapses // (FAN_IN * 7 // 8) // 10 * 10), 10
    each = neurons // layers
    axons = min(4096, each)
    target = np.repeat(np.arange(neurons), FAN_IN)
    layer, place = target // each, target % each / each
    spread = 4.0 * FAN_IN / each
    from_ = np.clip(place + rng.normal(0, spread / 4, len(target)), 0, 1 - 1e-9)
    before = axons + (layer - 1) * each + (from_ * each).astype(np.int64)
    source = np.where(layer == 0, (from_ * axons).astype(np.int64), before)
    return _network(rng, axons, neurons, source, target)


def scattered(rng: np.random.Generator, synapses: int) -> Network:
    """As ``layered``, but the neurons of a layer are numbered at random: numbers say nothing of places."""
    made, layers = layered(rng, synapses), 10
    each = made.neurons.count // layers
    number = np.concatenate([layer * each + rng.permutation(each) for layer in range(layers)])
    inner = made.source >= made.axons
    source = np.where(inner, made.axons + number[np.where(inner, made.source - made.axons, 0)], made.source)
    return _network(rng, made.axons, made.neurons.count, source, number[made.target])


def _cell(place: Any, side: int) -> IntArray:
    cell: IntArray = np.minimum((place * side).astype(np.int64), side - 1) @ np.array([side, 1])
    return cell


def _network(rng: np.random.Generator, axons: int, neurons: int, source: IntArray, target: IntArray) -> Network:
    pair = np.unique(source * neurons + target)
    source, target = np.divmod(pair, neurons)
    return Network(
        axons=axons,
        neurons=Neurons(count=neurons, alpha=3900, threshold=60),
        source=source,
        target=target,
        delay=rng.integers(1, 9, len(pair)),
        weight=np.where(rng.random(len(pair)) < 0.8, rng.integers(1, 32, len(pair)), -rng.integers(1, 64, len(pair))),
        readout=Readout(neurons=(0,)),
        max_steps=1000,
        name="benchmark",
    )


NETWORKS: dict[str, Callable[[np.random.Generator, int], Network]] = {
    "local": local,
    "layered": layered,
    "scattered": scattered,
}


def hashed(neurons: int, cores: int) -> IntArray:
    """The core of each neuron by a hash of its number (Knuth's multiplicative one), each core with a neuron."""
    core: IntArray = ((np.arange(neurons) * 2654435761 & 0xFFFFFFFF) * cores >> 32).astype(np.int64)
    core[:cores] = np.arange(cores)
    return core


def _peak() -> float:
    """Most memory of the process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def _progress(what: str, start: float) -> None:
    print(f"{what}: {time.process_time() - start:.1f} s, peak {_peak():.1f} GiB", file=sys.stderr, flush=True)


def measure(kind: str, synapses: int, *, cores: int | None, seed: int = 0, unit: DelayUnit = DEFAULT,
            thorough: bool | None = None) -> dict[str, str]:  # fmt: skip
    """One network through search, bundle, reader and golden fabric, as text by column.

    ``thorough``: of search and numbering; None: as the size of the network says.
    """
    rng = np.random.default_rng(seed)
    network = NETWORKS[kind](rng, synapses)
    start = time.process_time()
    _progress(f"{kind}: {network.neurons.count:,} neurons, {network.synapses:,} synapses", start)
    task = Task(network)
    chosen = cores or more_cores(task, 1, Room(neurons=2048), seed=seed) or 64
    found = search(task, chosen, seed=seed, thorough=thorough)
    searched = time.process_time()
    _progress("searched", start)
    bundle = map_network(network, found.placement, thorough=thorough)
    mapped = time.process_time()
    _progress("in a bundle", start)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.chxb"
        bundle.save(path)
        size = path.stat().st_size
        bundle = Bundle.load(path)
    read = time.process_time()
    _progress("written and read", start)
    sample = [np.flatnonzero(rng.random(network.axons) < 0.1) for _ in range(STEPS)]
    result = GoldenFabric(bundle).run(sample)
    ran = time.process_time()
    _progress("run", start)
    others = [judged(task, made, chosen, Room()) for made in (hashed(task.neurons, chosen), evenly(network, chosen))]
    traffic = [each.demand.traffic / max(1e-9, found.demand.traffic) for each in others]
    work = [float(each.demand.work.max() / found.demand.work.max()) for each in others]
    rate = 1e9 * (searched - start) / network.synapses / max(1, np.log2(chosen))
    shapes = memories(bundle.config([unit]).cores[0])
    bits = chosen * sum(shape.bits for shape in shapes)
    table = load_table(None)
    area = chosen * sum(shape.copies * place(table, shape.depth, shape.width).area_um2 for shape in shapes) / 1e6
    energy = _energy(bundle, sample, result.spikes, unit)
    return {
        "network": kind, "neurons": f"{task.neurons:,}", "synapses": f"{network.synapses:,}", "cores": str(chosen),
        "search s": f"{searched - start:.1f}", "ns/(syn log2 c)": f"{rate:.0f}", "bundle s": f"{mapped - searched:.1f}",
        "map ns/(syn log2 c)": f"{rate + 1e9 * (mapped - searched) / network.synapses / max(1, np.log2(chosen)):.0f}",
        "write, read s": f"{read - mapped:.1f}", f"{STEPS} steps s": f"{ran - read:.1f}",
        "spikes": f"{int(result.spikes.sum()):,}", "peak GiB": f"{_peak():.1f}", "bundle MB": f"{size / 1e6:.0f}",
        "memory Mbit": f"{bits / 1e6:.0f}",
        "memory mm2": f"{area:.0f}", "memory uJ a step": f"{energy / STEPS:.2f}",
        "busiest/mean": f"{found.demand.work.max() / found.demand.work.mean():.3f}",
        "traffic": f"{found.demand.traffic:,.0f}", "hash x": f"{traffic[0]:.2f}", "layers x": f"{traffic[1]:.2f}",
        "work: hash x": f"{work[0]:.2f}", "work: layers x": f"{work[1]:.2f}",
    }  # fmt: skip


def _energy(bundle: Bundle, sample: Sequence[IntArray], spikes: Raster, unit: DelayUnit) -> float:
    """Energy of the reads and writes of all memories of all cores in a sample, uJ; no clock, no leakage, no ring."""
    config, table, total = bundle.config([unit]).cores[0], load_table(None), 0.0
    events = np.zeros((len(sample), bundle.axons), np.bool_)
    for step, axons in enumerate(sample):
        events[step, axons] = True
    for core, image in enumerate(bundle.images):
        own = core_events(bundle, core, events, spikes)
        found = AccessModel(image, config).sample(own, spikes[:, bundle.neurons(core)])
        for shape in memories(config):
            on, each = place(table, shape.depth, shape.width), found.memories.get(shape.name)
            total += 0 if each is None else (each.reads * on.read_pj + each.writes * on.write_pj) * 1e-6
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description="large networks on many cores")
    parser.add_argument("--synapses", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--cores", type=int, help="cores (default: as many as it needs)")
    parser.add_argument(
        "--short", action="store_true", help="search small networks as large ones: times show the growth"
    )
    parser.add_argument("--unit", type=DelayUnit, default=DEFAULT, help="delay unit whose memories are counted")
    options = parser.parse_args(arguments)
    rows = []
    for kind in options.networks:
        for synapses in options.synapses:
            rows.append(measure(kind, synapses, cores=options.cores, unit=options.unit,
                                thorough=False if options.short else None))  # fmt: skip
            print("; ".join(f"{name} {value}" for name, value in rows[-1].items()), file=sys.stderr, flush=True)
    table = Table(title="Mapping")
    table.add_column("")
    for _ in rows:
        table.add_column(justify="right")
    for name in rows[0]:
        table.add_row(name, *(row[name] for row in rows))
    Console(width=60 + 14 * len(rows)).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
