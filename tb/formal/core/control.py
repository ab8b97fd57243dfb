# SPDX-License-Identifier: Apache-2.0
"""The controller: no token is lost or overtaken on its way to the delay unit, and nothing runs without an image."""

from collections.abc import Callable
from functools import partial

from amaranth.asserts import AnyConst
from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value

from model.config import CoreConfig
from model.cost.timing import FLUSH
from rtl.core.control import Controller
from rtl.layouts import Kind
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, held, offer, require

CONFIG = CoreConfig(neurons=3, axons=2, delays=1, rows=4, synapse_words=4, lanes=3)
"""Two addresses to clear: a fault that shows after END is near enough to be found from reset."""


class _Control:
    """A controller among arbitrary tokens and back-pressure, and engines that do what they may.

    Assumed: words are done after EOS was passed on, until the next step begins. Neurons are updated from their start
    to EOS; each fires at most once in that time, and not once the core is being flushed. END is sent if asked for.
    """

    def __init__(self, m: Module) -> None:
        self.control = control = Controller(CONFIG)
        self.inside = Elaborated(control)
        m.submodules.control = self.inside.fragment
        never = Signal()
        offer(m, control.events, "events", unless=never)
        words, neurons = control.synapse_phase, control.neuron_phase
        arbitrary(m, control.arrivals.ready, control.fired.valid, control.fired.payload, control.good, control.disarm)
        arbitrary(m, words.done, neurons.done, neurons.reading, neurons.ended)
        m.d.comb += control.axons_used.eq(AnyConst(len(control.axons_used)))
        m.d.comb += Assume(control.axons_used <= CONFIG.axons)
        self.updating = Signal()  # from EOS that was passed on to the end of the update
        self.started, self.over = Signal(), Signal()  # the update has begun, it is over and no step has begun
        self.count = Signal(range(CONFIG.neurons + 1))
        stops = control.flush | control.disarm
        with m.If(control.eos):
            m.d.sync += [self.updating.eq(1), self.count.eq(0)]
        with m.If(neurons.start):
            m.d.sync += self.started.eq(1)
        with m.If(control.fired.valid):
            m.d.sync += self.count.eq(self.count + 1)
        with m.If(neurons.done):
            m.d.sync += [self.updating.eq(0), self.started.eq(0), self.over.eq(1)]
        end = control.events.valid & control.events.ready & (control.events.payload.kind == Kind.END)
        with m.If(words.resume | end):
            m.d.sync += self.over.eq(0)
        with m.If(stops):
            m.d.sync += [self.updating.eq(0), self.started.eq(0), self.over.eq(0)]
        fires = self.started & ~neurons.done & (self.count < CONFIG.neurons) & ~control.flush
        m.d.comb += [
            Assume(~control.fired.valid | fires),
            Assume(~neurons.done | self.started),
            Assume(~words.done | self.updating | self.over),
            Assume(~neurons.ended | neurons.end),
            Assume(control.fired.payload < CONFIG.neurons),
        ]
        self.stops = stops
        self.passes = control.arrivals.valid & control.arrivals.ready

    def invariants(self, m: Module) -> None:
        """The state machine, the FIFO of spikes, and what they have to do with each other."""
        inside = self.inside
        fifo, between = inside.signal("fifo"), inside.signal("between")
        words, neurons, updated = (inside.state(name) for name in ("WORDS", "NEURONS", "UPDATED"))
        run, disarmed = words | neurons | updated, inside.state("DISARMED")
        others = [inside.state(name) for name in ("FLUSH", "CLEAR", "CLEARING", "END")]
        require(m, Cat(run, disarmed, *others).any(), "a state of the machine")
        require(m, (neurons == self.started) & (updated == self.over), "the state of the update")
        require(m, ~neurons | between, "EOS before the neurons")
        require(m, ~updated | ~between, "no EOS after them")
        require(m, between == self.updating, "updating between two steps")
        require(m, ~between | run, "updating in a sample")
        require(m, inside.signal("settling") < FLUSH, "flush in range")
        require(m, self.control.flush == (disarmed | inside.state("FLUSH")), "flushed when it should be")
        quiet, ending = inside.signal("quiet"), inside.signal("ending")
        require(m, inside.signal("in_force") == (run | (ending & ~quiet)), "an image is in force")
        produce, consume, inner = (inside.signal(name, fifo) for name in ("produce", "consume", "inner_level"))
        end = consume + inner
        size = CONFIG.neurons
        require(m, (produce < size) & (consume < size) & (inner <= size), "FIFO in range")
        require(m, produce == Mux(end >= size, end - size, end), "pointers of the FIFO")
        require(m, fifo.level <= self.count, "spikes that wait are of the last step")
        require(m, self.count <= size, "a spike of each neuron")
        require(m, run | inside.state("FLUSH") | (fifo.level == 0), "spikes wait in a sample")
        words = enumerate(inside.words(inside.signal("storage", fifo)))
        self.waiting = [(fifo.r_rdy, fifo.r_data)]
        for index, word in words:
            distance = Mux(consume <= index, index - consume, index + size - consume)
            self.waiting.append((distance < inner, word))
        self.level = fifo.level


