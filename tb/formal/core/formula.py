# SPDX-License-Identifier: Apache-2.0
"""The neuron's pipeline computes the contract's formula, for all values, whenever it stops and goes on."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from amaranth.hdl import Assume, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib.data import StructLayout

from model.config import CoreConfig
from model.limits import LEAK_BITS, LEAK_ONE
from model.network import Reset
from rtl.core.update import NeuronUpdate
from rtl.layouts import parameter_layout, state_layout
from tb.formal.inside import Elaborated
from tb.formal.prop import arbitrary, require

FORMULA = CoreConfig(neurons=2, axons=1, delays=1, rows=1, synapse_words=1, lanes=1)
"""States of the width of every build that is not told otherwise."""
RESTING = replace(FORMULA, refractory_bits=3)
"""The same with refractory periods."""


def in_range(parameter: Any, config: CoreConfig) -> Value:
    """Whether the loader lets these parameters in (docs/image.md)."""
    return (
        (parameter.alpha <= LEAK_ONE)
        & (parameter.beta <= LEAK_ONE)
        & (parameter.threshold <= config.vmax + 1)
        & (parameter.threshold >= config.vmin)
        & (parameter.reset <= max(Reset))
        & ((parameter.reset != Reset.SUBTRACT) | (parameter.threshold >= 0))
    )


def leaked(product: Value) -> Value:
    """leak(x, a) of the contract from x * a: divided by 2**12, its magnitude rounded down."""
    return Mux(product < 0, -((-product) >> LEAK_BITS), product >> LEAK_BITS)


def taken_layout(config: CoreConfig) -> StructLayout:
    """A neuron as it enters the pipeline, with the two products of the formula, I[t] and the leaked V[t-1]."""
    return StructLayout(
        {
            "valid": 1,
            "neuron": config.neuron_bits,
            "state": state_layout(config),
            "parameter": parameter_layout(config),
            "consumed": signed(config.accumulator_bits),
            "current_product": signed(config.state_bits + LEAK_BITS + 1),
            "potential_product": signed(config.state_bits + LEAK_BITS + 1),
            "current": signed(config.state_bits),
            "leaked": signed(config.state_bits),
        }
    )


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What the contract says of a neuron that was taken: docs/contract.md, line by line."""

    taken: Any
    config: CoreConfig

    def fits(self) -> Value:
        """Parameters are in their ranges, and I[t] and the leaked V[t-1] are what the products say."""
        taken = self.taken
        current = taken.current == leaked(taken.current_product) + taken.consumed
        return in_range(taken.parameter, self.config) & current & (taken.leaked == leaked(taken.potential_product))

    @property
    def rests(self) -> Value:
        """Whether this is one of the steps of a refractory period"""
        return self.taken.state.refractory != 0 if self.config.refractory_bits else Const(0)

    @property
    def potential(self) -> Value:
        """V[t], clamped; in a refractory period V[t-1]"""
        parameter, top = self.taken.parameter, self.config.vmax
        total = self.taken.leaked + self.taken.current + parameter.bias
        clamped = Mux(total > top, top, Mux(total < parameter.floor, parameter.floor, total))
        return Mux(self.rests, self.taken.state.potential, clamped)

    @property
    def spike(self) -> Value:
        """Whether the neuron fires"""
        return ~self.rests & (self.potential >= self.taken.parameter.threshold)

    @property
    def left(self) -> Value:
        """Steps of its refractory period behind this one; the largest number: until the end of sample"""
        before, endless = self.taken.state.refractory, self.config.refractory_until_end
        return Mux(self.spike, self.taken.parameter.refractory,
                   Mux((before == 0) | (before == endless), before, before - 1))  # fmt: skip

    @property
    def after(self) -> Value:
        """V[t] after the reset"""
        reset, potential = self.taken.parameter.reset, self.potential
        subtracted = Mux(reset == Reset.SUBTRACT, potential - self.taken.parameter.threshold, potential)
        return Mux(self.spike, Mux(reset == Reset.ZERO, 0, subtracted), potential)


def formula(inductive: bool) -> Module:
    """``pipeline_against_contract`` of a build without refractory periods."""
    return pipeline_against_contract(inductive, FORMULA)


def resting(inductive: bool) -> Module:
    """``pipeline_against_contract`` of a build with refractory periods, for whatever is left of one."""
    return pipeline_against_contract(inductive, RESTING)


