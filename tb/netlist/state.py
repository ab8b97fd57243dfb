# SPDX-License-Identifier: Apache-2.0
"""What an object holds, as text: two objects with the same text, of the same code, elaborate to the same netlist."""

import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from functools import cached_property
from inspect import unwrap
from itertools import chain
from pathlib import PurePath
from typing import Any

import numpy as np
from amaranth.hdl import Elaboratable

PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    slice,
    type(Ellipsis),
    type(NotImplemented),
    np.generic,
)
"""Values that ``repr`` tells apart."""
UNSEEN = ("_MustUse__", "_intern", "duid", "src_loc", "_src_loc", "__pydantic_fields_set__")
"""Beginnings of attributes that decide nothing: where and as which an object was made, whether it was used, and which
fields of a model were given rather than left at their defaults."""


class UnknownStateError(Exception):
    """An object holds something of which nobody knows whether two of it are the same."""


class State:
    """Collects the text of values; ``classes`` are those that were met, outside of which nothing is told apart."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.classes: set[type] = set()
        self.functions: set[types.FunctionType] = set()
        self._met: dict[int, tuple[int, Any]] = {}

    @property
    def text(self) -> str:
        """The text so far."""
        return "\n".join(self.parts)

    def add(self, value: Any) -> None:
        """Add a value, whatever it holds included. Raises UnknownStateError."""
        if isinstance(value, PLAIN) and not isinstance(value, Enum):
            self.parts.append(f"{type(value).__name__} {value!r}")
        elif isinstance(value, PurePath):
            self.parts.append(f"path {value}")
        elif id(value) in self._met:
            # The same object in two places is not two equal ones: a signal is itself.
            self.parts.append(f"again {self._met[id(value)][0]}")
        else:
            self._met[id(value)] = len(self._met), value  # held, so that its id stays its own
            self._add_new(value)

    def used(self) -> None:
        """Say that the components that were met are in use, or Amaranth warns of those that nobody elaborates."""
        for _, value in self._met.values():
            if isinstance(value, Elaboratable):
                value._MustUse__used = True

    def _add_new(self, value: Any) -> None:
        kind = type(value)
        if isinstance(value, type):
            self._name("class", value)
            self.classes.add(value)
        elif isinstance(value, types.FunctionType):
            self.function(value)
        elif isinstance(value, types.MethodType):
            self._several("method", (value.__func__, value.__self__))
        elif isinstance(value, types.ModuleType | types.BuiltinFunctionType):
            self._name("named", value)
        elif isinstance(value, Enum):
            self._several(f"member {value.name}", (kind,))
        elif isinstance(value, np.ndarray) and value.dtype != object:
            self.parts.append(f"array {value.dtype} {value.shape} {value.tobytes().hex()}")
        elif isinstance(value, dict | types.MappingProxyType):
            self._several(f"{kind.__name__} of {len(value)}", chain.from_iterable(value.items()))
            self.classes.add(kind)
        elif isinstance(value, set | frozenset):
            if not all(isinstance(each, PLAIN) for each in value):
                raise UnknownStateError("a set has no order, and what is in it no text of one line")
            self._several(f"{kind.__name__} of {len(value)}", sorted(value, key=repr))
        elif isinstance(value, list | tuple):
            self._several(f"{kind.__name__} of {len(value)}", value)
            self.classes.add(kind)
        else:
            self._object(value)

    def _name(self, what: str, value: Any) -> None:
        self.parts.append(f"{what} {getattr(value, '__module__', '')} {getattr(value, '__qualname__', value)}")

    def _several(self, what: str, values: Any) -> None:
        self.parts.append(what)
        for each in values:
            self.add(each)

    def _object(self, value: Any) -> None:
        kind = type(value)
        self.add(kind)
        fields = list(_fields(value))
        if not fields and kind.__module__ != "builtins" and kind.__flags__ & (1 << 9) and hasattr(value, "__dict__"):
            self.parts.append("of nothing")
            return
        if not fields:
            raise UnknownStateError(f"{kind.__module__}.{kind.__qualname__} holds what Python cannot see")
        self.parts.append(f"of {len(fields)}")
        for name, each in fields:
            self.parts.append(name)
            self.add(each)

    def function(self, function: types.FunctionType) -> None:
        """Add what a function does: its code, its defaults, and what it has closed over."""
        self.functions.add(function)
        self._name("function", function)
        self.parts.append(code_text(function.__code__))
        held = (cell.cell_contents for cell in function.__closure__ or () if _filled(cell))
        self._several("with", chain(function.__defaults__ or (), (function.__kwdefaults__ or {}).values(), held))


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell says so by an exception
    except ValueError:
        return False
    return True


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Attributes of an object by name, in its dictionary and in its slots; not those that decide nothing."""
    found: dict[str, Any] = {}
    for kind in type(value).__mro__:
        for name, slot in vars(kind).items():
            # Types that are written in C have members as well, and more that nobody sees.
            if isinstance(slot, types.MemberDescriptorType) and "__slots__" in vars(kind):
                try:
                    found[name] = slot.__get__(value)
                except AttributeError:
                    continue
    with suppress(AttributeError):
        # Not getattr, which an object that stands for another one passes on.
        found |= object.__getattribute__(value, "__dict__")
    # What a cached property has computed is there or not, and follows from the rest.
    cached = {name for kind in type(value).__mro__ for name, each in vars(kind).items()
              if isinstance(each, cached_property)}  # fmt: skip
    for name, each in sorted(found.items()):
        if not name.startswith(UNSEEN) and name not in cached:
            yield name, each


def code_text(code: types.CodeType) -> str:
    """What a piece of code does, not where it stands."""
    constants = [code_text(each) if isinstance(each, types.CodeType) else _constant(each) for each in code.co_consts]
    parts = (code.co_code.hex(), code.co_exceptiontable.hex(), code.co_names, code.co_varnames, code.co_freevars)
    return repr((*parts, code.co_cellvars, code.co_flags, code.co_argcount, code.co_kwonlyargcount, constants))


def _constant(value: Any) -> str:
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(repr, value))}"
    return repr(value)


def functions_of(value: Any) -> Iterator[Callable[..., Any]]:
    """The functions behind a member of a class or of a module: of a property, of a wrapper, of itself."""
    match value:
        case property():
            yield from (each for each in (value.fget, value.fset) if isinstance(each, types.FunctionType))
        case staticmethod() | classmethod():
            yield from functions_of(value.__func__)
        case cached_property():
            yield value.func
        case types.FunctionType():
            inner = unwrap(value)
            yield from (each for each in {value: 0, inner: 0} if isinstance(each, types.FunctionType))
        case _ if isinstance(getattr(value, "__wrapped__", None), types.FunctionType):
            yield value.__wrapped__
