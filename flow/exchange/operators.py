# SPDX-License-Identifier: Apache-2.0
"""Nodes without a state as matrices: what is unrolled to synapses. Arrays are flattened in C order."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flow.exchange.reading import kind
from support.errors import InputError

FloatArray = NDArray[np.float64]
Shape = tuple[int, ...]
MAX_ENTRIES = 1 << 27
"""Most entries of a matrix."""


def matrix(name: str, node: Any, shape: Shape) -> tuple[FloatArray | None, FloatArray | float, Shape]:
    """What a node does to input of a shape: a matrix (None: nothing), what it adds, and the shape that comes out.

    Raises InputError, with the node's name, for input of a shape that it does not take.
    """
    what = kind(node)
    size = int(np.prod(shape))
    if what in ("Identity", "Delay", "Output"):
        return None, 0.0, shape
    if what == "Flatten":
        start, end = (axis % len(shape) for axis in (node.start_dim, node.end_dim))
        return None, 0.0, (*shape[:start], int(np.prod(shape[start : end + 1])), *shape[end + 1 :])
    if what == "Scale":
        scale = np.broadcast_to(np.asarray(node.scale, np.float64), shape).ravel()
        return np.diag(scale), 0.0, shape
    if what in ("Linear", "Affine"):
        weight = np.asarray(node.weight, np.float64)
        if weight.ndim != 2 or weight.shape[1] != size:
            raise InputError(f"node {name!r}: weight of shape {weight.shape} for {size} inputs")
        bias = np.asarray(node.bias, np.float64).ravel() if what == "Affine" else 0.0
        return weight, bias, (len(weight),)
    if what in ("SumPool2d", "AvgPool2d"):
        return _pool(name, node, shape, average=what == "AvgPool2d")
    return _conv(name, node, shape)


def _pair(value: Any, dimensions: int) -> tuple[int, ...]:
    found = tuple(int(each) for each in np.atleast_1d(np.asarray(value)).ravel())
    return found * dimensions if len(found) == 1 else found


def _positions(
    size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place in the input of each (output, kernel element) along one axis, and whether it is inside."""
    count = (size + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1
    place = np.arange(count)[:, None] * stride + np.arange(kernel) * dilation - padding[0]
    return place, (place >= 0) & (place < size)


def _conv(name: str, node: Any, shape: Shape) -> tuple[FloatArray, FloatArray, Shape]:
    weight = np.asarray(node.weight, np.float64)
    dimensions = weight.ndim - 2
    if len(shape) != dimensions + 1 or shape[0] != weight.shape[1] * int(node.groups):
        raise InputError(f"node {name!r}: input of shape {shape} for weights of shape {weight.shape}")
    stride, dilation = _pair(node.stride, dimensions), _pair(node.dilation, dimensions)
    kernel = weight.shape[2:]
    if isinstance(node.padding, str | bytes):
        text = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
        total = [d * (k - 1) if text == "same" else 0 for k, d in zip(kernel, dilation, strict=True)]
        padding = [(each // 2, each - each // 2) for each in total]
    else:
        padding = [(each, each) for each in _pair(node.padding, dimensions)]
    axes = [
        _positions(*each) for each in zip(shape[1:], kernel, stride, padding, dilation, strict=True)
    ]  # fmt: skip
    out = tuple(len(place) for place, _ in axes)
    if min(out) < 1:
        raise InputError(f"node {name!r}: input of shape {shape} is smaller than the kernel {kernel}")
    groups, outputs = int(node.groups), weight.shape[0]
    result = _zeros(name, outputs * int(np.prod(out)), int(np.prod(shape)))
    grid, inputs = result.reshape(outputs, *out, *shape), weight.shape[1]
    for channel in range(outputs):
        first = channel // (outputs // groups) * inputs
        for element in np.ndindex(*kernel):
            places = [place[:, k] for (place, _), k in zip(axes, element, strict=True)]
            inside = [good[:, k] for (_, good), k in zip(axes, element, strict=True)]
            to = np.meshgrid(*(np.flatnonzero(good) for good in inside), indexing="ij")
            at = np.meshgrid(*(place[good] for place, good in zip(places, inside, strict=True)), indexing="ij")
            for source in range(inputs):
                grid[(channel, *to, first + source, *at)] += weight[(channel, source, *element)]
    bias = np.zeros(outputs) if node.bias is None else np.broadcast_to(np.asarray(node.bias, np.float64), (outputs,))
    return result, np.repeat(bias, int(np.prod(out))), (outputs, *out)


def _pool(name: str, node: Any, shape: Shape, *, average: bool) -> tuple[FloatArray, float, Shape]:
    if len(shape) != 3:
        raise InputError(f"node {name!r}: input of shape {shape}, expected (channels, height, width)")
    kernel, stride, padding = (_pair(each, 2) for each in (node.kernel_size, node.stride, node.padding))
    axes = [
        _positions(size, k, s, (p, p), 1) for size, k, s, p in zip(shape[1:], kernel, stride, padding, strict=True)
    ]  # fmt: skip
    out = (shape[0], *(len(place) for place, _ in axes))
    if min(out) < 1:
        raise InputError(f"node {name!r}: input of shape {shape} is smaller than the kernel {kernel}")
    result = _zeros(name, int(np.prod(out)), int(np.prod(shape)))
    grid = result.reshape(*out, *shape)
    share = 1 / (kernel[0] * kernel[1]) if average else 1.0
    (rows, rows_in), (columns, columns_in) = axes
    for channel in range(shape[0]):
        for y, i in np.argwhere(rows_in):
            for x, j in np.argwhere(columns_in):
                grid[channel, y, x, channel, rows[y, i], columns[x, j]] += share
    return result, 0.0, out


def _zeros(name: str, outputs: int, inputs: int) -> FloatArray:
    if outputs * inputs > MAX_ENTRIES:
        raise InputError(f"node {name!r}: {outputs} x {inputs} connections, expected at most {MAX_ENTRIES}")
    return np.zeros((outputs, inputs))
