# SPDX-License-Identifier: Apache-2.0
"""Signals of a waveform under names of their own."""

from enum import IntEnum
from pathlib import Path

from amaranth.hdl import signed
from amaranth.lib.data import StructLayout

from tb.player.view import Group, Shown, View, shown_in, stream_group, transfers_file


class Kind(IntEnum):
    WORD = 0
    LAST = 1


STREAM = stream_group("out", "queue.out", StructLayout({"kind": Kind, "weight": signed(3)}), "what comes out")


def test_a_stream_field_by_field() -> None:
    token, weight = STREAM.signals
    assert token.names == ("NONE", "WAIT", "WORD", "LAST")
    assert "{dut}.queue.out__payload[0:0]" in token.value
    assert (weight.name, weight.value, weight.width, weight.signed) == (
        "weight",
        "{dut}.queue.out__payload[3:1]",
        3,
        True,
    )


def test_a_module_with_a_scope_for_each_group() -> None:
    state = Group(
        name="unit", title="a unit", signals=(Shown(name="state", value="{dut}.s", width=1, names=("A", "B")),)
    )
    text = View(groups=(STREAM, state)).module()
    assert "typedef enum logic [2:0] {NONE = 0, WAIT = 1, WORD = 2, LAST = 3} token_names;" in text
    assert "wire signed [2:0] weight = harness.dut.queue.out__payload[3:1];" in text
    assert "assign state = state_names'(harness.dut.s);" in text
    assert text.endswith("module view;\n    view_out out();\n    view_unit unit();\nendmodule\n")
    assert [path for path, _ in shown_in(state)] == ["harness.view.unit.state"]


def test_transfers_are_read_back(tmp_path: Path) -> None:
    (tmp_path / transfers_file(STREAM)).write_text("5 1f\n9 0\n")
    assert View(groups=(STREAM,)).transfers(tmp_path) == {"out": [(5, 31), (9, 0)]}
    assert View(groups=(STREAM,)).transfers(tmp_path / "none") == {"out": []}
