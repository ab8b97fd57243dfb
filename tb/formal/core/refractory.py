# SPDX-License-Identifier: Apache-2.0
"""The refractory period, step by step: what the counter in a neuron's state stands for, from spike to spike."""

from dataclasses import replace

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib.data import StructLayout

from tb.formal.core.formula import RESTING, resting
from tb.formal.core.neurons import CONTROL, Engine, remembered
from tb.formal.prop import Method, Property, require

BUILD = replace(CONTROL, refractory_bits=2)
ENDLESS = BUILD.refractory_until_end


def rest(inductive: bool) -> Module:
    """In the r steps after a spike, and in no other, a neuron keeps its potential and does not fire.

    The bench counts up from each spike, where the RTL counts down: a neuron that has fired in this sample, the period
    it had then, and the steps since, as far as they matter.
    """
    m = Module()
    each = Engine(m, BUILD)
    states, _ = remembered(m, each, inductive)
    engine, config = each.engine, each.config
    layout = StructLayout({"fired": 1, "period": config.refractory_bits, "since": config.refractory_bits})
    since = [Signal(layout, name=f"since{neuron}") for neuron in range(config.neurons)]
    record, update = engine.trace.payload, each.inside.component("update")
    mine = layout(Array(each_.as_value() for each_ in since)[record.neuron])
    rests = mine.fired & ((mine.period == ENDLESS) | (mine.since < mine.period))
    parameter = each.inside.signal("compared", update).parameter
    reaches = record.potential_clamped >= parameter.threshold
    updated = engine.trace.valid
    require(m, ~(updated & rests) | ~record.spike, "no spike in a refractory period")
    kept = record.potential_after == record.potential_before
    require(m, ~(updated & rests) | kept, "the potential stays in a refractory period")
    require(m, ~updated | rests | (record.spike == reaches), "a spike as always behind it")
    with m.If(updated & record.spike):
        m.d.sync += [mine.fired.eq(1), mine.period.eq(parameter.refractory), mine.since.eq(0)]
    with m.Elif(updated & rests):
        m.d.sync += mine.since.eq(Mux(mine.period == ENDLESS, 0, mine.since + 1))
    with m.If(each.finished):
        for index, neuron in enumerate(since):
            with m.If(index < each.used):
                m.d.sync += neuron.eq(0)
    if inductive:
        clamped, compared = (each.inside.signal(name, update) for name in ("clamped", "compared"))
        for name, stage in (("clamped", clamped), ("compared", compared)):
            kept = (stage.before.refractory == 0) | (stage.potential == stage.before.potential)
            require(m, ~stage.valid | kept, f"the potential that is {name} stays")
        reached = compared.reaches == (compared.potential >= compared.parameter.threshold)
        require(m, ~compared.valid | reached, "compared with its threshold")
        for index, (state, neuron) in enumerate(zip(states, since, strict=True)):
            left = Mux(neuron.period == ENDLESS, ENDLESS, neuron.period - neuron.since)
            require(m, neuron.since <= neuron.period, f"no more steps than the period of neuron {index}")
            require(m, state.refractory == Mux(neuron.fired, left, 0), f"what is left of the period of neuron {index}")
    return m


def properties() -> list[Property]:
    """Of refractory periods."""
    tiny = "3 neurons in 2 lanes, 4-bit states, leak factors 0, 2 bits of refractory period"
    return [
        Property(
            name="refractory.formula",
            states="current, potential, reset, spike and what is left of a refractory period are the contract's",
            build=resting,
            method=Method.INDUCTION,
            depth=1,
            falsify_depth=11,
            covers=f"{RESTING.state_bits}-bit states, 3 bits of refractory period; every value, in any sequence",
            cut="t:$mul",
        ),
        Property(
            name="refractory.steps",
            states="in as many steps after a spike as the period says a neuron keeps its potential and does not fire",
            build=rest,
            method=Method.INDUCTION,
            depth=2,
            falsify_depth=50,
            covers=f"{tiny}; any number of steps and samples",
            without="leaves its range",
        ),
    ]
