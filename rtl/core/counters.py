# SPDX-License-Identifier: Apache-2.0
"""What a core counts, and its sticky flags."""

from enum import IntEnum

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

READS = {
    "corrected_reads": "cycles in which a word of the image was read with an error that was put right",
    "failed_reads": "cycles in which a word of the image was read with an error that was not put right",
}
"""What builds with check bits count besides; 0 in others."""

COUNTED = {
    "cycles": "cycles from the first token of a sample to its END at the output, both included",
    "input_events": "input events that were processed",
    "synaptic_operations": "weights added to an accumulator",
    "synapse_words": "cycles that fetch a synapse word",
    "synapse_cycles": "cycles of the synapse phase of a step",
    "stalls": "cycles in which a spike or a read-out was offered and not taken",
    "unknown_events": "events of axons that the image does not have",
    **READS,
}
"""Counters that the core keeps here, and what they count."""

COUNTERS = {
    **{name: means for name, means in COUNTED.items() if name not in READS},
    "queue_peak": "most events that a delay unit's queue held over an end of step",
    "lost_events": "events that found the queue of the delay unit full",
    **READS,
}
"""Every counter of a core; all start at 0 with the first byte of an image and wrap at 2**32."""


class Flag(IntEnum):
    """Sticky flags, by bit: any of them means that the run is not to be trusted."""

    OVERFLOW = 0
    """A delay unit's queue was full: events were lost."""
    UNKNOWN_AXON = 1
    """An event of an axon that the image does not have."""
    TOO_LONG = 2
    """A sample had more steps than the image allows."""
    BAD_TOKEN = 3
    """A token of no kind on the event stream: it was taken and ignored."""
    FAILED_READ = 4
    """A word of the image was wrong when it was read, and could not be put right."""


class Counters(wiring.Component):
    """``<name>`` counts the cycles in which ``count_<name>`` (or its value) is set; ``raised`` sets bits of ``flags``.

    All but ``cycles``, which comes from registers, are registered before they count, so that what is counted is on no
    long path: they show 2 cycles later. Nothing but that cycle is counted when the END of a sample is taken.
    ``clear`` returns all to 0 and wins over both.
    """

    def __init__(self, *, operations_width: int) -> None:
        widths = {"synaptic_operations": operations_width, "cycles": 2}
        super().__init__(
            {
                "clear": In(1),
                "raised": In(len(Flag)),
                "flags": Out(len(Flag)),
                **{f"count_{name}": In(widths.get(name, 1)) for name in COUNTED},
                **{name: Out(32) for name in COUNTED},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        raised = Signal.like(self.raised)
        # Registers that nothing changes need no clock: each has an enable.
        m.d.sync += raised.eq(self.raised)
        with m.If(raised.any()):
            m.d.sync += self.flags.eq(self.flags | raised)
        cleared: list[Signal] = [raised, self.flags]
        for name in COUNTED:
            counter, count = getattr(self, name), getattr(self, f"count_{name}")
            cleared.append(counter)
            if name != "cycles":
                step = Signal.like(count, name=f"step_{name}")
                m.d.sync += step.eq(count)
                count = step
                cleared.append(step)
            with m.If(count.any()):
                m.d.sync += counter.eq(counter + count)
        with m.If(self.clear):
            m.d.sync += [each.eq(0) for each in cleared]
        return m
