# SPDX-License-Identifier: Apache-2.0
"""A netlist in the place of the component that it was made of, for simulation."""

from collections.abc import Mapping
from dataclasses import dataclass

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import wiring

from tb.netlist.netlist import PortDirection, ports

INSTANCE = "netlist"
"""Name of the netlist in the component that stands for it."""


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """Verilog of a component."""

    module: str
    """Its module, with the ports that ``tb.netlist.netlist.ports`` tells, ``clk`` and ``rst``."""
    sources: Mapping[str, str]
    """Texts by file name."""


class NetlistComponent(wiring.Component):
    """What has the ports of ``component``, and the netlist inside."""

    def __init__(self, component: wiring.Component, netlist: Netlist) -> None:
        self._module = netlist.module
        component._MustUse__silence = True  # its ports alone matter
        super().__init__(component.signature)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        connections = {
            f"{'i' if direction is PortDirection.Input else 'o'}_{name}": value
            for name, (value, direction) in ports(self).items()
        }
        m.submodules[INSTANCE] = Instance(self._module, i_clk=ClockSignal(), i_rst=ResetSignal(), **connections)
        return m
