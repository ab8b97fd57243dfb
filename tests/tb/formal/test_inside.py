# SPDX-License-Identifier: Apache-2.0
"""Looks into a component: by the names of its source."""

from typing import Any

import pytest
from amaranth.hdl import EnableInserter, Module, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from tb.formal.inside import Elaborated


class _Inner(wiring.Component):
    def __init__(self) -> None:
        super().__init__({"step": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.store = store = Memory(shape=4, depth=3, init=[5, 6, 7])
        read = store.read_port()
        m.d.comb += read.en.eq(1)
        with m.FSM():
            with m.State("WAIT"), m.If(self.step):
                m.next = "WORK"
            with m.State("WORK"):
                m.next = "WAIT"
        return m


class _Outer(wiring.Component):
    def __init__(self) -> None:
        super().__init__({"step": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.inner = inner = _Inner()
        m.d.comb += inner.step.eq(self.step)
        return m


def test_signals_states_and_words_by_path() -> None:
    inside = Elaborated(_Outer())
    assert inside.component("inner") is inside.signal("inner")
    assert inside.signal("step", "inner") is inside.component("inner").step
    assert inside.signal("read", "inner") is inside.signal("read", inside.component("inner"))
    assert len(inside.words("inner.store")) == 3
    state: Any = inside.state("WORK", "inner")
    assert len(Value.cast(state)) == 1


def test_a_name_that_is_not_there_is_an_error() -> None:
    inside = Elaborated(_Outer())
    with pytest.raises(KeyError, match="no signal 'gone' in 'inner'"):
        inside.signal("gone", "inner")
    with pytest.raises(KeyError):
        inside.state("GONE", "inner")


class _Enabled(_Outer):
    def elaborate(self, platform: object) -> Module:
        m = Module()
        inner = _Inner()
        m.submodules.inner = EnableInserter(self.step)(inner)
        m.d.comb += inner.step.eq(self.step)
        return m


def test_a_component_with_an_enable_is_itself() -> None:
    inside = Elaborated(_Enabled())
    assert inside.component("inner") is inside.signal("inner")
    assert inside.signal("read", "inner") is not None
    assert len(inside.words("inner.store")) == 3
