# SPDX-License-Identifier: Apache-2.0
"""An unrolled graph in the integers of a core: weights, leaks, thresholds, and how far each is from what it was.

The potential of a neuron is counted in units of its own (``flow.exchange.units``).
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from flow.exchange.discrete import Method, Update, update
from flow.exchange.operators import FloatArray
from flow.exchange.reading import SPIKING, Graph, kind
from flow.exchange.units import WHOLE, compensated, units_of
from flow.exchange.unroll import Paths, Unrolled, unroll
from model import limits
from model.image.info import restore
from model.limits import LEAK_ONE
from model.network import IntArray, Network, Neurons, Readout, ReadoutKind, Reset
from support.errors import InputError
from support.listener import SILENT, Listener

HOST = "chronaxie"
"""Key of a graph's metadata under which an exported network keeps what NIR has no place for, as JSON."""


@dataclass(frozen=True, kw_only=True)
class LayerRounding:
    """What rounding did to a population."""

    name: str
    neurons: int
    synapses: int
    """Those of weight 0 after rounding are none."""
    weight: float
    """Largest error of a weight, as a share of the neuron's largest weight."""
    leak: float
    """Largest error of a leak factor."""
    threshold: float
    """Largest error of a threshold, as a share of it; thresholds are above what is kept from spiking."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A network, where its populations are, and what rounding did."""

    network: Network
    neurons: dict[str, IntArray]
    """By population, the network's numbers of its neurons."""
    layers: list[LayerRounding]
    units: dict[str, FloatArray]
    """By population, how many of the network's units of the potential are one of the graph's, shape (neurons,)."""
    delay: float
    """Largest error of a delay in steps."""


def to_network(graph: Graph, listener: Listener = SILENT, *, dt: float, method: Method = Method.EULER,
               weight_bits: int = 8, state_bits: int | None = None, name: str = "",
               compensate: bool = False) -> Imported:  # fmt: skip
    """The network of a graph at steps of ``dt`` seconds, with weights of ``weight_bits``.

    ``state_bits``: width of I and V; unless given, that of the exported network, or the default. ``compensate``: leaks
    leak a little less, for what rounding toward zero takes (``flow.exchange.units.compensated``). ``listener`` hears
    of each population, unrolled and rounded. Raises InputError with the node that cannot be expressed, and why.
    """
    if not (np.isfinite(dt) and dt > 0):
        raise InputError(f"dt must be above 0 seconds, not {dt}")
    unrolled = unroll(graph, dt, listener)
    host = _host(graph)
    bits = state_bits or int(host.get("state_bits", limits.STATE_BITS.default))
    limits.STATE_BITS.check("state_bits", bits)
    numbers = _numbers(unrolled, host)
    top = (1 << (weight_bits - 1)) - 1
    count = sum(unrolled.sizes.values())
    parameters = {each: np.zeros(count, np.int64) for each in ("alpha", "beta", "bias", "threshold", "reset")}
    synapses: list[tuple[IntArray, IntArray, IntArray, IntArray]] = []
    layers, units = [], {}
    listener.begin("rounding", len(unrolled.sizes))
    for layer in unrolled.sizes:
        got = unrolled.incoming[layer]
        rule = update(layer, graph.nodes[layer], unrolled.sizes[layer], dt, method)
        weights = {key: rule.gain[:, None] * each for key, each in got.paths.items()}
        constant = _constant(layer, rule, got.bias)
        units[layer] = units_of(weights, rule, constant, top=top, bits=bits)
        leaks = compensated(rule, weights, units[layer]) if compensate else (rule.alpha, rule.beta)
        scaled = _Scaled(rule=rule, weights=weights, constant=constant, unit=units[layer], leaks=leaks)
        rounded, report, found = _layer(unrolled, layer, scaled, top=top, bits=bits, numbers=numbers)
        for each, values in rounded.items():
            parameters[each][numbers[layer]] = values
        synapses += found
        layers.append(report)
        listener.advance()
    source, target, delay, weight = (np.concatenate(parts) for parts in zip(*synapses, strict=True))
    spiking = kind(graph.nodes[unrolled.output]) in SPIKING
    chosen = ReadoutKind.SPIKE_COUNT if spiking else ReadoutKind.LAST_POTENTIAL
    rest: dict[str, Any] = {
        "name": name, "readout": Readout(neurons=tuple(numbers[unrolled.output].tolist()), kind=chosen),
    }  # fmt: skip
    if host:
        rest = {**restore(host, "NIR metadata"), "max_steps": int(host["max_steps"])}
    network = Network.without_zeros(
        axons=unrolled.inputs, neurons=Neurons(count=count, state_bits=bits, **parameters), source=source,
        target=target, delay=delay, weight=weight, **rest,
    )  # fmt: skip
    return Imported(network=network, neurons=numbers, layers=layers, units=units, delay=unrolled.rounded_delay)


