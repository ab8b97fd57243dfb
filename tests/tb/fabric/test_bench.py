# SPDX-License-Identifier: Apache-2.0
"""The bench of the fabric: what it makes of outputs that no fabric should give."""

from collections import defaultdict

import numpy as np
import pytest

from model.fabric.bundle import Bundle
from rtl.fabric.host_port import FabricFlag
from rtl.fabric.layouts import OutKind
from support.errors import InputError
from tb.errors import SimulationError
from tb.fabric.bench import FabricBench
from tb.player.phase import PhaseResult
from tests.model.fabric.cases import case


@pytest.fixture
def bundle() -> Bundle:
    return case(3, cores=2, nodes=2).bundle


@pytest.fixture
def bench(bundle: Bundle) -> FabricBench:
    return FabricBench(bundle.config(), backend="amaranth")


Tokens = list[tuple[int, OutKind, int]]
"""Core, kind and neuron of each token."""


def right(bundle: Bundle) -> Tokens:
    """A sample of one step without a spike."""
    eos: Tokens = [(core, OutKind.EOS, 0) for core in range(2)]
    for core, image in enumerate(bundle.images):
        eos += [(core, OutKind.READOUT, neuron) for neuron in range(image.neurons_used)]
        eos.append((core, OutKind.END, 0))
    return eos


def phase(bench: FabricBench, tokens: Tokens, **values: int) -> PhaseResult:
    packed = [
        bench.player.pack("out", {"kind": kind, "core": core, "neuron": neuron, "potential": 0, "potential_sum": 0})
        for core, kind, neuron in tokens
    ]
    return PhaseResult(outputs={"out": packed}, at={}, values=defaultdict(int, values), start=0, cycles=9)


def test_spikes_and_flags(bundle: Bundle, bench: FabricBench) -> None:
    """By the network's numbers; flags of cores with the number of the core."""
    tokens = [(1, OutKind.EVENT, 1), *right(bundle)]
    seen = bench.outcome(bundle, [np.array([0])], phase(bench, tokens, flags=1, nodes__1__flags=1), defaultdict(int))
    assert np.flatnonzero(seen.result.spikes[0]).tolist() == [bundle.neurons(1)[1]]
    assert seen.flags == (FabricFlag.UNKNOWN_AXON.name, "core 1: OVERFLOW")
    assert seen.cycles == 9


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ([(0, OutKind.EOS, 0)], "core 0: 2 ends of step and 1 of sample, expected 1 and 1"),
        ([(1, OutKind.END, 0)], "core 1: 1 ends of step and 2 of sample, expected 1 and 1"),
        ([(0, OutKind.READOUT, 0)], r"core 0: read-outs of neurons \[0, 0, "),
        ([(0, OutKind.EVENT, 7)], "core 0: spike of neuron address 7, it has 5"),
        ([(0, OutKind.EVENT, 0)] * 2, "core 0: a neuron is reported twice in a step"),
    ],
)
def test_outputs_that_cannot_be(bundle: Bundle, bench: FabricBench, extra: Tokens, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        bench.outcome(bundle, [np.array([0])], phase(bench, [*extra, *right(bundle)]), defaultdict(int))


def test_an_axon_twice_in_a_step_is_not_streamed(bundle: Bundle, bench: FabricBench) -> None:
    with pytest.raises(InputError, match="sample 1: "):
        next(bench.play(bundle, [[np.array([0])], [np.array([2, 2])]]))
