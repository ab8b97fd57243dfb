# SPDX-License-Identifier: Apache-2.0
"""The top of a bitstream: a board's design behind its pins, clocked by a PLL."""

from collections.abc import Collection

from amaranth.hdl import ClockDomain, ClockSignal, Elaboratable, Instance, IOPort, Module, Signal

# Not in Amaranth's public names, but what its own back end hands over for a port's direction.
from amaranth.hdl._ir import PortDirection  # isort: skip
from amaranth.lib.cdc import ResetSynchronizer

from rtl.board.board import LIGHTS, FifoBoard, UartBoard
from rtl.board.pll import Pll

OSCILLATOR = "oscillator"
"""Name of the clock's pin."""


class Top(Elaboratable):
    """``design`` with its pins as ports of the same names; ``data_0`` to ``data_7`` are those of the FIFO.

    ``inverted``: names of lights that a low pin turns on. ``high``: names of pins that are driven high and have no
    other use. All is in reset until the PLL has locked.
    """

    def __init__(
        self, design: UartBoard | FifoBoard, pll: Pll, *, inverted: Collection[str] = (), high: Collection[str] = ()
    ) -> None:
        self._design, self._pll, self._inverted = design, pll, inverted
        self._in = {name: Signal(name=name) for name in self._names("rx", "rxf_n", "txe_n")}
        self._out = {
            name: Signal(name=name)
            for name in (*self._names("tx", "rd_n", "wr_n"), *(f"led_{light}" for light in LIGHTS), *high)
        }
        self._high = high
        self._oscillator = Signal(name=OSCILLATOR)
        fifo = isinstance(design, FifoBoard)
        self._data = [IOPort(1, name=f"data_{bit}") for bit in range(8 if fifo else 0)]

    def _names(self, *names: str) -> list[str]:
        return [name for name in names if name in self._design.signature.members]

    def ports(self) -> dict[str, tuple[Signal | IOPort, PortDirection | None]]:
        """Every pin by its name."""
        return {
            OSCILLATOR: (self._oscillator, PortDirection.Input),
            **{name: (pin, PortDirection.Input) for name, pin in self._in.items()},
            **{name: (pin, PortDirection.Output) for name, pin in self._out.items()},
            **{f"data_{bit}": (pin, PortDirection.Inout) for bit, pin in enumerate(self._data)},
        }

    def elaborate(self, platform: object) -> Module:
        m = Module()
        clock, locked = Signal(), Signal()
        m.domains.sync = ClockDomain()
        m.submodules.pll = self._pll.instance(oscillator=self._oscillator, clock=clock, locked=locked)
        m.submodules.reset = ResetSynchronizer(~locked)
        m.submodules.design = design = self._design
        m.d.comb += ClockSignal().eq(clock)
        m.d.comb += [getattr(design, name).eq(pin) for name, pin in self._in.items()]
        for name, pin in self._out.items():
            if name in self._high:
                m.d.comb += pin.eq(1)
            else:
                value = getattr(design, name)
                m.d.comb += pin.eq(~value if name in self._inverted else value)
        for bit, port in enumerate(self._data):
            m.submodules[f"data_{bit}"] = Instance(
                "BB",
                i_I=design.data_o[bit],
                i_T=~design.data_oe,
                o_O=design.data_i[bit],
                io_B=port,
            )
        return m
