# SPDX-License-Identifier: Apache-2.0
"""What a network costs on a build, by the golden model and the cycle model."""

from pathlib import Path
from typing import Any

import numpy as np

from flow.run.report import accuracy
from flow.sweep.kinds import Cost
from flow.sweep.work.build import built, input_of
from model.batch import GoldenBatch
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.fabric.cycles import FabricCycleModel
from model.fabric.mapping import deal_out


def measure(options: Cost, folder: Path) -> dict[str, Any]:
    """Accuracy, cycles, words and bits; means are a sample's."""
    image = built(options)
    network = image.network()
    samples = input_of(options, network)
    golden = GoldenBatch(network).run(samples.rasters)
    events = [to_events(raster) for raster in samples.rasters]
    if options.cores == 1:
        configs = [image.config(options.unit)]
        model = CycleModel(image, configs[0])
        spikes = [to_events(each[:, image.order]) for each in golden.spikes]
        runs = [model.sample(*each) for each in zip(events, spikes, strict=True)]
        cycles, words = [run.cycles for run in runs], [run.synapse_words for run in runs]
        size = len(image.to_bytes())
    else:
        bundle = deal_out(image, options.cores)
        fabric = bundle.config([options.unit])
        configs, size = list(fabric.cores), sum(len(each.to_bytes()) for each in bundle.images)
        together = FabricCycleModel(bundle, fabric)
        found = [together.sample(event, bundle.fired(each)) for event, each in zip(events, golden.spikes, strict=True)]
        cycles, words = [run.cycles for run in found], [sum(run.synapse_words) for run in found]
    return {
        "samples": len(samples),
        "accuracy_golden": accuracy(golden.predicted, samples),
        "cycles_mean": float(np.mean(cycles)),
        "cycles_max": max(cycles),
        "synapse_words_mean": float(np.mean(words)),
        "spikes_mean": float(golden.spikes.sum() / len(samples)),
        "synaptic_operations_mean": float(golden.synaptic_operations.mean()),
        "delay_memory_bits": sum(config.delay_memory_bits for config in configs),
        "image_bytes": size,
        "synapses": network.synapses,
    }
