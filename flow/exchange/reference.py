# SPDX-License-Identifier: Apache-2.0
"""A graph stepped node by node: what an imported network is compared with. Nothing is unrolled or rounded.

``FloatStepper`` has the neurons of NIR, in float64; ``flow.exchange.netx.reference`` those of Loihi, in integers.

In a step, the input and the spikes of the step before go through the nodes without a state to the neurons, which then
update: a spike takes one step to the next neurons, whatever lies between, and what a Delay says besides.
"""

from abc import ABC, abstractmethod
from collections import deque
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from flow.exchange.discrete import Method, update
from flow.exchange.operators import FloatArray
from flow.exchange.reading import NEURONS, Graph, kind
from flow.exchange.unroll import population_shapes
from model.encoding import Raster


class Stepper(ABC):
    """A graph at steps of ``dt`` seconds; subclasses have the neurons."""

    def __init__(self, graph: Graph, dt: float) -> None:
        self.graph, self.dt = graph, dt
        self.populations = graph.of(*NEURONS)
        self.shapes = population_shapes(graph)
        self.sizes = {name: int(np.prod(shape)) for name, shape in self.shapes.items()}
        self._source = graph.of("Input")[0]

    @abstractmethod
    def begin(self) -> None:
        """Set all states to 0."""

    @abstractmethod
    def advance(self, name: str, arriving: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """One step of a population: which neurons spike, and their potentials afterwards, shape (neurons,) each."""

    def run(self, sample: Raster) -> tuple[dict[str, Raster], dict[str, FloatArray]]:
        """Spikes and potentials after each step of each population, (steps, neurons), for input of (steps, axons)."""
        spikes = {name: np.zeros((len(sample), self.sizes[name]), np.bool_) for name in self.populations}
        potentials = {name: np.zeros(spikes[name].shape) for name in self.populations}
        fired = {name: np.zeros(self.shapes[name]) for name in self.populations}
        lines: dict[str, deque[FloatArray]] = {}
        shape = tuple(np.atleast_1d(self.graph.nodes[self._source].output_type["output"]))
        self.begin()
        for step, events in enumerate(sample):
            values = {**fired, self._source: events.reshape(shape).astype(np.float64)}
            arriving = {name: self._sum(name, values, lines).ravel() for name in self.populations}
            for name in self.populations:
                spikes[name][step], potentials[name][step] = self.advance(name, arriving[name])
                fired[name] = spikes[name][step].reshape(fired[name].shape).astype(np.float64)
        return spikes, potentials

    def _sum(self, name: str, values: dict[str, FloatArray], lines: dict[str, deque[FloatArray]]) -> FloatArray:
        total: FloatArray = np.asarray(sum(self._value(each, values, lines) for each in self.graph.before(name)))
        return total

    def _value(self, name: str, values: dict[str, FloatArray], lines: dict[str, deque[FloatArray]]) -> FloatArray:
        if name not in values:
            node = self.graph.nodes[name]
            got = self._sum(name, values, lines)
            values[name] = self._held(name, node, got, lines) if kind(node) == "Delay" else apply(node, got)
        return values[name]

    def _held(
        self, name: str, node: Any, got: FloatArray, lines: dict[str, deque[FloatArray]]
    ) -> FloatArray:  # fmt: skip
        steps = np.rint(np.broadcast_to(np.asarray(node.delay, np.float64), got.shape) / self.dt).astype(int)
        line = lines.setdefault(name, deque(maxlen=int(steps.max()) + 1))
        line.appendleft(got)
        held = np.zeros_like(got)
        for delay in np.unique(steps):
            if delay < len(line):
                held[steps == delay] = line[delay][steps == delay]
        return held


class FloatStepper(Stepper):
    """NIR in float64."""

    def __init__(self, graph: Graph, dt: float, method: Method) -> None:
        super().__init__(graph, dt)
        self._updates = {
            name: update(name, graph.nodes[name], self.sizes[name], dt, method) for name in self.populations
        }  # fmt: skip

    def begin(self) -> None:
        """Set all states to 0."""
        self._current = {name: np.zeros(size) for name, size in self.sizes.items()}
        self._potential = {name: np.zeros(size) for name, size in self.sizes.items()}

    def advance(self, name: str, arriving: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """One step of a population: which neurons spike, and their potentials afterwards."""
        rule = self._updates[name]
        self._current[name] = rule.beta * self._current[name] + rule.gain * arriving
        potential = rule.alpha * self._potential[name] + self._current[name] + rule.bias
        spikes = potential > rule.threshold
        self._potential[name] = np.where(spikes, 0.0, potential)
        return spikes, self._potential[name]


def apply(node: Any, got: FloatArray) -> FloatArray:  # noqa: PLR0911
    """What a node without a state makes of its input."""
    match kind(node):
        case "Linear":
            return np.asarray(node.weight @ got.ravel())
        case "Affine":
            return np.asarray(node.weight @ got.ravel() + np.asarray(node.bias).ravel())
        case "Scale":
            return np.asarray(node.scale * got)
        case "SumPool2d" | "AvgPool2d":
            size, stride, padding = (_pair(each) for each in (node.kernel_size, node.stride, node.padding))
            padded = np.pad(got, ((0, 0), (padding[0],) * 2, (padding[1],) * 2))
            windows = sliding_window_view(padded, size, axis=(1, 2))[:, :: stride[0], :: stride[1]]
            return windows.sum((-1, -2)) if kind(node) == "SumPool2d" else windows.mean((-1, -2))
        case "Conv1d" | "Conv2d":
            return _conv(node, got)
        case "Flatten":
            start, end = (axis % got.ndim for axis in (node.start_dim, node.end_dim))
            return got.reshape(*got.shape[:start], -1, *got.shape[end + 1 :])
        case _:
            return got


def _conv(node: Any, got: FloatArray) -> FloatArray:
    weight = np.asarray(node.weight, np.float64)
    if weight.ndim == 3:
        weight, got = weight[:, :, None], got[:, None]
        stride, dilation = (1, *_pair(node.stride)[:1]), (1, *_pair(node.dilation)[:1])
    else:
        stride, dilation = _pair(node.stride), _pair(node.dilation)
    spread = np.zeros((*weight.shape[:2], *((k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True))))
    spread[:, :, :: dilation[0], :: dilation[1]] = weight
    if isinstance(node.padding, str | bytes):
        same = node.padding in ("same", b"same")
        sides = [((k - 1) // 2, k - 1 - (k - 1) // 2) if same else (0, 0) for k in spread.shape[2:]]
    else:
        flat = np.ndim(node.weight) == 3
        sides = [(each, each) for each in ((0, *_pair(node.padding)[:1]) if flat else _pair(node.padding))]
    windows = sliding_window_view(np.pad(got, ((0, 0), *sides)), spread.shape[2:], axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1]]
    groups = int(node.groups)
    per = len(spread) // groups
    parts = [
        np.einsum("oihw,iyxhw->oyx", spread[g * per : (g + 1) * per], windows[g * spread.shape[1] :][: spread.shape[1]])
        for g in range(groups)
    ]
    bias = 0.0 if node.bias is None else np.reshape(np.asarray(node.bias, np.float64), (-1, 1, 1))
    result: FloatArray = np.concatenate(parts) + bias
    return result[:, 0] if np.ndim(node.weight) == 3 else result


def _pair(value: Any) -> tuple[int, int]:
    found = [int(each) for each in np.atleast_1d(np.asarray(value)).ravel()]
    return found[0], found[-1]
