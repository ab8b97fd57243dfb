# SPDX-License-Identifier: Apache-2.0
"""Recordings through a simulated board: its RTL, and its netlist after synthesis."""

from typing import Any

import numpy as np
import pytest

from flow.board.gates import netlist
from flow.board.noise import NoisyPort
from flow.board.play import play
from flow.board.simulated import SimulatedPort
from flow.run.recordings import Samples
from model.batch import GoldenBatch
from tests.model.fabric.cases import case

CASE = case(3, cores=1, nodes=1)
CONFIG = CASE.bundle.config()


def samples(count: int, *, labels: bool = True) -> Samples:
    rng = np.random.default_rng(8)
    shape = (count, min(20, CASE.network.max_steps), CASE.network.axons)
    classes = np.zeros(count, np.int64) if labels else np.full(count, -1)
    return Samples(name="x", rasters=rng.random(shape) < 0.3, classes=classes, speakers=np.zeros(count, np.int64))


@pytest.mark.parametrize("errors", [0.0, 0.002])
def test_rtl(errors: float) -> None:
    with SimulatedPort(CONFIG) as port:
        run = play(NoisyPort(port, errors), CONFIG, CASE.bundle, samples(3))
    assert (run.samples, run.mismatches, run.first, run.flags) == (3, 0, None, ())
    assert run.accuracy_board == run.accuracy_golden
    assert run.cycles_mean > 0
    assert run.record()["line"]["sent"] == run.line.sent
    assert bool(run.line.resent + run.line.repeats) == bool(errors)


@pytest.mark.parametrize("errors", [0.0, 0.002])
def test_gates(errors: float) -> None:
    """The same on look-up tables, carry chains, block RAM and multipliers of an ECP5."""
    files = netlist(CONFIG)
    assert all(cell in files["gates.v"] for cell in ("LUT4 #(", "DP16KD #(", "TRELLIS_FF #(", '"OUTREG"'))
    with SimulatedPort(CONFIG, netlist=files) as port:
        run = play(NoisyPort(port, errors), CONFIG, CASE.bundle, samples(2))
    assert (run.mismatches, run.flags) == (0, ())


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden model that is wrong in one spike."""
    right = GoldenBatch.run

    def wrong(self: GoldenBatch, rasters: Any) -> Any:
        result = right(self, rasters)
        result.spikes[1, 4, 2] ^= True
        return result

    monkeypatch.setattr(GoldenBatch, "run", wrong)
    with SimulatedPort(CONFIG) as port:
        run = play(port, CONFIG, CASE.bundle, samples(2, labels=False))
    assert run.mismatches == 1
    assert str(run.first).startswith("sample 1, step 4, neuron 2: spike is ")
    assert (run.accuracy_golden, run.accuracy_board) == (None, None)
