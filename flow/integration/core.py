# SPDX-License-Identifier: Apache-2.0
"""What a design around one core must know of it: the only module here that names the core's parts."""

from amaranth.lib.data import StructLayout

from flow.integration.constants import Constant, enum_constants, payload_constants
from model.config import CoreConfig
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
        *(Constant(name=name.upper(), value=int(value), means="of the build") for name, value in parameters.items()),
        *(each for name, layout in streams(config).items() for each in payload_constants(name, layout)),
        *enum_constants("KIND", Kind, "kind of a token"),
        *enum_constants("STATUS", Status, "value of status"),
        *enum_constants("FLAG", Flag, "bit of flags"),
        Constant(name="COUNTER_WIDTH", value=32, means="bits of a counter, which wraps"),
        *(Constant(name=f"COUNTER_{name.upper()}", value=place, means=f"place among the counters: {means}")
          for place, (name, means) in enumerate(COUNTERS.items())),
    ]  # fmt: skip


def core_about(config: CoreConfig) -> list[str]:
    """What the header of a core's Verilog says of the build, a line each."""
    numbers = {**config.numbers(), "queue_depth": config.queue_depth, **dict(config.unit_options)}
    return [
        f"Delay unit {config.delay_unit}; {', '.join(f'{name} {int(value)}' for name, value in numbers.items())}.",
        "Clock clk, rising edge; reset rst, synchronous, active high: one cycle is enough, and needed where initial",
        "values are not kept. Headers, vectors and a bench: docs/integration.md.",
    ]
