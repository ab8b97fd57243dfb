# SPDX-License-Identifier: Apache-2.0
"""The loader: no sequence of bytes is found good unless its last four are the CRC-32 of all before them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from model.config import CoreConfig, DelayUnit
from model.image.image import Status
from rtl.core.loader import Loader
from rtl.core.sections import Section, prefix
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, offer, require

CONFIG = CoreConfig(neurons=2, axons=2, delays=2, rows=4, synapse_words=4, lanes=1, weight_bits=4, accumulator_bits=6,
                    state_bits=6, delay_unit=DelayUnit.SCDQ, queue_depth=4)  # fmt: skip
POLYNOMIAL = 0xEDB88320
"""CRC-32 of Ethernet and zip, lowest bit first (IEEE 802.3)."""
ONES = (1 << 32) - 1


def crc_step(crc: Value, byte: Value) -> Value:
    """The CRC register after one more byte, bit by bit."""
    crc = crc ^ byte
    for _ in range(8):
        crc = (crc >> 1) ^ Mux(crc[0], POLYNOMIAL, 0)
    return crc[:32]


class _Loader:
    """A loader that is offered arbitrary bytes, some of them marked as the last of an image; memories do not matter."""

    def __init__(self, m: Module) -> None:
        self.loader = loader = Loader(CONFIG)
        self.inside = Elaborated(loader)
        m.submodules.loader = self.inside.fragment
        never = Signal()
        offer(m, loader.image, "image", unless=never)
        arbitrary(m, loader.hold, loader.armed)
        self.takes = loader.image.valid & loader.image.ready
        self.under_way = Signal()  # the last byte of the image that began has not been taken
        with m.If(self.takes):
            m.d.sync += self.under_way.eq(~loader.image.payload.last)
        # What was taken is judged three cycles later; whether it was the last byte, by stage.
        self.taken, self.last_taken = Signal(3), Signal(3)
        m.d.sync += self.taken.eq(Cat(self.takes, self.taken))
        m.d.sync += self.last_taken.eq(Cat(self.takes & loader.image.payload.last, self.last_taken))

    def stages(self) -> list[Any]:
        """The stages of the loader, in the order in which a byte goes through them."""
        return [self.inside.signal(name) for name in ("taken", "checked", "counted")]


def _crc(m: Module, each: _Loader, inductive: bool) -> None:
    """The CRC beside the loader, over the same bytes: now, and up to four bytes ago."""
    byte = each.loader.image.payload.data
    history = [Signal(32, init=ONES, name=f"crc{ago}") for ago in range(5)]
    read = [Signal(8, name=f"byte{ago}") for ago in range(4)]
    starts = ~each.under_way
    before = Mux(starts, Value.cast(ONES), history[0])
    with m.If(each.takes):
        m.d.sync += [history[0].eq(crc_step(before, byte)), history[1].eq(before), read[0].eq(byte)]
        for ago in range(2, 5):
            m.d.sync += history[ago].eq(history[ago - 1])
        for ago in range(1, 4):
            m.d.sync += read[ago].eq(read[ago - 1])
    length = Signal(3)  # bytes of the image, up to 4
    with m.If(each.takes):
        m.d.sync += length.eq(Mux(starts, 1, Mux(length == 4, 4, length + 1)))
    received = Cat(reversed(read))
    require(m, ~each.loader.good | (length == 4), "good after at least four bytes")
    require(m, ~each.loader.good | (received == history[4] ^ ONES), "good only with the right CRC")
    if inductive:
        for ago in range(4):
            link = history[ago] == crc_step(history[ago + 1], read[ago])
            require(m, (length <= ago) | link, f"the register {ago} bytes ago")
        # Amaranth's register holds the highest power of x in its lowest bit.
        register = each.inside.signal("crc_reg", "crc")[::-1]
        ending = each.last_taken.any()
        require(m, ~(each.under_way | ending) | (register == history[0]), "the CRC of the same bytes")
        require(m, each.under_way | ending | (register == ONES), "the CRC begins anew")
        for stage in each.stages()[1:]:
            right = ~stage.matches | (length != 4) | (received == history[4] ^ ONES)
            require(m, ~(stage.valid & stage.last) | right, "a match is that of the last bytes")
        _position(m, each)
        walker, length_known = each.inside.component("walker"), length == 4
        in_prefix = walker.section == Section.PREFIX
        counted = Mux(walker.record < 4, length == walker.record, length_known)
        require(m, ~each.under_way | Mux(in_prefix, counted, length_known), "bytes of the image are counted")
        for stage in each.stages():
            done = stage.valid & (stage.section == Section.CRC)
            require(m, ~done | length_known, "the CRC is not in the first bytes")


def _position(m: Module, each: _Loader) -> None:
    """Where the loader is in the stream."""
    inside, walker = each.inside.signal("inside"), each.inside.component("walker")
    ending = each.last_taken.any()
    require(m, inside == (each.under_way | ending), "an image is under way")
    require(m, ~(each.under_way & ending), "the last byte ends an image")
    require(m, ~each.taken.any() | each.under_way | ending, "a byte is one of an image")
    require(m, (each.last_taken & (each.last_taken - 1)) == 0, "an image has one last byte")
    for place, stage in enumerate(each.stages()):
        require(m, stage.valid == each.taken[place], "a byte was taken")
        require(m, (stage.valid & stage.last) == each.last_taken[place], "the last byte was taken")
        behind = each.taken[:place].any()
        require(m, ~each.last_taken[place] | ~behind, "nothing is taken behind the last byte")
    start = (walker.section == Section.PREFIX) & (walker.record == 0) & (walker.byte == 0)
    require(m, inside | start, "an image begins with its first byte")
    require(m, walker.section <= Section.CRC, "a section")
    in_prefix, records = walker.section == Section.PREFIX, len(prefix(CONFIG))
    left = each.inside.signal("records_left", "walker")
    last_byte, last_record = (each.inside.signal(name, "walker") for name in ("last_byte", "last_record"))
    counted = (walker.record < records) & (left == records - 1 - walker.record) & (last_record == (left == 0))
    require(m, ~in_prefix | ((walker.byte == 0) & last_byte & counted), "place in the prefix")
    require(m, ~in_prefix | (each.inside.signal("size", "walker") == 0), "bytes one by one in the prefix")


def _last(m: Module, each: _Loader, inductive: bool) -> None:
    """Good only when the byte that is marked last is judged; then no fault."""
    require(m, ~each.loader.good | each.last_taken[-1], "good at the last byte only")
    outcome = Signal(Status)
    m.d.comb += outcome.eq(each.inside.signal("outcome"))
    follows = Signal()
    m.d.sync += follows.eq(each.loader.good)
    require(m, ~follows | (outcome == Status.LOADING), "no fault after good")
    if inductive:
        _position(m, each)
        wrong, inside = each.inside.signal("wrong"), each.inside.signal("inside")
        require(m, ~inside | wrong | (outcome == Status.LOADING), "a fault is remembered")


def _build(state: Callable[[Module, _Loader, bool], None], inductive: bool) -> Module:
    m = Module()
    each = _Loader(m)
    state(m, each, inductive)
    return m


def properties() -> list[Property]:
    """Of the loader."""
    build = "the smallest build with every section"
    return [
        Property(name="loader.crc", states="an image is good only if its last four bytes are the CRC-32 of all before",
                 build=partial(_build, _crc), method=Method.INDUCTION, depth=2, falsify_depth=6,
                 covers=f"{build}; any bytes, any number of images, any pauses"),
        Property(name="loader.last", states="an image is good only at the byte that is marked last, without a fault",
                 build=partial(_build, _last), method=Method.INDUCTION, depth=2, falsify_depth=6,
                 covers=f"{build}; any bytes, any number of images, any pauses"),
    ]  # fmt: skip
