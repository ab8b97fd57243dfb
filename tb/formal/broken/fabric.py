# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the blocks that join cores."""

from tb.formal.broken.variant import Mutation

FABRIC = (
    Mutation(
        name="peers-begins-without-a-sender",
        module="rtl.fabric.peers",
        old="self.may_begin.eq((behind & self.senders) == 0)",
        new="self.may_begin.eq((behind & self.listeners) == 0)",
        breaks=("peers.go",),
    ),
    Mutation(
        name="peers-arrival-in-the-cycle-of-completion-lost",
        module="rtl.fabric.peers",
        old="behind.eq((behind & came) | (others & ~ahead & ~came))",
        new="behind.eq((behind & came) | (others & ~ahead))",
        breaks=("peers.go",),
    ),
    Mutation(
        name="peers-wrong-half",
        module="rtl.fabric.peers",
        old="self.half.eq(self.parity ^ ~behind.bit_select(self.core, 1))",
        new="self.half.eq(~self.parity)",
        breaks=("peers.half",),
    ),
    Mutation(
        name="outbox-sends-without-room",
        module="rtl.fabric.outbox",
        old="leaves.eq(fifo.r_rdy & self.may_send & (alone | leaving.ready))",
        new="leaves.eq(fifo.r_rdy & (alone | (self.may_send & leaving.ready)))",
        breaks=("outbox.order",),
    ),
    Mutation(
        name="outbox-hops-of-the-next-spike",
        module="rtl.fabric.outbox",
        old="put.neuron.eq(neuron),",
        new="put.neuron.eq(spikes.payload.neuron),",
        breaks=("outbox.order",),
    ),
    Mutation(
        name="outbox-keeps-what-nobody-hears",
        module="rtl.fabric.outbox",
        old="fifo.w_en.eq(eos | (event & (read.data != 0)))",
        new="fifo.w_en.eq(eos | event)",
        breaks=("outbox.order",),
    ),
    Mutation(
        name="outbox-offers-only-what-is-not-taken",
        module="rtl.fabric.outbox",
        old="leaving.valid.eq(fifo.r_rdy & self.may_send & ~alone)",
        new="leaving.valid.eq(fifo.r_rdy & self.may_send & ~alone & ~leaving.ready)",
        breaks=("outbox.latency",),
    ),
    Mutation(
        name="feeder-offers-only-what-is-not-taken",
        module="rtl.fabric.feeder",
        old="events.valid.eq(host.valid),",
        new="events.valid.eq(host.valid & ~events.ready),",
        breaks=("feeder.progress",),
    ),
    Mutation(
        name="feeder-last-spike-left-out",
        module="rtl.fabric.feeder",
        old="with m.If(next_read == counts[self.parity]):",
        new="with m.If(next_read + 1 >= counts[self.parity]):",
        breaks=("feeder.order",),
    ),
    Mutation(
        name="feeder-halves-exchanged",
        module="rtl.fabric.feeder",
        old="read.addr.eq(Cat(next_read[:address], self.parity))",
        new="read.addr.eq(Cat(next_read[:address], ~self.parity))",
        breaks=("feeder.order",),
    ),
    Mutation(
        name="feeder-half-not-emptied-at-the-end-of-a-sample",
        module="rtl.fabric.feeder",
        old="""                with m.If(events.ready):
                    m.d.sync += [counts[self.parity].eq(0), next_read.eq(0)]
                    m.next = "IDLE\"""",
        new="""                with m.If(events.ready):
                    m.d.sync += next_read.eq(0)
                    m.next = "IDLE\"""",
        breaks=("feeder.order",),
    ),
    Mutation(
        name="routes-span-one-too-long",
        module="rtl.fabric.routes",
        old="(offset < span.data.count)",
        new="(offset <= span.data.count)",
        breaks=("routes.answer",),
    ),
    Mutation(
        name="routes-source-below-its-span",
        module="rtl.fabric.routes",
        old="(source >= span.data.first) & (offset",
        new="(offset",
        breaks=("routes.answer",),
    ),
    Mutation(
        name="routes-place-of-the-query-before",
        module="rtl.fabric.routes",
        old="entry.en.eq(asked)",
        new="entry.en.eq(asked & ~self.query.valid)",
        breaks=("routes.answer",),
    ),
    Mutation(
        name="ring-register-takes-over-what-passes",
        module="rtl.fabric.ring_register",
        old="own.ready.eq(~passes)",
        new="own.ready.eq(1)",
        breaks=("ring_register.count", "ring_register.passes"),
    ),
    Mutation(
        name="ring-register-passes-without-hops",
        module="rtl.fabric.ring_register",
        old="passes = before.valid & (before.payload.hops != 0)",
        new="passes = before.valid",
        breaks=("ring_register.count",),
    ),
    Mutation(
        name="ring-register-keeps-the-hops",
        module="rtl.fabric.ring_register",
        old="after.payload.hops.eq(before.payload.hops - 1)",
        new="after.payload.hops.eq(before.payload.hops)",
        breaks=("ring_register.passes",),
    ),
)
