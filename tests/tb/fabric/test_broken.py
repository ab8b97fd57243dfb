# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the fabric: the bench rejects each."""

from collections.abc import Callable

import numpy as np
import pytest
from amaranth.hdl import Module

from model.delay.registry import DelayUnit
from model.fabric.mapping import map_network
from rtl.fabric import node
from rtl.fabric.peers import Peers
from tb.core.bench import EVENTS
from tb.errors import SimulationError
from tb.fabric.bench import FabricBench
from tests.model.fabric.cases import samples
from tests.rtl.fabric.test_fabric import GEOMETRY, Mapped, build, check, layers, mapped


def _begins_early(peers: Peers, m: Module) -> None:
    m.d.comb += peers.may_begin.eq(1)


def _sends_early(peers: Peers, m: Module) -> None:
    m.d.comb += peers.may_send.eq(1)


def _one_half(peers: Peers, m: Module) -> None:
    m.d.comb += peers.half.eq(peers.parity)


def anywhere() -> Mapped:
    """Neurons that hear each other across cores."""
    return mapped(30, 3, 3, 0.4)


def pipeline() -> Mapped:
    """A small layer that could run ahead of a large one."""
    network = layers(2, 12)
    return Mapped(network, map_network(network, np.where(np.arange(24) < 2, 0, 1), nodes=3, geometry=GEOMETRY))


@pytest.mark.parametrize(
    ("fault", "made"), [(_begins_early, anywhere), (_sends_early, pipeline), (_one_half, anywhere)]
)
def test_the_bench_rejects(
    fault: Callable[[Peers, Module], None], made: Callable[[], Mapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Peers):
        def elaborate(self, platform: object) -> Module:
            m = super().elaborate(platform)
            fault(self, m)
            return m

    monkeypatch.setattr(node, "Peers", Broken)
    rig = FabricBench(build((DelayUnit.RING,) * 3), backend="amaranth")
    played: list[EVENTS] = [sample[:12] for sample in samples(30, made().network, (0.6, 1.0))]
    with pytest.raises((AssertionError, SimulationError)):
        check(rig, made(), played, exact=False)
