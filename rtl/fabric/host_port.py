# SPDX-License-Identifier: Apache-2.0
"""The host port: bundles and the tokens of samples come in by one stream, the output of all cores leaves by another."""

from enum import IntEnum

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.data import View
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from model.fabric.status import FabricStatus
from model.image.image import Status
from rtl.fabric.bundle_loader import BundleLoader
from rtl.fabric.layouts import ChainKind, HostKind, OutKind, chain_layout, host_layout, out_layout

FABRIC_COUNTERS = {
    "samples": "samples that have ended: the last END has left the output",
    "cycles": "cycles from the first token of a sample to the last END at the output, both included",
    "unknown_events": "events of axons that the network does not have",
    "dropped_tokens": "tokens of samples that came while no bundle was loaded",
    "stalls": "cycles in which a token was offered at the output and not taken",
}
"""What the host port counts; all start at 0 with the first byte of a bundle and wrap at 2**32."""


class FabricFlag(IntEnum):
    """Sticky flags of a fabric besides those of its cores: any of them means that a run is not to be trusted."""

    UNKNOWN_AXON = 0
    """An event of an axon that the network does not have."""
    NOT_ARMED = 1
    """A token of a sample came while no bundle was loaded: it was dropped."""


class HostPort(wiring.Component):
    """Between the host and the chains of a fabric.

    - ``host``, ``out``, ``status``, ``flags``, counters: as of ``rtl.fabric.fabric.Fabric``.
    - ``tokens``: to the first link of the chain; ``collected``: from the first collector.
    - ``clear``: high in the cycle of the first byte of a bundle; returns all cores to their state after reset.
    - ``statuses``: of the cores; once a bundle is right, the fabric is ``armed`` when all cores in use are.

    What is offered at ``out`` stays there, also if a bundle begins.
    """

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "host": In(stream.Signature(host_layout())),
                "out": Out(stream.Signature(out_layout(config))),
                "tokens": Out(stream.Signature(chain_layout(config))),
                "collected": In(stream.Signature(out_layout(config))),
                "statuses": In(data.ArrayLayout(8, config.nodes)),
                "clear": Out(1),
                "armed": Out(1),
                "status": Out(8),
                "flags": Out(len(FabricFlag)),
                **{name: Out(32) for name in FABRIC_COUNTERS},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loader = loader = BundleLoader(self._config)
        host, token = self.host, self.host.payload
        is_byte = token.kind == HostKind.BUNDLE
        take, settling = Signal(), Signal()
        outcome = Signal(FabricStatus)
        m.d.comb += [
            take.eq(host.valid & host.ready),
            loader.bytes.valid.eq(host.valid & is_byte),
            loader.bytes.payload.data.eq(token.data),
            loader.bytes.payload.last.eq(token.last),
            self.clear.eq(loader.begins),
            self.armed.eq(outcome == FabricStatus.ARMED),
            self.status.eq(outcome),
        ]
        with m.If(loader.begins):
            m.d.sync += [outcome.eq(FabricStatus.LOADING), settling.eq(0)]
        with m.Elif(loader.done):
            m.d.sync += [settling.eq(loader.outcome == FabricStatus.ARMED), outcome.eq(FabricStatus.LOADING)]
            with m.If(loader.outcome != FabricStatus.ARMED):
                m.d.sync += outcome.eq(loader.outcome)
        with m.Elif(settling):
            self._settle(m, loader, settling, outcome)
        self._tokens(m, loader, held=settling | loader.ending, take=take)
        self._output(m, loader, take=take)
        return m

    def _settle(self, m: Module, loader: BundleLoader, settling: Signal, outcome: Signal) -> None:
        """The bundle is right; wait for what each core in use says of its image."""
        used = [number < loader.cores for number in range(self._config.nodes)]
        armed = [status == Status.ARMED for status in self.statuses]
        open_ = [(status == Status.EMPTY) | (status == Status.LOADING) for status in self.statuses]
        refused = [use & ~(arm | wait) for use, arm, wait in zip(used, armed, open_, strict=True)]
        ready = [~use | arm for use, arm in zip(used, armed, strict=True)]
        with m.If(Cat(refused).any()):
            m.d.sync += [settling.eq(0), outcome.eq(FabricStatus.BAD_IMAGE)]
        with m.Elif(Cat(ready).all()):
            m.d.sync += [settling.eq(0), outcome.eq(FabricStatus.ARMED)]

    def _tokens(self, m: Module, loader: BundleLoader, *, held: Value, take: Signal) -> None:
        """Tokens of samples go to the chain of an armed fabric; else they are dropped, or ``held`` if that is near."""
        host, token = self.host, self.host.payload
        is_byte, is_event = token.kind == HostKind.BUNDLE, token.kind == HostKind.EVENT
        known = Signal()
        m.d.comb += [
            known.eq(~is_event | (token.data < loader.axons)),
            host.ready.eq(Mux(is_byte, loader.bytes.ready, ~held & (~self.armed | ~known | self.tokens.ready))),
        ]
        with m.If(self.armed & ~is_byte):
            m.d.comb += [
                self.tokens.valid.eq(host.valid & known),
                self.tokens.payload.kind.eq(
                    Mux(is_event, ChainKind.EVENT, Mux(token.kind == HostKind.EOS, ChainKind.EOS, ChainKind.END))
                ),
                self.tokens.payload.data.eq(token.data),
            ]
        with m.Else():
            m.d.comb += [
                self.tokens.valid.eq(loader.tokens.valid),
                self.tokens.payload.eq(loader.tokens.payload),
                loader.tokens.ready.eq(self.tokens.ready),
            ]
        dropped = take & ~is_byte & ~self.armed
        unknown = take & self.armed & ~known
        m.d.sync += [
            self.unknown_events.eq(self.unknown_events + unknown),
            self.dropped_tokens.eq(self.dropped_tokens + dropped),
            self.flags[FabricFlag.UNKNOWN_AXON].eq(self.flags[FabricFlag.UNKNOWN_AXON] | unknown),
            self.flags[FabricFlag.NOT_ARMED].eq(self.flags[FabricFlag.NOT_ARMED] | dropped),
        ]
        with m.If(loader.begins):
            m.d.sync += [self.unknown_events.eq(0), self.dropped_tokens.eq(0), self.flags.eq(0)]

    def _output(self, m: Module, loader: BundleLoader, *, take: Signal) -> None:
        """The output, and the cycles of samples: one ends with the END of the last core in use."""
        layout = out_layout(self._config)
        m.submodules.output = output = SyncFIFO(width=layout.size, depth=2)
        head = View(layout, output.r_data)
        ended = Signal(range(self._config.nodes + 1))
        sampling, ends, last = Signal(), Signal(), Signal()
        stale = Signal(2)  # tokens at the output that are older than the bundle
        begins = take & self.armed & (self.host.payload.kind != HostKind.BUNDLE)
        m.d.comb += [
            output.w_data.eq(self.collected.payload),
            output.w_en.eq(self.collected.valid & ~self.clear),
            self.collected.ready.eq(output.w_rdy),
            self.out.valid.eq(output.r_rdy),
            self.out.payload.eq(output.r_data),
            output.r_en.eq(self.out.ready),
            ends.eq(self.out.valid & self.out.ready & (head.kind == OutKind.END) & (stale == 0)),
            last.eq(ends & (ended + 1 == loader.cores)),
        ]
        with m.If(ends):
            m.d.sync += ended.eq(Mux(last, 0, ended + 1))
        with m.If(begins):
            m.d.sync += sampling.eq(1)
        with m.Elif(last):
            m.d.sync += sampling.eq(0)
        m.d.sync += [
            self.samples.eq(self.samples + last),
            self.cycles.eq(self.cycles + (sampling | begins)),
            self.stalls.eq(self.stalls + (self.out.valid & ~self.out.ready)),
        ]
        with m.If((stale != 0) & output.r_en):
            m.d.sync += stale.eq(stale - 1)
        with m.If(loader.begins):
            m.d.sync += [self.samples.eq(0), self.cycles.eq(0), self.stalls.eq(0), sampling.eq(0), ended.eq(0),
                         stale.eq(output.level - (output.r_rdy & output.r_en))]  # fmt: skip
