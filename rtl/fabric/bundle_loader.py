# SPDX-License-Identifier: Apache-2.0
"""The loader of bundles: takes one byte by byte, checks it as it goes, and passes on what is for the cores."""

from enum import IntEnum

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from model.fabric.status import FabricStatus
from rtl.fabric.layouts import ChainKind, chain_layout
from rtl.layouts import byte_layout


class Part(IntEnum):
    """The fields of a bundle in their order."""

    MAGIC = 0
    VERSION = 1
    NODES = 2
    CORES = 3
    ZERO = 4
    AXONS = 5
    # Of each frame.
    KIND = 6
    CORE = 7
    FRAME_ZERO = 8
    LENGTH = 9
    # Of routes.
    SENDERS = 10
    LISTENERS = 11
    EOS_HOPS = 12
    ROUTES_ZERO = 13
    NEURONS = 14
    ENTRIES = 15
    SPAN_BASE = 16
    SPAN_FIRST = 17
    SPAN_COUNT = 18
    ENTRY = 19
    HOPS = 20
    # Of the other frames.
    IMAGE = 21
    INFO = 22
    CRC = 23


SIZES = {
    Part.MAGIC: 4, Part.VERSION: 2, Part.NODES: 2, Part.CORES: 2, Part.ZERO: 2, Part.AXONS: 4, Part.KIND: 1,
    Part.CORE: 1, Part.FRAME_ZERO: 2, Part.LENGTH: 4, Part.SENDERS: 1, Part.LISTENERS: 1, Part.EOS_HOPS: 1,
    Part.ROUTES_ZERO: 1, Part.NEURONS: 2, Part.ENTRIES: 4, Part.SPAN_BASE: 4, Part.SPAN_FIRST: 2, Part.SPAN_COUNT: 2,
    Part.ENTRY: 2, Part.HOPS: 1, Part.IMAGE: 1, Part.INFO: 1, Part.CRC: 4,
}  # fmt: skip
"""Bytes of each field; senders and listeners are eight fields of a byte."""
MAGIC = int.from_bytes(b"CHXB", "little")
VERSION = 1
ROUTES_FRAME, IMAGE_FRAME, INFO_FRAME = 1, 2, 3
SET_BYTES = 8
"""Bytes of a set of cores."""
FIXED_ROUTES = 24
"""Bytes of routes before the spans."""


