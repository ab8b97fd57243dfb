# SPDX-License-Identifier: Apache-2.0
"""What cores on a ring win, by the cycle model: an inference on 1 to 64 cores, and how full the ring is.

python -m benchmarks.fabric --image tables/hd_48_48_20.chx --data build/hd/shd_test.h5
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from flow.run.recordings import load_samples
from model.batch import GoldenBatch
from model.delay.registry import DEFAULT
from model.encoding import to_events
from model.fabric.cycles import FabricCycleModel
from model.fabric.mapping import map_network
from model.image.image import Image
from model.mapping.demand import Task, spikes_a_step
from model.mapping.partition import dealt
from model.mapping.search import search

CORES = (1, 2, 3, 4, 8, 16, 32, 64)


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times fewer cycles an inference takes on 4 cores; exact, so once is enough."""
    image = Image.load(Path("tables/synthetic_48_48_20.chx"))
    network = image.network()
    played = load_samples(Path("data/synthetic_test.h5"), network, 10)
    golden = GoldenBatch(network).run(played.rasters)
    cycles = []
    for cores in (1, 4):
        bundle = map_network(network, dealt(network, cores), lanes=image.geometry.lanes)
        model = FabricCycleModel(bundle, bundle.config([DEFAULT]))
        cycles.append(sum(
            model.sample(to_events(raster), bundle.fired(spikes)).cycles
            for raster, spikes in zip(played.rasters, golden.spikes, strict=True)
        ))  # fmt: skip
    return {"fabric: cycles on 1 core against 4": [cycles[0] / cycles[1]] * repeats}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(description="an inference on 1 to 64 cores, by the cycle model")
    parser.add_argument("--image", type=Path, default=Path("tables/synthetic_48_48_20.chx"))
    parser.add_argument("--data", type=Path, default=Path("data/synthetic_test.h5"))
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--unit", default=str(DEFAULT))
    parser.add_argument("--placement", choices=["dealt", "search"], default="dealt", help="search: by these recordings")
    parser.add_argument("--cores", type=int, nargs="+", default=list(CORES))
    options = parser.parse_args(arguments)
    image = Image.load(options.image)
    network = image.network()
    played = load_samples(options.data, network, options.samples)
    golden = GoldenBatch(network).run(played.rasters)
    task = Task(network, lanes=image.geometry.lanes, rate=spikes_a_step(played.rasters, golden.spikes))
    table = Table(title=f"{options.image.name}, {len(played)} recordings of {played.name}, {options.unit}")
    for name in (
        "cores",
        "cycles",
        "faster",
        "words, busiest core",
        "all words",
        "ring: busiest link",
        "bits of images",
    ):
        table.add_column(name, justify="right")
    alone = 0.0
    for cores in options.cores:
        if cores > network.neurons.count:
            continue
        placement = dealt(network, cores) if options.placement == "dealt" else search(task, cores).placement
        bundle = map_network(network, placement, lanes=image.geometry.lanes)
        model = FabricCycleModel(bundle, bundle.config([options.unit]))
        costs = [
            model.sample(to_events(raster), bundle.fired(spikes))
            for raster, spikes in zip(played.rasters, golden.spikes, strict=True)
        ]
        cycles = float(np.mean([cost.cycles for cost in costs]))
        alone = alone or cycles
        words = np.mean([cost.synapse_words for cost in costs], axis=0)
        ring = float(np.mean([max(cost.ring_tokens) / cost.cycles for cost in costs]))
        bits = 8 * sum(len(each.to_bytes()) for each in bundle.images)
        table.add_row(
            str(cores), f"{cycles:,.0f}", f"{alone / cycles:.2f}", f"{words.max():,.0f}", f"{words.sum():,.0f}",
            f"{ring:.1%}", f"{bits:,}",
        )  # fmt: skip
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