def _constant(name: str, rule: Update, bias: FloatArray) -> FloatArray:
    """What is added to the potential in each step."""
    constant = rule.gain * bias
    if ((rule.beta > 0) & (constant != 0)).any():
        raise InputError(
            f"node {name!r}: a bias goes through its synaptic current, which builds up over time; "
            "expected it as v_leak, or no bias"
        )
    return np.asarray(rule.bias + constant)


@dataclass(frozen=True, kw_only=True)
class _Scaled:
    """What is to be rounded of a population."""

    rule: Update
    weights: Paths
    """With the gain."""
    constant: FloatArray
    unit: FloatArray
    leaks: tuple[FloatArray, FloatArray]
    """alpha and beta as they will be."""


def _layer(
    unrolled: Unrolled, name: str, scaled: _Scaled, *, top: int, bits: int, numbers: dict[str, IntArray]
) -> tuple[dict[str, Any], LayerRounding, list[tuple[IntArray, IntArray, IntArray, IntArray]]]:
    rule, weights, unit = scaled.rule, scaled.weights, scaled.unit
    vmax = limits.signed_range(bits)[1]
    spikes = ~np.isinf(rule.threshold)
    # A spike is above NIR's threshold, and at or above the core's.
    threshold = np.where(spikes, np.floor(np.where(spikes, rule.threshold, 0) * unit + WHOLE) + 1, vmax + 1)
    largest = np.max([np.abs(each).max(1, initial=0) for each in weights.values()], axis=0)
    error, count, found = 0.0, 0, []
    for (source, delay), each in weights.items():
        whole = np.clip(np.rint(each * unit[:, None]), -top - 1, top).astype(np.int64)
        where = np.nonzero(whole)
        count += len(where[0])
        shift = np.abs(whole / unit[:, None] - each) / np.maximum(largest, 1e-300)[:, None]
        error = max(error, float(shift.max(initial=0)))
        neuron = source in unrolled.sizes
        origin = unrolled.inputs + numbers[source][where[1]] if neuron else where[1].astype(np.int64)
        # A spike takes a step to the next neurons.
        found.append((origin, numbers[name][where[0]], np.full(len(origin), delay + neuron, np.int64), whole[where]))
    alpha, beta = (np.rint(leak * LEAK_ONE).astype(np.int64) for leak in scaled.leaks)
    leak = max(float(np.abs(a / LEAK_ONE - b).max()) for a, b in ((alpha, rule.alpha), (beta, rule.beta)))
    real = np.where(spikes, rule.threshold, 1.0)
    off = np.where(spikes, np.abs((threshold - 0.5) / unit - real) / np.maximum(np.abs(real), 1e-300), 0.0)
    parameters = {
        "alpha": alpha, "beta": beta, "bias": np.rint(scaled.constant * unit).astype(np.int64),
        "threshold": threshold.astype(np.int64), "reset": np.where(spikes, Reset.ZERO, Reset.NONE),
    }  # fmt: skip
    report = LayerRounding(
        name=name, neurons=len(alpha), synapses=count, weight=error, leak=leak, threshold=float(off.max())
    )  # fmt: skip
    return parameters, report, found


def _numbers(unrolled: Unrolled, host: dict[str, Any]) -> dict[str, IntArray]:
    """The network's numbers of each population's neurons: in order, or as the exported network had them."""
    count = sum(unrolled.sizes.values())
    if host:
        numbers = {name: np.asarray(host["neurons"].get(name, ()), np.int64) for name in unrolled.sizes}
        every = np.sort(np.concatenate(list(numbers.values())))
        sizes = {name: len(each) for name, each in numbers.items()}
        if sizes != unrolled.sizes or not np.array_equal(every, np.arange(count)):
            raise InputError(f"NIR metadata {HOST!r}: its neurons are not those of the graph")
        return numbers
    ends = np.cumsum([0, *unrolled.sizes.values()])
    return {
        name: np.arange(start, start + size) for (name, size), start in zip(unrolled.sizes.items(), ends, strict=False)
    }


def _host(graph: Graph) -> dict[str, Any]:
    text = graph.metadata.get(HOST)
    if text is None:
        return {}
    try:
        host = json.loads(text.decode() if isinstance(text, bytes) else str(text))
        if isinstance(host, dict) and {"neurons", "max_steps", "state_bits"} <= set(host):
            return host
    except ValueError:
        pass
    raise InputError(f"NIR metadata {HOST!r}: expected what an export writes, not {str(text)!r:.80}")
