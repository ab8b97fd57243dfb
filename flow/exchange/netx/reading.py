# SPDX-License-Identifier: Apache-2.0
"""NetX files (HDF5, as ``export_hdf5`` of lava-dl writes them) as graphs of NIR's nodes with Loihi's neurons.

A layer ``k`` becomes nodes ``k.weight``, ``k.delay`` and ``k``. What Lava's own reader (``lava.lib.dl.netx.hdf5`` 0.6)
does not play is refused by layer and reason, and so is what has no meaning for events that are 0 or 1.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from flow.exchange.netx.nodes import (
    STATE_LIMIT,
    WEIGHT_SHIFT,
    Conv2d,
    Delay,
    Flatten,
    Input,
    Linear,
    Loihi,
    LoihiReadOut,
    Output,
)
from flow.exchange.operators import FloatArray, Shape, matrix
from flow.exchange.reading import Graph
from model.limits import LEAK_ONE
from support.errors import InputError

INPUT = "input"
WEIGHT_LOW, WEIGHT_HIGH = -256, 254
"""Of a weight of eight bits and an exponent of one; Lava clips others."""
PLAYED = ("dense", "dense_rec", "conv", "flatten", "input")


def read_netx(path: Path, input_shape: Shape | None = None) -> Graph:
    """The graph of a file, for input of a shape (channels, height, width), if the file does not say it.

    Steps are those of Lava: an event takes one to the first layer, as a spike does to the next. Raises InputError for a
    file that is none, and with layer and reason for what cannot be expressed.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a network of Lava's NetX (.net, HDF5)")
    try:
        with h5py.File(path) as file:
            layers = _layers(file)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise InputError(f"{path}: {error}") from None
        raise InputError(f"{path}: not a file of NetX ({' '.join(str(error).split())[:200]})") from None
    try:
        return _Builder(input_shape).graph(layers)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _layers(file: h5py.File) -> list[dict[str, Any]]:
    """The fields of each layer, those of its neurons as ``neuron/...``."""
    if "layer" not in file or not isinstance(file["layer"], h5py.Group) or not len(file["layer"]):
        raise InputError("no layers; expected a group 'layer' with groups '0', '1' and so on")
    group = file["layer"]
    names = [str(number) for number in range(len(group))]
    if set(group) != set(names):
        raise InputError(f"layers {', '.join(sorted(group))[:80]}; expected them numbered from 0 to {len(group) - 1}")
    found = []
    for name in names:
        fields: dict[str, Any] = {}

        def keep(key: str, item: Any, fields: dict[str, Any] = fields) -> None:
            if isinstance(item, h5py.Dataset):
                fields[key] = item[()]

        group[name].visititems(keep)
        fields["type"] = _text(fields.get("type", b"?"))
        if "neuron/type" in fields:
            fields["neuron/type"] = _text(fields["neuron/type"])
        found.append(fields)
    return found


def _text(value: Any) -> str:
    first = np.atleast_1d(value)[0]
    return first.decode("ascii", "replace") if isinstance(first, bytes) else str(first)


