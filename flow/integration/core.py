# SPDX-License-Identifier: Apache-2.0
"""What a design around one core must know of it: the only module here that names the core's parts."""

from collections.abc import Sequence

from amaranth.lib.data import StructLayout

from flow.integration.constants import (
    CLOCK,
    COUNTER_WIDTH,
    Constant,
    build_constants,
    counter_constants,
    enum_constants,
    payload_constants,
)
from model.config import CoreConfig, Protection
from model.image.records import VERSION, Status
from rtl.core.counters import COUNTERS, Flag
from rtl.layouts import Kind, byte_layout, event_layout, readout_layout, spike_layout


def streams(config: CoreConfig) -> dict[str, StructLayout]:
    """The payload of each stream of a core, in the order of its ports."""
    return {
        "image": byte_layout(),
        "events": event_layout(config),
        "spikes": spike_layout(config),
        "readouts": readout_layout(config),
    }


def core_constants(config: CoreConfig) -> list[Constant]:
    """Build parameters, payloads, token kinds, status codes, flags and counters of a core."""
    parameters = {**config.numbers(), "queue_depth": config.queue_depth, "image_version": VERSION}
    return [
        *build_constants(parameters),
        *(each for name, layout in streams(config).items() for each in payload_constants(name, layout)),
        *enum_constants("KIND", Kind, "kind of a token"),
        *enum_constants("STATUS", Status, "value of status"),
        *enum_constants("FLAG", Flag, "bit of flags"),
        COUNTER_WIDTH,
        *counter_constants("COUNTER", COUNTERS),
    ]


def core_about(config: CoreConfig) -> list[str]:
    """What the header of a core's Verilog says of the build, a line each."""
    numbers = {**config.numbers(), "queue_depth": config.queue_depth, **dict(config.unit_options)}
    if config.protection is not Protection.NONE:
        numbers["protection"] = config.protection
    return [
        f"Delay unit {config.delay_unit}; {', '.join(f'{name} {_shown(value)}' for name, value in numbers.items())}.",
        *CLOCK,
        "Headers, vectors and a bench: docs/integration.md.",
    ]


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def image_tokens(data: bytes) -> list[int]:
    """An image as payloads of its stream; the last byte is marked."""
    layout = byte_layout()
    return [layout.const({"data": byte, "last": place == len(data) - 1}).as_bits() for place, byte in enumerate(data)]


def event_tokens(config: CoreConfig, steps: Sequence[Sequence[int]]) -> list[int]:
    """The axons that fire in each step of a sample as payloads: events, EOS after each step, END."""
    return _steps(event_layout(config), "axon", steps)


def spike_tokens(config: CoreConfig, steps: Sequence[Sequence[int]]) -> list[int]:
    """The hardware addresses that fire in each step of a sample as payloads: spikes, EOS after each step, END."""
    return _steps(spike_layout(config), "neuron", steps)


def readout_tokens(config: CoreConfig, potential: Sequence[int], potential_sum: Sequence[int]) -> list[int]:
    """Last potentials and their sums by hardware address as payloads of the read-outs of a sample."""
    layout = readout_layout(config)
    both = zip(potential, potential_sum, strict=True)
    return [
        layout.const({"neuron": neuron, "potential": last, "potential_sum": total}).as_bits()
        for neuron, (last, total) in enumerate(both)
    ]


def _steps(layout: StructLayout, address: str, steps: Sequence[Sequence[int]]) -> list[int]:
    tokens = []
    for fired in steps:
        tokens += [layout.const({"kind": Kind.EVENT, address: each}).as_bits() for each in fired]
        tokens.append(layout.const({"kind": Kind.EOS}).as_bits())
    return [*tokens, layout.const({"kind": Kind.END}).as_bits()]
