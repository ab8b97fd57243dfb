# SPDX-License-Identifier: Apache-2.0
"""Activity from a waveform: one by hand, and those of a core, whose cycles the cycle model knows."""

from pathlib import Path

import pytest

from flow.energy.activity import Phase, read_activity
from flow.energy.report import recorded
from flow.run.recordings import load_samples
from flow.silicon.cache import Results
from model.batch import GoldenBatch
from model.cost.cycles import CycleModel
from model.encoding import to_events
from support.errors import InputError
from tests.flow.examples import small_image, write_recordings

HEAD = """\
$timescale 1ps $end
$scope module harness $end
$var wire 1 ! other $end
$scope module dut $end
$var wire 1 " clk $end
$var wire 32 # cycles [31:0] $end
$var wire 32 $ synapse_cycles [31:0] $end
$var wire 2 % events__payload.kind [1:0] $end
$var wire 1 & events__valid $end
$var wire 1 ' events__ready $end
$var wire 4 ( shared [3:0] $end
$scope module part $end
$var wire 4 ( inside [3:0] $end
$scope module deeper $end
$var wire 2 ) x [1:0] $end
$upscope $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
"""
CYCLES = """\
#0
0"
b0 #
b0 $
b0 %
0&
1'
b0000 (
b00 )
#1
1"
#2
0"
b1111 (
#3
1"
b1 #
b1 $
b01 )
#4
0"
#5
1"
b10 #
#6
0"
b10 %
1&
#7
1"
b11 #
b1000 (
0&
#8
0"
#9
1"
b100 #
#10
0"
#11
1"
"""


def test_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd"
    path.write_text(HEAD + CYCLES)
    activity = read_activity(path, "dut")
    assert activity.cycles == {Phase.SYNAPSES: 1, Phase.NEURONS: 2, Phase.END: 1}
    part = activity.blocks["part"]
    assert part.bits == 6, "nets of a part and of what is inside it; one that has two names counts once"
    assert part.toggles == {Phase.SYNAPSES: 4, Phase.NEURONS: 1, Phase.END: 3}
    assert part.idle == {Phase.SYNAPSES: 0, Phase.NEURONS: 1, Phase.END: 0}
    assert activity.rate("part", Phase.NEURONS) == pytest.approx(1 / 12)
    assert activity.idle_share("part", Phase.NEURONS) == 0.5
    assert activity.rate("nothing", Phase.END) == 0.0


def test_another_waveform(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd"
    path.write_text(HEAD.replace("synapse_cycles", "x"))
    with pytest.raises(InputError, match=r"^waveform: no synapse_cycles in a scope dut; expected the ports of a core$"):
        read_activity(path, "dut")
    with pytest.raises(InputError, match="waveform cannot be read"):
        read_activity(tmp_path / "none", "dut")


def test_a_core(tmp_path: Path) -> None:
    image = small_image()
    write_recordings(tmp_path / "x.h5")
    raster = load_samples(tmp_path / "x.h5", image.network(), 1).rasters[0]
    config = image.config("ring")
    activity = recorded(image, config, raster, Results(tmp_path / "kept"), tmp_path)
    fired = GoldenBatch(image.network()).run(raster[None]).spikes[0][:, image.order]
    cost = CycleModel(image, config).sample(to_events(raster), to_events(fired))
    assert activity.cycles[Phase.SYNAPSES] == cost.synapse_cycles
    assert sum(activity.cycles.values()) == cost.cycles
    assert {"neurons", "synapses", "delay", "accumulators", "controller"} <= set(activity.blocks)
    assert activity.rate("neurons", Phase.NEURONS) > activity.rate("neurons", Phase.SYNAPSES)
    assert 0 < activity.rate("accumulators", Phase.SYNAPSES) < 1
    assert activity.idle_share("loader", Phase.SYNAPSES) > 0.5
    again = recorded(image, config, raster, Results(tmp_path / "kept"), tmp_path)
    assert again == activity
