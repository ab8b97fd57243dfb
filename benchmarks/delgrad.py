# SPDX-License-Identifier: Apache-2.0
"""Time of a DelGrad training step, against a plain implementation and surrogate gradients, in one run.

Run as ``python -m benchmarks.delgrad [--repeats N] [--large]``. A step is forward, loss, backward and optimiser of a
batch of the Yin-Yang task, 4-30-3 with axonal delays, 150 samples. Compared are

- the closed form sample by sample and neuron by neuron in Python, differentiated by autograd;
- surrogate gradients on a grid of 64 steps a synaptic time constant (``train.layers``), forward and backward only;
- the plain torch way of ``train.delgrad.closed``, which GPUs take.

``--large`` adds a 784-350-10 network; sample by sample one sample is timed there, surrogate gradients on ten, and both
are scaled to the batch.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from data.yinyang import CLASSES, draw
from train.config.network import DelayConfig, DelayKind, NetworkConfig
from train.delgrad import closed, compiled, network
from train.delgrad.config import DelGradConfig
from train.delgrad.loss import losses
from train.delgrad.network import DelGradNetwork
from train.delgrad.steps import Raise, Steps
from train.layers.network import DelayNetwork

BATCH, STEPS = 150, 64
PLAIN = 10
"""Samples of the batch that are timed one by one; the time is scaled to the batch. Of a large network it is one, and
PLAIN go through surrogate gradients."""
GRID = 5 * STEPS
"""Steps of a sample: inputs until 2, delays of up to 1 twice, and time to fire."""
SMALL, LARGE = (4, 30, 3), (784, 350, 10)


def make(sizes: Sequence[int]) -> tuple[DelGradConfig, DelGradNetwork]:
    """A network with axonal delays, most of whose neurons fire."""
    mean = [6 / sizes[k] for k in range(2)]
    config = DelGradConfig.model_validate({
        "method": "delgrad", "name": "timed",
        "network": {"hidden": sizes[1:-1], "delays": "axonal", "weight_mean": mean, "weight_spread": mean},
    })  # fmt: skip
    return config, DelGradNetwork(sizes[0], sizes[-1], config)


def whole_step(config: DelGradConfig, made: DelGradNetwork, times: Tensor, labels: Tensor) -> Callable[[], None]:
    """As ``train.delgrad.fit`` takes it."""
    steps, raises = Steps(made, deepcopy(made), config), Raise(config.training)

    def step() -> None:
        records = made.record(times)
        spikes = [record.spikes for record in records]
        _, grad = losses(spikes[-1], labels, config.training)
        made.gradients(records, grad / len(labels))
        steps(1e-3)
        raises(made, spikes)
        steps.update_average()

    return step


def plain_step(made: DelGradNetwork, times: Tensor, labels: Tensor, count: int = PLAIN) -> Callable[[], None]:
    """``count`` samples, every neuron on its own: sort, grow the prefix, take the first valid spike; then autograd."""

    def neuron(arrivals: Tensor, weights: Tensor, level: float) -> Tensor:
        order = torch.argsort(arrivals)
        slow = fast = arrivals.new_zeros(())
        for k, which in enumerate(order):
            t = arrivals[which]
            if not t.isfinite():
                break
            slow = slow + weights[which] * torch.exp(t / 2)
            fast = fast + weights[which] * torch.exp(t)
            root = slow * slow - 4 * fast * level
            if fast <= 0 or slow <= 0 or root < 0:
                continue
            spike = 2 * torch.log(2 * fast / (slow + root.sqrt()))
            if spike > t and (k + 1 == len(order) or spike <= arrivals[order[k + 1]]):
                return spike
        return arrivals.new_full((), torch.inf)

    def step() -> None:
        for times_in, label in zip(times[:count], labels[:count], strict=True):
            spikes = times_in
            for layer in made.stack:
                arrivals = spikes + layer.delays.effective()
                spikes = torch.stack([neuron(arrivals, row, layer.neuron.level) for row in layer.weights])
            if spikes[label].isfinite() and spikes.requires_grad:
                spikes[spikes.isfinite()].sum().backward()

    return step


def surrogate_step(sizes: Sequence[int], times: Tensor, labels: Tensor) -> Callable[[], None]:
    """Forward and backward on the grid, of a network of the same size with learned axonal delays."""
    config = NetworkConfig(
        hidden=tuple(sizes[1:-1]), classes=sizes[-1], normalise=False, synaptic_tau=STEPS, tau=2 * STEPS,
        input=DelayConfig(kind=DelayKind.AXON, first=0, last=STEPS),
        between=DelayConfig(kind=DelayKind.AXON, first=1, last=STEPS + 1),
    )  # fmt: skip
    made = DelayNetwork(sizes[0], config).train()
    events = torch.zeros(GRID, *times.shape).scatter_(0, (times * STEPS).round().long()[None], 1.0)

    def step() -> None:
        made.zero_grad()
        torch.nn.functional.cross_entropy(made(events).score, labels).backward()

    return step


def through(way: ModuleType, step: Callable[[], None]) -> Callable[[], None]:
    """A step whose layers go one way."""

    def run() -> None:
        known: Any = network.way_of
        network.way_of = lambda x: way
        try:
            step()
        finally:
            network.way_of = known

    return run


def fastest(step: Callable[[], None], repeats: int) -> float:
    """Least time of the processor, in seconds; the first turn warms up."""
    step()
    return min(timed(step) for _ in range(repeats))


def timed(step: Callable[[], None]) -> float:
    """Time of the processor, in seconds."""
    start = time.process_time()
    step()
    return time.process_time() - start


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times faster a training step is than in plain torch, and than surrogate gradients."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    samples = draw(BATCH, 0)
    times, labels = torch.from_numpy(samples.times()).float(), torch.from_numpy(samples.labels)
    config, made = make(SMALL)
    step = whole_step(config, made, times, labels)
    forms = through(compiled, step), through(closed, step), surrogate_step(SMALL, times, labels)
    turns = [[fastest(form, count) for form, count in zip(forms, (10, 3, 1), strict=True)] for _ in range(repeats)]
    return {
        "delgrad: against plain torch": [plain / own for own, plain, _ in turns],
        "delgrad: against surrogate gradients": [surrogate / own for own, _, surrogate in turns],
    }


def report(times: Sequence[tuple[str, float]]) -> None:
    """A line each; ratios are to the first."""
    for name, seconds in times:
        print(f"{name:55} {seconds * 1e3:9.2f} ms   {seconds / times[0][1]:8.1f}")


def main() -> int:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    samples = draw(BATCH, 0)
    times, labels = torch.from_numpy(samples.times()).float(), torch.from_numpy(samples.labels)
    config, made = make(SMALL)
    step = whole_step(config, made, times, labels)
    plain = fastest(plain_step(made, times, labels), 1) * BATCH / PLAIN
    print(f"4-30-3, axonal delays, batch {BATCH}: time of the processor, and ratio")
    report([
        ("a training step", fastest(through(compiled, step), options.repeats)),
        ("the same in plain torch", fastest(through(closed, step), options.repeats)),
        (f"surrogate gradients, {STEPS} steps a time constant", fastest(surrogate_step(SMALL, times, labels), 3)),
        ("sample by sample, forward and backward (scaled)", plain),
    ])  # fmt: skip
    if options.large:
        config, made = make(LARGE)
        times, labels = 2 * torch.rand(BATCH, LARGE[0]), torch.arange(BATCH) % len(CLASSES)
        step = whole_step(config, made, times, labels)
        print(f"784-350-10, axonal delays, batch {BATCH}")
        # Once and cold: a warm-up would take as long again, and these are far from the others.
        surrogate = timed(surrogate_step(LARGE, times[:PLAIN], labels[:PLAIN])) * BATCH / PLAIN
        report([
            ("a training step", fastest(through(compiled, step), 3)),
            ("the same in plain torch", fastest(through(closed, step), 1)),
            (f"surrogate gradients, {STEPS} steps a time constant (scaled)", surrogate),
            ("sample by sample, forward and backward (scaled)", timed(plain_step(made, times, labels, 1)) * BATCH),
        ])  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
