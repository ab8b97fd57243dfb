# SPDX-License-Identifier: Apache-2.0
"""Recordings through the core in RTL, compared with the golden model."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flow.run.report import run_record
from flow.run.simulate import INPUT_DEPTH, simulate
from flow.sweep.kinds import Sim
from flow.sweep.work.build import built, input_of
from model.batch import GoldenBatch
from model.fabric.bundle import Bundle
from model.fabric.mapping import deal_out
from model.image.image import Image
from tb.core.bench import CoreBench
from tb.errors import SimulationError
from tb.fabric.bench import FabricBench


def measure(options: Sim, folder: Path) -> dict[str, Any]:
    """What sim.json says of a run. Raises SimulationError for the first difference to the models."""
    image = built(options)
    network = image.network()
    samples = input_of(options, network)
    golden = GoldenBatch(network).run(samples.rasters)
    loaded: Image | Bundle = image if options.cores == 1 else deal_out(image, options.cores)
    bench: CoreBench | FabricBench
    if isinstance(loaded, Bundle):
        bench = FabricBench(loaded.config([options.unit], input_depth=INPUT_DEPTH), backend="native", fast=True)
    else:
        bench = CoreBench(loaded.config(options.unit), backend="native", fast=True)
    run = simulate(bench, loaded, samples, golden, seed=options.seed)
    if run.failure:
        raise SimulationError(run.failure)
    record = asdict(run_record(run))
    del record["recordings"]
    return record