def pipeline_against_contract(inductive: bool, config: CoreConfig) -> Module:
    """The pipeline behind the memories, against the contract: arbitrary states, parameters, arrivals and stops.

    Assumed: parameters that the loader lets in, a current that stays in its range (the compiler proves that), that a
    leak makes no value larger (its factor is 1 at most), and that memories and accumulators show what was read until
    the pipeline moves on.
    """
    m = Module()
    pipeline = NeuronUpdate(config)
    inside = Elaborated(pipeline)
    m.submodules.pipeline = inside.fragment
    arbitrary(m, pipeline.go, pipeline.fetch, pipeline.neuron, pipeline.state, pipeline.parameter, pipeline.consumed)
    state, parameter = pipeline.state, pipeline.parameter
    # What the memories show; and what was registered of it, with what the accumulators show a move later and with its
    # products: those of the RTL's own factors, which are shown to be these.
    shown, now = Signal(taken_layout(config)), Signal(taken_layout(config))
    seen = Cat(state, parameter, pipeline.consumed)
    moved, before = Signal(init=1), Signal.like(seen)
    m.d.sync += [moved.eq(pipeline.go), before.eq(seen)]
    fetched = Signal(StructLayout({"valid": 1, "neuron": config.neuron_bits}))
    m.d.comb += [
        shown.valid.eq(fetched.valid),
        shown.neuron.eq(fetched.neuron),
        shown.state.eq(state),
        shown.parameter.eq(parameter),
        Assume(moved | (seen == before)),
        Assume(in_range(parameter, config)),
    ]
    # The neurons of the last six moves; the oldest is the one that the pipeline has a result for.
    stages = [Signal(taken_layout(config), name=f"taken{age}") for age in range(6)]
    factors = inside.signal("operand")
    m.d.comb += [
        now.eq(stages[0]),
        now.consumed.eq(pipeline.consumed),
        now.current_product.eq(factors.before.current * factors.parameter.beta),
        now.potential_product.eq(factors.before.potential * factors.parameter.alpha),
        now.current.eq(leaked(now.current_product) + now.consumed),
        now.leaked.eq(leaked(now.potential_product)),
        Assume(~now.valid | Contract(taken=now, config=config).fits()),
    ]
    with m.If(pipeline.go):
        m.d.sync += [fetched.valid.eq(pipeline.fetch), fetched.neuron.eq(pipeline.neuron)]
        m.d.sync += [stages[0].eq(shown), stages[1].eq(now)]
        m.d.sync += [after.eq(last) for last, after in pairwise(stages[1:])]
    _results(m, pipeline, Contract(taken=stages[-1], config=config))
    if inductive:
        _stages(m, inside, fetched, [Contract(taken=stage, config=config) for stage in stages])
    return m


def _results(m: Module, update: NeuronUpdate, says: Contract) -> None:
    """What the pipeline makes of the neuron is what the contract says."""
    oldest, record, stored = says.taken, update.record, update.after
    require(m, update.valid == oldest.valid, "a result for each neuron fetched")
    for name, found, value in (
        ("neuron", record.neuron, oldest.neuron),
        ("current", record.current, oldest.current),
        ("potential before", record.potential_before, oldest.state.potential),
        ("potential clamped", record.potential_clamped, says.potential),
        ("potential after", record.potential_after, says.after),
        ("spike", record.spike, says.spike),
        ("stored current", stored.current, oldest.current),
        ("stored potential", stored.potential, says.after),
    ):
        require(m, ~oldest.valid | (found == value), f"{name} as the contract says")
    total = Signal(signed(says.config.sum_bits))
    m.d.comb += total.eq(oldest.state.potential_sum + says.after)
    require(m, ~oldest.valid | (stored.potential_sum == total), "stored sum as the contract says")
    require(m, update.spike == (oldest.valid & says.spike), "a spike for each neuron that fires")
    if says.config.refractory_bits:
        require(m, ~oldest.valid | (stored.refractory == says.left), "stored rest as the contract says")


def _stages(m: Module, inside: Elaborated, fetched: Any, says: list[Contract]) -> None:
    """Each stage holds what it should of the neuron that is in it."""
    names = ("operand", "product", "leaked", "summed", "clamped", "compared")
    found = [inside.signal(name) for name in names]
    _, product, leaks, summed, clamped, compared = found
    read = inside.signal("read")
    require(m, read.valid == fetched.valid, "the neuron that is read")
    require(m, ~fetched.valid | (read.neuron == fetched.neuron), "its number")
    for name, stage, each in zip(names, found, says, strict=True):
        taken = each.taken
        require(m, stage.valid == taken.valid, f"{name} stage is full")
        require(m, ~taken.valid | in_range(taken.parameter, each.config), f"parameters of {name} stage in range")
        same = (stage.neuron == taken.neuron) & (stage.before.as_value() == taken.state.as_value())
        same &= stage.parameter.as_value() == taken.parameter.as_value()
        require(m, ~taken.valid | same, f"{name} stage holds the neuron")
    _, first, second, third, fourth, fifth = says
    require(m, ~first.taken.valid | first.fits(), "the products are those of the formula")
    products = (product.current == first.taken.current_product) & (product.potential == first.taken.potential_product)
    require(m, ~first.taken.valid | (products & (product.arrivals == first.taken.consumed)), "products")
    leaky = (leaks.current == second.taken.current) & (leaks.potential == second.taken.leaked)
    require(m, ~second.taken.valid | leaky, "leaked values")
    total = third.taken.leaked + third.taken.current + third.taken.parameter.bias
    require(m, ~third.taken.valid | ((summed.current == third.taken.current) & (summed.total == total)), "sums")
    results = (clamped.current == fourth.taken.current) & (clamped.potential == fourth.potential)
    require(m, ~fourth.taken.valid | results, "clamped values")
    threshold = fifth.taken.parameter.threshold
    results = (compared.current == fifth.taken.current) & (compared.potential == fifth.potential)
    results &= compared.reaches == (fifth.potential >= threshold)
    results &= compared.subtracted == (fifth.potential - threshold)[: len(compared.subtracted)].as_signed()
    require(m, ~fifth.taken.valid | results, "compared values")
