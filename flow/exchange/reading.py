# SPDX-License-Identifier: Apache-2.0
"""Graphs, and NIR files: read, nested graphs dissolved, and every node that has no meaning here refused by its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from support.errors import InputError

NIR_NEURONS = ("LIF", "CubaLIF", "IF", "LI", "CubaLI", "I")
NEURONS = (*NIR_NEURONS, "Loihi", "LoihiReadOut")
"""Nodes with a state; those that are not ``SPIKING`` are read out. Loihi's are those of ``flow.exchange.netx``."""
SPIKING = ("LIF", "CubaLIF", "IF", "Loihi")
STATELESS = ("Linear", "Affine", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Delay", "Identity")
ENDS = ("Input", "Output")


@dataclass(frozen=True)
class Graph:
    """Nodes by name, nested graphs dissolved, with ``.`` in the names of what was in them."""

    nodes: dict[str, Any]
    edges: tuple[tuple[str, str], ...]
    metadata: dict[str, Any]

    def before(self, name: str) -> list[str]:
        """Names of the nodes that feed a node."""
        return [source for source, target in self.edges if target == name]

    def of(self, *kinds: str) -> list[str]:
        """Names of the nodes of some kinds, in the order of the file."""
        return [name for name, node in self.nodes.items() if kind(node) in kinds]


def kind(node: Any) -> str:
    """The name of a node's type."""
    return type(node).__name__


def nir_package() -> Any:
    """The package ``nir``. Raises InputError where it is not installed."""
    try:
        return import_module("nir")
    except ModuleNotFoundError as error:
        if error.name != "nir":
            raise
        raise InputError("NIR needs the package nir: run `make all`, or pip install -e '.[nir]'") from None


def read_graph(path: Path) -> Graph:
    """The graph of a file. Raises InputError for a file that is none, and for a node that cannot be expressed."""
    nir = nir_package()
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a graph of NIR (.nir)")
    try:
        graph = nir.read(str(path), type_check=False)
    # nir and h5py raise what they like.
    except Exception as error:
        raise InputError(f"{path}: not a file of NIR ({' '.join(str(error).split())[:200]})") from None
    return checked(dissolved(graph), str(path))


def dissolved(graph: Any) -> Graph:
    """A graph of ``nir`` without graphs inside: their inputs and outputs become identities."""
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    _dissolve(graph, "", nodes, edges)
    return Graph(nodes, tuple(dict.fromkeys(edges)), dict(getattr(graph, "metadata", None) or {}))


@dataclass(frozen=True)
class Identity:
    """Passes on what it gets."""


def _dissolve(graph: Any, prefix: str, nodes: dict[str, Any], edges: list[tuple[str, str]]) -> None:
    inner = {name: node for name, node in graph.nodes.items() if kind(node) == "NIRGraph"}
    for name, node in graph.nodes.items():
        if name in inner:
            _dissolve(node, f"{prefix}{name}.", nodes, edges)
        elif prefix and kind(node) in ENDS:
            nodes[prefix + name] = Identity()
        else:
            nodes[prefix + name] = node
    for source, target in graph.edges:
        for start in _ends(inner, source, "Output"):
            for end in _ends(inner, target, "Input"):
                edges.append((prefix + start, prefix + end))


def _ends(inner: dict[str, Any], name: str, which: str) -> Iterator[str]:
    """The node itself, or the inputs or outputs of the graph that it is, as deep as these go."""
    if name not in inner:
        yield name
        return
    nested = {each: node for each, node in inner[name].nodes.items() if kind(node) == "NIRGraph"}
    for each, node in inner[name].nodes.items():
        if kind(node) == which:
            yield from (f"{name}.{end}" for end in _ends(nested, each, which))


def checked(graph: Graph, where: str) -> Graph:
    """The graph, if each of its nodes and edges has a meaning here. Raises InputError with node and reason."""
    for name, node in graph.nodes.items():
        if kind(node) not in (*NIR_NEURONS, *STATELESS, *ENDS):
            known = ", ".join((*NIR_NEURONS, *STATELESS))
            raise InputError(f"{where}: node {name!r} is of type {kind(node)}; expected one of {known}")
        for field, value in vars(node).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isfinite(value).all():
                raise InputError(f"{where}: node {name!r}: {field} must be finite numbers")
    for source, target in graph.edges:
        for end in (source, target):
            if end not in graph.nodes:
                raise InputError(f"{where}: an edge {source!r} -> {target!r}, but there is no node {end!r}")
    for name in graph.of(*NEURONS):
        if not graph.before(name):
            raise InputError(f"{where}: node {name!r} gets no input")
    for wanted in ("Input", "Output"):
        found = graph.of(wanted)
        if len(found) != 1:
            raise InputError(f"{where}: {len(found)} nodes of type {wanted}, expected one")
    return graph
