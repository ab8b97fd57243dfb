# SPDX-License-Identifier: Apache-2.0
"""The whole core: its outputs are streams, only a good image arms it, and its blocks never meet at an accumulator."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value

from model.config import CoreConfig
from model.cost.timing import FLUSH, ROW_QUEUE
from model.image.image import Status
from rtl.arith import count_ones
from rtl.core.neurocore import Core
from rtl.core.sections import Section
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, held, offer, require

CONFIG = CoreConfig(neurons=2, axons=1, delays=2, rows=2, synapse_words=2, lanes=1, weight_bits=2, accumulator_bits=4,
                    state_bits=4)  # fmt: skip
"""With a ring, whose stages say where an end of step is."""
VALUES = "(?:wraps at|leaves its range|no room for a spike|no such row)"
"""Assertions of the RTL about what an image holds: the compiler and the loader see to that, this proof does not."""


class _Core:
    """A core that is offered arbitrary bytes and tokens, under arbitrary back-pressure.

    Assumed: an image has as many neurons as the loader lets in, 1 at least.
    """

    def __init__(self, m: Module) -> None:
        self.core = core = Core(CONFIG)
        self.inside = Elaborated(core)
        m.submodules.core = self.inside.fragment
        never = Signal()
        offer(m, core.image, "image", unless=never)
        offer(m, core.events, "events", unless=never)
        arbitrary(m, core.spikes.ready, core.readouts.ready)
        used = self.inside.component("neurons").neurons_used
        m.d.comb += Assume(self.inside.state("IDLE", "neurons") | ((used >= 1) & (used <= CONFIG.neurons)))
        self.loader, self.bank = self.inside.component("loader"), self.inside.component("accumulators")
        self.adds = Cat(self.bank.add.lanes[lane].valid for lane in range(CONFIG.lanes)).any()
        # In how many cycles before this one; the youngest first.
        self.added, self.consumed = Signal(5), Signal(3)
        m.d.sync += [self.added.eq(Cat(self.adds, self.added))]
        m.d.sync += [self.consumed.eq(Cat(self.bank.consume.en, self.consumed))]
        consume = self.bank.consume
        self.place = Cat(consume.lane, consume.index, self.bank.add.now)
        self.places = [Signal.like(self.place, name=f"place{age}") for age in range(3)]
        m.d.sync += [after.eq(before) for before, after in pairwise([self.place, *self.places])]
        self.began = Signal(3)  # likewise: an image began
        m.d.sync += self.began.eq(Cat(self.inside.signal("began"), self.began))

    def ends(self) -> Value:
        """Ends of step between controller and synapse engine."""
        inside, queue = self.inside, self.inside.signal("queue", "synapses")
        slice_ = inside.signal("arrivals")
        passed, late = slice_.passed, inside.signal("waiting", slice_)
        ends = [passed.valid & passed.payload.eos, inside.signal("waits", slice_) & late.eos]
        for name in ("first", "looked", "judged", "second"):
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
        rows = [inside.signal(f"{name}_valid", "delay") for name in ("first", "looked", "judged", "second")]
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
        for age, words in enumerate((under_way, self.added[0], self.added[1])):
            cut_off = self.began[: age + 1].any()
            require(m, ~(disarmed & words) | cut_off, f"an image cut off the words of {age} cycles ago")
        require(m, ~flush | (settling == 0) | ~under_way, "no word is fetched in a flush")
        require(m, ~(clear | clearing | end) | ~under_way, "no word is fetched outside of a sample")
        require(m, inside.component("controller").flush == (disarmed | flush), "flushed when it should be")
        run, quiet = ~(disarmed | flush | clear | clearing | end), inside.signal("quiet", "controller")
        in_force = run | ((flush | clear | clearing | end) & ~quiet)
        require(m, inside.signal("in_force", "controller") == in_force, "an image is in force")
        late = flush & (settling == FLUSH - 1)
        require(m, ~(late | clear | clearing | end) | ~self.added[0], "no word is added outside of a sample")
        require(m, ~(clear | clearing | end) | ~self.added[1], "nor was there one in its last cycle")
        require(m, ~(clearing | end) | ~self.added[2], "nor before it")
        for age, name in enumerate(("reading", "adding", "writing")):
            stage = inside.signal(name, "accumulators")
            found = Mux(stage.adds, self.added[age], self.consumed[age])
            require(m, ~stage.valid | found, f"an accumulator was used {age} cycles ago")
            place = self.places[age][len(self.bank.consume.lane) :]
            require(m, ~stage.valid | stage.adds | (stage.address == place), f"the one of {age} cycles ago")
        # Words are long in the accumulators when the first neuron comes out of the pipeline.
        stages = [stage.valid for stage in inside.signal("stages", "neurons.update")]
        # There is one lane: an index is a neuron.
        neuron, index = inside.signal("neuron", "neurons"), inside.signal("index", "neurons")
        require(
            m,
            ~inside.state("UPDATE", "neurons")
            | ((neuron == index) & (neuron < inside.component("neurons").neurons_used)),
            "the neuron that is consumed",
        )
        for age in range(len(self.consumed)):
            under_way = Cat(stages[: age + 1]).any()
            require(m, ~self.consumed[age] | under_way, f"a neuron that was consumed {age} cycles ago is under way")
            later = self.places[age][len(self.bank.consume.lane) :][: CONFIG.target_bits] < inside.signal(
                "neuron", "neurons"
            )
            require(m, ~(self.consumed[age] & inside.state("UPDATE", "neurons")) | later, "each neuron once")
        require(m, ~(updating & self.added[0]), "the last word was added before an update")
        for age in range(1, len(self.added)):
            early = Cat(stages[age - 1 :]).any()
            require(m, ~(updating & self.added[age] & early), f"no neuron gets that far {age} cycles after a word")

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
        began = inside.signal("began")
        require(m, ~inside.signal("inside", "loader") | disarmed | began, "no image is taken while armed")
        require(m, ~began | inside.signal("inside", "loader"), "an image began")
        require(m, ~began | ~Cat(bytes_[1:]).any(), "it began a cycle ago")
        walker = inside.signal("walker", "loader")
        require(
            m, inside.signal("inside", "loader") | (walker.section == Section.PREFIX), "an image begins at its prefix"
        )
        for age, (when, stage) in enumerate(zip((began, *self.began[:2]), stages, strict=True)):
            require(m, ~when | (stage.valid & (stage.section == Section.PREFIX)), f"so did the one of {age} cycles ago")
        require(m, ~Cat(bytes_).any() | inside.signal("inside", "loader"), "a byte of an image")

    @property
    def adding(self) -> Value:
        """The accumulator of a word is being read."""
        reading = self.inside.signal("reading", "accumulators")
        return reading.valid & reading.adds


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
    stands = each.inside.state("DISARMED", "controller") | each.inside.signal("began")
    require(m, good | stands, "without a good image all stands still")
    require(m, ~is_armed | good, "armed by a good image only")
    require(m, is_armed | ~(core.spikes.valid | core.readouts.valid), "a core that is not armed emits nothing")
    require(m, is_armed | ~core.events.ready, "a core that is not armed takes no token")


def hazards(m: Module, each: _Core) -> None:
    """Accumulators are added to, consumed and cleared apart: what the proofs of the bank assume."""
    bank, adds, added, consumed = each.bank, each.adds, each.added, each.consumed
    place, places = each.place, each.places
    again = Cat(was & (before == place) for was, before in zip(consumed, places, strict=True)).any()
    require(m, adds + bank.consume.en + bank.clear.en <= 1, "one use at a time")
    require(m, ~(added[0] & bank.consume.en), "not consumed in the cycle after a word was added")
    require(m, bank.consume.go | ~added.any(), "the neurons do not stop in the five cycles after a word")
    require(m, ~(added[:3].any() & bank.clear.en), "not cleared in the three cycles after a word was added")
    require(m, ~(consumed.any() & (adds | (bank.consume.en & again))), "what is being consumed is not read")
    require(m, ~(consumed.any() & bank.clear.en), "not cleared in the three cycles after one was consumed")


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
