# SPDX-License-Identifier: Apache-2.0
"""The synapse engine: each row becomes its words, in order, in its step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assume, Module, Mux, Signal, Value
from amaranth.lib.data import StructLayout

from model.config import CoreConfig, DelayUnit
from model.cost.timing import ROW_QUEUE
from rtl.core.synapses import SynapseEngine
from rtl.layouts import row_layout, word_layout, words_layout
from tb.formal.delay.proven import proven
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, offer, require

CONFIG = CoreConfig(neurons=6, axons=1, delays=3, rows=2, synapse_words=6, lanes=2, weight_bits=2)
"""Rows of up to 3 words; as many slots as levels."""
FEWER_SLOTS = next(
    config for config in (CONFIG.with_unit(unit, **proven(unit).options) for unit in DelayUnit)
    if 1 < config.slots < config.delays
)  # fmt: skip
"""The same with fewer slots than levels: rows are sent ahead of their step by less than there are slots."""


def _signals(port: Any) -> list[Any]:
    return [port.en, port.addr, port.data]


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A token that was taken, at an arbitrary time, and is watched until it leaves."""

    there: Signal
    ahead: Signal
    """Tokens before it."""
    fetched: Signal
    """Words of it that were fetched."""
    row: Any
    words: Any


def _words(m: Module, inductive: bool, config: CoreConfig = CONFIG) -> None:
    """An arbitrary token of all that are taken: what is fetched from when it is first in line until it has left."""
    engine = SynapseEngine(config)
    inside = Elaborated(engine)
    m.submodules.engine = inside.fragment
    offer(m, engine.rows, "rows", unless=engine.phase.flush)
    arbitrary(m, engine.phase.resume, engine.phase.flush, *_signals(engine.word_write), *_signals(engine.row_write))
    row = engine.rows.payload
    m.d.comb += Assume(~engine.phase.resume | engine.phase.done)
    m.d.comb += Assume(~engine.rows.valid | row.eos | ((row.row < config.rows) & (row.level < config.delays)))
    m.d.comb += Assume(engine.word_write.addr < config.synapse_words)

    # The queue's contents as a number: tokens that were taken and have not left.
    takes = engine.rows.valid & engine.rows.ready
    leaves = inside.signal("leaves")
    count = Signal(range(ROW_QUEUE + 2))
    m.d.sync += count.eq(count + takes - leaves)
    entry = Array(Value.cast(word) for word in inside.words("row_table"))[row.row]
    chosen, watched, ahead, fetched = Signal(), Signal(), Signal.like(count), Signal(config.target_bits)
    expected, words = Signal(row_layout(config)), Signal(words_layout(config))
    m.d.comb += chosen.eq(AnySeq(1))
    first = watched & (ahead == 0)
    with m.If(leaves):
        m.d.sync += ahead.eq(ahead - 1)
    with m.If(first & leaves):
        m.d.sync += watched.eq(0)
    with m.If(~watched & takes & chosen):
        m.d.sync += [watched.eq(1), ahead.eq(count - leaves), expected.eq(row), words.eq(entry), fetched.eq(0)]
    with m.If(first & engine.issue):
        m.d.sync += fetched.eq(fetched + 1)
    address = (words.start + fetched)[: config.word_bits]
    require(m, ~engine.issue | (count != 0), "a word is fetched of a row that was taken")
    require(m, ~(first & engine.issue) | ~expected.eos, "nothing is fetched for an end of step")
    require(m, ~(first & engine.issue) | (inside.signal("word_read").addr == address), "the next word of the row")
    last = engine.issue & (fetched == words.more)
    require(m, ~first | expected.eos | (leaves == last), "a row leaves with its last word")
    ended, over, late = Signal(), Signal(), Signal()
    goes_on = ~engine.phase.flush
    m.d.sync += [ended.eq(first & expected.eos & leaves & goes_on), over.eq(ended & goes_on), late.eq(over & goes_on)]
    require(m, ~late | engine.phase.done, "a step is done after its last word")
    begun = ended | over | engine.phase.done
    require(m, ~(begun & (engine.issue | leaves)), "nothing is fetched of the next step")
    _added(m, config, engine, inside, expected=expected, first=first)
    with m.If(engine.phase.flush):
        m.d.sync += [count.eq(0), watched.eq(0)]
    if inductive:
        token = _Watched(there=watched, ahead=ahead, fetched=fetched, row=expected, words=words)
        _first_in_line(m, config, inside, count, token)


