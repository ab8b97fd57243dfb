# SPDX-License-Identifier: Apache-2.0
"""Payloads as integers: fields of a layout to the bits of a token and back, for one token or arrays of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from amaranth.hdl import Shape, ShapeCastable
from amaranth.lib import data

from support.errors import InputError


def pack(shape: Any, value: Any) -> Any:
    """The bits of ``value`` as an unsigned integer, first field lowest.

    ``value`` is an integer, or for a struct layout a mapping of its field names (a field left out is 0), for an array
    layout a sequence; integers may be numpy arrays of one shape, which gives an array of tokens.
    Raises InputError if a field does not exist or its value does not fit.
    """
    return _pack(shape, value, "token")


def unpack(shape: Any, token: Any) -> Any:
    """The inverse of ``pack``: signed fields get their sign back, a struct becomes a dict, an array a list."""
    if isinstance(shape, data.Layout):
        fields = {name: unpack(field.shape, (token >> field.offset) & _ones(field.width, token))
                  for name, field in shape}  # fmt: skip
        return list(fields.values()) if isinstance(shape, data.ArrayLayout) else fields
    cast = Shape.cast(shape)
    if cast.signed and cast.width:
        if isinstance(token, np.ndarray) and token.dtype != object:
            token = token.astype(np.int64)
        sign = 1 << (cast.width - 1)
        return (token ^ sign) - sign
    return token


def matching(shape: Any, fields: Mapping[str, Any]) -> tuple[int, int]:
    """(mask, value) of the tokens of a struct layout whose ``fields`` have these values."""
    mask = 0
    for name in fields:
        field = _field(shape, name, "match")
        mask |= ((1 << field.width) - 1) << field.offset
    return mask, int(pack(shape, fields))


def _ones(width: int, token: Any) -> Any:
    ones = (1 << width) - 1
    return token.dtype.type(ones) if isinstance(token, np.ndarray) and token.dtype != object else ones


def _field(shape: Any, name: Any, what: str) -> Any:
    names = [key for key, _ in shape] if isinstance(shape, data.Layout) else []
    if name not in names:
        raise InputError(f"{what}: no field {name!r}, expected one of {', '.join(map(str, names)) or 'none'}")
    return shape[name]


def _pack(shape: Any, value: Any, what: str) -> Any:
    if isinstance(shape, data.Layout):
        if isinstance(value, Mapping):
            items = list(value.items())
        elif isinstance(value, (list, tuple)):
            items = list(enumerate(value))
        else:
            return _fit(Shape.cast(shape), value, what)
        token: Any = 0
        for name, part in items:
            field = _field(shape, name, what)
            bits = _pack(field.shape, part, f"{what}.{name}")
            if isinstance(bits, np.ndarray):
                bits = bits.astype(object if Shape.cast(shape).width > 64 else np.uint64)
            token = token | (bits << field.offset)
        return token
    if isinstance(shape, ShapeCastable) and not isinstance(value, (int, np.integer, np.ndarray)):
        value = shape.const(value)
        value = getattr(value, "value", value)
    return _fit(Shape.cast(shape), value, what)


def _fit(shape: Shape, value: Any, what: str) -> Any:
    low = -(1 << (shape.width - 1)) if shape.signed and shape.width else 0
    high = low + (1 << shape.width) - 1
    if not isinstance(value, np.ndarray):
        value = int(value)
    worst = value if isinstance(value, int) else next((int(x) for x in (value.min(initial=0), value.max(initial=0))
                                                       if not low <= int(x) <= high), 0)  # fmt: skip
    if not low <= worst <= high:
        raise InputError(f"{what} must be in {low}..{high}, not {worst}")
    if isinstance(value, np.ndarray):
        return value.astype(np.int64) & ((1 << shape.width) - 1) if shape.signed else value
    return value & ((1 << shape.width) - 1)
