"""The neuron engine: updates every neuron of a step, one a cycle, and reads them out at the end of a sample."""

from amaranth.hdl import Assert, Format, Module, Mux, ResetInserter, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

from model.config import STEP_BITS, CoreConfig
from model.network import Reset
from rtl.arith import shift_leak
from rtl.layouts import Kind, parameter_layout, readout_layout, spike_layout, state_layout, trace_layout


class NeuronEngine(wiring.Component):
    """The contract's neuron update, pipelined to one neuron a cycle.

    ``start`` begins the update of the neurons 0 to ``neurons_used`` - 1: for each, its accumulator is consumed, the
    state is updated, and a spike leaves on ``spikes``; then EOS leaves, and ``done`` is high in the cycle in which EOS
    is taken. Latency 4 cycles from a neuron's ``consume`` to its spike. Back-pressure on ``spikes`` stops the pipeline.
    ``fired`` is high for one cycle per spike, with its neuron in ``spikes.payload``.

    ``finish`` begins the end of a sample: every neuron leaves on ``readouts`` (2 cycles each) and its state becomes 0;
    with ``quiet`` the state becomes 0 and nothing leaves. ``finished`` is high in the last cycle.

    ``trace`` holds one record in each cycle in which ``trace_valid`` is high: no back-pressure.
    ``flush`` returns the engine to idle and leaves the state memory as it is.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "start": In(1),
                "done": Out(1),
                "finish": In(1),
                "quiet": In(1),
                "finished": Out(1),
                "flush": In(1),
                "neurons_used": In(range(config.neurons + 1)),
                "step": In(STEP_BITS),
                "consume": Out(1),
                "consume_lane": Out(range(config.lanes)),
                "consume_index": Out(config.target_bits),
                "consumed": In(signed(config.accumulator_bits)),
                "spikes": Out(stream.Signature(spike_layout(config))),
                "fired": Out(1),
                "readouts": Out(stream.Signature(readout_layout(config))),
                "parameter_write": Out(
                    WritePort.Signature(addr_width=config.neuron_bits, shape=parameter_layout(config))
                ),
                "trace_valid": Out(1),
                "trace": Out(trace_layout(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.parameters = parameters = Memory(
            shape=parameter_layout(config), depth=max(2, config.neurons), init=[]
        )
        m.submodules.states = states = Memory(shape=state_layout(config), depth=max(2, config.neurons), init=[])
        wiring.connect(m, wiring.flipped(self.parameter_write), parameters.write_port())
        parameter_read, state_read, state_write = parameters.read_port(), states.read_port(), states.write_port()

        go = Signal()  # the pipeline moves
        neuron, index = Signal(config.neuron_bits), Signal(config.target_bits)
        lane = Signal(range(config.lanes))
        last = Signal()
        fetch, reading = Signal(), Signal()
        m.d.comb += [
            last.eq(neuron + 1 == self.neurons_used),
            parameter_read.en.eq(fetch & go),
            parameter_read.addr.eq(neuron),
            state_read.en.eq((fetch & go) | reading),
            state_read.addr.eq(neuron),
            self.consume.eq(fetch & go),
            self.consume_lane.eq(lane),
            self.consume_index.eq(index),
        ]
        update = self._update(
            m, go=go, fetch=fetch, neuron=neuron, parameter=parameter_read.data, state=state_read.data
        )

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [neuron.eq(0), index.eq(0), lane.eq(0)]
                with m.If(self.start):
                    m.next = "UPDATE"
                with m.Elif(self.finish):
                    m.next = "READ"
            with m.State("UPDATE"):
                m.d.comb += fetch.eq(1)
                with m.If(go):
                    m.d.sync += neuron.eq(neuron + 1)
                    with m.If(lane == config.lanes - 1):
                        m.d.sync += [lane.eq(0), index.eq(index + 1)]
                    with m.Else():
                        m.d.sync += lane.eq(lane + 1)
                    with m.If(last):
                        m.next = "DRAIN"
            with m.State("DRAIN"), m.If(~update.busy):
                m.d.comb += [
                    self.spikes.valid.eq(1),
                    self.spikes.payload.kind.eq(Kind.EOS),
                    self.done.eq(self.spikes.ready),
                ]
                with m.If(self.spikes.ready):
                    m.next = "IDLE"
            with m.State("READ"):
                m.d.comb += reading.eq(1)
                m.next = "CLEAR"
            with m.State("CLEAR"):
                m.d.comb += self.readouts.valid.eq(~self.quiet)
                with m.If(self.readouts.ready | self.quiet):
                    m.d.comb += [state_write.en.eq(1), state_write.addr.eq(neuron)]
                    m.d.sync += neuron.eq(neuron + 1)
                    m.next = "READ"
                    with m.If(last):
                        m.d.comb += self.finished.eq(1)
                        m.next = "IDLE"

        self._outputs(m, update, neuron, state_read.data)
        m.d.comb += [go.eq(~update.spike | self.spikes.ready), self.trace_valid.eq(update.valid & go)]
        with m.If(update.valid & go):
            m.d.comb += [
                state_write.en.eq(1),
                state_write.addr.eq(update.record.neuron),
                state_write.data.eq(update.state),
            ]
        return ResetInserter(self.flush)(m)

    def _outputs(self, m: Module, update: View, neuron: Signal, state: View) -> None:
        """Spikes, read-outs and the trace."""
        m.d.comb += [
            self.readouts.payload.neuron.eq(neuron),
            self.readouts.payload.potential.eq(state.potential),
            self.readouts.payload.potential_sum.eq(state.potential_sum),
        ]
        with m.If(update.spike):
            m.d.comb += [self.spikes.valid.eq(1), self.spikes.payload.neuron.eq(update.record.neuron)]
        m.d.comb += [
            self.fired.eq(update.spike & self.spikes.ready),
            self.trace.eq(update.record),
        ]

    def _update(self, m: Module, *, go: Signal, fetch: Signal, neuron: Signal, parameter: View, state: View) -> View:
        """The pipeline behind the memories: multiply, round, add and clamp, compare and reset."""
        config = self._config
        shape = parameter_layout(config)
        bits = config.state_bits

        # Stage 1: the memories' data are there.
        read_valid, read_neuron = Signal(), Signal.like(neuron)
        # Stage 2: products.
        product_valid = Signal()
        product = Signal(
            StructLayout(
                {
                    "neuron": config.neuron_bits,
                    "current": signed(bits + 14),
                    "potential": signed(bits + 14),
                    "arrivals": signed(config.accumulator_bits),
                    "before": state_layout(config),
                    "parameter": shape,
                }
            )
        )
        # Stage 3: leaked values and the new current.
        leaked_valid = Signal()
        leaked = Signal(
            StructLayout(
                {
                    "neuron": config.neuron_bits,
                    "potential": signed(bits),
                    "before": state_layout(config),
                    "parameter": shape,
                }
            )
        )
        leaked_current = Signal(signed(bits + 1))
        # Stage 4: the clamped potential.
        clamped_valid = Signal()
        clamped = Signal(
            StructLayout(
                {
                    "neuron": config.neuron_bits,
                    "current": signed(bits),
                    "potential": signed(bits),
                    "before": state_layout(config),
                    "parameter": shape,
                }
            )
        )
        total, floored = Signal(signed(bits + 2)), Signal(signed(bits + 2))
        m.d.comb += [
            total.eq(leaked.potential + leaked_current + leaked.parameter.bias),
            floored.eq(Mux(total < leaked.parameter.floor, leaked.parameter.floor, total)),
        ]
        with m.If(go):
            m.d.sync += [
                read_valid.eq(fetch),
                read_neuron.eq(neuron),
                product_valid.eq(read_valid),
                product.neuron.eq(read_neuron),
                product.current.eq(state.current * parameter.beta),
                product.potential.eq(state.potential * parameter.alpha),
                product.arrivals.eq(self.consumed),
                product.before.eq(state),
                product.parameter.eq(parameter),
                leaked_valid.eq(product_valid),
                leaked.neuron.eq(product.neuron),
                leaked_current.eq(shift_leak(product.current) + product.arrivals),
                leaked.potential.eq(shift_leak(product.potential)),
                leaked.before.eq(product.before),
                leaked.parameter.eq(product.parameter),
                clamped_valid.eq(leaked_valid),
                clamped.neuron.eq(leaked.neuron),
                clamped.current.eq(leaked_current),
                clamped.potential.eq(Mux(floored > config.vmax, config.vmax, floored)),
                clamped.before.eq(leaked.before),
                clamped.parameter.eq(leaked.parameter),
            ]
            m.d.sync += Assert(
                ~leaked_valid | ((leaked_current >= config.vmin) & (leaked_current <= config.vmax)),
                Format("current {} of neuron {} leaves its range", leaked_current, leaked.neuron),
            )

        result = Signal(
            StructLayout(
                {"valid": 1, "spike": 1, "busy": 1, "record": trace_layout(config), "state": state_layout(config)}
            )
        )
        after, reset = Signal(signed(bits)), clamped.parameter.reset
        fires = clamped.potential >= clamped.parameter.threshold
        m.d.comb += [
            after.eq(clamped.potential),
            result.valid.eq(clamped_valid),
            result.spike.eq(clamped_valid & fires),
            result.busy.eq(read_valid | product_valid | leaked_valid | clamped_valid),
            result.record.step.eq(self.step),
            result.record.neuron.eq(clamped.neuron),
            result.record.current.eq(clamped.current),
            result.record.potential_before.eq(clamped.before.potential),
            result.record.potential_clamped.eq(clamped.potential),
            result.record.potential_after.eq(after),
            result.record.spike.eq(fires),
            result.state.current.eq(clamped.current),
            result.state.potential.eq(after),
            result.state.potential_sum.eq(clamped.before.potential_sum + after),
        ]
        with m.If(fires & (reset == Reset.ZERO)):
            m.d.comb += after.eq(0)
        with m.Elif(fires & (reset == Reset.SUBTRACT)):
            m.d.comb += after.eq(clamped.potential - clamped.parameter.threshold)
        return result
