# SPDX-License-Identifier: Apache-2.0
"""What is on a board besides its clock: a fabric, its link over one of two kinds of pins, and lights."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.board.endpoint import Endpoint
from rtl.board.fifo245 import Fifo245
from rtl.board.uart import Uart

BUSY_SECONDS = 0.05
"""How long the light of a transfer stays on, so that it can be seen."""
LIGHTS = ("armed", "busy", "error")


class _Board(wiring.Component):
    """Fabric, link and lights; ``clock`` in Hz."""

    def __init__(self, config: FabricConfig, members: dict[str, wiring.Member], *, clock: float,
                 simulation: bool = False) -> None:  # fmt: skip
        self._config, self._clock, self._simulation = config, clock, simulation
        super().__init__({**members, **{f"led_{name}": Out(1) for name in LIGHTS}})

    def _inside(self, m: Module, pins: Uart | Fifo245) -> None:
        m.submodules.pins = pins
        m.submodules.endpoint = endpoint = Endpoint(self._config, simulation=self._simulation)
        wiring.connect(m, endpoint.line, pins.line)
        busy = Signal(range(int(BUSY_SECONDS * self._clock) + 1))
        moving = pins.strobe | (endpoint.line.valid & endpoint.line.ready)
        with m.If(moving):
            m.d.sync += busy.eq(int(BUSY_SECONDS * self._clock))
        with m.Elif(busy != 0):
            m.d.sync += busy.eq(busy - 1)
        m.d.comb += [
            endpoint.strobe.eq(pins.strobe),
            endpoint.byte.eq(pins.byte),
            self.led_armed.eq(endpoint.armed),
            self.led_busy.eq(busy != 0),
            self.led_error.eq(endpoint.fault),
        ]


class UartBoard(_Board):
    """A fabric behind a UART of ``baud`` bits a second. Raises ValueError for a clock that is too slow for it.

    - ``rx``, ``tx``: the pins of the UART, as of ``rtl.board.uart.Uart``.
    - ``led_armed``: a bundle is loaded; ``led_busy``: bytes go over the link; ``led_error``: a flag is raised, or a
      bundle was refused. Until the next bundle, or session of a host.
    """

    def __init__(self, config: FabricConfig, *, clock: float, baud: float, simulation: bool = False) -> None:
        self._uart = Uart(clock, baud)
        super().__init__(config, {"rx": In(1, init=1), "tx": Out(1, init=1)}, clock=clock, simulation=simulation)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        uart = self._uart
        m.d.comb += [uart.rx.eq(self.rx), self.tx.eq(uart.tx)]
        self._inside(m, uart)
        return m


class FifoBoard(_Board):
    """A fabric behind a 245 FIFO: pins as of ``rtl.board.fifo245.Fifo245``; lights as of ``UartBoard``."""

    def __init__(self, config: FabricConfig, *, clock: float, simulation: bool = False) -> None:
        inputs = {"rxf_n": In(1, init=1), "txe_n": In(1, init=1), "data_i": In(8)}
        outputs = {"rd_n": Out(1, init=1), "wr_n": Out(1, init=1), "data_o": Out(8), "data_oe": Out(1)}
        self._pins = (*inputs, *outputs)
        super().__init__(config, {**inputs, **outputs}, clock=clock, simulation=simulation)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fifo = Fifo245(self._clock)
        for name in self._pins:
            outer, inner = getattr(self, name), getattr(fifo, name)
            m.d.comb += inner.eq(outer) if self.signature.members[name].flow == In else outer.eq(inner)
        self._inside(m, fifo)
        return m
