# SPDX-License-Identifier: Apache-2.0
"""flow.paper.report: small runs through RTL, kept, and refused where they are missing."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from flow.paper import report as module
from flow.paper.networks import networks, units
from flow.paper.report import Paper
from flow.paper.request import Request
from flow.silicon.macros import load_table
from support.errors import InputError
from support.listener import Listener

IMAGE = Path("tables/synthetic_48_48_20.chx")
DATA = Path("data/synthetic_test.h5")


def request(folder: Path) -> Request:
    def measure(run: Path) -> SimpleNamespace:
        return SimpleNamespace(accuracy=0.9, accuracy_float=0.91, spikes=[3.0, 2.0], synapses=100)

    return Request(
        runs=folder / "runs", seeds=(0,), data=DATA, samples=2, units=units()[1:], synthesis=False, liberty=None,
        table=load_table(None), jobs=1, work=folder / "work", measure=measure,
    )  # fmt: skip


def test_a_run_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"hd_48_48_20-s0/network\.chx: not there; `make paper` trains"):
        Paper(request(tmp_path), Listener())


def test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One network on one core and on three, the delays emulated, with the project's image in place of a trained one."""
    first = networks()[:1]
    monkeypatch.setattr(module, "networks", lambda: first)
    folder = tmp_path / "runs" / f"{first[0].name}-s0"
    folder.mkdir(parents=True)
    shutil.copy(IMAGE, folder / "network.chx")
    content = Paper(request(tmp_path), Listener()).build()
    assert [(row["cores"], row["mismatches"], row["agreement"]) for row in content["rows"]] == [
        (1, 0, 1.0),
        (3, 0, 1.0),
    ]
    one, three = content["rows"]
    assert three["cycles_mean"] < one["cycles_mean"]
    assert one["memory"]["energy_uj"] > 0
    assert three["memory_bits"] > one["memory_bits"]
    [emulated] = content["emulated"]
    assert emulated["mismatches"] == 0
    assert emulated["host_events"] > emulated["input_events"]

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("played again")

    monkeypatch.setattr(module, "play", fail)
    assert Paper(request(tmp_path), Listener()).build() == content
