# SPDX-License-Identifier: Apache-2.0
"""The corners of the blocks that join cores to a ring and to a bus: who waits for whom, and what is held."""

import re
from collections.abc import Callable, Mapping

from tb.coverage.states import Corners, states

BUNDLE = 3
"""``rtl.fabric.layouts.HostKind.BUNDLE``, which tests/tb/coverage/test_fabric_corners.py compares."""


def _held(*streams: str) -> Corners:
    """By what each stream carries, that it is not taken: ``name: stream``."""
    pairs = (each.split(": ") for each in streams)
    return {f"{what} is held": f"{stream}__valid && !{stream}__ready" for what, stream in pairs}


def _feeder(path: str, text: str) -> Corners:
    at = {name: f"fsm_state == {number}" for name, number in states(path).items()}
    held = "events__valid && !events__ready"
    # What its assertion compares a count with: the core's axons.
    axons = re.search(r"\$\d+ +!= \(\*[^*]*\*\) (\d+'h[0-9a-f]+);", text)
    full = f"count_0 == {axons[1]} || count_1 == {axons[1]}" if axons else "0"
    return {
        "a half of the inbox is full": full,
        "the inbox holds spikes of two steps": "count_0 != 0 && count_1 != 0",
        "a spike of another core comes while those of the step are read": f"{at['SPIKES']} && arrivals__valid",
        "a spike of another core comes while the outbox waits": f"{at['BUSY']} && arrivals__valid",
        "the feeder waits for other cores": "waits",
        "the feeder waits for the host in a step": "starves",
        "a spike of another core is held": f"{at['SPIKES']} && {held}",
        "an event of the host is held": f"{at['HOST']} && {held}",
        "END is held": f"{at['END']} && {held}",
        "END drops spikes that have come": f"{at['END']} && (parity ? count_1 : count_0) != 0",
    }


def _register(path: str, text: str) -> Corners:
    hops = "\\before__payload.hops "
    return {
        "a token passes on": f"before__valid && {hops} != 0",
        "a token ends here": f"before__valid && {hops} == 0",
        "the register is held by the ring": "own__valid && !own__ready",
        "a token of the core takes the place of one that ends": f"before__valid && {hops} == 0 && own__valid",
    }


def _outbox(path: str, text: str) -> Corners:
    return {
        "the outbox waits for room at a listener": "r_rdy && !may_send",
        "the outbox waits for the ring": "leaving__valid && !leaving__ready",
        "EOS goes onto the ring": "completed && leaving__valid",
        "EOS that no other core waits for": "completed && !leaving__valid",
        "in and out in one cycle": "w_en && r_en",
    }


def _peers(path: str, text: str) -> Corners:
    return {
        "a sender is behind": "!may_begin",
        "a listener is behind": "!may_send",
        "EOS of another core comes as this one completes": "completed && arrived",
    }


def _node(path: str, text: str) -> Corners:
    return {
        "the host waits for room": "used && tokens__valid && !tokens__ready && !ring_in__valid",
        "the ring goes before the host": "used && tokens__valid && ring_in__valid",
    }


def _chain(path: str, text: str) -> Corners:
    # The last link has none after it.
    after = ["a token for the nodes after: after"] if "after__ready" in text else []
    return _held("a token for the node: node", *after)


def _collector(path: str, text: str) -> Corners:
    return _held("a spike of the core: spikes", "a read-out: readouts", "what comes from behind: behind", "output: out")


def _host_port(path: str, text: str) -> Corners:
    return {
        **_held("a token of the host: host", "output: out"),
        "an event before a bundle": f"host__valid && host__ready && \\host__payload.kind  != {BUNDLE} && !armed",
        "an event of an axon that the network does not have": "host__valid && host__ready && armed && !known",
        "a bundle takes the place of another": "clear && armed",
        "a bundle is right and the cores are not ready": "settling",
    }


def _axi_lite(path: str, text: str) -> Corners:
    channels = {"aw": "a write's address", "w": "a write's data", "b": "a write's answer", "ar": "a read's address",
                "r": "a read's answer"}  # fmt: skip
    return {
        **{f"{what} is held": f"{name}valid && !{name}ready" for name, what in channels.items()},
        "address before data": "!awready && wready",
        "data before address": "awready && !wready",
        "a read is refused": "rvalid && rresp != 0",
        "a write is refused": "bvalid && bresp != 0",
    }


def _axi_fabric(path: str, text: str) -> Corners:
    events = "s_axis_events_tvalid"
    return {
        "an event is held": f"{events} && !s_axis_events_tready",
        "a byte of a bundle is held": "s_axis_image_tvalid && !s_axis_image_tready",
        "output is held": "m_axis_spikes_tvalid && !m_axis_spikes_tready",
        "an event waits for a bundle": f"{events} && s_axis_image_tvalid",
        "an event of no kind": f"{events} && s_axis_events_tready && !known",
        "a reset while output is held": "restart && m_axis_spikes_tvalid && !m_axis_spikes_tready",
    }


BLOCKS: Mapping[str, Callable[[str, str], Corners]] = {
    "rtl/fabric/feeder.py": _feeder,
    "rtl/fabric/ring_register.py": _register,
    "rtl/fabric/outbox.py": _outbox,
    "rtl/fabric/peers.py": _peers,
    "rtl/fabric/node.py": _node,
    "rtl/fabric/chain.py": _chain,
    "rtl/fabric/collector.py": _collector,
    "rtl/fabric/host_port.py": _host_port,
    "rtl/host/axi_lite.py": _axi_lite,
    "rtl/host/axi_fabric.py": _axi_fabric,
}
"""By source of a block, its corners, given its text in Verilog."""
