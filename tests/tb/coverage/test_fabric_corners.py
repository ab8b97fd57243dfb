# SPDX-License-Identifier: Apache-2.0
"""The corners of the fabric: in the names of the Verilog of a fabric behind AXI, of several nodes and of one."""

from pathlib import Path

import pytest

from rtl.fabric.layouts import HostKind
from rtl.host.axi_fabric import AxiFabric
from tb.coverage.fabric_corners import BLOCKS, BUNDLE
from tb.coverage.verilog import modules, prepared
from tb.player.verilog import to_verilog
from tests.model.fabric.cases import case
from tests.tb.coverage.test_corners import lint


@pytest.mark.parametrize("nodes", [1, 3])
def test_verilator_takes_every_corner(nodes: int, tmp_path: Path) -> None:
    config = case(7, cores=1, nodes=nodes, neurons=4, axons=3).bundle.config(["ring"])
    plain = to_verilog(AxiFabric(config, simulation=True), "dut", sources=True)
    text = prepared(plain)
    lint(text, tmp_path)
    assert BLOCKS.keys() <= {module.source for module in modules(plain)}
    assert "// corner: a half of the inbox is full" in text
    full = next(line for line in text.splitlines() if line.endswith("// corner: a half of the inbox is full"))
    assert f"'h{config.geometry.axons:x} || count_1" in full


def test_numbers() -> None:
    assert int(HostKind.BUNDLE) == BUNDLE