class _Builder:
    """Nodes and edges, layer by layer."""

    def __init__(self, input_shape: Shape | None) -> None:
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self.shape = input_shape
        self.last = INPUT

    def graph(self, layers: list[dict[str, Any]]) -> Graph:
        for number, fields in enumerate(layers):
            self._layer(f"layer {number}", str(number), fields)
        if self.last == INPUT or not isinstance(self.nodes[self.last], Loihi):
            raise InputError("the last layer has no neurons; expected one of type dense or conv")
        self._join(self.last, "output", Output())
        return Graph(self.nodes, tuple(self.edges), {})

    def _layer(self, where: str, name: str, fields: dict[str, Any]) -> None:
        what = fields["type"]
        if what not in PLAYED:
            raise InputError(f"{where} is of type {what!r}; expected one of {', '.join(PLAYED)}, which Lava plays")
        if what == "input":
            self._input(where, fields)
            return
        if what == "flatten":
            self._start(where, None)
            self._join(self.last, name, Flatten())
            self.shape = (int(np.prod(self.shape or ())),)
            return
        weight = _numbers(where, fields, "weight")
        low, high = weight.min(initial=0), weight.max(initial=0)
        if (weight != np.rint(weight)).any() or low < WEIGHT_LOW or high > WEIGHT_HIGH:
            raise InputError(
                f"{where}: weights must be whole numbers in {WEIGHT_LOW}..{WEIGHT_HIGH}, as lava-dl exports them"
            )
        (self._conv if what == "conv" else self._dense)(where, name, fields, weight)

    def _input(self, where: str, fields: dict[str, Any]) -> None:
        if self.nodes:
            raise InputError(f"{where} is of type input; expected that as layer 0 alone")
        if any(key.startswith("neuron/") for key in fields):
            raise InputError(
                f"{where}: its neurons make spikes of numbers; here the input is spikes: expected an input without "
                "neurons, and the spikes that they send as data"
            )
        self.shape = tuple(int(each) for each in np.atleast_1d(_numbers(where, fields, "shape")))

    def _dense(self, where: str, name: str, fields: dict[str, Any], weight: FloatArray) -> None:
        if weight.ndim == 1:
            outputs = int(np.prod(_numbers(where, fields, "shape")))
            weight = weight.reshape(outputs, -1)
        self._start(where, (weight.shape[1],))
        size = int(np.prod(self.shape or ()))
        if weight.ndim != 2 or weight.shape[1] != size:
            raise InputError(f"{where}: weight of shape {weight.shape} for {size} inputs")
        if len(self.shape or ()) != 1:
            self._join(self.last, f"{name}.flat", Flatten())
        targets = len(weight)
        neurons = self._neurons(where, fields, (targets,))
        delay = _delays(where, fields)
        if fields["type"] == "dense_rec":
            if delay is not None:
                raise InputError(f"{where}: delays of a recurrent layer, which Lava plays with other weights")
            recurrent = _numbers(where, fields, "weight_rec")
            if recurrent.shape != (targets, targets):
                raise InputError(f"{where}: weight_rec of shape {recurrent.shape} for {targets} neurons")
            self.nodes[f"{name}.recurrent"] = Linear(recurrent)
            self.edges += [(name, f"{name}.recurrent"), (f"{name}.recurrent", name)]
        self._weights(where, name, weight, delay)
        self.nodes[name] = neurons
        self.last, self.shape = name, (targets,)

    def _weights(self, where: str, name: str, weight: FloatArray, delay: FloatArray | None) -> None:
        """A matrix to the neurons ``name``; delays as Lava takes them: of all, of targets, of sources, of synapses."""
        start = self.last
        if delay is None or delay.size == 1 or delay.shape == (len(weight),):
            steps = None if delay is None else np.broadcast_to(delay.ravel(), (len(weight),))
            self._path(start, name, name, [Linear(weight), *([] if steps is None else [Delay(steps)])])
        elif delay.shape == (weight.shape[1],):
            self._path(start, name, name, [Delay(delay), Linear(weight)])
        elif delay.shape == weight.shape:
            for each in np.unique(delay):
                part = np.where(delay == each, weight, 0.0)
                self._path(start, name, f"{name}.{int(each)}", [Linear(part), Delay(np.full(len(weight), each))])
        else:
            raise InputError(f"{where}: delays of shape {delay.shape} for weights of shape {weight.shape}")

    def _conv(self, where: str, name: str, fields: dict[str, Any], weight: FloatArray) -> None:
        weight = weight.reshape(weight.shape[:4])
        self._start(where, None)
        stride, padding, dilation = (
            _pair(_numbers(where, fields, each)) for each in ("stride", "padding", "dilation")
        )  # fmt: skip
        node = Conv2d(weight, stride, padding, dilation, groups=int(_numbers(where, fields, "groups")))
        shape = matrix(name, node, self.shape or ())[2]
        parts: list[Any] = [node]
        delay = _delays(where, fields)
        if delay is not None:
            if delay.size not in (1, shape[0]):
                raise InputError(f"{where}: {delay.size} delays for {shape[0]} channels")
            parts.append(Delay(np.broadcast_to(delay.reshape(-1, 1, 1), shape)))
        neurons = self._neurons(where, fields, shape)
        self._path(self.last, name, name, parts)
        self.nodes[name] = neurons
        self.last, self.shape = name, shape

    def _start(self, where: str, shape: Shape | None) -> None:
        """The input, where this is the first layer after it."""
        if INPUT in self.nodes:
            return
        self.shape = self.shape or shape
        if self.shape is None:
            raise InputError(f"{where}: the file does not say the shape of its input; give it (--input-shape)")
        self.nodes[INPUT] = Input({"output": np.array(self.shape)})
        self._join(INPUT, f"{INPUT}.step", Delay(np.ones(self.shape)))

    def _path(self, start: str, end: str, prefix: str, nodes: list[Any]) -> None:
        """Nodes in a row from one to another."""
        for node in nodes:
            called = f"{prefix}.{'delay' if isinstance(node, Delay) else 'weight'}"
            self.nodes[called] = node
            self.edges.append((start, called))
            start = called
        self.edges.append((start, end))

    def _join(self, start: str, name: str, node: Any) -> None:
        self.nodes[name] = node
        self.edges.append((start, name))
        self.last = name

    def _neurons(self, where: str, fields: dict[str, Any], shape: Shape) -> Loihi:
        what = fields.get("neuron/type")
        if what not in ("CUBA", "LOIHI"):
            raise InputError(f"{where}: neurons of type {what!r}; expected CUBA or LOIHI")
        if np.any(fields.get("neuron/gradedSpike", False)):
            raise InputError(f"{where}: graded spikes; expected spikes that are 0 or 1")
        if "neuron/weight_exp" in fields and np.any(fields["neuron/weight_exp"]):
            raise InputError(f"{where}: a weight exponent of a norm, which Lava does not read; expected none")
        if np.any(_numbers(where, fields, "neuron/refDelay") != 1):
            raise InputError(f"{where}: refDelay must be 1, all that lava-dl writes and Lava plays")

        def each(key: str, low: float, high: float) -> FloatArray:
            values = _numbers(where, fields, key)
            if values.size and (values.min() < low or values.max() > high or (values != np.rint(values)).any()):
                raise InputError(f"{where}: {key} must be whole numbers in {low}..{high}")
            return _of_neurons(where, key, values, shape)

        threshold = each("neuron/vThMant", 0, float(1 << 24))
        never = threshold * (1 << WEIGHT_SHIFT) >= STATE_LIMIT
        if never.any() and not never.all():
            raise InputError(f"{where}: thresholds that some neurons reach and others never; expected one kind")
        bias = each("bias", -4096, 4095) if "bias" in fields else np.zeros(int(np.prod(shape)))
        return (LoihiReadOut if never.all() else Loihi)(
            shape=shape, i_decay=each("neuron/iDecay", 0, LEAK_ONE), v_decay=each("neuron/vDecay", 0, LEAK_ONE),
            threshold=threshold, bias=bias,
        )  # fmt: skip