def _added(
    m: Module, config: CoreConfig, engine: SynapseEngine, inside: Elaborated, *, expected: Any, first: Value
) -> None:
    """Three cycles after it was fetched a word goes to the accumulators, to the slot that is its level ahead."""
    slot = Signal(range(config.slots))
    with m.If(engine.phase.resume):
        m.d.sync += slot.eq(Mux(slot == config.slots - 1, 0, slot + 1))
    with m.If(engine.phase.flush):
        m.d.sync += slot.eq(0)
    require(m, engine.add.now == slot, "a slot a step")
    level = expected.level % config.slots if config.slots < config.delays else expected.level
    layout = StructLayout({"follows": 1, "mine": 1, "stored": 1, "ahead": range(config.slots),
                           "word": word_layout(config)})  # fmt: skip
    names = ("fetched_now", "read_now", "shown_now", "added_now")
    now, read_now, shown_now, late = (Signal(layout, name=name) for name in names)
    total = slot + level
    read = inside.signal("word_read").addr
    stored = Array(Value.cast(each) for each in inside.words("words"))[read]
    m.d.comb += [
        now.follows.eq(engine.issue & ~engine.phase.flush),
        now.mine.eq(first & engine.issue & ~engine.phase.flush),
        now.stored.eq(read < config.synapse_words),  # other addresses are no words
        now.word.eq(stored),
        now.ahead.eq(Mux(total >= config.slots, total - config.slots, total)),
    ]
    m.d.sync += [read_now.eq(now), shown_now.eq(read_now), late.eq(shown_now)]
    with m.If(engine.phase.flush):
        m.d.sync += [each.eq(0) for stage in (shown_now, late) for each in (stage.follows, stage.mine)]
    require(m, ~late.mine | (engine.add.slot == late.ahead), "to the slot that is its level ahead")
    for lane in range(config.lanes):
        weight = late.word[lane].weight.as_signed()
        adds = engine.add.lanes[lane].valid
        require(m, ~adds | late.follows, f"lane {lane} adds what was fetched")
        require(m, ~(late.follows & late.stored) | (adds == (weight != 0)), f"lane {lane} adds its weight")
        right = (engine.add.lanes[lane].weight == weight) & (engine.add.lanes[lane].target == late.word[lane].target)
        require(m, ~(adds & late.stored) | right, f"lane {lane} adds to its target")
    if config.slots > 1:
        require(m, slot < config.slots, "slot in range")


def _first_in_line(m: Module, config: CoreConfig, inside: Elaborated, count: Value, token: _Watched) -> None:
    """What was taken is in order: at the head, in the row queue, or its table entry is being read."""
    queue, head, head_valid = inside.signal("queue"), inside.signal("head"), inside.signal("head_valid")
    found, sought = inside.signal("found"), inside.signal("sought")
    found_valid, sought_valid = inside.signal("found_valid"), inside.signal("sought_valid")
    watched, ahead, expected, words = token.there, token.ahead, token.row, token.words
    table, read = inside.signal("table_read").data, inside.component("row_table").read_ports[0].data
    size = ROW_QUEUE
    produce, consume = inside.signal("produce", queue), inside.signal("consume", queue)
    end, place = consume + queue.level, consume + ahead - head_valid
    require(m, count == head_valid + queue.level + found_valid + sought_valid, "all that was taken is there")
    require(m, inside.signal("waiting") == queue.level + found_valid + sought_valid, "what waits is counted")
    require(m, inside.signal("waiting") <= size, "what waits has room")
    require(m, inside.signal("full") == (inside.signal("waiting") == ROW_QUEUE), "as many wait as can")
    require(m, queue.level <= size, "queue in range")
    require(m, produce == Mux(end >= size, end - size, end), "pointers of the queue")
    require(m, ~watched | (ahead < count), "the token is there")
    here, last = head_valid + queue.level, head_valid + queue.level + found_valid
    for valid, item, place_of, entry in ((found_valid, found, here, table), (sought_valid, sought, last, read)):
        stage = watched & valid & (ahead == place_of)
        right = (item.eos == expected.eos) & (item.level == expected.level)
        require(m, ~stage | right, "it is being looked up")
        require(m, ~stage | expected.eos | (Value.cast(entry) == Value.cast(words)), "its words are being looked up")
    queued = inside.signal("queued")
    storage = inside.words(inside.signal("storage", queue))
    held = queued(Array(Value.cast(word) for word in storage)[Mux(place >= size, place - size, place)])
    at_head = watched & head_valid & (ahead == 0)
    in_queue = watched & ~at_head & (ahead < head_valid + queue.level)
    right = (held.eos == expected.eos) & (held.level == expected.level)
    require(m, ~in_queue | right, "it is in its place")
    require(m, ~in_queue | held.eos | ((held.start == words.start) & (held.more == words.more)), "with its words")
    right = (head.eos == expected.eos) & (head.level == expected.level)
    require(m, ~at_head | right, "it is at the head")
    next_word = (words.start + token.fetched)[: len(head.start)]
    right = (head.start == next_word) & (head.more == words.more - token.fetched) & (token.fetched <= words.more)
    require(m, ~at_head | head.eos | right, "its words that are left")
    require(m, ~watched | at_head | (token.fetched == 0), "no word is fetched before it is at the head")
    require(m, ~head_valid | head.eos | (head.level < config.delays), "level at the head in range")
    closed, ended = inside.signal("closed"), inside.signal("ended")
    require(m, ~inside.signal("phase").done | ended, "a step is closed before it is done")
    require(m, ~ended | closed, "a step is closed")
    for index, word in enumerate(storage):
        distance = Mux(consume <= index, index - consume, index + size - consume)
        level = queued(Value.cast(word)).level
        require(m, (distance >= queue.level) | queued(Value.cast(word)).eos | (level < config.delays), "level in range")
    for valid, item in ((found_valid, found), (sought_valid, sought)):
        require(m, ~valid | item.eos | ((item.row < config.rows) & (item.level < config.delays)), "row in range")


