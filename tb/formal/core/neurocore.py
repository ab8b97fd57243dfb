# SPDX-License-Identifier: Apache-2.0
"""The whole core: its outputs are streams, only a good image arms it, and its blocks never meet at an accumulator."""

from collections.abc import Callable
from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from model.config import CoreConfig
from model.cost.timing import FLUSH, ROW_QUEUE
from model.image.image import Status
from rtl.arith import count_ones
from rtl.core.neurocore import Core
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, held, offer, require

CONFIG = CoreConfig(neurons=2, axons=1, delays=2, rows=2, synapse_words=2, lanes=1, weight_bits=2, accumulator_bits=4,
                    state_bits=4)  # fmt: skip
"""With a ring, whose stages say where an end of step is."""
VALUES = "(?:wraps at|leaves its range|no room for a spike|no such row)"
"""Assertions of the RTL about what an image holds: the compiler and the loader see to that, this proof does not."""


class _Core:
    """A core that is offered arbitrary bytes and tokens, under arbitrary back-pressure."""

    def __init__(self, m: Module) -> None:
        self.core = core = Core(CONFIG)
        self.inside = Elaborated(core)
        m.submodules.core = self.inside.fragment
        never = Signal()
        offer(m, core.image, "image", unless=never)
        offer(m, core.events, "events", unless=never)
        arbitrary(m, core.spikes.ready, core.readouts.ready)
        self.loader, self.bank = self.inside.component("loader"), self.inside.component("accumulators")

    def ends(self) -> Value:
        """Ends of step between controller and synapse engine."""
        inside, queue = self.inside, self.inside.signal("queue", "synapses")
        slice_ = inside.signal("arrivals")
        passed, late = slice_.passed, inside.signal("waiting", slice_)
        ends = [passed.valid & passed.payload.eos, inside.signal("waits", slice_) & late.eos]
        for name in ("first", "looked", "second"):
            ends.append(inside.signal(f"{name}_valid", "delay") & inside.signal(name, "delay").eos)
        ends.append(inside.signal("head_valid", "synapses") & inside.signal("head", "synapses").eos)
        found = [inside.signal(f"{name}_valid", "synapses") & inside.signal(name, "synapses").eos
                 for name in ("found", "sought")]  # fmt: skip
        consume, queued = inside.signal("consume", queue), inside.signal("queued", "synapses")
        size = ROW_QUEUE
        waiting = []
        for index, word in enumerate(inside.words(inside.signal("storage", queue))):
            distance = Mux(consume <= index, index - consume, index + size - consume)
            waiting.append((distance < queue.level) & queued(Value.cast(word)).eos)
        return count_ones(Cat(*ends, *found, *waiting))

    def invariants(self, m: Module) -> None:
        """An end of step is in one place, and what its place is decides what the blocks do."""
        inside = self.inside
        disarmed, flush, clear, clearing, end = (
            inside.state(name, "controller") for name in ("DISARMED", "FLUSH", "CLEAR", "CLEARING", "END")
        )
        words, updating, updated = (inside.state(name, "controller") for name in ("WORDS", "NEURONS", "UPDATED"))
        run = words | updating | updated
        idle, update, drain, read, cleared = (
            inside.state(name, "neurons") for name in ("IDLE", "UPDATE", "DRAIN", "READ", "CLEAR")
        )
        between, sweeps = inside.signal("between", "controller"), inside.signal("clearing", "controller")
        done, closed = inside.signal("phase", "synapses").done, inside.signal("closed", "synapses")
        slice_ = inside.signal("arrivals")
        require(m, Cat(run, disarmed, flush, clear, clearing, end).any(), "a state of the controller")
        require(m, Cat(idle, update, drain, read, cleared).any(), "a state of the neuron engine")
        queue = inside.signal("queue", "synapses")
        produce, consume = inside.signal("produce", queue), inside.signal("consume", queue)
        size = ROW_QUEUE
        stop = consume + queue.level
        require(m, (queue.level <= size) & (produce == Mux(stop >= size, stop - size, stop)), "row queue")
        ends = self.ends()
        require(m, ~run | (ends + (closed & ~updated) == between), "an end of step is in one place")
        require(m, (~done | inside.signal("ended", "synapses")), "closed before it is done")
        require(m, ~inside.signal("ended", "synapses") | closed, "closed")
        require(m, ~inside.signal("waits", slice_) | slice_.passed.valid, "arrivals wait in their order")
        rows = [inside.signal(f"{name}_valid", "delay") for name in ("first", "looked", "second")]
        looked_up = [inside.signal(f"{name}_valid", "synapses") for name in ("found", "sought")]
        rows += [slice_.passed.valid, *looked_up, queue.level != 0]
        rows.append(inside.signal("head_valid", "synapses"))
        waiting = inside.signal("waiting", "synapses")
        require(m, waiting == queue.level + sum(looked_up[1:], looked_up[0]), "rows that wait")
        require(m, waiting <= size, "rows that wait have room")
        require(m, inside.signal("full", "synapses") == (waiting == size), "as many rows wait as can")
        require(m, run | disarmed | flush | ~Cat(rows).any(), "no row outside of a sample")
        require(m, run | disarmed | (ends == 0), "no end of step outside of a sample")
        require(m, run | ~between, "a step ends in a sample")
        require(m, ~updating | (done & between), "neurons are updated after the last word")
        require(m, ~updated | done, "neurons were updated after the last word")
        require(m, updating == (update | drain), "neuron engine updates")
        stages = [stage.valid for stage in inside.signal("stages", "neurons.update")]
        require(m, ~Cat(stages).any() | update | drain, "neurons are under way only in an update")
        require(m, ~(read | cleared | sweeps) | clearing, "cleared at the end of sample")
        require(m, run | disarmed | flush | ~closed, "no step is over outside of a sample")
        self._loading(m, disarmed)
        self._words(m)

    def _words(self, m: Module) -> None:
        """Words under way: fetched, then read, registered, written."""
        inside = self.inside
        flush, clear, clearing, end, updating, disarmed = (
            inside.state(name, "controller") for name in ("FLUSH", "CLEAR", "CLEARING", "END", "NEURONS", "DISARMED")
        )
        done, closed = inside.signal("phase", "synapses").done, inside.signal("closed", "synapses")
        fetched, shown, registered = (inside.signal(name, "synapses") for name in ("fetched", "shown", "word_valid"))
        ended = inside.signal("ended", "synapses")
        settling = inside.signal("settling", "controller")
        written = self.adding
        require(m, ~closed | ~fetched, "no word is fetched when a step is closed")
        require(m, ~ended | ~shown, "no word is read when a step was closed")
        require(m, ~done | ~registered, "no word is there when a step is over")
        require(m, ~updating | ~written, "no word is added while neurons are updated")
        require(m, Mux(flush, settling < FLUSH, settling == 0), "flush in range")
        under_way = fetched | shown | registered
        require(m, ~flush | (settling == 0) | ~under_way, "no word is fetched in a flush")
        require(m, ~(clear | clearing | end) | ~under_way, "no word is fetched outside of a sample")
        require(m, inside.component("controller").flush == (disarmed | flush), "flushed when it should be")
        require(m, ~(clearing | end) | ~written, "no word is added outside of a sample")

    def _loading(self, m: Module, disarmed: Value) -> None:
        """An image is taken only while the core is not armed."""
        inside = self.inside
        stages = [inside.signal(name, "loader") for name in ("taken", "checked", "counted")]
        bytes_ = [stage.valid for stage in stages]
        for place, stage in enumerate(stages):
            behind = Cat(bytes_[:place]).any()
            require(m, ~(stage.valid & stage.last) | ~behind, "nothing is taken behind the last byte")
        require(m, stages[-1].fault != Status.ARMED, "no fault is taken for an armed core")
        check = inside.signal("check", "loader")
        for status in (inside.signal("status", check), check.fault):
            require(m, status != Status.ARMED, "no check says that a core is armed")
        require(m, ~inside.signal("inside", "loader") | disarmed, "no image is taken while armed")
        require(m, ~Cat(bytes_).any() | inside.signal("inside", "loader"), "a byte of an image")

    @property
    def adding(self) -> Value:
        """A word is being written to an accumulator."""
        return self.inside.signal("valid", "accumulators")


