# SPDX-License-Identifier: Apache-2.0
"""The fabric: cores on a ring, behind one stream in and one stream out."""

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.chain import ChainLink
from rtl.fabric.host_port import FABRIC_COUNTERS, FabricFlag, HostPort
from rtl.fabric.layouts import host_layout, out_layout
from rtl.fabric.node import Node, StatusSignature


class Fabric(wiring.Component):
    """Cores on a ring; docs/multicore.md describes it.

    - ``host``: events of the network's axons, EOS, END, and the bytes of bundles. Tokens of samples are held
      while cores are being made ready, and dropped, counted and flagged while no bundle is loaded.
    - ``out``: spikes, EOS, read-outs and END of every core, with the number of the core; those of one core in order.
    - ``status``: a ``model.fabric.status.FabricStatus``. ``flags`` (``FabricFlag``) and the counters
      (``FABRIC_COUNTERS``) count from the first byte of the last bundle.
    - ``nodes``: status, flags and counters of each core.

    ``simulation`` adds what only a simulation affords, as in ``rtl.core.neurocore.Core``.
    """

    def __init__(self, config: FabricConfig, *, simulation: bool = False) -> None:
        self._config, self._simulation = config, simulation
        super().__init__(
            {
                "host": In(stream.Signature(host_layout())),
                "out": Out(stream.Signature(out_layout(config))),
                "status": Out(8),
                "flags": Out(len(FabricFlag)),
                **{name: Out(32) for name in FABRIC_COUNTERS},
                "nodes": Out(StatusSignature()).array(config.nodes),
            }
        )

    @property
    def config(self) -> FabricConfig:
        """The build."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.port = port = HostPort(config)
        nodes = [Node(config, number, simulation=self._simulation) for number in range(config.nodes)]
        links = [ChainLink(config, last=number == config.nodes - 1) for number in range(config.nodes)]
        for number, (node, link) in enumerate(zip(nodes, links, strict=True)):
            m.submodules[f"node_{number}"] = ResetInserter(port.clear)(node)
            m.submodules[f"link_{number}"] = ResetInserter(port.clear)(link)
            wiring.connect(m, nodes[number - 1].ring_out, node.ring_in)
            wiring.connect(m, link.node, node.tokens)
            wiring.connect(m, port.tokens if number == 0 else links[number - 1].after, link.before)
            wiring.connect(m, node.out, port.collected if number == 0 else nodes[number - 1].behind)
            wiring.connect(m, node.state, wiring.flipped(self.nodes[number]))
            m.d.comb += [node.run.eq(port.armed), port.statuses[number].eq(node.state.status)]
        wiring.connect(m, wiring.flipped(self.host), port.host)
        wiring.connect(m, wiring.flipped(self.out), port.out)
        m.d.comb += [
            self.status.eq(port.status),
            self.flags.eq(port.flags),
            *(getattr(self, name).eq(getattr(port, name)) for name in FABRIC_COUNTERS),
        ]
        return m