def _progress(m: Module, inductive: bool) -> None:
    """A word is fetched in every cycle in which a row waits at the head of the queue and the step is open."""
    engine = SynapseEngine(CONFIG)
    inside = Elaborated(engine)
    m.submodules.engine = inside.fragment
    never = Signal()
    offer(m, engine.rows, "rows", unless=never)
    arbitrary(m, engine.phase.resume, *_signals(engine.word_write), *_signals(engine.row_write))
    m.d.comb += [Assume(~engine.phase.resume | engine.phase.done), engine.phase.flush.eq(AnySeq(1))]
    m.d.comb += Assume(~engine.rows.valid | (engine.rows.payload.row < CONFIG.rows))
    refused = engine.rows.valid & ~engine.rows.ready
    require(m, ~refused | (inside.signal("waiting") == ROW_QUEUE), "a row is refused only if as many wait")
    waits = inside.signal("head_valid") & ~inside.signal("closed")
    require(m, ~waits | engine.issue | inside.signal("head").eos, "a word a cycle as long as a row waits")
    require(m, ~engine.issue | waits, "nothing is fetched while a step is over")
    if inductive:
        queue, waiting = inside.signal("queue"), inside.signal("waiting")
        taken = inside.signal("found_valid") + inside.signal("sought_valid")
        require(m, waiting == queue.level + taken, "what waits is counted")
        require(m, waiting <= ROW_QUEUE, "what waits has room")
        require(m, inside.signal("full") == (waiting == ROW_QUEUE), "as many wait as can")


STATES: tuple[tuple[str, str, Callable[[Module, bool], None]], ...] = (
    ("words", "each row becomes its words, in order, in its step and its slot; the step is done after all of them",
     _words),
    ("slots", "the same with fewer slots than levels: a word goes to the slot that is its level, modulo slots, ahead",
     partial(_words, config=FEWER_SLOTS)),
    ("progress", "a word a cycle while a row waits; a row is refused only if the queue is full", _progress),
)  # fmt: skip


def _build(state: Callable[[Module, bool], None], inductive: bool) -> Module:
    m = Module()
    state(m, inductive)
    return m


def properties() -> list[Property]:
    """Of the synapse engine."""
    covers = f"rows of up to 3 words, 2 lanes, 3 slots, the queue of {ROW_QUEUE} rows; any number of steps"
    return [
        Property(name=f"synapses.{name}", states=states, build=partial(_build, state), method=Method.INDUCTION, depth=3,
                 falsify_depth=20, covers=covers)
        for name, states, state in STATES
    ]  # fmt: skip
