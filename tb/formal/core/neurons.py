# SPDX-License-Identifier: Apache-2.0
"""The neuron engine: every neuron once a step, in order, from the state that its last update left."""

from typing import Any

from amaranth.asserts import AnyConst
from amaranth.hdl import Array, Assume, Module, Mux, Signal, Value

from model.config import CoreConfig
from model.cost.timing import NEURON_STAGES
from rtl.core.neurons import NeuronEngine
from rtl.layouts import Kind, parameter_layout, state_layout
from tb.formal.core.formula import FORMULA, formula, in_range
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, held, require

CONTROL = CoreConfig(neurons=3, axons=1, delays=1, rows=1, synapse_words=1, lanes=2, accumulator_bits=4, state_bits=4)


class Engine:
    """A neuron engine that is started, finished and flushed at any time it may be, under arbitrary back-pressure."""

    def __init__(self, m: Module, config: CoreConfig = CONTROL) -> None:
        self.config = config
        self.engine = engine = NeuronEngine(config)
        self.inside = Elaborated(engine)
        m.submodules.engine = self.inside.fragment
        phase = engine.phase
        arbitrary(m, phase.start, phase.finish, phase.flush, phase.end, engine.consume.data, engine.spikes.ready)
        arbitrary(m, engine.readouts.ready, phase.step)
        for constant in (phase.quiet, engine.neurons_used):
            m.d.comb += constant.eq(AnyConst(len(constant)))
        self.used = engine.neurons_used
        m.d.comb += Assume((self.used >= 1) & (self.used <= config.neurons))
        write = engine.parameter_write
        parameter = Signal(parameter_layout(config))
        names = ["bias", "threshold", "floor", "reset", *(["refractory"] if config.refractory_bits else [])]
        arbitrary(m, write.en, write.addr, *(getattr(parameter, name) for name in names))
        # Leak factors are 0 here: no control depends on them, and a product costs the solver more than all the rest.
        m.d.comb += [write.data.eq(parameter), Assume(in_range(parameter, config))]
        self.updating, self.finishing = Signal(), Signal()
        idle = ~self.updating & ~self.finishing
        m.d.comb += Assume(idle | ~(phase.start | phase.finish | phase.end))
        m.d.comb += Assume(phase.start + phase.finish + phase.end <= 1)
        asked = Signal()  # END was asked for, and is not sent
        m.d.sync += asked.eq(phase.end & ~phase.ended & ~phase.flush)
        m.d.comb += Assume(~asked | phase.end)
        # What the controller sees of the end: the engine reads out no more.
        last = self.inside.signal("neuron") + 1 == self.used
        self.finished = self.inside.state("CLEAR") & last & (engine.readouts.ready | phase.quiet)
        m.d.comb += Assume(~write.en | idle)
        with m.If(phase.start):
            m.d.sync += self.updating.eq(1)
        with m.If(phase.finish):
            m.d.sync += self.finishing.eq(1)
        with m.If(phase.done):
            m.d.sync += self.updating.eq(0)
        with m.If(self.finished):
            m.d.sync += self.finishing.eq(0)
        with m.If(phase.flush):
            m.d.sync += [self.updating.eq(0), self.finishing.eq(0)]


def handshake(inductive: bool) -> Module:
    """The rule of streams on spikes and read-outs."""
    m = Module()
    each = Engine(m)
    for name, port in (("spikes", each.engine.spikes), ("readouts", each.engine.readouts)):
        require(m, held(m, port, name, unless=each.engine.phase.flush), f"{name} hold until taken")
    if inductive:
        Pipeline(m, each).invariants(m, each)
    return m


