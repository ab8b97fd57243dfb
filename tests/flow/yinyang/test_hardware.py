# SPDX-License-Identifier: Apache-2.0
"""flow.yinyang.hardware: the RTL does what the golden model does, also in the loop and with mismatch."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flow.yinyang import hardware
from flow.yinyang.hardware import Rtl, on_core
from flow.yinyang.rows import RowSpec
from model.imperfect.mismatch import on_device
from tests.train.delgrad.examples import SMALL
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers, DelGradTraining
from train.delgrad.core.first_spikes import first_spikes
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, Tuning, golden
from train.delgrad.fit import Fit
from train.delgrad.run import train

GRID = Grid(steps=8, taps=2)


def test_rtl_and_golden_model_in_the_loop_give_the_same_network() -> None:
    """Two steps of training on few samples, each with another image in one and the same simulator, on a device that is
    off."""
    config = DelGradConfig(
        method="delgrad", name="x",
        network=DelGradLayers(hidden=(5,), delays=DelayKind.AXONAL, weight_mean=(1.5, 0.3), weight_spread=(1.6, 1.0)),
        training=DelGradTraining(epochs=1, batch=15),
    )  # fmt: skip
    networks = []
    for core in (golden, first_spikes, Rtl()):
        fit = Fit(
            config, forward=CoreForward(GRID, core, device=partial(on_device, mismatch=hardware.MISMATCH, device=2))
        )
        for samples in (fit.train, fit.validation):
            samples.times, samples.labels = samples.times[:30], samples.labels[:30]
        fit.run()
        networks.append(fit.network)
    for each in zip(*(network.parameters() for network in networks), strict=True):
        assert torch.equal(each[0], each[1])
        assert torch.equal(each[0], each[2])


def test_spikes() -> None:
    config = DelGradConfig(method="delgrad", name="x", network=DelGradLayers(hidden=(5,)))
    fit = Fit(config)
    network, events = to_core(fit.network, GRID), GRID.raster(fit.validation.times[:20].double().numpy())
    expected = golden(network, events)
    assert expected.any()
    assert np.array_equal(Rtl()(network, events), expected)


def test_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mapped, tuned, in RTL, on two devices; what is measured stays."""
    (tmp_path / "small.toml").write_text(SMALL)
    folder = train(tmp_path / "small.toml", run_folder=tmp_path / "run")
    # The golden model stands for the RTL, which the tests above compare.
    monkeypatch.setattr(hardware, "Rtl", lambda: golden)
    spec = RowSpec(network="4-30-3", delays="axonal", noise="core", file="small.toml")
    options: dict[str, Any] = {"tuning": Tuning(epochs=1, rate=1e-2), "grid": GRID, "chips": 2}
    row = on_core(spec, [folder], **options)
    assert row.accuracy_golden == row.accuracy_rtl
    assert row.accuracy_golden is not None
    assert row.in_loop is not None
    assert row.chips is not None
    assert row.memory is not None
    assert row.accuracy_golden.mean > row.in_loop["accuracy_before"].mean
    assert (row.mismatches, row.chips["count"], len(row.chips["each"])) == (0, 2, 2)
    assert row.chips["accuracy_golden"].min == min(each["golden"] for each in row.chips["each"])
    assert row.chips["each"][0] != row.chips["each"][1]
    monkeypatch.setattr(hardware, "tune", None)
    assert on_core(spec, [folder], **options) == row
    other = RowSpec(network="4-30-3", delays="axonal", noise="hardware-aware", file="small.toml")
    assert on_core(other, [folder]).accuracy_golden is None
