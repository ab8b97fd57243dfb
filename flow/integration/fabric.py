# SPDX-License-Identifier: Apache-2.0
"""What a design around a fabric must know of it."""

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
from model.config import Protection
from model.fabric.config import FabricConfig
from model.fabric.records import VERSION
from model.fabric.status import FabricStatus
from model.image.image import Status
from rtl.core.counters import COUNTERS, Flag
from rtl.fabric.host_port import FABRIC_COUNTERS, FabricFlag
from rtl.fabric.layouts import HostKind, OutKind, host_layout, out_layout
from rtl.fabric.node import NODE_COUNTERS


def fabric_streams(config: FabricConfig) -> dict[str, StructLayout]:
    """The payload of each stream of a fabric, in the order of its ports."""
    return {"host": host_layout(), "out": out_layout(config)}


def fabric_constants(config: FabricConfig) -> list[Constant]:
    """Build parameters, payloads, token kinds, status codes, flags and counters of a fabric and of its cores."""
    parameters = {
        "nodes": config.nodes,
        "routes": config.routes,
        "host_axons": config.axons,
        "input_depth": config.input_depth,
        "bundle_version": VERSION,
        **config.geometry.numbers(),
    }
    return [
        *build_constants(parameters),
        *(each for name, layout in fabric_streams(config).items() for each in payload_constants(name, layout)),
        *enum_constants("HOST_KIND", HostKind, "kind of a token of host"),
        *enum_constants("OUT_KIND", OutKind, "kind of a token of out"),
        *enum_constants("STATUS", FabricStatus, "value of status"),
        *enum_constants("NODE_STATUS", Status, "value of the status of a node"),
        *enum_constants("FLAG", FabricFlag, "bit of flags"),
        *enum_constants("NODE_FLAG", Flag, "bit of the flags of a node"),
        COUNTER_WIDTH,
        *counter_constants("COUNTER", FABRIC_COUNTERS),
        *counter_constants("NODE_COUNTER", {**COUNTERS, **NODE_COUNTERS}),
    ]


def fabric_about(config: FabricConfig) -> list[str]:
    """What the header of a fabric's Verilog says of the build, a line each."""
    units = ", ".join(str(core.delay_unit) for core in config.cores)
    numbers = ", ".join(f"{name} {int(value)}" for name, value in config.geometry.numbers().items())
    return [
        f"{config.nodes} cores on a ring, delay units {units}.",
        f"routes {config.routes}, axons of the host {config.axons}, input_depth {config.input_depth}.",
        f"Each core: {numbers}.",
        *(
            f"Core {number}: protection {core.protection}."
            for number, core in enumerate(config.cores)
            if core.protection is not Protection.NONE
        ),
        *CLOCK,
        "Streams and bundle: docs/multicore.md.",
    ]
