# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the neuron engine."""

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
        old="fires = clamped.potential >= clamped.parameter.threshold",
        new="fires = clamped.potential > clamped.parameter.threshold",
        breaks=("neurons.formula",),
    ),
    Mutation(
        name="neuron-potential-wraps",
        module="rtl.core.update",
        old="Mux(floored > config.vmax, config.vmax, floored)",
        new="floored",
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
