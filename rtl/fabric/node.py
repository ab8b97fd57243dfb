# SPDX-License-Identifier: Apache-2.0
"""A node of the fabric: a core, and what joins it to the ring and to the host."""

from amaranth.hdl import Assert, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.fabric.config import FabricConfig
from rtl.core.counters import COUNTERS, Flag
from rtl.core.neurocore import Core
from rtl.fabric.collector import Collector
from rtl.fabric.feeder import Feeder, waiting_token_layout
from rtl.fabric.layouts import ChainKind, chain_layout, out_layout, ring_layout
from rtl.fabric.outbox import Outbox
from rtl.fabric.peers import Peers
from rtl.fabric.ring_register import RingRegister
from rtl.fabric.routes import RouteTable
from rtl.fabric.tables import RouteWriter
from rtl.layouts import Kind

NODE_COUNTERS = {
    "ring_tokens": "tokens that this core put on the ring or passed on",
    "waiting_cycles": "cycles in which the host's next step was there and other cores were not",
    "starved_cycles": "cycles in which a step was under way and waited for the host",
    "ahead_cycles": "cycles of a step that a listener had not begun, as it was not done with the one before",
}
"""What a node counts besides its core; like those of the core they wrap at 2**32."""


class StatusSignature(wiring.Signature):
    """What the host can read of a node: status, flags and counters of its core, and the node's own counters."""

    def __init__(self) -> None:
        super().__init__(
            {
                "status": Out(8),
                "flags": Out(len(Flag)),
                **{name: Out(32) for name in (*COUNTERS, *NODE_COUNTERS)},
            }
        )


