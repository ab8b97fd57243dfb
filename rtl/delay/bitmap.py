# SPDX-License-Identifier: Apache-2.0
"""The spike history: one bit per source and step of the last D-1 steps, scanned under the skip mask."""

from amaranth.hdl import Assert, Cat, Format, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import wiring

from rtl.arith import few_ones, lowest_set
from rtl.delay.rank import RowNumber
from rtl.delay.unit import DelayUnitBase
from rtl.layouts import mask_layout, waiting_layout
from rtl.memories import apart_memory


class Bitmap(DelayUnitBase):
    """Presynaptic spike history (arXiv 2511.01158): D-1 bits of each of ``queue_depth`` sources from ``first_kept`` on.

    In a step, first each source with bits that are still needed is visited, in order of address: its bits age by one
    step, each bit whose level its skip mask has is listed as a row, one a cycle, and bits that no higher level of the
    mask needs are dropped. Then the arrivals: listed at level 0 if their mask has it, and remembered if it has a higher
    one. A source that has no bit left is not visited; a visit without a due bit takes one cycle.

    Latency LOOKUP + 1 + NUMBER cycles from an arrival to its row. Back-pressure on ``rows`` stops the scan;
    ``arrivals`` are held until it is over. Nothing can overflow: ``peak`` and ``lost`` are 0. The loader has refused
    images with delays from sources outside of the history.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, arrivals, lookup = self.config, self.arrivals, self.lookup
        kept, bits = config.queue_depth, max(1, config.delays - 1)
        m.submodules.number = number = RowNumber(config)
        wiring.connect(m, wiring.flipped(self.rows), number.rows)
        alive, pending = Signal(kept), Signal(kept)  # sources with bits, and those that this step has not visited
        # The first of ``pending``, if there is one, is in a register of its own, as it takes long to find and reads the
        # source table; ``rest`` is what comes after it.
        scans, visited, rest = Signal(), Signal(range(max(2, kept))), Signal(kept)
        ends = Signal()  # the end of step leaves
        ending = Signal()  # the end of step is under way

        # First stage: a visit or an arrival whose mask and history are being read.
        first_valid, first_scan, first_eos = Signal(), Signal(), Signal()
        first_source, first_index = Signal.like(arrivals.payload.source), Signal(range(kept))
        # An item whose mask and history are there.
        looked_valid, looked_scan = Signal(), Signal()
        looked_eos, looked_leaves = Signal(name="looked_eos"), Signal(name="looked_leaves")
        looked_source, looked_index = Signal.like(first_source), Signal.like(first_index)
        looks = ~looked_valid | looked_leaves
        take, source, index = Signal(), Signal.like(arrivals.payload.source), Signal.like(first_index)
        writes, after = Signal(), Signal(bits)  # something stays of an item that leaves
        arrives = arrivals.valid & arrivals.ready
        m.d.comb += [
            take.eq(~first_valid | looks),
            pending.eq(Mux(scans, rest | (1 << visited), 0)),
            ends.eq(self.rows.valid & self.rows.ready & self.rows.payload.eos),
            arrivals.ready.eq(take & ~scans & ~ending),
            source.eq(Mux(scans, self.first_kept + visited, arrivals.payload.source)),
            lookup.en.eq(take & (scans | arrives)),
            lookup.address.eq(source),
            index.eq(Mux(scans, visited, arrivals.payload.source - self.first_kept)),
        ]
        with m.If(take):
            m.d.sync += first_valid.eq(scans | arrives)
        with m.If(lookup.en):
            m.d.sync += [first_scan.eq(scans), first_source.eq(source)]
            m.d.sync += [first_eos.eq(~scans & arrivals.payload.eos), first_index.eq(index)]
        with m.If(arrives & arrivals.payload.eos):
            m.d.sync += ending.eq(1)

        # What is due of it now, and what stays.
        entry = Signal(mask_layout(config))
        due, moves = Signal(config.delays), looks & first_valid
        before = self._history(m, alive, reads=lookup.en, index=index, moves=moves, first_index=first_index,
                               writes=writes, looked_index=looked_index, after=after)  # fmt: skip
        needed = Cat(entry.mask[level + 1 :].any() for level in range(config.delays - 1))
        m.d.comb += [
            after.eq(Mux(looked_scan, before << 1, before | 1) & needed),
            due.eq(Mux(looked_scan, before << 1, 1) & entry.mask),
            writes.eq(looked_leaves & ~looked_eos & (entry.mask >> 1 != 0)),
        ]
        with m.If(looks):
            m.d.sync += looked_valid.eq(first_valid)
        with m.If(moves):
            m.d.sync += [
                looked_scan.eq(first_scan),
                looked_eos.eq(first_eos),
                looked_source.eq(first_source),
                looked_index.eq(first_index),
                entry.eq(lookup.data),
            ]

        self._list(m, number, due=due, entry=entry, valid=looked_valid, eos=looked_eos, source=looked_source,
                   leaves=looked_leaves)  # fmt: skip
        with m.If(ends):
            m.d.sync += ending.eq(0)
        self._look_ahead(m, alive, ends=ends, visits=take & scans, scans=scans, visited=visited, rest=rest)
        self._watch(m, ending & (pending != 0), writes, looked_source)
        return ResetInserter(self.flush)(m)

    def _history(self, m: Module, alive: Signal, *, reads: Value, index: Signal, moves: Value, first_index: Signal,
                 writes: Signal, looked_index: Signal, after: Signal) -> Signal:  # fmt: skip
        """The bits of the item that is looked up, from before this step or its arrival.

        It was read (``reads``, at ``index``) when it entered the first stage, and registered when it left that
        (``moves``). What stays of an item that leaves (``writes``) is written a cycle later; an item of the same source
        behind it, the last visit's arrival, gets it passed on from wherever it is.
        """
        m.submodules.history = history = apart_memory(len(after), self.config.queue_depth)
        write, read = history.write_port(), history.read_port()
        written, written_alive, written_index = Signal(), Signal(), Signal.like(looked_index)
        written_bits = Signal.like(after)
        m.d.sync += written.eq(writes)
        with m.If(writes):
            m.d.sync += [written_index.eq(looked_index), written_bits.eq(after), written_alive.eq(after != 0)]
        m.d.comb += [write.en.eq(written), write.addr.eq(written_index), write.data.eq(written_bits)]
        m.d.comb += [read.en.eq(reads), read.addr.eq(index)]
        self._set(m, alive, written, written_index, written_alive)

        first_passed, first_bits, passed, passed_bits = Signal(), Signal.like(after), Signal(), Signal.like(after)
        # Not reset, so that it may be the output register of block RAM.
        shown, lives, before = Signal(len(after), reset_less=True), Signal(), Signal.like(after)
        leaving = writes & (looked_index == index)
        with m.If(reads):
            m.d.sync += first_passed.eq(leaving | (written & (written_index == index)))
            m.d.sync += first_bits.eq(Mux(leaving, after, written_bits))
        with m.If(moves):
            m.d.sync += [shown.eq(read.data), lives.eq(alive.bit_select(first_index, 1))]
            m.d.sync += [passed.eq(first_passed), passed_bits.eq(first_bits)]
            with m.If(writes & (looked_index == first_index)):
                m.d.sync += [passed.eq(1), passed_bits.eq(after)]
        m.d.comb += before.eq(Mux(passed, passed_bits, Mux(lives, shown, 0)))
        return before

    @staticmethod
    def _set(m: Module, bits: Signal, enable: Value, index: Value, value: Value) -> None:
        """Set a bit. In this form all bits have one enable, not one each, so that one gate can stop their clock."""
        chosen = Signal.like(bits)
        m.d.comb += chosen.eq(1 << index)
        with m.If(enable):
            m.d.sync += bits.eq((bits & ~chosen) | Mux(value, chosen, 0))

    def _look_ahead(self, m: Module, alive: Signal, *, ends: Value, visits: Value, scans: Signal, visited: Signal,
                    rest: Signal) -> None:  # fmt: skip
        """Find the next visit: the first of the next step, or the one after that which is under way.

        Both are looked for, as it is known late which of them is wanted.
        """
        with m.If(ends):
            m.d.sync += [scans.eq(alive != 0), visited.eq(lowest_set(m, alive)), rest.eq(alive & (alive - 1))]
        with m.Elif(visits):
            m.d.sync += [scans.eq(rest != 0), visited.eq(lowest_set(m, rest)), rest.eq(rest & (rest - 1))]

    def _watch(self, m: Module, overtakes: Value, writes: Value, source: Signal) -> None:
        """An end of step comes after all visits, and a source whose history is written has one."""
        m.d.sync += Assert(~overtakes, "bitmap: end of step overtakes a visit")
        inside = (source >= self.first_kept) & (source - self.first_kept < self.config.queue_depth)
        m.d.sync += Assert(~writes | inside, Format("bitmap: source {} has delays and no history", source))

    def _list(self, m: Module, number: RowNumber, *, due: Signal, entry: Value, valid: Signal, eos: Signal,
              source: Signal, leaves: Signal) -> None:  # fmt: skip
        """The stages behind the look-up: an item of which it is known whether it has rows that are due;
        then those of an item are listed."""
        judged_valid, judged_eos, empty, judged_leaves = Signal(), Signal(), Signal(), Signal()
        judged_source, judged_due = Signal.like(source), Signal.like(due)
        judged_entry = Signal(mask_layout(self.config))
        second_valid, second_eos, second_leaves = Signal(), Signal(), Signal()
        second_entry = Signal(mask_layout(self.config))
        event = Signal(waiting_layout(self.config))
        left, last = Signal(self.config.delays), Signal()  # ``last``: one is left
        m.d.comb += [
            leaves.eq(valid & (~judged_valid | judged_leaves)),
            judged_leaves.eq(judged_valid & (empty | ~second_valid | second_leaves)),
            number.due.valid.eq(second_valid),
            number.due.payload.eos.eq(second_eos),
            number.due.payload.event.source.eq(event.source),
            number.due.payload.event.level.eq(lowest_set(m, left)),
            number.due.payload.entry.eq(second_entry),
            second_leaves.eq(second_valid & number.due.ready & (second_eos | last)),
        ]
        with m.If(~judged_valid | judged_leaves):
            m.d.sync += judged_valid.eq(valid)
        with m.If(leaves):
            m.d.sync += [
                judged_eos.eq(eos),
                judged_source.eq(source),
                judged_entry.eq(entry),
                judged_due.eq(due),
                empty.eq(~eos & (due == 0)),
            ]
        with m.If(second_valid & number.due.ready):
            m.d.sync += [left.eq(left & (left - 1)), last.eq(few_ones(left) == 2), second_valid.eq(~second_leaves)]
        with m.If(judged_leaves & ~empty):
            m.d.sync += [
                second_valid.eq(1),
                second_eos.eq(judged_eos),
                second_entry.eq(judged_entry),
                event.source.eq(judged_source),
                left.eq(judged_due),
                last.eq(few_ones(judged_due) == 1),
            ]


UNIT = Bitmap