def _numbers(where: str, fields: dict[str, Any], key: str) -> FloatArray:
    if key not in fields:
        raise InputError(f"{where}: no {key}")
    values = np.asarray(fields[key])
    if values.dtype.kind not in "iufb" or not np.isfinite(values.astype(np.float64)).all():
        raise InputError(f"{where}: {key} must be finite numbers")
    return values.astype(np.float64)


def _delays(where: str, fields: dict[str, Any]) -> FloatArray | None:
    if "delay" not in fields:
        return None
    delay = _numbers(where, fields, "delay")
    if (delay < 0).any() or (delay != np.rint(delay)).any():
        raise InputError(f"{where}: delays must be whole steps of at least 0, as lava-dl exports them")
    return delay


def _of_neurons(where: str, key: str, values: FloatArray, shape: Shape) -> FloatArray:
    """A value for each neuron, from one for all, one for each channel, or one for each neuron."""
    count = int(np.prod(shape))
    if values.size == shape[0] and len(shape) > 1:
        return np.repeat(values.ravel(), count // shape[0])
    if values.size not in (1, count):
        raise InputError(f"{where}: {key} has {values.size} values for {count} neurons")
    return np.broadcast_to(values.ravel(), (count,)).copy()


def _pair(values: FloatArray) -> tuple[int, ...]:
    found = tuple(int(each) for each in np.atleast_1d(values).ravel())
    return found * 2 if len(found) == 1 else found
