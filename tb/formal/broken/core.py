# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the blocks around the delay units."""

from tb.formal.broken.variant import Mutation

ACCUMULATORS = (
    Mutation(
        name="accumulators-hazard-not-forwarded",
        module="rtl.core.accumulators",
        old="in reversed([*enumerate(stages, 1)]):",
        new="in reversed([*enumerate(stages, 1)][1:]):",
        breaks=("accumulators.sum",),
    ),
    Mutation(
        name="accumulators-third-word-not-forwarded",
        module="rtl.core.accumulators",
        old="in reversed([*enumerate(stages, 1)]):",
        new="in reversed([*enumerate(stages, 1)][:2]):",
        breaks=("accumulators.sum", "accumulators.consume"),
    ),
    Mutation(
        name="accumulators-sums-stand-still",
        module="rtl.core.accumulators",
        old="with m.If(adding.valid | writing.valid | wrote):",
        new="with m.If(adding.valid | writing.valid):",
        breaks=("accumulators.sum",),
    ),
    Mutation(
        name="accumulators-older-sum-forwarded-first",
        module="rtl.core.accumulators",
        old="in reversed([*enumerate(stages, 1)]):",
        new="in [*enumerate(stages, 1)]:",
        breaks=("accumulators.sum",),
    ),
    Mutation(
        name="accumulators-consumed-slot-stays",
        module="rtl.core.accumulators",
        old="write.en.eq(writing.valid | self.clear.en)",
        new="write.en.eq((writing.valid & writing.adds) | self.clear.en)",
        breaks=("accumulators.clear",),
    ),
    Mutation(
        name="accumulators-slot-ignored-when-consumed",
        module="rtl.core.accumulators",
        old="Cat(self.consume.index, self.add.now))",
        new="self.consume.index)",
        breaks=("accumulators.consume",),
    ),
    Mutation(
        name="accumulators-lane-follows-too-early",
        module="rtl.core.accumulators",
        old="self.consume.data.eq(values[lane_now])",
        new="self.consume.data.eq(values[read_lane])",
        breaks=("accumulators.consume",),
    ),
    Mutation(
        name="accumulators-cleared-word-by-word-late",
        module="rtl.core.accumulators",
        old="Mux(self.clear.en, self.clear.address, writing.address)",
        new="writing.address",
        breaks=("accumulators.clear", "accumulators.sum"),
    ),
)

CONTROL = (
    Mutation(
        name="control-spike-dropped-when-one-waits",
        module="rtl.core.control",
        old="fifo.w_en.eq(self.fired.valid)",
        new="fifo.w_en.eq(self.fired.valid & (fifo.level == 0))",
        breaks=("control.order",),
    ),
    Mutation(
        name="control-next-step-before-all-spikes",
        module="rtl.core.control",
        old="with m.Elif(~between):",
        new="with m.Else():",
        breaks=("control.order",),
    ),
    Mutation(
        name="control-unknown-axon-passes",
        module="rtl.core.control",
        old="known = token.axon < self.axons_used",
        new="known = token.axon <= self.axons_used",
        breaks=("control.order",),
    ),
    Mutation(
        name="control-spike-offered-before-it-is-there",
        module="rtl.core.control",
        old="arrivals.valid.eq(fifo.r_rdy)",
        new="arrivals.valid.eq(1)",
        breaks=("control.handshake", "control.order"),
    ),
    Mutation(
        name="control-end-in-the-middle-of-a-step",
        module="rtl.core.control",
        old="m.d.comb += events.ready.eq(~between)",
        new="m.d.comb += events.ready.eq(1)",
        breaks=("control.progress",),
        by_induction=True,
    ),
    Mutation(
        name="control-new-image-leaves-it-armed",
        module="rtl.core.control",
        old="return ResetInserter(self.disarm)(m)",
        new="return m",
        breaks=("control.armed",),
    ),
    Mutation(
        name="control-end-before-all-is-cleared",
        module="rtl.core.control",
        old="with m.If(~clearing & ~neurons.reading):",
        new="with m.If(1):",
        breaks=("control.end",),
    ),
    Mutation(
        name="control-last-address-not-cleared",
        module="rtl.core.control",
        old="clear.address != self._config.accumulators_per_lane - 1",
        new="clear.address != self._config.accumulators_per_lane - 2",
        breaks=("control.end",),
        by_induction=True,
    ),
    Mutation(
        name="control-end-sent-twice",
        module="rtl.core.control",
        old="with m.If(neurons.ended | quiet):",
        new="with m.If((neurons.ended & ~sampling) | quiet):",
        breaks=("control.end",),
    ),
)

