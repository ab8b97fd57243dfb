# SPDX-License-Identifier: Apache-2.0
"""Synthesis for ECP5 counts what is known to be there."""

import json
from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from flow.synthesis.ecp5 import MAPPED, describe, mapped, shell, synthesise
from model.config import QueueMemory
from model.delay.registry import DelayUnit
from model.image.image import Image
from rtl.core.neurocore import Core
from rtl.delay.queue import EventQueue
from rtl.memories import apart_memory
from support.paths import ROOT


class Known(wiring.Component):
    """One 18 kbit block RAM, one multiplier, a counter of 10 bits, and a register of 36 at its product."""

    def __init__(self) -> None:
        super().__init__(
            {"a": In(signed(18)), "b": In(signed(18)), "product": Out(signed(36)), "word": Out(18)}
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Read only: a word that is read while it is written would need logic around the block RAM.
        content = np.random.default_rng(1).integers(0, 1 << 18, 1024).tolist()
        m.submodules.memory = memory = Memory(shape=18, depth=1024, init=content)
        read = memory.read_port()
        counter = Signal(10)
        m.d.sync += [counter.eq(counter + 1), self.product.eq(self.a * self.b)]
        m.d.comb += [read.en.eq(1), read.addr.eq(counter), self.word.eq(read.data)]
        return m


def test_known_counts(tmp_path: Path) -> None:
    area = synthesise(Known(), "known", tmp_path)
    assert (area.flip_flops, area.block_rams, area.dsps, area.memory_bits) == (10 + 36, 1, 1, 18 * 1024)
    assert 10 <= area.luts <= 40
    assert area.fmax_mhz is not None
    assert 20 < area.fmax_mhz < 1000


def test_what_does_not_fit_has_no_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flow.synthesis.ecp5.BLOCK_RAMS", 0)
    area = synthesise(Known(), "known", tmp_path)
    assert (area.flip_flops, area.block_rams, area.dsps, area.memory_bits) == (10 + 36, 1, 1, 18 * 1024)
    assert area.fmax_mhz is None


def test_the_core_that_is_shipped_is_mapped(tmp_path: Path) -> None:
    # Names that only assertions needed once ended this in ABC9, for the whole core and for none of its blocks.
    config = Image.load(ROOT / "tables" / "synthetic_48_48_20.chx").config(DelayUnit("scdq"))
    found = mapped(describe(Core(config), "core"), "core", tmp_path)
    assert found.fits
    assert found.luts < 8000


class Table(wiring.Component):
    """A block RAM that is written and read."""

    def __init__(self, *, apart: bool) -> None:
        self._apart = apart
        super().__init__({"address": In(10), "into": In(18), "word": Out(18)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = (
            apart_memory(18, 1024) if self._apart else Memory(shape=18, depth=1024, init=[])
        )  # fmt: skip
        write, read = memory.write_port(), memory.read_port()
        m.d.comb += [write.en.eq(1), write.data.eq(self.into), read.en.eq(1), read.addr.eq(self.address)]
        m.d.sync += write.addr.eq(write.addr + 1)
        m.d.comb += self.word.eq(read.data)
        return m


def test_no_logic_for_ports_that_never_meet(tmp_path: Path) -> None:
    found = {}
    for apart in (False, True):
        folder = tmp_path / str(apart)
        found[apart] = mapped(describe(Table(apart=apart), "table"), "table", folder)
    assert [each.counts["block_rams"] for each in found.values()] == [1, 1]
    assert found[True].counts["flip_flops"] == 10, "the address alone"
    assert found[False].counts["flip_flops"] > 10 + 18
    assert found[True].luts < found[False].luts


def test_shell() -> None:
    component = Known()
    component._MustUse__silence = True
    text, registers = shell(component, "known")
    assert registers == 18 + 18 + 36 + 18 + 1
    assert text.startswith("module shell(input clk, input [17:0] a, input [17:0] b, output [35:0] product, ")
    assert text.count("TRELLIS_FF") == 5


class Queued(wiring.Component):
    """A queue of more words than a block RAM holds of their width, and a register behind it."""

    def __init__(self) -> None:
        super().__init__({"push": In(1), "pop": In(1), "into": In(15), "word": Out(15)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = EventQueue(shape=15, depth=2580, memory=QueueMemory.RAM)
        shown = Signal(15, reset_less=True)
        m.d.comb += [queue.push.eq(self.push & ~queue.full), queue.pop.eq(self.pop & queue.filled)]
        m.d.comb += [queue.push_data.eq(self.into), queue.last.eq(2579), self.word.eq(shown)]
        m.d.sync += shown.eq(queue.data)
        return m


def test_words_of_a_deep_queue_leave_by_output_registers(tmp_path: Path) -> None:
    found = mapped(describe(Queued(), "queued"), "queued", tmp_path)
    assert found.counts["block_rams"] == 4
    cells = json.loads((tmp_path / MAPPED).read_text())["modules"]["queued"]["cells"].values()
    assert [cell["parameters"]["REGMODE_B"] for cell in cells if cell["type"] == "DP16KD"] == ["OUTREG"] * 4
