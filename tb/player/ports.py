# SPDX-License-Identifier: Apache-2.0
"""The ports of a component as a bench sees them: sources, sinks, records, and plain values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amaranth.hdl import Const, Value
from amaranth.lib import stream, wiring

from support.errors import InputError


class PortKind(StrEnum):
    """What a bench does with a port."""

    SOURCE = "source"
    """Stream into the component: the bench plays tokens."""
    SINK = "sink"
    """Stream out of the component, with back-pressure: the bench takes tokens."""
    RECORD = "record"
    """``valid`` and ``payload`` out of the component without back-pressure: each valid cycle is a token."""
    SET = "set"
    """Plain value into the component."""
    GET = "get"
    """Plain value out of the component."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """One port of a component."""

    name: str
    """Path in the signature, joined by ``__``, as in Verilog."""
    kind: PortKind
    shape: Any
    """Shape of the payload or of the value."""
    width: int
    """Bits of it, 0 or more."""
    interface: Any
    """The stream interface, or the plain value, of the component."""
    init: int = 0
    """Value of a plain input until it is set."""

    @property
    def storage(self) -> int:
        """Bits it takes in files: an empty payload is kept as one bit that is 0."""
        return max(1, self.width)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All ports of a component, in the order of its signature."""

    all: tuple[Port, ...]

    def of(self, *kinds: PortKind) -> tuple[Port, ...]:
        """The ports of these kinds."""
        return tuple(port for port in self.all if port.kind in kinds)

    def named(self, name: str, *kinds: PortKind) -> Port:
        """The port of that name, which must be of one of ``kinds``. Raises InputError."""
        found = [port for port in self.of(*kinds) if port.name == name]
        if not found:
            choices = ", ".join(port.name for port in self.of(*kinds)) or "none"
            raise InputError(f"no {' or '.join(kinds)} port {name!r}: the component has {choices}")
        return found[0]


def ports_of(component: wiring.Component) -> Ports:
    """The ports of ``component``, by its signature.

    A stream is a ``stream.Signature``; a record is a signature of exactly ``valid`` and ``payload``, or a stream out
    that is ``always_ready``. Any other signature is a name space.
    Raises InputError for a record into the component.
    """
    found: list[Port] = []
    _collect(component.signature, component, (), found)
    return Ports(all=tuple(found))


def _collect(signature: Any, interface: Any, path: tuple[str | int, ...], found: list[Port]) -> None:
    for name, member in signature.members.items():
        _member(member, getattr(interface, name), (*path, name), member.dimensions, found)


def _member(member: Any, value: Any, path: tuple[str | int, ...], dimensions: Any, found: list[Port]) -> None:
    if dimensions:
        for index in range(dimensions[0]):
            _member(member, value[index], (*path, index), dimensions[1:], found)
        return
    name = "__".join(map(str, path))
    if member.is_port:
        plain = Value.cast(value)
        if len(plain):
            kind = PortKind.SET if member.flow == wiring.In else PortKind.GET
            init = Const.cast(member.init if member.init is not None else 0).value if kind is PortKind.SET else 0
            found.append(
                Port(name=name, kind=kind, shape=member.shape, width=len(plain), interface=value,
                     init=init & ((1 << len(plain)) - 1))
            )  # fmt: skip
        return
    inner = member.signature
    is_stream = isinstance(inner, stream.Signature)
    if not is_stream and set(inner.members) != {"valid", "payload"}:
        _collect(inner, value, path, found)
        return
    payload = Value.cast(value.payload)
    if inner.members["valid"].flow == wiring.In:
        if not is_stream:
            raise InputError(f"port {name}: a record without ready must go out of the component")
        kind = PortKind.SOURCE
    else:
        kind = PortKind.SINK if is_stream and not inner.always_ready else PortKind.RECORD
    shape = inner.members["payload"].shape
    found.append(Port(name=name, kind=kind, shape=shape, width=len(payload), interface=value))