def handshake(m: Module, each: _Core) -> None:
    """The rule of streams on both outputs; nothing excuses them."""
    never = Signal()
    for name, port in (("spikes", each.core.spikes), ("readouts", each.core.readouts)):
        require(m, held(m, port, name, unless=never), f"{name} hold until taken")


def armed(m: Module, each: _Core) -> None:
    """Armed only by an image that the loader found good, until the first byte of the next one."""
    core, loader = each.core, each.loader
    good = Signal()
    with m.If(loader.good):
        m.d.sync += good.eq(1)
    with m.If(loader.begins):
        m.d.sync += good.eq(0)
    is_armed = core.status == Status.ARMED
    require(m, good | each.inside.state("DISARMED", "controller"), "without a good image all stands still")
    require(m, ~is_armed | good, "armed by a good image only")
    require(m, is_armed | ~(core.spikes.valid | core.readouts.valid), "a core that is not armed emits nothing")
    require(m, is_armed | ~core.events.ready, "a core that is not armed takes no token")


def hazards(m: Module, each: _Core) -> None:
    """Accumulators are added to, consumed and cleared apart: what the proofs of the bank assume."""
    bank = each.bank
    adds = Cat(bank.add.lanes[lane].valid for lane in range(CONFIG.lanes)).any()
    added, consumed = Signal(), Signal()
    m.d.sync += [added.eq(adds), consumed.eq(bank.consume.en)]
    require(m, adds + bank.consume.en + bank.clear.en <= 1, "one use at a time")
    require(m, ~(added & (bank.consume.en | bank.clear.en)), "not in the cycle after a word was added")
    require(m, ~(consumed & bank.clear.en), "not in the cycle after one was consumed")


PROPERTIES: tuple[tuple[str, str, Callable[[Module, _Core], None]], ...] = (
    ("handshake", "spikes and read-outs of the core are held until they are taken, whatever the host does", handshake),
    ("armed", "only an image that the loader finds good arms the core; before that nothing is taken or emitted", armed),
    ("hazards", "accumulators are added to, consumed and cleared apart, as the proofs of them assume", hazards),
)


def _build(state: Callable[[Module, _Core], None], inductive: bool) -> Module:
    m = Module()
    each = _Core(m)
    state(m, each)
    if inductive:
        each.invariants(m)
    return m


def properties() -> list[Property]:
    """Of the core with a ring."""
    covers = "a core with a ring, 2 neurons, 1 axon, 2 delay levels; any bytes, any tokens, any number of samples"
    return [
        Property(name=f"core.{name}", states=states, build=partial(_build, state), method=Method.INDUCTION, depth=2,
                 falsify_depth=12, covers=covers, without=VALUES)
        for name, states, state in PROPERTIES
    ]  # fmt: skip
