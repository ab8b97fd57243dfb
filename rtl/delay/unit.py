# SPDX-License-Identifier: Apache-2.0
"""The interface that every delay unit stands behind, so that the core does not know which one it has.

A delay unit is a presynaptic stage (sources in, rows out) and a statement of how many accumulator slots per neuron
it needs. What goes in during step t leaves, for each bit (source, level) of the skip mask, as the row of that source
and level: a unit with S slots emits it in step t + level - level mod S, and the accumulators place it level mod S slots
ahead. With one slot that is its own step; with D slots it is emitted at once.
"""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.layouts import arrival_layout, mask_layout, row_layout


class LookupSignature(wiring.Signature):
    """A synchronous read of the source table.

    ``data`` shows the entry at ``address`` one cycle after ``en``, and holds it until the next ``en``.
    """

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(
            {
                "en": Out(1),
                "address": Out(config.source_bits),
                "data": In(mask_layout(config)),
            }
        )


class DelayUnitSignature(wiring.Signature):
    """Ports of a delay unit.

    - ``arrivals``: the sources that fired in a step, each at most once and in any order, then EOS.
      Nothing of the next step is accepted before EOS has left on ``rows``.
    - ``rows``: the rows due in the step, then EOS. The row number is ``base`` of the source plus the
      number of bits of its skip mask below ``level``.
    - ``lookup``: the source table.
    - ``flush``: back to the state after reset; ``peak`` and ``lost`` stay.
    - ``clear_counters``: sets ``peak`` and ``lost`` to 0.
    - ``capacity``: entries that each event queue may hold, from the image.
    - ``first_kept``: the first source that has a delay level above 0, for a unit that keeps a history per source.
    - ``peak``: most events that were held over an end of step; ``lost``: events that found the queue full, counted when
      the step after theirs has ended.
    """

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(
            {
                "arrivals": In(stream.Signature(arrival_layout(config))),
                "rows": Out(stream.Signature(row_layout(config))),
                "lookup": Out(LookupSignature(config)),
                "flush": In(1),
                "clear_counters": In(1),
                "capacity": In(range(config.queue_depth + 1)),
                "first_kept": In(config.source_bits),
                "peak": Out(range(config.queue_depth + 1)),
                "lost": Out(32),
            }
        )


def delay_unit(config: CoreConfig) -> "DelayUnitBase":
    """The delay unit of a build: ``UNIT`` of the module of its name."""
    unit: type[DelayUnitBase] = config.delay_unit.part("rtl.delay", "UNIT")
    return unit(config)


class DelayUnitBase(wiring.Component):
    """Base of the delay units: the ports, and the configuration."""

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(DelayUnitSignature(config))
        self._config = config

    @property
    def config(self) -> CoreConfig:
        """The build."""
        return self._config

    @property
    def last_place(self) -> Value:
        """The place of the last event that a queue may take; a capacity of 0 stands for 1."""
        return Mux(self.capacity == 0, 0, self.capacity - 1)

    def look_up(self, m: Module, read: Any, judge: Any) -> None:
        """Hand what a stream of tokens (``eos``, ``event``) shows to the filter ``judge``, and look its mask up.

        The level or the window of an event is left to the user.
        """
        m.d.comb += [
            judge.valid.eq(read.valid),
            judge.eos.eq(read.payload.eos),
            judge.event.source.eq(read.payload.event.source),
            read.ready.eq(judge.ready),
            self.lookup.en.eq(read.valid & judge.ready),
            self.lookup.address.eq(read.payload.event.source),
            judge.mask.eq(self.lookup.data),
        ]

    def count_events(self, m: Module, *, held: Value, ends: Value, dropped: Value) -> None:
        """Keep ``peak``, the most events ``held`` while a step ``ends``, and ``lost``; a flush leaves both.

        An event that is ``dropped`` would have left in a later step. It waits to be counted until a later step has
        ended: before that no result misses it, and a flush forgets it.
        """
        peak, lost = Signal.like(self.peak, reset_less=True), Signal.like(self.lost, reset_less=True)
        most = self._config.queue_depth + self._config.sources
        dropped_now, dropped_before = Signal(range(most + 1)), Signal(range(most + 1))
        m.d.comb += [self.peak.eq(peak), self.lost.eq(lost)]
        with m.If(dropped & (dropped_now < most)):  # never more in a step; the proof need not know
            m.d.sync += dropped_now.eq(dropped_now + 1)
        with m.If(self.rows.valid & self.rows.ready & self.rows.payload.eos):
            m.d.sync += [lost.eq(lost + dropped_before), dropped_before.eq(dropped_now), dropped_now.eq(dropped)]
        with m.If(ends & (held > peak)):
            m.d.sync += peak.eq(held)
        with m.If(self.clear_counters):
            m.d.sync += [peak.eq(0), lost.eq(0)]