SYNAPSES = (
    Mutation(
        name="synapses-last-word-dropped",
        module="rtl.core.synapses",
        old="(head.eos | (head.more == 0))",
        new="(head.eos | (head.more <= 1))",
        breaks=("synapses.words",),
    ),
    Mutation(
        name="synapses-slot-does-not-wrap",
        module="rtl.core.synapses",
        old="Mux(total >= self._config.slots, total - self._config.slots, total)",
        new="total",
        breaks=("synapses.words",),
    ),
    Mutation(
        name="synapses-slot-of-the-window",
        module="rtl.core.synapses",
        old="level % self._config.slots if",
        new="level // self._config.slots if",
        breaks=("synapses.slots",),
    ),
    Mutation(
        name="synapses-fetches-into-the-next-step",
        module="rtl.core.synapses",
        old="self.issue.eq(head_valid & ~closed & ~head.eos)",
        new="self.issue.eq(head_valid & ~head.eos)",
        breaks=("synapses.words",),
    ),
    Mutation(
        name="synapses-weight-without-sign",
        module="rtl.core.synapses",
        old="weight.eq(entry.weight.as_signed())",
        new="weight.eq(entry.weight)",
        breaks=("synapses.words",),
    ),
    Mutation(
        name="synapses-row-refused-too-soon",
        module="rtl.core.synapses",
        old="full.eq(fills & ~heads)",
        new="full.eq((fills | (waiting != 0)) & ~heads)",
        breaks=("synapses.progress",),
    ),
    Mutation(
        name="synapses-row-taken-without-room",
        module="rtl.core.synapses",
        old="full.eq(fills & ~heads)",
        new="full.eq(0)",
        breaks=("synapses.words",),
        by_induction=True,
    ),
)

LOADER = (
    Mutation(
        name="loader-accepts-a-bad-crc",
        module="rtl.core.loader",
        old="with m.Elif(final & ~counted.matches):",
        new="with m.Elif(final & ~counted.matches & ~counted.last):",
        breaks=("loader.crc",),
        by_induction=True,
    ),
    Mutation(
        name="loader-crc-goes-on-after-a-refusal",
        module="rtl.core.loader",
        old="crc.start.eq(counted.valid & counted.last)",
        new="crc.start.eq(counted.valid & counted.last & ~wrong)",
        breaks=("loader.crc",),
        by_induction=True,
    ),
    Mutation(
        name="loader-accepts-what-follows-the-crc",
        module="rtl.core.loader",
        old="with m.Elif(final & ~counted.last):",
        new="with m.Elif(final & ~counted.last & wrong):",
        breaks=("loader.last",),
        by_induction=True,
    ),
    Mutation(
        name="loader-forgets-a-fault",
        module="rtl.core.loader",
        old="with m.If(counted.valid & ~wrong):",
        new="with m.If(counted.valid):",
        breaks=("loader.last",),
        by_induction=True,
    ),
)

CORE = (
    Mutation(
        name="core-image-taken-while-neurons-are-updated",
        module="rtl.core.control",
        old="self.hold.eq(self.neuron_phase.start | updating | ending)",
        new="self.hold.eq(ending)",
        breaks=("core.handshake",),
        by_induction=True,
    ),
    Mutation(
        name="core-new-image-leaves-it-armed",
        module="rtl.core.neurocore",
        old="controller.disarm.eq(began)",
        new="controller.disarm.eq(began & controller.synapse_phase.done)",
        breaks=("core.armed",),
        by_induction=True,
    ),
    Mutation(
        name="core-neurons-before-the-last-word",
        module="rtl.core.control",
        old="with m.If(words.done):",
        new="with m.If(between):",
        breaks=("core.hazards",),
        by_induction=True,
    ),
    Mutation(
        name="core-words-added-while-cleared",
        module="rtl.core.control",
        old="self.synapse_phase.flush.eq(self.flush)",
        new="self.synapse_phase.flush.eq(0)",
        breaks=("core.hazards",),
        by_induction=True,
    ),
    Mutation(
        name="core-neurons-beside-the-last-word",
        module="rtl.core.synapses",
        old="self.phase.done.eq(ended)",
        new="self.phase.done.eq(ended | (leaves & head.eos))",
        breaks=("core.hazards",),
        by_induction=True,
    ),
)
