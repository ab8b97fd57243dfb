# SPDX-License-Identifier: Apache-2.0
"""What to look at on the waveform of a core, in the order in which a step goes through it."""

from model.config import CoreConfig
from rtl.core.control import Controller
from rtl.core.neurons import NeuronEngine
from rtl.layouts import arrival_layout, event_layout, readout_layout, row_layout, spike_layout
from tb.core.states import state_names
from tb.player.view import Group, Shown, View, stream_group

STEP_BITS = 16


def core_view(config: CoreConfig, path: str = "", scope: str = "") -> View:
    """The view of a core, which is at ``path`` in the component (``node_0.core.``); ``scope`` begins its groups' names.

    A cycle of the streams shows what is transferred in it: ``EVENT``, ``EOS`` (end of step), ``END`` (of the sample),
    ``WAIT`` (offered, not taken) or ``NONE``.
    """
    dut = "{dut}." + path
    states = state_names(Controller(config)), state_names(NeuronEngine(config))
    blocks = (
        Group(
            name=f"{scope}controller",
            title="the course of a step",
            signals=(
                Shown(name="step", value=f"{dut}controller.neuron_phase__step", width=STEP_BITS),
                Shown(name="state", value=f"{dut}controller.fsm_state", width=3, names=states[0]),
            ),
        ),
        Group(
            name=f"{scope}neurons",
            title="the neuron engine",
            signals=(Shown(name="state", value=f"{dut}neurons.fsm_state", width=3, names=states[1]),),
        ),
        Group(
            name=f"{scope}synapses",
            title="the synapse engine",
            signals=(
                Shown(name="fetch", value=f"{dut}synapses.issue", width=1),
                Shown(name="weights_added", value=f"{dut}synapses.operations", width=config.lanes.bit_length()),
            ),
        ),
    )
    streams = (
        ("events", "events", event_layout(config), "events: from the host"),
        ("arrivals", "delay.arrivals", arrival_layout(config), "arrivals: into the delay unit"),
        ("rows", "delay.rows", row_layout(config), "rows: out of the delay unit"),
        ("spikes", "spikes", spike_layout(config), "spikes: to the host"),
        ("readouts", "readouts", readout_layout(config), "readouts: at end of sample"),
    )
    return View(
        groups=(*blocks, *(stream_group(f"{scope}{name}", path + at, layout, title)
                          for name, at, layout, title in streams))
    )  # fmt: skip
