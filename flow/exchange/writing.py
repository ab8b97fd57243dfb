# SPDX-License-Identifier: Apache-2.0
"""A network as a graph of NIR, in forward Euler with the unit of a weight as the unit of the potential.

Neurons of one kind are a node; each delay between two nodes has a Delay and a Linear. What NIR has no place for (the
numbers of neurons, read-out, labels, encoding) is in the metadata of the graph.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from flow.exchange.reading import nir_package
from flow.exchange.rounding import HOST
from model.image.info import describe
from model.limits import LEAK_ONE
from model.network import IntArray, Network, Reset
from support.errors import InputError
from support.files import replacing


def to_graph(network: Network, dt: float) -> Any:
    """The graph of a network whose steps take ``dt`` seconds. Raises InputError for what NIR cannot express."""
    nir = nir_package()
    if not (np.isfinite(dt) and dt > 0):
        raise InputError(f"dt must be above 0 seconds, not {dt}")
    _check(network)
    groups = _groups(network)
    nodes: dict[str, Any] = {"input": nir.Input({"input": np.array([network.axons])})}
    edges: list[tuple[str, str]] = []
    sources = {"input": np.arange(network.axons)} | {
        name: network.axons + chosen for name, chosen in groups.items()
    }  # fmt: skip
    for name, chosen in groups.items():
        nodes[name] = _node(nir, network, name, chosen, dt)
        bias = network.neurons.bias[chosen].astype(np.float64)
        # Only of an integrator: others have it as v_leak.
        rest = bias if name.startswith(("if", "i_")) and bias.any() else None
        for source, addresses in sources.items():
            for delay, weight in _matrices(network, addresses, chosen).items():
                if delay:
                    delayed = f"delay_{source}_{delay}"
                    nodes[delayed] = nir.Delay(np.full(len(addresses), delay * dt))
                    edges.append((source, delayed))
                start = f"delay_{source}_{delay}" if delay else source
                _connect(nodes, edges, (start, name), nir.Linear(weight) if rest is None else nir.Affine(weight, rest))
                rest = None
        if rest is not None or not any(target == name for _, target in edges):
            none = np.zeros((len(chosen), network.axons))
            _connect(nodes, edges, ("input", name), nir.Linear(none) if rest is None else nir.Affine(none, rest))
    last = _output(network, groups)
    nodes["output"] = nir.Output({"output": np.array([len(groups[last])])})
    edges.append((last, "output"))
    host = describe(network) | {
        "neurons": {name: chosen.tolist() for name, chosen in groups.items()},
        "max_steps": network.max_steps, "state_bits": network.neurons.state_bits,
    }  # fmt: skip
    return nir.NIRGraph(nodes, list(dict.fromkeys(edges)), metadata={HOST: json.dumps(host)})


def save_graph(path: Path, graph: Any) -> None:
    """Write a graph, whole or not at all. Raises InputError if that fails."""
    nir = nir_package()
    with replacing(path) as temporary:
        nir.write(str(temporary), graph)


def _check(network: Network) -> None:
    neurons = network.neurons
    silent = neurons.threshold == neurons.never
    for wrong, what in (
        (~silent & (neurons.reset != Reset.ZERO), "a reset other than to zero"),
        (silent & (neurons.reset != Reset.NONE), "no spikes, but a reset"),
        (neurons.refractory != 0, "a refractory period"),
        (neurons.floor != neurons.vmin, "a floor of the potential"),
        (neurons.beta == LEAK_ONE, "a current that never decays"),
        ((neurons.beta > 0) & (neurons.alpha == LEAK_ONE), "a current that decays and a potential that does not"),
    ):
        if wrong.any():
            raise InputError(f"neuron {int(wrong.argmax())} has {what}: NIR has no node for it")


def _groups(network: Network) -> dict[str, IntArray]:
    """Numbers of the neurons of each node."""
    neurons = network.neurons
    silent = neurons.threshold == neurons.never
    kinds = np.where(neurons.beta > 0, "cuba", np.where(neurons.alpha == LEAK_ONE, "i", "l"))
    names = {("cuba", False): "cubalif", ("l", False): "lif", ("i", False): "if",
             ("cuba", True): "cuba_read_out", ("l", True): "l_read_out", ("i", True): "i_read_out"}  # fmt: skip
    found = {name: np.flatnonzero((kinds == what) & (silent == quiet)) for (what, quiet), name in names.items()}
    return {name: chosen for name, chosen in found.items() if len(chosen)}


def _node(nir: Any, network: Network, name: str, chosen: IntArray, dt: float) -> Any:
    neurons = network.neurons
    alpha, beta = (getattr(neurons, each)[chosen] / LEAK_ONE for each in ("alpha", "beta"))
    # Between the potential that spikes and the one below it.
    threshold = neurons.threshold[chosen] - 0.5
    fires = "read_out" not in name
    limits = {"v_threshold": threshold, "v_reset": np.zeros(len(chosen))} if fires else {}
    if name.startswith("i"):
        r = np.full(len(chosen), 1 / dt)
        return nir.IF(r=r, **limits) if fires else nir.I(r=r)
    leak = {"r": 1 / (1 - alpha), "v_leak": neurons.bias[chosen] / (1 - alpha)}
    if name.startswith("l"):
        return (nir.LIF if fires else nir.LI)(tau=dt / (1 - alpha), **leak, **limits)
    return (nir.CubaLIF if fires else nir.CubaLI)(
        tau_syn=dt / (1 - beta), tau_mem=dt / (1 - alpha), w_in=1 / (1 - beta), **leak, **limits
    )  # fmt: skip


def _matrices(network: Network, addresses: IntArray, chosen: IntArray) -> dict[int, Any]:
    """Weights (targets, sources) between two nodes, by the steps of a Delay."""
    place = np.full(network.axons + network.neurons.count, -1)
    place[addresses] = np.arange(len(addresses))
    target = np.full(network.neurons.count, -1)
    target[chosen] = np.arange(len(chosen))
    mine = (place[network.source] >= 0) & (target[network.target] >= 0)
    # One step is what a spike takes anyway.
    found = {}
    for level in np.unique(network.level[mine]):
        these = mine & (network.level == level)
        weight = np.zeros((len(chosen), len(addresses)))
        weight[target[network.target[these]], place[network.source[these]]] = network.weight[these]
        found[int(level)] = weight
    return found


def _connect(nodes: dict[str, Any], edges: list[tuple[str, str]], ends: tuple[str, str], node: Any) -> None:
    """A node between two others."""
    name = f"{ends[0]}_to_{ends[1]}"
    nodes[name] = node
    edges += [(ends[0], name), (name, ends[1])]


def _output(network: Network, groups: dict[str, IntArray]) -> str:
    """The node with the first read-out neuron, or the last one if there is none."""
    for name, chosen in groups.items():
        if network.readout.neurons and network.readout.neurons[0] in chosen:
            return name
    return list(groups)[-1]