class Pipeline:
    """What is always true of the pipeline: the neurons that were consumed and not updated are in it, in order.

    ``consumed``, ``updated``: neurons of this step so far. ``stages``: valid, neuron, and the state it began with.
    """

    def __init__(self, m: Module, each: Engine) -> None:
        engine, config, inside = each.engine, each.config, each.inside
        self.consumed = consumed = Signal(range(config.neurons + 2))
        self.updated = updated = Signal(range(config.neurons + 2))
        m.d.sync += [consumed.eq(consumed + engine.consume.en), updated.eq(updated + engine.trace.valid)]
        with m.If(engine.phase.done | engine.phase.flush):
            m.d.sync += [consumed.eq(0), updated.eq(0)]
        self.read = inside.signal("state_read").data
        read = inside.signal("read", "update")
        self.stages = [(read.valid, read.neuron, self.read)]
        for name in ("operand", "product", "leaked", "summed", "clamped", "compared"):
            stage = inside.signal(name, "update")
            self.stages.append((stage.valid, stage.neuron, stage.before))

    def invariants(self, m: Module, each: Engine) -> None:
        """The state machine, its counters, and the neuron of each stage."""
        inside, config = each.inside, each.config
        idle, update, drain, read, clear = (inside.state(name) for name in ("IDLE", "UPDATE", "DRAIN", "READ", "CLEAR"))
        neuron, lane, index = (inside.signal(name) for name in ("neuron", "lane", "index"))
        require(m, idle | update | drain | read | clear, "a state of the machine")
        require(m, each.updating == (update | drain), "updating")
        require(m, each.finishing == (read | clear), "finishing")
        require(m, each.finishing == each.engine.phase.reading, "reading out")
        require(m, ~update | ((neuron == self.consumed) & (neuron < each.used)), "the neuron to consume")
        require(m, ~update | (index * config.lanes + lane == neuron), "its place")
        require(m, lane < config.lanes, "lane in range")
        require(m, ~drain | (self.consumed == each.used), "all consumed")
        require(m, ~(read | clear) | (neuron < each.used), "the neuron to read out")
        require(m, update | drain | (self.consumed == 0), "nothing consumed")
        place: Value = self.updated
        for valid, stage, _ in reversed(self.stages):
            require(m, ~valid | (stage == place), "neurons in order")
            place = place + valid
        require(m, self.consumed == place, "what was consumed is updated, or under way")


def order(inductive: bool) -> Module:
    """Neurons 0 to the last, once a step: consumed, updated, sent if they fire; EOS comes last, and ends the update."""
    m = Module()
    each = Engine(m)
    engine, config = each.engine, each.config
    pipeline = Pipeline(m, each)
    consumed, updated = pipeline.consumed, pipeline.updated
    address = engine.consume.index * config.lanes + engine.consume.lane
    require(m, ~engine.consume.en | (consumed < each.used), "as many are consumed as there are")
    require(m, ~engine.consume.en | (address == consumed), "consumed in order")
    require(m, ~engine.consume.en | engine.consume.asks, "asked for and consumed")
    last = Signal.like(engine.consume.lane)
    with m.If(engine.consume.en):
        m.d.sync += last.eq(engine.consume.lane)
    require(m, ~engine.consume.asks | (consumed == 0) | (engine.consume.lane != last), "lane after lane")
    require(m, ~engine.trace.valid | (engine.trace.payload.neuron == updated), "updated in order")
    require(m, ~engine.trace.valid | (updated < consumed), "updated after its accumulator was consumed")
    sends = engine.spikes.valid & engine.spikes.ready
    event, eos, end = (engine.spikes.payload.kind == kind for kind in Kind)
    require(m, engine.fired.valid == (engine.trace.valid & engine.trace.payload.spike), "fired as the record says")
    require(m, engine.fired.valid == (sends & event), "a spike is sent for each neuron that fires")
    for neuron in (engine.spikes.payload.neuron, engine.fired.payload):
        require(m, ~engine.fired.valid | (neuron == engine.trace.payload.neuron), "the spike of that neuron")
    require(m, ~engine.spikes.valid | event | eos | (end & engine.phase.end), "spikes, EOS, or END that was asked for")
    require(m, engine.phase.done == (sends & eos), "done when EOS is taken")
    require(m, engine.phase.ended == (sends & end), "ended when END is taken")
    require(m, ~engine.phase.done | ((updated == each.used) & (consumed == each.used)), "EOS after all neurons")
    if inductive:
        pipeline.invariants(m, each)
    return m


def memory(inductive: bool) -> Module:
    """The state of any neuron is what its last update left, and 0 after the end of sample, which reads it out."""
    m = Module()
    remembered(m, Engine(m), inductive)
    return m