def handshake(m: Module, each: _Control, inductive: bool) -> None:
    """The rule of streams on arrivals, but for a flush."""
    end = each.control.events.valid & each.control.events.ready & (each.control.events.payload.kind == Kind.END)
    excused = each.stops | end
    is_held = held(m, each.control.arrivals, "arrivals", unless=excused)
    require(m, is_held | each.control.disarm, "arrivals hold until taken")
    if inductive:
        each.invariants(m)


def order(m: Module, each: _Control, inductive: bool) -> None:
    """The spikes of a step pass in order before any token of the next one, and none is lost."""
    control = each.control
    waiting = Signal(range(2 * CONFIG.neurons + 1))
    spike = each.passes & ~control.arrivals.payload.eos & (control.arrivals.payload.source >= CONFIG.axons)
    with m.If(control.flush | control.disarm):
        m.d.sync += waiting.eq(0)
    with m.Else():
        m.d.sync += waiting.eq(waiting + control.fired.valid - spike)
    require(m, ~spike | (waiting != 0), "a spike passes because a neuron fired")
    require(m, ~(each.passes & control.arrivals.payload.eos) | (waiting == 0), "EOS after all spikes")
    require(m, control.accepted == (each.passes & ~control.arrivals.payload.eos & ~spike), "each event passes")
    require(m, control.eos == (each.passes & control.arrivals.payload.eos), "each EOS passes")
    require(m, ~(each.passes & ~spike) | ~each.updating, "no token of the next step while neurons are updated")
    known = control.arrivals.payload.source < control.axons_used
    require(m, ~each.passes | control.arrivals.payload.eos | spike | known, "no unknown axon passes")
    # One spike, of an arbitrary neuron, that fires at most once while it is followed.
    neuron, there = Signal(CONFIG.neuron_bits), Signal()
    m.d.comb += neuron.eq(AnyConst(CONFIG.neuron_bits))
    twice = control.fired.valid & (control.fired.payload == neuron) & there
    m.d.comb += Assume(~twice)
    mine = spike & (control.arrivals.payload.source == CONFIG.axons + neuron)
    with m.If(control.flush | control.disarm):
        m.d.sync += there.eq(0)
    with m.Elif(control.fired.valid & (control.fired.payload == neuron)):
        m.d.sync += there.eq(1)
    with m.Elif(mine):
        m.d.sync += there.eq(0)
    require(m, ~mine | there, "the spike of a neuron that fired")
    require(m, there <= waiting, "a spike that waits is not lost")
    if inductive:
        each.invariants(m)
        places = [valid & (Value.cast(data) == neuron) for valid, data in each.waiting]
        require(m, sum(places[1:], places[0]) == there, "the spike is in one place")
        require(m, waiting == each.level, "spikes wait in the FIFO")


def armed(m: Module, each: _Control, inductive: bool) -> None:
    """Only an image that was found good arms the core, and a new one disarms it at once."""
    control = each.control
    good = Signal()
    with m.If(control.good):
        m.d.sync += good.eq(1)
    with m.If(control.disarm):
        m.d.sync += good.eq(0)
    require(m, ~control.armed | good, "armed by a good image only")
    require(m, good | ~(control.events.ready | control.arrivals.valid), "no token is taken without an image")
    phase, ending = control.neuron_phase, each.inside.signal("ending")
    require(m, good | ~phase.end, "no end of sample without an image")
    require(m, ~(control.armed & phase.quiet & ending), "not armed while an image is made ready")
    require(m, good | (control.flush & ~ending), "without an image all is held in its first state")
    if inductive:
        each.invariants(m)


