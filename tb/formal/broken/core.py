"""Broken variants of the blocks around the delay units."""

from tb.formal.broken.variant import Mutation

ACCUMULATORS = (
    Mutation(
        name="accumulators-hazard-not-forwarded",
        module="rtl.core.accumulators",
        old="memory.read_port(transparent_for=(write,))",
        new="memory.read_port()",
        breaks=("accumulators.sum",),
    ),
    Mutation(
        name="accumulators-consumed-slot-stays",
        module="rtl.core.accumulators",
        old="write.en.eq(valid | cleared | self.clear)",
        new="write.en.eq(valid | self.clear)",
        breaks=("accumulators.clear",),
    ),
    Mutation(
        name="accumulators-slot-ignored-when-consumed",
        module="rtl.core.accumulators",
        old="Mux(mine, consume_address, Cat(self.add[lane].target, self.add_slot))",
        new="Mux(mine, self.consume_index, Cat(self.add[lane].target, self.add_slot))",
        breaks=("accumulators.consume",),
    ),
    Mutation(
        name="accumulators-lane-follows-too-early",
        module="rtl.core.accumulators",
        old="self.consumed.eq(consumed[lane_now])",
        new="self.consumed.eq(consumed[self.consume_lane])",
        breaks=("accumulators.consume",),
    ),
    Mutation(
        name="accumulators-cleared-word-by-word-late",
        module="rtl.core.accumulators",
        old="write.addr.eq(Mux(self.clear, self.clear_address, address))",
        new="write.addr.eq(address)",
        breaks=("accumulators.clear", "accumulators.sum"),
    ),
)

NEURONS = (
    Mutation(
        name="leak-rounds-toward-minus-infinity",
        module="rtl.arith",
        old="return (product + Mux(product < 0, (1 << LEAK_BITS) - 1, 0)) >> LEAK_BITS",
        new="return product >> LEAK_BITS",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-threshold-must-be-exceeded",
        module="rtl.core.neurons",
        old="fires = clamped.potential >= clamped.parameter.threshold",
        new="fires = clamped.potential > clamped.parameter.threshold",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-potential-wraps",
        module="rtl.core.neurons",
        old="Mux(floored > config.vmax, config.vmax, floored)",
        new="floored",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-subtracts-always",
        module="rtl.core.neurons",
        old="with m.Elif(fires & (reset == Reset.SUBTRACT)):",
        new="with m.Elif(fires):",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-moves-on-under-back-pressure",
        module="rtl.core.neurons",
        old="go.eq(~update.spike | self.spikes.ready)",
        new="go.eq(1)",
        breaks=("neurons.handshake",),
    ),
    Mutation(
        name="neuron-end-before-the-last-spike",
        module="rtl.core.neurons",
        old='with m.State("DRAIN"), m.If(~update.busy):',
        new='with m.State("DRAIN"), m.If(~update.spike):',
        breaks=("neurons.order",),
    ),
    Mutation(
        name="neuron-last-one-skipped",
        module="rtl.core.neurons",
        old="last.eq(neuron + 1 == self.neurons_used)",
        new="last.eq((neuron + 2 == self.neurons_used) | (self.neurons_used == 1))",
        breaks=("neurons.order",),
    ),
    Mutation(
        name="neuron-state-not-cleared",
        module="rtl.core.neurons",
        old="m.d.comb += [state_write.en.eq(1), state_write.addr.eq(neuron)]",
        new="m.d.comb += [state_write.en.eq(neuron != 0), state_write.addr.eq(neuron)]",
        breaks=("neurons.memory",),
    ),
    Mutation(
        name="neuron-state-read-again-under-back-pressure",
        module="rtl.core.neurons",
        old="state_read.en.eq((fetch & go) | reading)",
        new="state_read.en.eq(fetch | reading)",
        breaks=("neurons.memory",),
        by_induction=True,
    ),
    Mutation(
        name="neuron-end-never-sent",
        module="rtl.core.neurons",
        old='with m.State("DRAIN"), m.If(~update.busy):',
        new='with m.State("DRAIN"), m.If(~update.busy & (neuron == 0)):',
        breaks=("neurons.progress",),
    ),
    Mutation(
        name="neuron-read-out-moves-on",
        module="rtl.core.neurons",
        old="with m.If(self.readouts.ready | self.quiet):",
        new="with m.If(1):",
        breaks=("neurons.handshake",),
    ),
)

