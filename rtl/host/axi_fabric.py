# SPDX-License-Identifier: Apache-2.0
"""A fabric behind AXI: streams for bundles, events and spikes, AXI4-Lite for control, status and counters."""

from amaranth.hdl import Array, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from model.fabric.status import FabricStatus
from rtl.fabric.fabric import Fabric
from rtl.fabric.host_port import FABRIC_COUNTERS
from rtl.fabric.layouts import HOST_AXON_BITS, HostKind, OutKind, out_layout
from rtl.host.axi_lite import AxiLite, channels
from rtl.host.registers import (
    ADDRESS_BITS,
    NODES,
    STRIDE,
    BusFlag,
    Control,
    address_of,
    fabric_registers,
    node_registers,
    parameters,
)

EVENT_BITS = 32
"""TDATA of an event: its axon in bits 15..0, its kind in bits 17..16."""


def spike_bits(config: FabricConfig) -> int:
    """Bits of TDATA of the output: those of ``out_layout``, rounded up to a power of two of bytes."""
    return max(8, 1 << (out_layout(config).size - 1).bit_length())


class AxiFabric(wiring.Component):
    """A fabric with AXI ports, by their usual names.

    - ``s_axis_image_*``: bytes of a bundle, TLAST with its last one. From its first byte on no event is taken.
    - ``s_axis_events_*``: tokens of samples (EVENT_BITS). One of kind 3 is dropped and flagged.
    - ``m_axis_spikes_*``: tokens as of ``Fabric.out``, from bit 0 up; TLAST with each END, of which every core in use
      sends one a sample. What is offered stays offered, also if CONTROL resets the fabric.
    - ``s_axi_*``: AXI4-Lite, 32 bits, ADDRESS_BITS of address (``rtl.host.registers``). Other addresses, and writes to
      registers that are not writable, are answered by SLVERR.

    With ``lights``, two outputs more: ``armed``, the fabric holds a bundle; ``fault``, any flag is raised, or the last
    bundle was refused.

    One token a cycle and direction; the output is two cycles later than the fabric's.
    """

    def __init__(self, config: FabricConfig, *, simulation: bool = False, lights: bool = False) -> None:
        self._config, self._simulation, self._lights = config, simulation, lights
        super().__init__(
            {
                **{f"s_axi_{name}": member for name, member in channels(ADDRESS_BITS).items()},
                "s_axis_image_tdata": In(8),
                "s_axis_image_tvalid": In(1),
                "s_axis_image_tready": Out(1),
                "s_axis_image_tlast": In(1),
                "s_axis_events_tdata": In(EVENT_BITS),
                "s_axis_events_tvalid": In(1),
                "s_axis_events_tready": Out(1),
                "m_axis_spikes_tdata": Out(spike_bits(config)),
                "m_axis_spikes_tvalid": Out(1),
                "m_axis_spikes_tready": In(1),
                "m_axis_spikes_tlast": Out(1),
                **({"armed": Out(1), "fault": Out(1)} if lights else {}),
            }
        )

    @property
    def config(self) -> FabricConfig:
        """The build."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.registers = lite = AxiLite(ADDRESS_BITS)
        for name, member in channels(ADDRESS_BITS).items():
            inner, outer = getattr(lite, name), getattr(self, f"s_axi_{name}")
            m.d.comb += inner.eq(outer) if member.flow == wiring.In else outer.eq(inner)
        restart = Signal()
        fabric = Fabric(self._config, simulation=self._simulation)
        m.submodules.fabric = ResetInserter(restart)(fabric)
        bad = self._inputs(m, fabric, restart)
        self._output(m, fabric, restart)
        self._read(m, lite, fabric, bad)
        controls = lite.write_address == address_of("control") // 4
        m.d.comb += lite.write_error.eq(~controls)
        m.d.sync += restart.eq(
            lite.write & controls & lite.write_strobes[0] & lite.write_data[Control.RESET] & ~restart
        )
        return m

    def _inputs(self, m: Module, fabric: Fabric, restart: Signal) -> Signal:
        """Bytes of a bundle before events, and none of these between its bytes; returns the flags of the bus."""
        host = fabric.host
        loading, known = Signal(), Signal()
        flags = Signal(len(BusFlag))
        byte = self.s_axis_image_tvalid | loading
        event = View(_event_layout(), self.s_axis_events_tdata[: _event_layout().size])
        m.d.comb += [
            known.eq(event.kind != HostKind.BUNDLE),
            host.valid.eq(Mux(byte, self.s_axis_image_tvalid, self.s_axis_events_tvalid & known) & ~restart),
            self.s_axis_image_tready.eq(host.ready & ~restart),
            self.s_axis_events_tready.eq(~byte & (host.ready | ~known) & ~restart),
            host.payload.kind.eq(event.kind),
            host.payload.data.eq(event.axon),
        ]
        with m.If(byte):
            m.d.comb += [
                host.payload.kind.eq(HostKind.BUNDLE),
                host.payload.data.eq(self.s_axis_image_tdata),
                host.payload.last.eq(self.s_axis_image_tlast),
            ]
        with m.If(self.s_axis_image_tvalid & self.s_axis_image_tready):
            m.d.sync += loading.eq(~self.s_axis_image_tlast)
        with m.If(self.s_axis_events_tvalid & self.s_axis_events_tready & ~known):
            m.d.sync += flags[BusFlag.BAD_TOKEN].eq(1)
        with m.If(restart):
            m.d.sync += [loading.eq(0), flags.eq(0)]
        return flags

    def _output(self, m: Module, fabric: Fabric, restart: Signal) -> None:
        """The output through a queue that a reset of the fabric leaves alone: TVALID must not fall untaken."""
        layout = out_layout(self._config)
        m.submodules.output = output = SyncFIFOBuffered(width=layout.size, depth=3)
        m.d.comb += [
            output.w_data.eq(fabric.out.payload),
            output.w_en.eq(fabric.out.valid & ~restart),
            fabric.out.ready.eq(output.w_rdy),
            self.m_axis_spikes_tdata.eq(output.r_data),
            self.m_axis_spikes_tvalid.eq(output.r_rdy),
            self.m_axis_spikes_tlast.eq(View(layout, output.r_data).kind == OutKind.END),
            output.r_en.eq(self.m_axis_spikes_tready),
        ]

    def _read(self, m: Module, lite: AxiLite, fabric: Fabric, bad: Signal) -> None:
        """The value of a register: in the first cycle that of each block, in the second the chosen one."""
        nodes = fabric.nodes
        flagged = Signal(64)
        m.d.sync += [flagged[number].eq(node.flags.any()) for number, node in enumerate(nodes)]
        if self._lights:
            refused = fabric.status > max(FabricStatus.LOADING, FabricStatus.ARMED)
            m.d.sync += [
                self.armed.eq(fabric.status == FabricStatus.ARMED),
                self.fault.eq(flagged.any() | fabric.flags.any() | bad.any() | refused),
            ]
        values: dict[str, Value] = {name: Const(value, 32) for name, value in parameters(self._config).items()}
        values |= {
            "control": Const(0, 32),
            "status": fabric.status,
            "flags": fabric.flags,
            "bus_flags": bad,
            "flagged_low": flagged[:32],
            "flagged_high": flagged[32:],
            **{name: getattr(fabric, name) for name in FABRIC_COUNTERS},
        }
        shared, own = Signal(32), Signal(32)
        shared_known, own_known, is_node = Signal(), Signal(), Signal()
        low = (STRIDE - 1).bit_length() - 2  # bits of a word's address inside of a node
        place, node = lite.read_address[:low], Signal(ADDRESS_BITS - 2 - low)
        m.d.comb += node.eq((lite.read_address - NODES // 4) >> low)
        m.d.sync += [
            shared.eq(0),
            own.eq(0),
            shared_known.eq(0),
            own_known.eq(0),
            is_node.eq(lite.read_address >= NODES // 4),
        ]
        with m.Switch(lite.read_address):
            for register in fabric_registers():
                with m.Case(register.address // 4):
                    m.d.sync += [shared.eq(values[register.name]), shared_known.eq(1)]
        with m.Switch(place):
            for register in node_registers():
                with m.Case(register.address // 4):
                    m.d.sync += [
                        own.eq(Array(getattr(each, register.name) for each in nodes)[node]),
                        own_known.eq(node < len(nodes)),
                    ]
        m.d.comb += [
            lite.read_data.eq(Mux(is_node, own, shared)),
            lite.read_error.eq(~Mux(is_node, own_known, shared_known)),
        ]


def _event_layout() -> StructLayout:
    return StructLayout({"axon": HOST_AXON_BITS, "kind": HostKind})
