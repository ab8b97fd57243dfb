# SPDX-License-Identifier: Apache-2.0
"""The records of a bundle, as bytes: the one place of the host's side that knows the layout of docs/multicore.md."""

from enum import IntEnum

from model.fabric.routes import Routes, Span
from model.fabric.status import FabricStatus
from support.errors import InputError

MAGIC = b"CHXB"
VERSION = 1
HEADER = (("version", 2), ("nodes", 2), ("cores", 2), ("zero", 2), ("axons", 4))
"""Name and bytes of the fields after the magic, unsigned."""
FRAME = (("kind", 1), ("core", 1), ("zero", 2), ("length", 4))
ROUTES = (("eos_hops", 1), ("zero", 1), ("neurons", 2), ("entries", 4))
"""Name and bytes of the fields of routes after the two sets of cores."""
SPAN = (("base", 4), ("first", 2), ("count", 2))
SET_BYTES = 8
FIXED_BYTES = 2 * SET_BYTES + sum(size for _, size in ROUTES)
"""Bytes of routes before the spans."""


class FrameKind(IntEnum):
    """What a frame holds."""

    ROUTES = 1
    IMAGE = 2
    INFO = 3


class BundleError(InputError):
    """A bundle that a fabric refuses: ``status``, and ``offset`` of the field that is wrong."""

    def __init__(self, status: FabricStatus, offset: int, reason: str) -> None:
        super().__init__(f"bundle: {status.name} at byte {offset}: {reason}")
        self.status = status
        self.offset = offset
        self.reason = reason


def frame_bytes(kind: FrameKind, core: int, content: bytes) -> bytes:
    """A frame."""
    return _fields(FRAME, kind=kind, core=core, zero=0, length=len(content)) + content


def routes_to_bytes(routes: Routes) -> bytes:
    """The content of a frame of routes."""
    sets = [sum(1 << core for core in cores).to_bytes(SET_BYTES, "little") for cores in
            (routes.senders, routes.listeners)]  # fmt: skip
    fixed = _fields(ROUTES, eos_hops=routes.eos_hops, zero=0, neurons=len(routes.hops), entries=len(routes.entries))
    spans = [_fields(SPAN, base=span.base, first=span.first, count=span.count) for span in routes.spans]
    entries = (routes.entries + 1).astype("<u2").tobytes()
    return b"".join([*sets, fixed, *spans, entries, routes.hops.astype("u1").tobytes()])


def span_of(fields: dict[str, int]) -> Span:
    """A span from its fields."""
    return Span(base=fields["base"], first=fields["first"], count=fields["count"])


def _fields(layout: tuple[tuple[str, int], ...], **values: int) -> bytes:
    return b"".join(values[name].to_bytes(size, "little") for name, size in layout)
