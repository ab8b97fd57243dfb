# SPDX-License-Identifier: Apache-2.0
"""The prover itself: streams that break the rule in one way each are rejected, a right one is not."""

from pathlib import Path

import pytest
from amaranth.hdl import Assert, Module, Signal
from amaranth.lib import stream

from flow.verify.formal import prove
from tb.formal.prop import Method, Property, arbitrary, held, require, to_netlist


def _source(fault: str) -> Module:
    """A stream of ascending numbers, offered in two cycles of three."""
    m = Module()
    port = stream.Interface(stream.Signature(4))
    pause, offers, number = Signal(2), Signal(), Signal(4)
    arbitrary(m, port.ready)
    taken = port.valid & port.ready
    m.d.comb += [port.valid.eq(offers), port.payload.eq(number)]
    with m.If(taken | ~offers):
        m.d.sync += [number.eq(number + 1), pause.eq(pause + 1), offers.eq(pause != 0)]
    if fault == "valid falls":
        m.d.comb += port.valid.eq(offers & (pause != 2))
        m.d.sync += pause.eq(pause + 1)
    elif fault == "payload changes":
        m.d.sync += number.eq(number + 1)
    elif fault == "valid waits for ready":
        m.d.comb += port.valid.eq(offers & ~(port.ready & (pause == 2)))
    require(m, held(m, port, "numbers", unless=Signal()), "numbers hold until taken")
    return m


def _property(fault: str, method: Method) -> Property:
    return Property(name="source.handshake", states="held", build=lambda inductive: _source(fault), method=method,
                    depth=2 if method is Method.INDUCTION else 8, falsify_depth=8, covers="all of it")  # fmt: skip


@pytest.mark.parametrize("method", Method)
def test_a_right_stream_is_proven(method: Method, tmp_path: Path) -> None:
    [proof] = prove([_property("", method)], 1, root=tmp_path)
    assert proof.proven


@pytest.mark.parametrize("fault", ["valid falls", "payload changes", "valid waits for ready"])
def test_a_broken_stream_is_not(fault: str, tmp_path: Path) -> None:
    [proof] = prove([_property(fault, Method.BOUNDED)], 1, root=tmp_path)
    assert not proof.proven
    assert proof.assertion == "numbers hold until taken"


def _two_assertions() -> Module:
    m = Module()
    count = Signal(3)
    m.d.sync += [count.eq(count + 1), Assert(count != 7, "count of the test"), Assert(count < 8, "range of the test")]
    return m


def test_assertions_are_named_and_can_be_left_out() -> None:
    everything = to_netlist(_two_assertions())
    assert "count_of_the_test__" in everything
    less = to_netlist(_two_assertions(), without="count of")
    assert "count_of_the_test" not in less
    assert "range_of_the_test__" in less
    with pytest.raises(ValueError, match="no assertion says 'gone'"):
        to_netlist(_two_assertions(), without="gone")
