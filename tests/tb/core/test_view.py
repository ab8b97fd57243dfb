# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""What is to be seen of a core on a waveform."""

import pytest

from model.config import preset
from model.delay.registry import DelayUnit
from tb.core.view import core_view

GROUPS = ["controller", "neurons", "synapses", "events", "arrivals", "rows", "spikes", "readouts"]


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_a_step_goes_from_top_to_bottom(unit: DelayUnit) -> None:
    groups = core_view(preset("tiny", delay_unit=unit)).groups
    assert [group.name for group in groups] == GROUPS
    tokens = {group.name: group.signals[0].names for group in groups if group.transfer}
    assert tokens["events"] == tokens["spikes"] == ("NONE", "WAIT", "EVENT", "EOS", "END")
    assert tokens["arrivals"] == tokens["rows"] == ("NONE", "WAIT", "EVENT", "EOS")
    assert tokens["readouts"] == ("NONE", "WAIT", "DATA")


def test_states_have_their_names() -> None:
    controller, neurons = core_view(preset("tiny")).groups[:2]
    assert {"DISARMED", "WORDS", "NEURONS", "UPDATED", "END"} < set(controller.signals[1].names)
    assert neurons.signals[0].names[0] == "IDLE"


def test_a_core_somewhere_in_a_design() -> None:
    groups = core_view(preset("tiny"), "node_1.core.", "core1_").groups
    assert [group.name for group in groups] == [f"core1_{name}" for name in GROUPS]
    assert all("{dut}.node_1.core." in signal.value for group in groups for signal in group.signals)
