# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the neuron engine, and of its refractory periods."""

from tb.formal.broken.variant import Mutation

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
        module="rtl.core.update",
        old="clamped.potential >= clamped.parameter.threshold",
        new="clamped.potential > clamped.parameter.threshold",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-potential-wraps",
        module="rtl.core.update",
        old="reached = Mux(summed.total > config.vmax, config.vmax, reached)",
        new="pass",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-subtracts-always",
        module="rtl.core.update",
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
        old="with m.Elif(drains & ~update.busy):",
        new="with m.Elif(drains):",
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
        old="with m.If(clear):",
        new="with m.If(clear & (neuron != 0)):",
        breaks=("neurons.memory",),
    ),
    Mutation(
        name="neuron-state-read-again-under-back-pressure",
        module="rtl.core.neurons",
        old="state_read.en.eq((fetch & go) | read)",
        new="state_read.en.eq(fetch | read)",
        breaks=("neurons.memory",),
        by_induction=True,
    ),
    Mutation(
        name="neuron-end-never-sent",
        module="rtl.core.neurons",
        old="m.d.comb += drains.eq(1)",
        new="m.d.comb += drains.eq(neuron == 0)",
        breaks=("neurons.progress",),
    ),
    Mutation(
        name="neuron-read-out-moves-on",
        module="rtl.core.neurons",
        old="with m.If(self.readouts.ready | phase.quiet):",
        new="with m.If(1):",
        breaks=("neurons.handshake",),
    ),
)

REFRACTORY = (
    Mutation(
        name="refractory-counter-not-cleared-at-the-end",
        module="rtl.core.neurons",
        old="m.d.comb += [state_write.en.eq(1), state_write.addr.eq(neuron)]",
        new="m.d.comb += [state_write.en.eq(1), state_write.addr.eq(neuron), "
        "state_write.data.refractory.eq(state_read.data.refractory)]",
        breaks=("refractory.steps",),
        by_induction=True,
    ),
    Mutation(
        name="refractory-a-step-too-short",
        module="rtl.core.update",
        old="fires.eq(reaches & (before == 0))",
        new="fires.eq(reaches & (before <= 1))",
        breaks=("refractory.steps",),
        by_induction=True,
    ),
    Mutation(
        name="refractory-a-step-too-long",
        module="rtl.core.update",
        old="left.eq(compared.parameter.refractory)",
        new="left.eq(compared.parameter.refractory + 1)",
        breaks=("refractory.steps",),
        by_induction=True,
    ),
    Mutation(
        name="refractory-all-ones-run-out",
        module="rtl.core.update",
        old="with m.Elif(before.all()):",
        new="with m.Elif(0):",
        breaks=("refractory.formula",),
        by_induction=True,
    ),
    Mutation(
        name="refractory-potential-goes-on",
        module="rtl.core.update",
        old="reached = Mux(summed.before.refractory != 0, summed.before.potential, reached)",
        new="pass",
        breaks=("refractory.steps",),
        by_induction=True,
    ),
    Mutation(
        name="refractory-period-begins-at-the-threshold",
        module="rtl.core.update",
        old="with m.If(fires):",
        new="with m.If(reaches):",
        breaks=("refractory.formula",),
        by_induction=True,
    ),
)