def remembered(m: Module, each: Engine, inductive: bool) -> tuple[list[Any], Pipeline]:
    """``memory`` of an engine; the states of its neurons, and its pipeline."""
    engine, config, inside = each.engine, each.config, each.inside
    states = [Signal(state_layout(config), name=f"state{neuron}") for neuron in range(config.neurons)]
    pipeline = Pipeline(m, each)
    _, neuron, before = pipeline.stages[-1]
    now = Array(state.as_value() for state in states)[neuron]
    require(m, ~engine.trace.valid | (before.as_value() == now), "an update begins with what the last one left")
    require(
        m, ~engine.trace.valid | (engine.trace.payload.potential_before == before.potential), "the potential before"
    )
    with m.If(engine.trace.valid):
        m.d.sync += now.eq(inside.component("update").after)
    readout = engine.readouts.payload
    kept = state_layout(config)(Array(state.as_value() for state in states)[readout.neuron])
    right = (readout.potential == kept.potential) & (readout.potential_sum == kept.potential_sum)
    require(m, ~engine.readouts.valid | right, "read-out of the last state")
    left = Signal(range(config.neurons + 1))  # read-outs that were taken
    with m.If(engine.readouts.valid & engine.readouts.ready):
        m.d.sync += left.eq(left + 1)
    with m.If(each.finished | engine.phase.flush):
        m.d.sync += left.eq(0)
    require(m, ~engine.readouts.valid | (readout.neuron == left), "read-outs in order")
    require(m, ~each.finished | engine.phase.quiet | (left + 1 == each.used), "a read-out of every neuron")
    # A flush in the middle leaves the states as they are: the core flushes before the end of sample, not in it.
    m.d.comb += Assume(~(engine.phase.flush & each.finishing))
    with m.If(each.finished):
        for index, state in enumerate(states):
            with m.If(index < each.used):
                m.d.sync += state.eq(0)
    if inductive:
        pipeline.invariants(m, each)
        cursor = inside.signal("neuron")
        for index, (state, word) in enumerate(zip(states, inside.words("states"), strict=True)):
            cleared = each.finishing & (index < cursor)
            require(m, word.as_value() == Mux(cleared, 0, state.as_value()), f"the memory holds state {index}")
            for valid, stage, began in pipeline.stages:
                mine = valid & (stage == index)
                require(m, ~mine | (began.as_value() == state.as_value()), f"the stage holds state {index}")
            reads = inside.state("CLEAR") & (cursor == index)
            require(m, ~reads | (pipeline.read.as_value() == state.as_value()), f"state {index} was read")
        require(m, left == Mux(each.finishing & ~engine.phase.quiet, cursor, 0), "read-outs were taken")
    return states, pipeline


def progress(inductive: bool) -> Module:
    """With a host that takes what is offered, the update and the end of sample end in bounded time."""
    m = Module()
    each = Engine(m)
    engine, config = each.engine, each.config
    pipeline = Pipeline(m, each)
    bound = 2 * config.neurons + NEURON_STAGES + 2
    cycles = Signal(range(bound + 2))
    taken = engine.spikes.ready & engine.readouts.ready
    with m.If((~each.updating & ~each.finishing) | engine.phase.flush | engine.phase.done | each.finished):
        m.d.sync += cycles.eq(0)
    with m.Elif(taken & (cycles <= bound)):
        m.d.sync += cycles.eq(cycles + 1)
    require(m, cycles <= bound, f"over after {bound} cycles")
    if inductive:
        pipeline.invariants(m, each)
        last = len(pipeline.stages)
        # The step ends as many cycles after the last neuron was consumed as its stage is away from the end.
        drains: Value = Value.cast(0)
        for place, (valid, _, _) in enumerate(pipeline.stages):
            drains = Mux(drains != 0, drains, Mux(valid, last - place, 0))
        neuron = each.inside.signal("neuron")
        consuming = each.used - neuron + last + 1
        reading = 2 * (each.used - neuron) + ~each.inside.state("CLEAR")
        left = Mux(each.finishing, reading, Mux(each.inside.state("UPDATE"), consuming, drains + 1))
        require(m, ~(each.updating | each.finishing) | (cycles + left <= bound), "as long as the rest takes")
        require(m, each.updating | each.finishing | (cycles == 0), "nothing to wait for")
    return m


def properties() -> list[Property]:
    """Of the neuron engine."""
    tiny = "3 neurons in 2 lanes, 4-bit states, leak factors 0"
    proofs = (
        ("formula", "current, potential, reset and spike are the contract's, for all values", formula,
         Method.INDUCTION, 1, f"{FORMULA.state_bits}-bit states, 13-bit leak factors; every value, in any sequence"),
        ("handshake", "spikes and read-outs are held until they are taken", handshake,
         Method.INDUCTION, 2, f"{tiny}; any number of steps"),
        ("order", "each neuron is consumed, updated and sent once, in order, and EOS comes last", order,
         Method.INDUCTION, 2, f"{tiny}; any number of steps"),
        ("memory", "a state lasts to the next step, is read out at the end of sample, and is 0 then", memory,
         Method.INDUCTION, 2, f"{tiny}; any number of steps and samples"),
        ("progress", "with a ready host a step and a sample end in bounded time", progress,
         Method.INDUCTION, 2, f"{tiny}; any number of steps and samples"),
    )  # fmt: skip
    return [
        Property(
            name=f"neurons.{name}",
            states=states,
            build=build,
            method=method,
            depth=depth,
            falsify_depth=11 if build is formula else 30,
            covers=covers,
            # Only the formula speaks of values; elsewhere a current may wrap.
            without=None if build is formula else "leaves its range",
            cut="t:$mul" if build is formula else "",
        )
        for name, states, build, method, depth, covers in proofs
    ]
