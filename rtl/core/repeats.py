# SPDX-License-Identifier: Apache-2.0
"""A check that only a simulation affords: no axon fires twice in a step."""

from amaranth.hdl import Assert, Format, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from model.config import CoreConfig
from model.limits import STEP_BITS


class RepeatCheck(wiring.Component):
    """Asserts that each ``axon`` is ``accepted`` at most once between two cycles with ``ends``; ``step`` is for the
    message. It remembers in which step each axon fired last. A reset ends the step, too; nothing may be ``accepted`` in
    the cycle after it."""

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__({"accepted": In(1), "axon": In(16), "ends": In(1), "step": In(STEP_BITS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # A reset leaves the stamps as they are: steps are counted on, or those after it would pass for those before.
        now = Signal(32, init=1, reset_less=True)
        begun = Signal()
        m.submodules.stamps = stamps = Memory(shape=32, depth=self._config.axons, init=[])
        write, read = stamps.write_port(), stamps.read_port(domain="comb")
        m.d.sync += begun.eq(1)
        with m.If(self.ends | ~begun):
            m.d.sync += now.eq(now + 1)
        m.d.comb += [
            write.en.eq(self.accepted),
            write.addr.eq(self.axon),
            write.data.eq(now),
            read.addr.eq(self.axon),
        ]
        m.d.sync += Assert(
            ~self.accepted | (read.data != now),
            Format("core: axon {} fires twice in step {}", self.axon, self.step),
        )
        return m
