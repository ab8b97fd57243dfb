# SPDX-License-Identifier: Apache-2.0
"""The bundles of wires that join two blocks of the core and are no streams; both sides have the same signature.

Directions are those of the side that is named first.
"""

from amaranth.hdl import signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.limits import STEP_BITS
from rtl.layouts import addend_layout, trace_layout


class AddSignature(wiring.Signature):
    """Synapse engine to accumulators: what each lane adds in a cycle. No back-pressure.

    - ``lanes``: a weight and its target for each lane; ``slot``: the delay slot that all of them go to.
    - ``now``: the slot of delay level 0 in this step, which the neurons consume.
    """

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(
            {
                "lanes": Out(ArrayLayout(addend_layout(config), config.lanes)),
                "slot": Out(range(config.slots)),
                "now": Out(range(config.slots)),
            }
        )


class ConsumeSignature(wiring.Signature):
    """Neuron engine to accumulators: a read of what arrived at the neuron ``lane``, ``index``.

    ``go`` is high in every cycle in which the pipeline of the neurons moves on, and with every ``en``: ``data`` shows
    what was read two moves later, until the next one. No back-pressure, and no stop in the five cycles after a word.
    ``asks`` is ``en`` without ``go``, which comes late: the memory may be read already, again and again, for the neuron
    after the one that was consumed is in another lane if there is one.
    """

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(
            {
                "en": Out(1),
                "go": Out(1),
                "asks": Out(1),
                "lane": Out(range(config.lanes)),
                "index": Out(config.target_bits),
                "data": In(signed(config.accumulator_bits)),
            }
        )


class ClearSignature(wiring.Signature):
    """Controller to accumulators: with ``en``, accumulator ``address`` of every lane becomes 0."""

    def __init__(self, config: CoreConfig) -> None:
        super().__init__({"en": Out(1), "address": Out(range(config.accumulators_per_lane))})


class SynapsePhaseSignature(wiring.Signature):
    """Controller to synapse engine: ``done`` when all words of the step were fetched, until ``resume`` begins the next
    step; ``flush`` returns the engine to the state after reset."""

    def __init__(self) -> None:
        super().__init__({"done": In(1), "resume": Out(1), "flush": Out(1)})


class NeuronPhaseSignature(wiring.Signature):
    """Controller to neuron engine.

    - ``start`` begins the update of all neurons in ``step``; ``done`` is high in the cycle in which their EOS is taken.
    - ``finish`` begins the read-out of all neurons, whose states become 0, in silence with ``quiet``; ``reading`` is
      high from the cycle after until it is over.
    - ``end`` asks for END to be sent until ``ended``.
    - ``flush`` returns the engine to idle; states stay.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "start": Out(1),
                "step": Out(STEP_BITS),
                "done": In(1),
                "finish": Out(1),
                "quiet": Out(1),
                "reading": In(1),
                "end": Out(1),
                "ended": In(1),
                "flush": Out(1),
            }
        )


def trace_signature(config: CoreConfig) -> stream.Signature:
    """The trace port: one updated neuron in each cycle in which ``valid`` is high; no back-pressure."""
    return stream.Signature(trace_layout(config), always_ready=True)
