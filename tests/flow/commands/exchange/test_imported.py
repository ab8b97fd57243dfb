# SPDX-License-Identifier: Apache-2.0
"""What importing says while it goes on: each stage, on a terminal alone."""

import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from flow.commands.exchange.imported import Format, import_graph
from flow.exchange.agreement import agreement
from flow.exchange.discrete import Method
from flow.exchange.reading import read_graph
from flow.exchange.reference import FloatStepper
from flow.exchange.rounding import to_network
from flow.run.recordings import load_samples
from support.errors import InputError
from support.listener import Listener
from support.paths import ROOT

FILE = ROOT / "tests" / "flow" / "exchange" / "files" / "sinabs.nir"
"""Two populations."""


def raster(folder: Path, axons: int) -> Path:
    """Three samples, none of them labelled."""
    path = folder / "samples.npz"
    spikes = np.random.default_rng(0).random((3, 8, axons)) < 0.3
    sample, step, axon = np.nonzero(spikes)
    np.savez(path, sample=sample, step=step, axon=axon)
    return path


def test_each_population_and_each_sample_is_heard_of(tmp_path: Path) -> None:
    heard: list[tuple[str, int] | int] = []
    listener = Listener(begin=lambda name, count: heard.append((name, count)), advance=lambda: heard.append(1))
    graph = read_graph(FILE)
    made = to_network(graph, listener, dt=1e-3)
    populations = len(made.layers)
    assert populations > 1
    assert heard == [("unrolling", populations), *[1] * populations, ("rounding", populations), *[1] * populations]
    heard.clear()
    samples = load_samples(raster(tmp_path, made.network.axons), made.network, None)
    agreement(FloatStepper(graph, 1e-3, Method.EULER), made, samples, listener)
    assert heard == [("comparing", 3), 1, 1, 1]


def terminal(arguments: list[str]) -> tuple[str, int]:
    """What a command shows on a terminal, and its exit status."""
    here, there = pty.openpty()
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                found = os.read(here, 4096)
            except OSError:
                return
            if not found:
                return
            shown.extend(found)

    reader = Thread(target=read)
    reader.start()
    command = [str(Path(sys.executable).parent / "chronaxie"), *arguments]
    done = subprocess.run(command, stdout=there, stderr=there, check=False, timeout=120, cwd=ROOT,
                          env={**os.environ, "TERM": "xterm", "COLUMNS": "120"})  # fmt: skip
    os.close(there)
    reader.join()
    os.close(here)
    return shown.decode(), done.returncode


def test_a_terminal_shows_bars(tmp_path: Path) -> None:
    data = raster(tmp_path, to_network(read_graph(FILE), dt=1e-3).network.axons)
    shown, status = terminal(["nir", "import", str(FILE), "-o", str(tmp_path / "x.npz"), "--data", str(data)])
    assert status == 0
    for stage in ("reading", "unrolling", "rounding", "comparing"):
        assert stage in shown
    assert "3/3" in shown


def test_a_file_gets_no_bars(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kind = Format(
        read=read_graph,
        make=lambda graph, listener: to_network(graph, listener, dt=1e-3),
        stepper=lambda graph: FloatStepper(graph, 1e-3, Method.EULER),
        reference="float",
        settings={},
    )
    import_graph(kind, FILE, tmp_path / "x.npz", data=None, samples=None, json=None)
    assert capfd.readouterr().err == ""
    with pytest.raises(InputError, match=r"^.*sinabs\.nir: dt must be above 0"):
        import_graph(
            replace(kind, make=lambda graph, listener: to_network(graph, listener, dt=0.0)),
            FILE, tmp_path / "y.npz", data=None, samples=None, json=None,
        )  # fmt: skip
    assert not (tmp_path / "y.npz").exists()