def end(m: Module, each: _Control, inductive: bool) -> None:
    """END at the input leads to one END at the output, after everything was cleared."""
    control, phase, ending = each.control, each.control.neuron_phase, each.inside.signal("ending")
    token = control.events.valid & control.events.ready
    ends = token & (control.events.payload.kind == Kind.END)
    pending, began, cleared = Signal(), Signal(), Signal()
    with m.If(ends):
        m.d.sync += [pending.eq(1), began.eq(0), cleared.eq(0)]
    swept = Signal(range(CONFIG.accumulators_per_lane + 1))  # addresses that were cleared
    with m.If(phase.finish):
        m.d.sync += [began.eq(1), swept.eq(0)]
    with m.If(control.clear.en):
        m.d.sync += swept.eq(swept + 1)
    with m.If(began & ~control.clear.en & ~phase.reading):
        m.d.sync += cleared.eq(1)
    with m.If(phase.ended):
        m.d.sync += pending.eq(0)
    with m.If(control.disarm):
        m.d.sync += [pending.eq(0), began.eq(0), cleared.eq(0)]
    require(m, ~control.clear.en | (control.clear.address == swept), "address by address")
    require(m, ~phase.end | (swept == CONFIG.accumulators_per_lane), "END after all addresses")
    require(m, ~phase.end | (pending & cleared), "END leaves after an END came, cleared")
    require(m, ~(pending & token), "no token is taken before END has left")
    require(m, pending == (ending & ~phase.quiet), "busy until END has left")
    clearing = pending & ~control.flush & ~phase.finish
    require(m, ~clearing | began, "the clearing began")
    if inductive:
        each.invariants(m)
        sweeps, all_swept = each.inside.signal("clearing"), swept == CONFIG.accumulators_per_lane
        require(m, ~sweeps | (~all_swept & each.inside.state("CLEARING")), "addresses are cleared")
        over = each.inside.state("END") | (each.inside.state("CLEARING") & ~sweeps)
        require(m, ~over | all_swept, "all addresses were cleared")


def progress(m: Module, each: _Control, inductive: bool) -> None:
    """With a ready delay unit a token waits only for the neurons of its step, and END for what it asks for."""
    control = each.control
    bound = 2 * CONFIG.neurons + 4
    cycles = Signal(range(bound + 2))
    waits = (
        control.events.valid & ~control.events.ready & control.armed & ~each.inside.signal("ending") & ~each.updating
    )
    with m.If(~waits | control.disarm):
        m.d.sync += cycles.eq(0)
    with m.Elif(control.arrivals.ready & (cycles <= bound)):
        m.d.sync += cycles.eq(cycles + 1)
    require(m, cycles <= bound, f"a token waits at most {bound} cycles")
    settling = Signal(range(FLUSH + 2))
    with m.If(~(control.armed & control.flush) | control.disarm):
        m.d.sync += settling.eq(0)
    with m.Elif(settling <= FLUSH):
        m.d.sync += settling.eq(settling + 1)
    require(m, settling <= FLUSH, "a flush ends")
    if inductive:
        each.invariants(m)
        fifo = each.inside.signal("fifo")
        left = 2 * fifo.level + ~fifo.r_rdy
        require(m, (cycles == 0) | each.inside.signal("running"), "nothing waits")
        require(m, ~waits | (cycles + left <= bound), "waits as long as spikes do")
        flushing = each.inside.state("FLUSH")
        require(m, ~flushing | (settling == each.inside.signal("settling")), "cycles of the flush")
        require(m, flushing | (each.inside.signal("settling") == 0), "no flush")
        require(m, flushing | (settling == 0) | (settling == FLUSH), "no flush since long")


PROPERTIES: tuple[tuple[str, str, Callable[[Module, _Control, bool], None]], ...] = (
    ("handshake", "arrivals are held until they are taken, but for a flush", handshake),
    ("order", "spikes pass before the tokens of the next step, each once; unknown axons do not pass", order),
    ("armed", "only a good image arms the core, and the first byte of another disarms it", armed),
    ("end", "END leaves once for each END that came, after all was cleared, and nothing is taken until then", end),
    (
        "progress",
        "with a ready delay unit a token waits a bounded time once neurons are updated; a flush ends",
        progress,
    ),
)


def _build(state: Callable[[Module, _Control, bool], None], inductive: bool) -> Module:
    m = Module()
    each = _Control(m)
    state(m, each, inductive)
    return m


def properties() -> list[Property]:
    """Of the controller."""
    covers = f"{CONFIG.neurons} neurons, {CONFIG.axons} axons; any number of steps, samples and images"
    return [
        Property(name=f"control.{name}", states=states, build=partial(_build, state), method=Method.INDUCTION, depth=2,
                 falsify_depth=24, covers=covers)
        for name, states, state in PROPERTIES
    ]  # fmt: skip