class Node(wiring.Component):
    """Core ``number`` of the ring, with all that docs/multicore.md says of it.

    - ``ring_in``, ``ring_out``: the register of the node before, and that of this node: a token in every cycle in which
      ``valid`` is high, no back-pressure.
    - ``tokens``: from the chain, in the cycle in which the chain passes them on; ``ready`` if this node can take its
      part.
    - ``out``: this node's tokens and those of the nodes behind it, ``behind``, toward the host.
    - ``run``: the fabric is armed.
    - ``state``: what the host can read.
    """

    def __init__(self, config: FabricConfig, number: int, *, simulation: bool = False) -> None:
        self._config, self._number, self._simulation = config, number, simulation
        ring = stream.Signature(ring_layout(config), always_ready=True)
        super().__init__(
            {
                "tokens": In(stream.Signature(chain_layout(config))),
                "ring_in": In(ring),
                "ring_out": Out(ring),
                "behind": In(stream.Signature(out_layout(config))),
                "out": Out(stream.Signature(out_layout(config))),
                "run": In(1),
                "state": Out(StatusSignature()),
            }
        )

    @property
    def core_config(self) -> CoreConfig:
        """The build of its core."""
        return self._config.cores[self._number]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.core = core = Core(self.core_config, simulation=self._simulation)
        m.submodules.writer = writer = RouteWriter(config)
        m.submodules.table = table = RouteTable(config)
        m.submodules.peers = peers = Peers(config.nodes)
        m.submodules.feeder = feeder = Feeder(config)
        m.submodules.outbox = outbox = Outbox(config, self._number)
        m.submodules.collector = collector = Collector(config, self._number)
        m.submodules.register = register = RingRegister(config)

        wiring.connect(m, writer.span_write, table.span_write)
        wiring.connect(m, writer.entry_write, table.entry_write)
        wiring.connect(m, writer.hops_write, outbox.hops_write)
        wiring.connect(m, wiring.flipped(self.ring_in), register.before)
        wiring.connect(m, outbox.leaving, register.own)
        wiring.connect(m, register.after, wiring.flipped(self.ring_out))
        wiring.connect(m, feeder.events, core.events)
        wiring.connect(m, core.readouts, collector.readouts)
        wiring.connect(m, wiring.flipped(self.behind), collector.behind)
        wiring.connect(m, wiring.flipped(self.out), collector.out)
        m.d.comb += [
            # A spike goes to the host and to the ring; the outbox has room for it always.
            collector.spikes.valid.eq(core.spikes.valid),
            collector.spikes.payload.eq(core.spikes.payload),
            core.spikes.ready.eq(collector.spikes.ready),
            outbox.spikes.valid.eq(core.spikes.valid & core.spikes.ready),
            outbox.spikes.payload.eq(core.spikes.payload),
            outbox.eos_hops.eq(writer.eos_hops),
            outbox.may_send.eq(peers.may_send),
            peers.senders.eq(writer.senders),
            peers.listeners.eq(writer.listeners),
            peers.completed.eq(outbox.completed),
            feeder.parity.eq(peers.parity),
            feeder.may_begin.eq(peers.may_begin & self.run),
            feeder.completed.eq(outbox.completed),
        ]
        self._receive(m, core=core, writer=writer, table=table, peers=peers, feeder=feeder)
        self._count(m, core, feeder, peers)
        return m

    def _receive(self, m: Module, *, core: Core, writer: RouteWriter, table: RouteTable, peers: Peers,
                 feeder: Feeder) -> None:  # fmt: skip
        """Tokens of the ring and of the host go through the route table, those of the ring first."""
        config, token, ring = self._config, self.tokens.payload, self.ring_in
        m.submodules.waiting = waiting = SyncFIFOBuffered(
            width=waiting_token_layout(config).size, depth=config.input_depth + 1
        )
        put, head = (View(waiting_token_layout(config), bits) for bits in (waiting.w_data, waiting.r_data))
        held = Signal(range(config.input_depth + 1))  # tokens of the host that are looked up or wait
        used = Signal()  # this bundle has an image for the core; otherwise the tables are those of some other
        mine, plain, taken, room, asks = Signal(), Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            mine.eq(token.core == self._number),
            plain.eq((token.kind == ChainKind.EVENT) | (token.kind == ChainKind.EOS) | (token.kind == ChainKind.END)),
            room.eq(~used | ((held != config.input_depth) & ~ring.valid)),
            self.tokens.ready.eq(Mux(plain, room, Mux(mine & (token.kind == ChainKind.IMAGE), core.image.ready, 1))),
            taken.eq(self.tokens.valid & self.tokens.ready),
            core.image.valid.eq(self.tokens.valid & mine & (token.kind == ChainKind.IMAGE)),
            core.image.payload.data.eq(token.data),
            core.image.payload.last.eq(token.last),
            writer.tokens.valid.eq(taken & mine & ~plain & (token.kind != ChainKind.IMAGE)),
            writer.tokens.payload.eq(token),
            asks.eq(taken & plain & used),
            table.query.valid.eq(ring.valid | asks),
            table.query.payload.sender.eq(Mux(ring.valid, ring.payload.core, config.nodes)),
            table.query.payload.source.eq(Mux(ring.valid, ring.payload.neuron, token.data)),
        ]

        with m.If(core.image.valid):
            m.d.sync += used.eq(1)

        # What the answer is for, a stage a cycle.
        stages = range(RouteTable.LATENCY)
        is_ring, is_host = ([Signal(name=f"{name}_{stage}") for stage in stages] for name in ("of_core", "of_host"))
        is_eos = [Signal(name=f"eos_{stage}") for stage in stages]
        sender = [Signal(config.node_bits, name=f"sender_{stage}") for stage in stages]
        kind = [Signal(Kind, name=f"kind_{stage}") for stage in stages]
        for signals, value in (
            (is_ring, ring.valid & used),
            (is_host, asks),
            (is_eos, ring.payload.eos),
            (sender, ring.payload.core),
            (kind, token.kind),
        ):
            m.d.sync += [after.eq(before) for before, after in zip([value, *signals], signals, strict=False)]
        heard, drops, leaves = Signal(), Signal(), Signal()
        m.d.comb += [
            heard.eq(table.answer != 0),
            peers.arrived.eq(is_ring[-1] & is_eos[-1]),
            peers.core.eq(sender[-1]),
            feeder.arrivals.valid.eq(is_ring[-1] & ~is_eos[-1] & heard),
            feeder.arrivals.payload.axon.eq(table.answer - 1),
            feeder.arrivals.payload.half.eq(peers.half),
            drops.eq(is_host[-1] & (kind[-1] == Kind.EVENT) & ~heard),
            put.kind.eq(kind[-1]),
            put.axon.eq(table.answer - 1),
            waiting.w_en.eq(is_host[-1] & ~drops),
            leaves.eq(waiting.r_en & waiting.r_rdy),
            feeder.host.valid.eq(waiting.r_rdy),
            feeder.host.payload.eq(head),
            waiting.r_en.eq(feeder.host.ready),
        ]
        m.d.sync += [
            held.eq(held + asks - drops - leaves),
            Assert(~waiting.w_en | waiting.w_rdy, "node: no room for a token of the host"),
        ]

    def _count(self, m: Module, core: Core, feeder: Feeder, peers: Peers) -> None:
        """What the host can read."""
        state = self.state
        m.d.comb += [state.status.eq(core.status), state.flags.eq(core.flags)]
        m.d.comb += [getattr(state, name).eq(getattr(core, name)) for name in COUNTERS]
        for name, condition in (
            ("ring_tokens", self.ring_out.valid),
            ("waiting_cycles", feeder.waits & self.run),
            ("starved_cycles", feeder.starves),
            ("ahead_cycles", feeder.stepping & ~peers.may_send),
        ):
            counter = getattr(state, name)
            m.d.sync += counter.eq(counter + condition)
