# SPDX-License-Identifier: Apache-2.0
"""Samples a second of the golden core, one step at a time and batched, in one run on the same samples.

Run as ``python -m benchmarks.golden [--samples N] [--single N]``. The network has the shape of 2404.10597's
700-48-48-20: 64 steps and 2 to drain, 15 of 30 delays a pair; the input is random, 2 % of axons a step.
"""

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np

from model.batch import GoldenBatch
from model.golden import GoldenCore
from model.random_network import random_layers


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What was measured."""

    single: float
    """Samples a second, one step at a time."""
    batch: float
    """Samples a second, batched, preparation of the network included."""
    agree: bool
    """Whether both gave the same spikes and potentials for the samples that both ran."""

    @property
    def ratio(self) -> float:
        """How many times faster the batch is."""
        return self.batch / self.single


def measure(*, samples: int, single: int, steps: int = 66, seed: int = 0) -> Rates:
    """Run ``samples`` samples batched, and the first ``single`` of them one step at a time."""
    rng = np.random.default_rng(seed)
    network = random_layers(rng)
    rasters = rng.random((samples, steps, network.axons), dtype=np.float32) < 0.02
    start = time.perf_counter()
    together = GoldenBatch(network).run(rasters)
    batch = samples / (time.perf_counter() - start)
    core = GoldenCore(network)
    start = time.perf_counter()
    alone = [core.run(raster) for raster in rasters[:single]]
    rate = len(alone) / (time.perf_counter() - start)
    agree = all(
        np.array_equal(result.spikes, together.spikes[i]) and np.array_equal(result.potential, together.potential[i])
        for i, result in enumerate(alone)
    )
    return Rates(single=rate, batch=batch, agree=agree)


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times faster the batch is, on fewer samples than ``main`` takes."""
    return {"golden: batched against step by step": [measure(samples=300, single=10).ratio for _ in range(repeats)]}


def main() -> int:
    """Print the rates; exit status 1 if the two forms differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2264, help="samples of the batched form")
    parser.add_argument("--single", type=int, default=50, help="samples of the form with one step at a time")
    options = parser.parse_args()
    rates = measure(samples=options.samples, single=min(options.single, options.samples))
    print(f"one step at a time: {rates.single:10.1f} samples/s ({options.single} samples)")
    print(f"batched:            {rates.batch:10.1f} samples/s ({options.samples} samples)")
    print(f"ratio:              {rates.ratio:10.1f}")
    if not rates.agree:
        print("the two forms differ")
    return 0 if rates.agree else 1


if __name__ == "__main__":
    sys.exit(main())
