# SPDX-License-Identifier: Apache-2.0
"""What a design around a fabric with AXI ports must know of it, and the files that it is handed over with."""

from collections.abc import Sequence

from amaranth.hdl._ir import PortDirection

from flow.integration.constants import Constant, payload_constants
from flow.integration.fabric import fabric_about, fabric_constants
from model.fabric.config import FabricConfig
from rtl.fabric.layouts import host_layout
from rtl.host.axi_fabric import EVENT_BITS, AxiFabric, spike_bits
from rtl.host.registers import (
    IDENTITY,
    NODES,
    STRIDE,
    VERSION,
    BusFlag,
    Control,
    Register,
    fabric_registers,
    node_registers,
)
from tb.netlist.netlist import ports

CLOCK = (
    "Clock aclk, rising edge; reset aresetn, synchronous, active low: one cycle is enough, and needed where initial",
    "values are not kept.",
)


def axi_constants(config: FabricConfig) -> list[Constant]:
    """Constants of the fabric, and addresses of its registers."""
    left_out = {each.name for each in payload_constants("host", host_layout())}
    found = [each for each in fabric_constants(config) if each.name not in left_out]
    return [
        *found,
        Constant(name="S_AXIS_EVENTS_WIDTH", value=EVENT_BITS, means="bits of TDATA: axon 15..0, kind 17..16"),
        Constant(
            name="M_AXIS_SPIKES_WIDTH", value=spike_bits(config), means="bits of TDATA: payload of out, from 0 up"
        ),
        *_addresses("REG", fabric_registers(), "address"),
        Constant(name="REG_NODES_BASE", value=NODES, means="address of the first register of node 0"),
        Constant(name="REG_NODES_STRIDE", value=STRIDE, means="bytes from a node's registers to the next one's"),
        *_addresses("NODE_REG", node_registers(), "bytes from the node's first register"),
        *(Constant(name=f"CONTROL_{each.name}", value=each.value, means="bit of control") for each in Control),
        *(Constant(name=f"BUS_FLAG_{each.name}", value=each.value, means="bit of bus_flags") for each in BusFlag),
        Constant(name="ID", value=IDENTITY, means="what register id reads"),
        Constant(name="MAP_VERSION", value=VERSION, means="what register map_version reads"),
    ]


def _addresses(prefix: str, registers: Sequence[Register], what: str) -> list[Constant]:
    return [
        Constant(name=f"{prefix}_{each.name.upper()}", value=each.address, means=f"{what}: {each.means}")
        for each in registers
    ]


def axi_about(config: FabricConfig) -> list[str]:
    """What the header of the Verilog says of the build, a line each."""
    build = [line for line in fabric_about(config) if not line.startswith(("Clock", "values", "Streams"))]
    return [*build, *CLOCK, "Ports and registers: docs/axi.md. Bundle: docs/multicore.md."]


def wrapper(component: AxiFabric, name: str, inner: str) -> str:
    """Verilog of module ``name``: module ``inner``, which is ``component``, with clock and reset as AXI has them."""
    declared, joined = [], []
    for port, (signal, side) in ports(component).items():
        span = f"[{len(signal) - 1}:0] " if len(signal) > 1 else ""
        declared.append(f"  {'input ' if side is PortDirection.Input else 'output'} wire {span}{port}")
        joined.append(f"    .{port}({port})")
    attribute = (
        '  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axi:s_axis_image:s_axis_events:m_axis_spikes, '
        'ASSOCIATED_RESET aresetn" *)'
    )
    return "\n".join(
        [
            f"module {name} (",
            attribute,
            "  input  wire aclk,",
            "  input  wire aresetn,",
            ",\n".join(declared),
            ");",
            f"  {inner} chronaxie (",
            "    .clk(aclk),",
            "    .rst(~aresetn),",
            ",\n".join(joined),
            "  );",
            "endmodule",
            "",
        ]
    )


def example(component: AxiFabric, name: str) -> str:
    """Verilog that instantiates module ``name``, to be copied: a wire for each port."""
    wires, joined = [], []
    for port, (signal, _) in ports(component).items():
        span = f"[{len(signal) - 1}:0] " if len(signal) > 1 else ""
        wires.append(f"  wire {span}{port};")
        joined.append(f"    .{port}({port})")
    return "\n".join(
        [
            f"// How {name} is instantiated: connect s_axi to a processor's bus, s_axis_image and s_axis_events to the",
            "// outputs of a DMA, m_axis_spikes to its input. docs/axi.md says what to send.",
            f"module {name}_example (",
            "  input wire aclk,",
            "  input wire aresetn",
            ");",
            *wires,
            f"  {name} chronaxie (",
            "    .aclk(aclk),",
            "    .aresetn(aresetn),",
            ",\n".join(joined),
            "  );",
            "endmodule",
            "",
        ]
    )


def fusesoc_core(name: str, files: Sequence[str], version: str) -> str:
    """The FuseSoC core file (CAPI2) of the files of a build, whose top module is ``name``."""
    kinds = {".v": "verilogSource", ".sv": "systemVerilogSource", ".vh": "verilogSource", ".h": "user"}
    listed = []
    for file in files:
        kind = kinds["." + file.rsplit(".", 1)[1]]
        include = ", is_include_file: true" if file.endswith(".vh") else ""
        listed.append(f"      - {file}: {{file_type: {kind}{include}}}")
    return "\n".join(
        [
            "CAPI=2:",
            f"name: chronaxie:core:{name}:{version}",
            "description: Spiking neurocores with synaptic delays, made by `chronaxie verilog`",
            "filesets:",
            "  rtl:",
            "    files:",
            *listed,
            "targets:",
            "  default:",
            "    filesets: [rtl]",
            f"    toplevel: {name}",
            "",
        ]
    )


def register_page() -> str:
    """The register map as tables in Markdown."""

    def table(registers: Sequence[Register]) -> list[str]:
        rows = [f"| 0x{each.address:03X} | `{each.name}` | {'rw' if each.writable else 'r'} | {each.means} |"
                for each in registers]  # fmt: skip
        return ["| address | register | | reads |", "|---|---|---|---|", *rows]

    return "\n".join(
        [
            *table(fabric_registers()),
            "",
            f"Node n has its registers from 0x{NODES:X} + n * 0x{STRIDE:X} on:",
            "",
            *table(node_registers()),
            "",
        ]
    )
