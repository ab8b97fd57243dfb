# SPDX-License-Identifier: Apache-2.0
"""Transfers of a stream, read from a waveform."""

from pathlib import Path

import pytest

from examples.waveform import transfers

VCD = """$timescale 1ps $end
$scope module $rootio $end
$scope module top $end
$var wire 1 c clk $end
$scope module unit $end
$var wire 1 c clk $end
$var wire 1 v out__valid $end
$var wire 1 r out__ready $end
$var wire 8 p out__payload [7:0] $end
$upscope $end
$var wire 1 x out__valid $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
0c
0v
0r
1x
b0 p
#5
1c
1v
b101 p
#10
0c
#15
1c
#20
0c
1r
#25
1c
b110 p
#30
0c
#35
1c
0v
#40
0c
#45
1c
"""


def test_transfers(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd"
    path.write_text(VCD)
    # Valid alone is no transfer (15); at an edge the value before it counts (25), valid may fall there (35).
    assert list(transfers(path, "top.unit", "out")) == [(25, 5), (35, 6)]


def test_an_unknown_signal(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd"
    path.write_text(VCD)
    with pytest.raises(KeyError, match=r"top\.unit\.other__valid"):
        list(transfers(path, "top.unit", "other"))
