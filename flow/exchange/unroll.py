# SPDX-License-Identifier: Apache-2.0
"""A graph of NIR as populations of neurons and the matrices between them, one for each delay."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flow.exchange.operators import FloatArray, Shape, matrix
from flow.exchange.reading import NEURONS, SPIKING, Graph, kind
from support.errors import InputError
from support.listener import SILENT, Listener

Paths = dict[tuple[str, int], FloatArray]
"""By source (a population or the input) and delay in steps: weights, shape (targets, sources)."""


@dataclass(frozen=True)
class Incoming:
    """What arrives at a node."""

    shape: Shape
    paths: Paths
    bias: FloatArray
    """Constant part, shape (values,)."""


@dataclass
class Unrolled:
    """Populations by name in the order of the file, with what each gets."""

    inputs: int
    sizes: dict[str, int] = field(default_factory=dict)
    incoming: dict[str, Incoming] = field(default_factory=dict)
    rounded_delay: float = 0.0
    """Largest error of a delay in steps, from rounding it to steps."""
    output: str = ""
    """The population that the output node gets."""


class _Unroller:
    def __init__(self, graph: Graph, dt: float) -> None:
        self.graph, self.dt = graph, dt
        self.shapes = population_shapes(graph)
        self.done: dict[str, Incoming] = {}
        self.under_way: list[str] = []
        self.rounded = 0.0

    def output_of(self, name: str) -> Incoming:
        """What leaves a node."""
        node = self.graph.nodes[name]
        if kind(node) == "Input":
            shape = _shape(node.output_type["output"])
            return _start(name, shape)
        if kind(node) in NEURONS:
            if kind(node) not in SPIKING:
                raise InputError(
                    f"node {name!r} of type {kind(node)} never spikes: nothing but an output may follow it"
                )
            return _start(name, self.shapes[name])
        if name not in self.done:
            if name in self.under_way:
                raise InputError(f"node {name!r} is in a loop without neurons: {' -> '.join([*self.under_way, name])}")
            self.under_way.append(name)
            self.done[name] = self._through(name, node, self.into(name))
            self.under_way.pop()
        return self.done[name]

    def into(self, name: str) -> Incoming:
        """The sum of what arrives at a node."""
        parts = [self.output_of(source) for source in self.graph.before(name)]
        if not parts:
            raise InputError(f"node {name!r} gets no input")
        if len({part.shape for part in parts}) > 1:
            raise InputError(f"node {name!r} gets inputs of different shapes: {', '.join(str(p.shape) for p in parts)}")
        paths: Paths = {}
        for part in parts:
            for key, weights in part.paths.items():
                paths[key] = paths[key] + weights if key in paths else weights
        return Incoming(parts[0].shape, paths, np.sum([part.bias for part in parts], axis=0))

    def _through(self, name: str, node: Any, got: Incoming) -> Incoming:
        if kind(node) == "Delay":
            return Incoming(got.shape, self._delayed(name, node, got), got.bias)
        weight, bias, shape = matrix(name, node, got.shape)
        if weight is None:
            return Incoming(shape, got.paths, got.bias)
        paths = {key: weight @ each for key, each in got.paths.items()}
        return Incoming(shape, paths, weight @ got.bias + bias)

    def _delayed(self, name: str, node: Any, got: Incoming) -> Paths:
        try:
            seconds = np.broadcast_to(np.asarray(node.delay, np.float64), got.shape).ravel()
        except ValueError:
            raise InputError(f"node {name!r}: delays of shape {np.shape(node.delay)} for input {got.shape}") from None
        if (seconds < 0).any():
            raise InputError(f"node {name!r}: delay must be at least 0, not {seconds.min()}")
        steps = np.rint(seconds / self.dt).astype(np.int64)
        self.rounded = max(self.rounded, float(np.abs(seconds / self.dt - steps).max(initial=0)))
        paths: Paths = {}
        for (source, before), weights in got.paths.items():
            for delay in np.unique(steps):
                part = np.where((steps == delay)[:, None], weights, 0.0)
                key = (source, before + int(delay))
                paths[key] = paths[key] + part if key in paths else part
        return paths


def unroll(graph: Graph, dt: float, listener: Listener = SILENT) -> Unrolled:
    """Populations and matrices for steps of ``dt`` seconds; ``listener`` hears of each population.

    Raises InputError with the node that cannot be.
    """
    walk = _Unroller(graph, dt)
    start = graph.nodes[graph.of("Input")[0]]
    found = Unrolled(inputs=int(np.prod(_shape(start.output_type["output"]))))
    populations = graph.of(*NEURONS)
    listener.begin("unrolling", len(populations))
    for name in populations:
        size = int(np.prod(walk.shapes[name]))
        got = walk.into(name)
        if int(np.prod(got.shape)) != size:
            raise InputError(f"node {name!r} has {size} neurons and gets {int(np.prod(got.shape))} values")
        found.sizes[name], found.incoming[name] = size, got
        listener.advance()
    if not found.sizes:
        raise InputError("no neurons: expected a node LIF, CubaLIF or IF")
    found.rounded_delay = walk.rounded
    found.output = _output(graph)
    return found


def population_shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of each population: of its parameters, or, where these are single numbers, of what it gets."""
    return {name: _output_shape(graph, name, ()) or (1,) for name in graph.of(*NEURONS)}


def _output_shape(graph: Graph, name: str, above: tuple[str, ...]) -> Shape | None:
    """The shape of what leaves a node; None if that hangs on the nodes ``above`` alone."""
    node = graph.nodes[name]
    if kind(node) == "Input":
        return _shape(node.output_type["output"])
    if kind(node) in NEURONS and np.size(node.r) > 1:
        return _shape(np.shape(node.r))
    for source in graph.before(name):
        got = None if source in (*above, name) else _output_shape(graph, source, (*above, name))
        if got is not None:
            return got if kind(node) in NEURONS else matrix(name, node, got)[2]
    return None


def _output(graph: Graph) -> str:
    """The population before the output."""
    name = graph.of("Output")[0]
    while kind(graph.nodes[name]) not in NEURONS:
        before = graph.before(name)
        if kind(graph.nodes[name]) not in ("Output", "Identity", "Flatten") or len(before) != 1:
            raise InputError(
                f"node {name!r} of type {kind(graph.nodes[name])} is on the way to the output; expected neurons there"
            )
        name = before[0]
    return name


def _start(name: str, shape: Shape) -> Incoming:
    size = int(np.prod(shape))
    return Incoming(shape, {(name, 0): np.eye(size)}, np.zeros(size))


def _shape(value: Any) -> Shape:
    return tuple(int(each) for each in np.atleast_1d(np.asarray(value, np.int64)).ravel())
