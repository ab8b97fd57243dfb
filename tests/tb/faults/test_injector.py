# SPDX-License-Identifier: Apache-2.0
"""The script of the injector, and the names of the memories."""

import pytest

from model.config import DelayUnit, preset
from model.cost.memories import MemoryName
from model.faults.faults import FaultList, Flip, Stuck
from model.faults.memories import shapes
from rtl.core.neurocore import Core
from tb.faults.injector import injector, memories, script
from tb.player.verilog import to_verilog


def test_script_in_order_of_time() -> None:
    config = preset("tiny")
    faults = FaultList(
        flips=(
            Flip(memory=MemoryName.STATES, address=2, bit=3, sample=7, step=4),
            Flip(memory=MemoryName.ACCUMULATORS, copy=1, address=0, bit=1, sample=5, step=9),
            Flip(memory=MemoryName.STATES, address=2, bit=3, sample=6, step=0),
            Flip(memory=MemoryName.WORDS, address=1, bit=0),
        ),
        stuck=(Stuck(lane=1, address=2, bit=3, value=1),),
    )
    order = [(name, copy) for name, copy, _ in memories(config)]
    states, lane1, words = (order.index(key) for key in
                            ((MemoryName.STATES, 0), (MemoryName.ACCUMULATORS, 1), (MemoryName.WORDS, 0)))  # fmt: skip
    # Sample 6 is not played; 5 is the first one.
    assert script(config, faults, [5, 7]).decode().splitlines() == [
        "1", "1 2 3 1", f"1 0 0 {words} 1 0", f"1 9 2 {lane1} 0 1", f"2 4 2 {states} 2 3",
    ]  # fmt: skip


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_every_memory_is_there_with_its_size(unit: DelayUnit) -> None:
    """The place that the injector names is a memory of that depth and width in the core's Verilog."""
    config = preset("tiny", delay_unit=unit, queue_depth=9)
    text = to_verilog(Core(config), "dut")
    known = shapes(config)
    for name, _, place in memories(config):
        shape = known[name]
        module, _, memory = place.rpartition(".")
        body = text.split(f"module \\dut.{module} (", 1)[1].split("endmodule", 1)[0]
        assert f"  reg [{shape.width - 1}:0] {memory} [{shape.depth - 1}:0];" in body
        assert f"harness.dut.{place}[address]" in injector(config)