class BundleLoader(wiring.Component):
    """Checks a bundle (docs/multicore.md) and passes routes and images on to the cores, a field at a time.

    One byte a cycle, unless ``tokens`` are held. A field is judged in the cycle after its last byte. ``begins``: in the
    cycle in which the first byte is taken; ``ending``: the last byte is taken and not judged; ``done``: in the cycle in
    which it is, with ``outcome``: ARMED for a bundle that is right, else the first fault. ``cores``, ``axons``: of the
    bundle.
    """

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "bytes": In(stream.Signature(byte_layout())),
                "tokens": Out(stream.Signature(chain_layout(config))),
                "begins": Out(1),
                "ending": Out(1),
                "done": Out(1),
                "outcome": Out(FabricStatus),
                "cores": Out(range(config.nodes + 1)),
                "axons": Out(17),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        nodes = range(self._config.nodes + 1)
        m.submodules.crc = crc = CRC32_ETHERNET(data_width=8).create()
        # Of the next byte: its field, its place in it, and how many of these fields are left; whose frame it is in.
        part, byte, left = Signal(Part), Signal(2), Signal(32, init=1)
        core, frame, span = Signal(nodes), Signal(2, init=ROUTES_FRAME), Signal(nodes)
        # Of the byte that is judged.
        inside, taken, last, complete = Signal(), Signal(), Signal(), Signal()
        self._part, self._core, self._frame = Signal(Part), Signal(nodes), Signal(2)
        self._final, self._of_host = Signal(), Signal()  # the last field of its part; of the host's span
        self._record = record = Signal(32)
        self._kept = {name: Signal(32, name=name) for name in ("length", "neurons", "entries", "base")}
        fault, moves, take, size = Signal(FabricStatus), Signal(), Signal(), Signal(3)
        held = taken & complete & (self._part == Part.LENGTH)  # what comes next depends on it
        m.d.comb += [
            moves.eq(~self.tokens.valid | self.tokens.ready),
            self.ending.eq(taken & last),
            self.bytes.ready.eq(moves & ~self.ending & ~held),
            take.eq(self.bytes.valid & self.bytes.ready),
            self.begins.eq(take & ~inside),
            crc.start.eq(self.ending),
            crc.valid.eq(take),
            crc.data.eq(self.bytes.payload.data),
        ]
        with m.Switch(part):
            for each, count in SIZES.items():
                with m.Case(each):
                    m.d.comb += size.eq(count)
        ends = byte + 1 == size
        with m.If(moves):
            m.d.sync += taken.eq(take)
        with m.If(take):
            m.d.sync += [
                inside.eq(1),
                last.eq(self.bytes.payload.last),
                complete.eq(ends),
                self._part.eq(part),
                self._core.eq(core),
                self._frame.eq(frame),
                self._final.eq(left == 1),
                self._of_host.eq(span == self.cores),
                record.word_select(byte, 8).eq(self.bytes.payload.data),
                byte.eq(Mux(ends, 0, byte + 1)),
            ]
            with m.If(byte == 0):
                m.d.sync += record.eq(self.bytes.payload.data)
            with m.If(ends & (left != 1)):
                m.d.sync += left.eq(left - 1)
            with m.Elif(ends):
                self._next(m, part, left, core=core, frame=frame, span=span)
        with m.If(held & (self._frame != ROUTES_FRAME)):
            m.d.sync += left.eq(record)

        wrong, first = Signal(), Signal(FabricStatus)
        with m.If(taken & complete & ~wrong):
            self._judge(m, fault, moves)
        final = complete & (self._part == Part.CRC)
        verdict = Signal(FabricStatus)
        m.d.comb += verdict.eq(fault)
        with m.If(wrong):
            m.d.comb += verdict.eq(first)
        with m.Elif(final & (fault == FabricStatus.EMPTY)):
            m.d.comb += verdict.eq(
                Mux(~crc.match_detected, FabricStatus.BAD_CRC, Mux(last, FabricStatus.ARMED, FabricStatus.TRAILING))
            )
        with m.Elif(last & (fault == FabricStatus.EMPTY)):
            m.d.comb += verdict.eq(FabricStatus.TRUNCATED)
        with m.If(taken & moves):
            m.d.comb += [self.done.eq(last), self.outcome.eq(verdict)]
            with m.If(last):
                m.d.sync += [inside.eq(0), wrong.eq(0), part.eq(Part.MAGIC), byte.eq(0), left.eq(1), core.eq(0),
                             frame.eq(ROUTES_FRAME), span.eq(0), self._set_byte.eq(0)]  # fmt: skip
            with m.Elif(verdict != FabricStatus.EMPTY):
                m.d.sync += [wrong.eq(1), first.eq(verdict)]
        return m

    def _next(self, m: Module, part: Signal, left: Signal, *, core: Signal, frame: Signal, span: Signal) -> None:
        """What comes after the last field of a part. The length of a frame is loaded when it is judged."""
        entries, neurons = self._kept["entries"], self._kept["neurons"]
        m.d.sync += [part.eq(part + 1), left.eq(1)]
        with m.Switch(part):
            with m.Case(Part.LENGTH):
                m.d.sync += part.eq(
                    Mux(frame == ROUTES_FRAME, Part.SENDERS, Mux(frame == IMAGE_FRAME, Part.IMAGE, Part.INFO))
                )
                with m.If(frame == ROUTES_FRAME):
                    m.d.sync += left.eq(SET_BYTES)
            with m.Case(Part.SENDERS):
                m.d.sync += left.eq(SET_BYTES)
            with m.Case(Part.SPAN_COUNT):
                m.d.sync += span.eq(span + 1)
                with m.If(span != self.cores):
                    m.d.sync += part.eq(Part.SPAN_BASE)
                with m.Elif(entries != 0):
                    m.d.sync += [part.eq(Part.ENTRY), left.eq(entries)]
                with m.Else():
                    m.d.sync += [part.eq(Part.HOPS), left.eq(neurons)]
            with m.Case(Part.ENTRY):
                m.d.sync += left.eq(neurons)
            with m.Case(Part.HOPS):
                m.d.sync += [part.eq(Part.KIND), frame.eq(IMAGE_FRAME)]
            with m.Case(Part.IMAGE):
                m.d.sync += [part.eq(Part.KIND), span.eq(0), frame.eq(ROUTES_FRAME), core.eq(core + 1)]
                with m.If(core + 1 == self.cores):
                    m.d.sync += [frame.eq(INFO_FRAME), core.eq(0)]

    def _judge(self, m: Module, fault: Signal, moves: Signal) -> None:
        """Check the field that is complete, keep it, and pass it on."""
        config, record = self._config, self._record

        def check(status: FabricStatus, good: Value) -> None:
            with m.If(~good):
                m.d.comb += fault.eq(status)

        def keep(signal: Signal) -> None:
            with m.If(moves):
                m.d.sync += signal.eq(record)

        with m.Switch(self._part):
            with m.Case(Part.MAGIC):
                check(FabricStatus.BAD_MAGIC, record == MAGIC)
            with m.Case(Part.VERSION):
                check(FabricStatus.BAD_VERSION, record == VERSION)
            with m.Case(Part.NODES):
                check(FabricStatus.BAD_NODES, record == config.nodes)
            with m.Case(Part.CORES):
                check(FabricStatus.BAD_CORES, (record != 0) & (record <= config.nodes))
                keep(self.cores)
            with m.Case(Part.ZERO):
                check(FabricStatus.BAD_CORES, record == 0)
            with m.Case(Part.AXONS):
                check(FabricStatus.BAD_AXONS, (record != 0) & (record <= config.axons))
                keep(self.axons)
            with m.Case(Part.KIND):
                check(FabricStatus.BAD_FRAME, record == self._frame)
            with m.Case(Part.CORE):
                check(FabricStatus.BAD_FRAME, record == self._core)
            with m.Case(Part.FRAME_ZERO):
                check(FabricStatus.BAD_FRAME, record == 0)
            with m.Case(Part.LENGTH):
                check(FabricStatus.BAD_FRAME, record != 0)
                keep(self._kept["length"])
        self._judge_routes(m, fault, moves)

    def _judge_routes(self, m: Module, fault: Signal, moves: Signal) -> None:
        """The fields that are passed on: those of routes, and the bytes of an image."""
        config, record, kept = self._config, self._record, self._kept
        self._set_byte = Signal(range(SET_BYTES))
        others = Signal(8 * SET_BYTES)  # cores that can be a peer of this one
        m.d.comb += others.eq(((1 << self.cores) - 1) & ~(1 << self._core))
        routes_bytes = FIXED_ROUTES + 8 * (self.cores + 1) + 2 * record + kept["neurons"]

        m.d.comb += [
            self.tokens.payload.core.eq(self._core),
            self.tokens.payload.data.eq(record),
            self.tokens.payload.last.eq(self._final),
        ]
        fields: dict[Part, tuple[Value, ChainKind | None]] = {
            Part.SENDERS: ((record[:8] & ~others.word_select(self._set_byte, 8)) == 0, ChainKind.SENDERS),
            Part.LISTENERS: ((record[:8] & ~others.word_select(self._set_byte, 8)) == 0, ChainKind.LISTENERS),
            Part.EOS_HOPS: (record < config.nodes, ChainKind.EOS_HOPS),
            Part.ROUTES_ZERO: (record == 0, None),
            Part.NEURONS: ((record != 0) & (record <= config.geometry.neurons), None),
            Part.ENTRIES: (record <= config.routes, None),
            Part.SPAN_BASE: (record <= kept["entries"], ChainKind.SPAN_BASE),
            Part.SPAN_FIRST: (Value.cast(1), ChainKind.SPAN_FIRST),
            Part.SPAN_COUNT: (kept["base"] + record <= kept["entries"], ChainKind.SPAN_COUNT),
            Part.ENTRY: (record <= config.geometry.axons, ChainKind.ENTRY),
            Part.HOPS: (record < config.nodes, ChainKind.HOPS),
            Part.IMAGE: (Value.cast(1), ChainKind.IMAGE),
        }
        keeps = {Part.NEURONS: kept["neurons"], Part.ENTRIES: kept["entries"], Part.SPAN_BASE: kept["base"]}
        with m.Switch(self._part):
            for part, (good, kind) in fields.items():
                with m.Case(part):
                    if part is Part.ENTRIES:
                        with m.If(routes_bytes != kept["length"]):
                            m.d.comb += fault.eq(FabricStatus.BAD_FRAME)
                    with m.If(~good):
                        m.d.comb += fault.eq(FabricStatus.BAD_ROUTES)
                    if kind is not None:
                        m.d.comb += [
                            self.tokens.valid.eq(fault == FabricStatus.EMPTY),
                            self.tokens.payload.kind.eq(kind),
                        ]
                    if part in keeps:
                        with m.If(moves):
                            m.d.sync += keeps[part].eq(record)
        with m.If((self._part == Part.SPAN_COUNT) & self._of_host):
            m.d.comb += self.tokens.payload.kind.eq(ChainKind.HOST_COUNT)
        with m.If(moves & ((self._part == Part.SENDERS) | (self._part == Part.LISTENERS))):
            m.d.sync += self._set_byte.eq(self._set_byte + 1)
