# SPDX-License-Identifier: Apache-2.0
"""model.fabric.records: the bytes of a frame and of routes, spelled out."""

import numpy as np

from model.fabric.records import (
    FIXED_BYTES,
    BundleError,
    FrameKind,
    frame_bytes,
    routes_to_bytes,
    span_of,
)
from model.fabric.routes import Routes, Span
from model.fabric.status import FabricStatus


def test_a_frame() -> None:
    assert frame_bytes(FrameKind.IMAGE, 3, b"abcde") == bytes([2, 3, 0, 0, 5, 0, 0, 0]) + b"abcde"


def test_routes() -> None:
    routes = Routes(
        senders=frozenset({0, 9}), listeners=frozenset({63}), eos_hops=7, hops=np.array([0, 2, 7]),
        spans=(Span(base=0, first=2, count=1), Span(base=1, first=258, count=1)), entries=np.array([-1, 299]),
    )  # fmt: skip
    data = routes_to_bytes(routes)
    assert data[:8] == bytes([1, 2, 0, 0, 0, 0, 0, 0])
    assert data[8:16] == bytes([0, 0, 0, 0, 0, 0, 0, 128])
    assert data[16:FIXED_BYTES] == bytes([7, 0, 3, 0, 2, 0, 0, 0])
    assert data[FIXED_BYTES:] == bytes([
        0, 0, 0, 0, 2, 0, 1, 0,  # base, first and count of a span
        1, 0, 0, 0, 2, 1, 1, 0,
        0, 0, 44, 1,  # entries: the axon plus 1, 0 for none
        0, 2, 7,
    ])  # fmt: skip


def test_a_span_from_its_fields() -> None:
    assert span_of({"base": 1, "first": 2, "count": 3}) == Span(base=1, first=2, count=3)


def test_an_error_names_status_and_place() -> None:
    error = BundleError(FabricStatus.BAD_FRAME, 16, "expected kind 1 of a frame, not 2")
    assert str(error) == "bundle: BAD_FRAME at byte 16: expected kind 1 of a frame, not 2"
    assert (error.status, error.offset) == (FabricStatus.BAD_FRAME, 16)
