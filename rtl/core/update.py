# SPDX-License-Identifier: Apache-2.0
"""The neuron update of the contract, as a pipeline of one neuron a cycle."""

from itertools import pairwise
from typing import Any

from amaranth.hdl import Assert, Cat, Format, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.limits import LEAK_BITS, STEP_BITS
from model.network import Reset
from rtl.arith import shift_leak
from rtl.layouts import parameter_layout, state_layout, trace_layout


class NeuronUpdate(wiring.Component):
    """Leak, add, clamp, compare, reset, and rest after a spike; docs/contract.md has the formula.

    In a cycle with ``go``, every stage moves on, and a neuron enters with ``fetch``. A move later ``parameter``
    and ``state`` are its own, two moves later ``consumed``; their memories hold them while ``go`` is low. ``valid``,
    ``spike``, ``record`` and ``after`` (its new state) come NEURON_STAGES moves after ``fetch``: read (1), registered
    (1), multiplied (1), leaked (1), summed (1), clamped (1), compared (1). ``busy`` is high while a neuron is under
    way.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "go": In(1),
                "fetch": In(1),
                "neuron": In(config.neuron_bits),
                "step": In(STEP_BITS),
                "parameter": In(parameter_layout(config)),
                "state": In(state_layout(config)),
                "consumed": In(signed(config.accumulator_bits)),
                "valid": Out(1),
                "spike": Out(1),
                "busy": Out(1),
                "record": Out(trace_layout(config)),
                "after": Out(state_layout(config)),
            }
        )

    def _stage(self, **fields: Any) -> StructLayout:
        """A stage: the neuron in it, what it began with, and ``fields``."""
        config = self._config
        began = {"before": state_layout(config), "parameter": parameter_layout(config)}
        return StructLayout({"valid": 1, "neuron": config.neuron_bits, **began, **fields})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, bits, growth = self._config, self._config.state_bits, LEAK_BITS + 1
        read = Signal(StructLayout({"valid": 1, "neuron": config.neuron_bits}))
        operand = Signal(self._stage())
        # Bits of a product: of the state, and of the leak factor, which is 0 to 2**LEAK_BITS.
        product = Signal(
            self._stage(
                current=signed(bits + growth), potential=signed(bits + growth), arrivals=signed(config.accumulator_bits)
            )
        )
        # A leaked value is in the range of a state; the current has a bit of growth for leaked + arrivals.
        leaked = Signal(self._stage(current=signed(bits + 1), potential=signed(bits)))
        # |potential| + |current| + |bias| <= (1 + 2 + 1) * 2**(bits-1): two bits of growth.
        summed = Signal(self._stage(current=signed(bits), total=signed(bits + 2)))
        clamped = Signal(self._stage(current=signed(bits), potential=signed(bits)))
        # The sum of potentials, for each of what may become of the potential.
        sums = {"sum": signed(config.sum_bits), "sum_subtracted": signed(config.sum_bits)}
        compared = Signal(
            self._stage(current=signed(bits), potential=signed(bits), subtracted=signed(bits), reaches=1, **sums)
        )
        stages = (read, operand, product, leaked, summed, clamped, compared)
        # A floor is never above the highest potential, so the two sides are asked for apart.
        reached: Value = Mux(summed.total < summed.parameter.floor, summed.parameter.floor, summed.total)
        reached = Mux(summed.total > config.vmax, config.vmax, reached)
        if config.refractory_bits:
            reached = Mux(summed.before.refractory != 0, summed.before.potential, reached)
        contents = (
            [operand.before.eq(self.state), operand.parameter.eq(self.parameter)],
            [
                product.current.eq(operand.before.current * operand.parameter.beta),
                product.potential.eq(operand.before.potential * operand.parameter.alpha),
                product.arrivals.eq(self.consumed),
            ],
            [
                leaked.current.eq(shift_leak(product.current) + product.arrivals),
                leaked.potential.eq(shift_leak(product.potential)),
            ],
            [
                summed.current.eq(leaked.current),
                summed.total.eq(leaked.potential + leaked.current + leaked.parameter.bias),
            ],
            [clamped.current.eq(summed.current), clamped.potential.eq(reached)],
            [
                compared.current.eq(clamped.current),
                compared.potential.eq(clamped.potential),
                compared.subtracted.eq(clamped.potential - clamped.parameter.threshold),
                compared.reaches.eq(clamped.potential >= clamped.parameter.threshold),
                compared.sum.eq(clamped.before.potential_sum + clamped.potential),
                compared.sum_subtracted.eq(
                    clamped.before.potential_sum + (clamped.potential - clamped.parameter.threshold)
                ),
            ],
        )
        with m.If(self.go):
            m.d.sync += [read.valid.eq(self.fetch), *(now.valid.eq(last.valid) for last, now in pairwise(stages))]
            m.d.sync += Assert(
                ~leaked.valid | ((leaked.current >= config.vmin) & (leaked.current <= config.vmax)),
                Format("current {} of neuron {} leaves its range", leaked.current, leaked.neuron),
            )
        # What a stage holds means something while a neuron is in it: its registers need no clock otherwise.
        with m.If(self.go & self.fetch):
            m.d.sync += read.neuron.eq(self.neuron)
        for number, (last, stage) in enumerate(pairwise(stages)):
            with m.If(self.go & last.valid):
                m.d.sync += [stage.neuron.eq(last.neuron), *contents[number]]
                if number:
                    m.d.sync += [stage.before.eq(last.before), stage.parameter.eq(last.parameter)]
        m.d.comb += self.busy.eq(Cat(stage.valid for stage in stages).any())
        self._results(m, compared)
        return m

    def _results(self, m: Module, compared: Any) -> None:
        """Reset the neuron if it fires, and say what became of it."""
        config = self._config
        after, reset = Signal(signed(config.state_bits)), compared.parameter.reset
        fires: Value = compared.reaches
        if config.refractory_bits:
            fires = self._rest(m, compared, fires)
        m.d.comb += [after.eq(compared.potential), self.after.potential_sum.eq(compared.sum)]
        with m.If(fires & (reset == Reset.ZERO)):
            m.d.comb += [after.eq(0), self.after.potential_sum.eq(compared.before.potential_sum)]
        with m.Elif(fires & (reset == Reset.SUBTRACT)):
            m.d.comb += [after.eq(compared.subtracted), self.after.potential_sum.eq(compared.sum_subtracted)]
        m.d.comb += [
            self.valid.eq(compared.valid),
            self.spike.eq(compared.valid & fires),
            self.record.step.eq(self.step),
            self.record.neuron.eq(compared.neuron),
            self.record.current.eq(compared.current),
            self.record.potential_before.eq(compared.before.potential),
            self.record.potential_clamped.eq(compared.potential),
            self.record.potential_after.eq(after),
            self.record.spike.eq(fires),
            self.after.current.eq(compared.current),
            self.after.potential.eq(after),
        ]

    def _rest(self, m: Module, compared: Any, reaches: Value) -> Value:
        """Whether the neuron fires that reaches its threshold: not while it rests. Counts what is left of its rest."""
        before, left = compared.before.refractory, self.after.refractory
        fires = Signal()
        m.d.comb += fires.eq(reaches & (before == 0))
        with m.If(fires):
            m.d.comb += left.eq(compared.parameter.refractory)
        with m.Elif(before.all()):  # until the end of sample
            m.d.comb += left.eq(before)
        with m.Elif(before != 0):
            m.d.comb += left.eq(before - 1)
        return fires
