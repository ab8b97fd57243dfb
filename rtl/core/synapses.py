# SPDX-License-Identifier: Apache-2.0
"""The synapse engine: turns rows into synapse words, one word a cycle."""

from functools import partial
from typing import Any

from amaranth.hdl import Assert, Cat, Module, Mux, ResetInserter, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.cost.timing import ROW_QUEUE
from model.limits import VALUE_BITS
from rtl.arith import count_ones
from rtl.bundles import AddSignature, SynapsePhaseSignature
from rtl.core.guarded import guarded
from rtl.layouts import row_layout, word_layout, words_layout


class SynapseEngine(wiring.Component):
    """Fetches the words of each row and hands them to the accumulators.

    A row takes as many cycles as it has words, without a bubble to the next one as long as rows arrive fast enough;
    up to ROW_QUEUE rows wait behind the one whose words are fetched. Latency from ``rows`` to the first ``add`` is
    ROW_FETCH + 3 cycles: looked up (1), registered (1), queued (1), at the head (1), fetched (1), registered where it
    was read (1) and once more (1). After EOS nothing is fetched until ``phase`` is resumed: it is ``done`` from after
    the last word was added until then. ``rows`` is held when ROW_QUEUE rows wait.

    - ``add``: to the accumulator bank; its slot ``now`` advances when a phase is resumed.
    - ``row_write``, ``word_write``: write ports of the row table and the synapse memory, for the loader.
    - ``codebook``: the values of weight indices, if the build has a codebook.
    - ``corrected``, ``failed``: of the row and the word that were read (``rtl.core.guarded``).
    - ``operations``: synapses in the word that is added in this cycle; ``issue``: a word is fetched in this cycle.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        ports = {
            "rows": In(stream.Signature(row_layout(config))),
            "add": Out(AddSignature(config)),
            "phase": In(SynapsePhaseSignature()),
            "issue": Out(1),
            "operations": Out(range(config.lanes + 1)),
            "corrected": Out(2),
            "failed": Out(2),
            "row_write": Out(WritePort.Signature(addr_width=config.row_bits, shape=words_layout(config))),
            "word_write": Out(WritePort.Signature(addr_width=config.word_bits, shape=word_layout(config))),
        }
        if config.codebook:
            ports["codebook"] = In(ArrayLayout(signed(VALUE_BITS), 1 << config.weight_bits))
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        memory = partial(guarded, m, protection=config.protection, registered=True, platform=platform)
        table_read = memory("row_table", shape=words_layout(config), depth=max(2, config.rows), write=self.row_write)
        word_read = memory(
            "words", shape=word_layout(config), depth=max(2, config.synapse_words), write=self.word_write
        )

        # A row whose entry in the row table is being read, and registered. What was taken has room in the queue: no
        # stage waits.
        sought_valid, found_valid = Signal(), Signal()
        sought, found = Signal(row_layout(config)), Signal(row_layout(config))
        queued = StructLayout(
            {"eos": 1, "level": config.delay_bits, "start": config.word_bits, "more": config.target_bits}
        )
        m.submodules.queue = queue = SyncFIFO(width=queued.size, depth=ROW_QUEUE)
        into, head = Signal(queued), Signal(queued)
        waiting = Signal(range(ROW_QUEUE + 1))  # rows that were taken and are not at the head
        full = Signal()
        takes, heads = self.rows.valid & self.rows.ready, queue.r_en & queue.r_rdy
        m.d.comb += [
            self.rows.ready.eq(~full),
            table_read.en.eq(takes),
            table_read.addr.eq(self.rows.payload.row),
            into.eos.eq(found.eos),
            into.level.eq(found.level),
            into.start.eq(table_read.data.start),
            into.more.eq(table_read.data.more),
            queue.w_data.eq(into),
            queue.w_en.eq(found_valid),
        ]
        self._pass_on(m, takes, self.rows.payload, sought_valid, sought)
        self._pass_on(m, sought_valid, sought, found_valid, found)
        # Whether a row finds room is registered, for it goes a long way back into the delay unit.
        fills = full | ((waiting == ROW_QUEUE - 1) & takes)
        m.d.sync += [waiting.eq(waiting + takes - heads), full.eq(fills & ~heads)]

        # An end of step looks up a row that means nothing.
        looked_up = found_valid & ~found.eos
        m.d.comb += [
            self.corrected.eq(Cat(table_read.corrected & looked_up, word_read.corrected)),
            self.failed.eq(Cat(table_read.failed & looked_up, word_read.failed)),
        ]

        # Issue: the words of the row at the head, one a cycle: ``more`` are left, from ``start`` on.
        head_valid, leaves = Signal(), Signal()
        closed, ended = Signal(), Signal()  # the end of step was at the head, and a cycle before
        fetched, shown = Signal(), Signal()  # a word is being read, and registered
        fetched_slot, shown_slot = Signal(range(config.slots)), Signal(range(config.slots))
        m.d.comb += [
            self.issue.eq(head_valid & ~closed & ~head.eos),
            leaves.eq(head_valid & ~closed & (head.eos | (head.more == 0))),
            queue.r_en.eq(~head_valid | leaves),
            word_read.en.eq(self.issue),
            word_read.addr.eq(head.start),
        ]
        m.d.sync += [fetched.eq(self.issue), ended.eq(closed), self.phase.done.eq(ended)]
        self._pass_on(m, fetched, fetched_slot, shown, shown_slot)
        with m.If(self.issue):
            m.d.sync += [
                head.start.eq(head.start + 1),
                head.more.eq(head.more - 1),
                fetched_slot.eq(self._ahead(m, head.level)),
            ]
        with m.If(queue.r_en):
            m.d.sync += [head_valid.eq(queue.r_rdy), head.eq(queue.r_data)]
        with m.If(leaves & head.eos):
            m.d.sync += closed.eq(1)
        with m.If(self.phase.resume):
            m.d.sync += [closed.eq(0), ended.eq(0), self.phase.done.eq(0)]
            m.d.sync += self.add.now.eq(Mux(self.add.now == config.slots - 1, 0, self.add.now + 1))

        self._add(m, word_read.data, shown, shown_slot)
        m.d.sync += [
            Assert(~self.phase.resume | self.phase.done, "synapse engine: resumed in the middle of a step"),
            Assert(~found_valid | found.eos | (found.row < config.rows), "synapse engine: no such row"),
            Assert(~found_valid | queue.w_rdy, "synapse engine: no room for a row"),
        ]
        return ResetInserter(self.phase.flush)(m)

    @staticmethod
    def _pass_on(m: Module, valid: Value, payload: Any, next_valid: Signal, following: Any) -> None:
        """The registers of a stage that waits for nothing; without anything to take they need no clock."""
        m.d.sync += next_valid.eq(valid)
        with m.If(valid):
            m.d.sync += following.eq(payload)

    def _ahead(self, m: Module, level: Signal) -> Signal:
        """The slot that is ``level`` steps ahead."""
        ahead = Signal(range(self._config.slots))
        if self._config.slots > 1:
            # With fewer slots than levels, a power of two, a row leaves its unit when it is due within the slots.
            fine = level % self._config.slots if self._config.slots < self._config.delays else level
            total = self.add.now + fine
            m.d.comb += ahead.eq(Mux(total >= self._config.slots, total - self._config.slots, total))
        return ahead

    def _add(self, m: Module, word: Signal, shown: Signal, slot: Signal) -> None:
        """Hand the word that was fetched to the accumulators, registered."""
        word_valid, stored = Signal(), Signal(word_layout(self._config))
        m.d.sync += word_valid.eq(shown)
        with m.If(shown):
            m.d.sync += [stored.eq(word), self.add.slot.eq(slot)]
        for lane in range(self._config.lanes):
            entry = stored[lane]
            weight = Signal(signed(VALUE_BITS))
            if self._config.codebook:
                m.d.comb += weight.eq(self.codebook[entry.weight])
            else:
                m.d.comb += weight.eq(entry.weight.as_signed())
            m.d.comb += [
                self.add.lanes[lane].valid.eq(word_valid & (weight != 0)),
                self.add.lanes[lane].target.eq(entry.target),
                self.add.lanes[lane].weight.eq(weight),
            ]
        m.d.comb += self.operations.eq(
            count_ones(Cat(self.add.lanes[lane].valid for lane in range(self._config.lanes)))
        )
