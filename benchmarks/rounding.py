# SPDX-License-Identifier: Apache-2.0
"""What each rounding of the core's grid costs a DelGrad network, on the validation set.

Run as ``python -m benchmarks.rounding RUN...``. The grid is emulated in real numbers with each kind of rounding on or
off: taps (a synapse as several in consecutive steps), times of spikes, delays, weights, leak factors (to 1/4096), and
the leak itself (toward zero in every step). With all of them on, spikes are those of the golden model.
"""

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray

from model.limits import LEAK_ONE, signed_range
from train.delgrad.core.grid import Grid
from train.delgrad.network import DelGradNetwork
from train.delgrad.run import Samples, load_run

KINDS = ("taps", "times", "delays", "weights", "factors", "leak")


@njit(cache=True, error_model="numpy")
def _follow(times, source, target, delay, weight, level, alpha, beta, steps, whole, toward_zero, out):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """First spikes ``out`` (samples, neurons) in steps; synapses are in order of targets. An input inside a step
    adds to current and potential at its end what the continuous kernel has there."""
    axons = times.shape[1]
    for n in range(len(times)):
        k = 0
        for j in range(len(level)):
            into, more = np.zeros(steps), np.zeros(steps)
            while k < len(target) and target[k] == j:
                i = source[k]
                t = (times[n, i] if i < axons else out[n, i - axons]) + delay[k]
                if t < steps:
                    at = math.floor(t)
                    part = t - at
                    now = beta ** (-part)
                    if alpha == beta:
                        reached = (1 - part) * alpha ** (-part)
                    else:
                        reached = (alpha ** (1 - part) - beta ** (1 - part)) / (alpha - beta)
                    into[at] += weight[k] * now
                    more[at] += weight[k] * (reached - now)
                k += 1
            out[n, j] = np.inf
            current = potential = 0.0
            for step in range(steps):
                last = potential
                current *= beta
                potential *= alpha
                if toward_zero:
                    current, potential = np.trunc(current), np.trunc(potential)
                current += into[step]
                potential += current + more[step]
                if potential >= level[j]:
                    out[n, j] = step if whole else step + (level[j] - last) / (potential - last)
                    break


@torch.no_grad()
def spikes(network: DelGradNetwork, grid: Grid, times: NDArray[np.float64], rounded: set[str]) -> NDArray[np.float64]:
    """First spikes (samples, neurons), in steps, with some of KINDS rounded; infinity: none."""
    ratio, taps = network.stack[0].neuron.ratio, grid.taps
    alpha, beta = (math.exp(-1 / (tau * grid.steps)) for tau in (ratio, 1))
    if "factors" in rounded:
        alpha, beta = (leak / LEAK_ONE for leak in grid.leaks(ratio))
    parts: list[tuple[NDArray[Any], ...]] = []
    levels = []
    axons = times.shape[1]
    before = first = 0
    for layer in network.stack:
        real = layer.effective_weights().double().numpy()
        scale = taps * signed_range(grid.weight_bits)[1] / np.maximum(np.abs(real).max(1), 1e-9)
        weights = real * scale[:, None]
        level = layer.neuron.level * scale * (1 / (alpha - beta) if ratio != 1 else grid.steps / alpha)
        delays = layer.delays.effective().double().numpy()
        delays = np.broadcast_to(delays[:, None] if delays.size and not layer.delays.ahead else
                                 delays if delays.size else 0.0, real.shape) * grid.steps  # fmt: skip
        if "times" in rounded and first:
            delays = delays + 0.5
        if "delays" in rounded:
            delays = np.rint(delays)
        if "weights" in rounded:
            weights, level = np.rint(weights), np.rint(level)
        targets, sources = np.indices(real.shape)
        for tap in range(taps):
            share = weights / taps
            if "weights" in rounded:
                share = weights * (tap + 1) // taps - weights * tap // taps
            late = delays + (tap if "taps" in rounded else (taps - 1) / 2)
            parts.append(tuple(each.ravel() for each in (sources + before, targets + first, late, share)))
        levels.append(level)
        before, first = axons + first, first + len(real)
    source, target, delay, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(target, kind="stable")
    at = times * grid.steps
    out = np.full((len(times), first), np.inf)
    _follow(
        np.rint(at) if "times" in rounded else at, source[order].astype(np.int64), target[order].astype(np.int64),
        delay[order], weight[order], np.concatenate(levels), alpha, beta, grid.length, "times" in rounded,
        "leak" in rounded, out,
    )  # fmt: skip
    return out


def main() -> int:
    """Print mean accuracies over the runs."""
    runs, grid, every = [Path(each) for each in sys.argv[1:]], Grid(), set(KINDS)
    cases = [("nothing", set()), ("everything", every), *((f"all but {kind}", every - {kind}) for kind in KINDS)]
    cases += [(f"taps and {kind}", {"taps", kind}) for kind in KINDS]
    found: dict[str, list[float]] = {name: [] for name, _ in cases}
    for run in runs:
        config, network = load_run(run)
        samples = Samples("validation", config)
        for name, rounded in cases:
            first = spikes(network, grid, samples.times.double().numpy(), rounded)[:, -network.sizes[-1] :]
            found[name].append(float((first.argmin(1) == samples.labels.numpy()).mean()))
    for name, scores in found.items():
        print(f"{name:20} {np.mean(scores):.1%}   {'  '.join(f'{score:.1%}' for score in scores)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
