# SPDX-License-Identifier: Apache-2.0
"""The neuron update of the contract, as a pipeline of one neuron a cycle."""

from typing import Any

from amaranth.hdl import Assert, Format, Module, Mux, Signal, Value, signed
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

    In a cycle with ``go``, every stage moves on, and a neuron enters with ``fetch``. A cycle later ``parameter``,
    ``state`` and ``consumed`` are its own; both memories hold them while ``go`` is low. ``valid``, ``spike``,
    ``record`` and ``after`` (its new state) come NEURON_STAGES moves after ``fetch``: read (1), multiplied (1), leaked
    (1), clamped (1). ``busy`` is high while a neuron is under way.
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
        # Bits of a product: of the state, and of the leak factor, which is 0 to 2**LEAK_BITS.
        product = Signal(
            self._stage(
                current=signed(bits + growth), potential=signed(bits + growth), arrivals=signed(config.accumulator_bits)
            )
        )
        # A leaked value is in the range of a state; the current has a bit of growth for leaked + arrivals.
        leaked = Signal(self._stage(current=signed(bits + 1), potential=signed(bits)))
        clamped = Signal(self._stage(current=signed(bits), potential=signed(bits)))
        # |potential| + |current| + |bias| <= (1 + 2 + 1) * 2**(bits-1): two bits of growth.
        total, floored = Signal(signed(bits + 2)), Signal(signed(bits + 2))
        m.d.comb += [
            total.eq(leaked.potential + leaked.current + leaked.parameter.bias),
            floored.eq(Mux(total < leaked.parameter.floor, leaked.parameter.floor, total)),
        ]
        reached: Value = Mux(floored > config.vmax, config.vmax, floored)
        if config.refractory_bits:
            reached = Mux(leaked.before.refractory != 0, leaked.before.potential, reached)
        with m.If(self.go):
            for stage, last in ((product, read), (leaked, product), (clamped, leaked)):
                m.d.sync += [stage.valid.eq(last.valid), stage.neuron.eq(last.neuron)]
            for stage, last in ((leaked, product), (clamped, leaked)):
                m.d.sync += [stage.before.eq(last.before), stage.parameter.eq(last.parameter)]
            m.d.sync += [
                read.valid.eq(self.fetch),
                read.neuron.eq(self.neuron),
                product.before.eq(self.state),
                product.parameter.eq(self.parameter),
                product.current.eq(self.state.current * self.parameter.beta),
                product.potential.eq(self.state.potential * self.parameter.alpha),
                product.arrivals.eq(self.consumed),
                leaked.current.eq(shift_leak(product.current) + product.arrivals),
                leaked.potential.eq(shift_leak(product.potential)),
                clamped.current.eq(leaked.current),
                clamped.potential.eq(reached),
                Assert(
                    ~leaked.valid | ((leaked.current >= config.vmin) & (leaked.current <= config.vmax)),
                    Format("current {} of neuron {} leaves its range", leaked.current, leaked.neuron),
                ),
            ]
        m.d.comb += self.busy.eq(read.valid | product.valid | leaked.valid | clamped.valid)
        self._results(m, clamped)
        return m

    def _results(self, m: Module, clamped: Any) -> None:
        """Compare with the threshold, reset, and say what became of the neuron."""
        config = self._config
        after, reset = Signal(signed(config.state_bits)), clamped.parameter.reset
        fires = clamped.potential >= clamped.parameter.threshold
        if config.refractory_bits:
            fires = self._rest(m, clamped, fires)
        m.d.comb += after.eq(clamped.potential)
        with m.If(fires & (reset == Reset.ZERO)):
            m.d.comb += after.eq(0)
        with m.Elif(fires & (reset == Reset.SUBTRACT)):
            m.d.comb += after.eq(clamped.potential - clamped.parameter.threshold)
        m.d.comb += [
            self.valid.eq(clamped.valid),
            self.spike.eq(clamped.valid & fires),
            self.record.step.eq(self.step),
            self.record.neuron.eq(clamped.neuron),
            self.record.current.eq(clamped.current),
            self.record.potential_before.eq(clamped.before.potential),
            self.record.potential_clamped.eq(clamped.potential),
            self.record.potential_after.eq(after),
            self.record.spike.eq(fires),
            self.after.current.eq(clamped.current),
            self.after.potential.eq(after),
            self.after.potential_sum.eq(clamped.before.potential_sum + after),
        ]

    def _rest(self, m: Module, clamped: Any, reaches: Value) -> Value:
        """Whether the neuron fires that reaches its threshold: not while it rests. Counts what is left of its rest."""
        before, left = clamped.before.refractory, self.after.refractory
        fires = Signal()
        m.d.comb += fires.eq(reaches & (before == 0))
        with m.If(fires):
            m.d.comb += left.eq(clamped.parameter.refractory)
        with m.Elif(before.all()):  # until the end of sample
            m.d.comb += left.eq(before)
        with m.Elif(before != 0):
            m.d.comb += left.eq(before - 1)
        return fires