CONTROL = (
    Mutation(
        name="control-spike-dropped-when-one-waits",
        module="rtl.core.control",
        old="fifo.w_en.eq(self.fired)",
        new="fifo.w_en.eq(self.fired & (fifo.level == 0))",
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
        cycles=32,
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
        old="with m.If(self.clear_done):",
        new="with m.If(1):",
        breaks=("control.end",),
    ),
    Mutation(
        name="control-end-sent-twice",
        module="rtl.core.control",
        old="with m.If(self.end_ready | self.quiet):",
        new="with m.If((self.end_ready & ~self.in_sample) | self.quiet):",
        breaks=("control.end",),
    ),
)

SYNAPSES = (
    Mutation(
        name="synapses-last-word-dropped",
        module="rtl.core.synapses",
        old="(head.eos | (offset == head.more))",
        new="(head.eos | (offset + 1 >= head.more))",
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
        old="self.issue.eq(queue.r_rdy & ~self.step_done & ~head.eos)",
        new="self.issue.eq(queue.r_rdy & ~head.eos)",
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
        old="self.rows.ready.eq(~found_valid | queue.w_rdy)",
        new="self.rows.ready.eq(~found_valid)",
        breaks=("synapses.progress",),
    ),
)

LOADER = (
    Mutation(
        name="loader-accepts-a-bad-crc",
        module="rtl.core.loader",
        old="with m.Elif(final & ~crc.match_detected):",
        new="with m.Elif(final & ~crc.match_detected & ~last):",
        breaks=("loader.crc",),
        by_induction=True,
    ),
    Mutation(
        name="loader-crc-goes-on-after-a-refusal",
        module="rtl.core.loader",
        old="crc.start.eq(taken & last)",
        new="crc.start.eq(taken & last & ~wrong)",
        breaks=("loader.crc",),
        by_induction=True,
    ),
    Mutation(
        name="loader-accepts-what-follows-the-crc",
        module="rtl.core.loader",
        old="with m.Elif(final & ~last):",
        new="with m.Elif(final & ~last & wrong):",
        breaks=("loader.last",),
        by_induction=True,
    ),
    Mutation(
        name="loader-forgets-a-fault",
        module="rtl.core.loader",
        old="with m.If(taken & ~wrong):",
        new="with m.If(taken):",
        breaks=("loader.last",),
        by_induction=True,
    ),
)

CORE = (
    Mutation(
        name="core-image-taken-while-neurons-are-updated",
        module="rtl.core.neurocore",
        old="loader.hold.eq(updating | starts | controller.busy)",
        new="loader.hold.eq(controller.busy)",
        breaks=("core.handshake",),
        by_induction=True,
    ),
    Mutation(
        name="core-new-image-leaves-it-armed",
        module="rtl.core.neurocore",
        old="controller.disarm.eq(loader.begins)",
        new="controller.disarm.eq(loader.begins & ~controller.armed)",
        breaks=("core.armed",),
        by_induction=True,
    ),
    Mutation(
        name="core-neurons-before-the-last-word",
        module="rtl.core.neurocore",
        old="starts.eq(synapses.step_done & ~updating & ~updated & ~controller.busy)",
        new="starts.eq(~synapses.issue & ~updating & ~updated & ~controller.busy)",
        breaks=("core.hazards",),
        by_induction=True,
    ),
    Mutation(
        name="core-words-added-while-cleared",
        module="rtl.core.neurocore",
        old="synapses.flush.eq(controller.flush)",
        new="synapses.flush.eq(0)",
        breaks=("core.hazards",),
        by_induction=True,
    ),
)
