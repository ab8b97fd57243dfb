# SPDX-License-Identifier: Apache-2.0
"""The networks of the Yin-Yang table on the core: as they are mapped, and after training with it in the loop."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from flow.yinyang.rows import Accuracy, OnHardware, RowSpec
from model.config import CoreConfig
from model.encoding import to_events
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import Network
from support.errors import InputError
from support.files import write_atomic
from tb.core.bench import CoreBench
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, Raster, core_accuracy, golden, tune
from train.delgrad.run import Samples, load_run
from train.loop.checkpoint import FLOAT

GRID = Grid()
"""Of the table."""
EPOCHS = 4
"""Of tuning in the loop."""
CORE = "core.json"
"""What a run's network does on the core, in its folder."""
QUICK: dict[str, Any] = {"epochs": 1, "grid": Grid(steps=16, taps=4)}
"""Options of ``on_core`` in a quick run."""
SPARE = 8
"""Delay levels above those of a network, for networks that it becomes in training."""


def on_core(spec: RowSpec, folders: Sequence[Path], *, epochs: int = EPOCHS, grid: Grid = GRID) -> OnHardware:
    """A row's networks on the core: as they are mapped, and after some epochs with the golden model in the loop.

    Every sample of the test set is played in RTL as well. What was measured stays in core.json of a run's folder. The
    networks of hardware-aware training are for other chips, and are not mapped.
    """
    if spec.noise == "hardware-aware":
        return OnHardware()
    rtl = Rtl()
    found = [_measured(folder, epochs, grid, rtl) for folder in folders]

    def of(name: str) -> Accuracy:
        return Accuracy.of([each[name] for each in found])

    in_loop: dict[str, Any] = {
        "core": "golden model",
        "epochs": epochs,
        "accuracy_golden": of("tuned_golden"),
        "accuracy_rtl": of("tuned_rtl"),
        "steps": grid.steps,
        "taps": grid.taps,
    }
    return OnHardware(
        accuracy_golden=of("mapped_golden"), accuracy_rtl=of("mapped_rtl"), in_loop=in_loop,
        mismatches=sum(each["mismatches"] for each in found),
    )  # fmt: skip


def _measured(folder: Path, epochs: int, grid: Grid, rtl: "Rtl") -> dict[str, Any]:
    """Accuracy of a run's network on the test set, mapped and tuned, in golden model and RTL; kept."""
    path = folder / CORE
    mark = [hashlib.sha256((folder / FLOAT).read_bytes()).hexdigest(), epochs, asdict(grid)]
    try:
        known: dict[str, Any] = json.loads(path.read_text())
        if known["of"] == mark:
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass
    config, network = load_run(folder)
    samples = Samples("test", config)
    found: dict[str, Any] = {"of": mark, "mismatches": 0}
    tuned = tune(network, config, CoreForward(grid), epochs=epochs)
    for name, chosen in (("mapped", network), ("tuned", tuned)):
        core = to_core(chosen, grid, name=folder.name)
        found[f"{name}_golden"], spikes = core_accuracy(core, samples, grid, golden)
        found[f"{name}_rtl"], seen = core_accuracy(core, samples, grid, rtl)
        found["mismatches"] += int((seen != spikes).sum())
    write_atomic(path, (json.dumps(found, indent=2) + "\n").encode())
    return found


class Rtl:
    """The core in RTL: a ``train.delgrad.core.loop.Core``.

    Its build has room for other weights and delays of the first network, so one that is trained is reloaded and the
    simulator is not built again.
    """

    def __init__(self) -> None:
        self._config: CoreConfig | None = None

    def __call__(self, network: Network, events: Raster) -> Raster:
        """Play samples (samples, steps, axons); their spikes, (samples, steps, neurons).

        Raises SimulationError, BuildError.
        """
        image = self._image(network)
        assert self._config is not None
        bench = CoreBench(self._config, backend="native", fast=True)
        with closing(bench.play(image, [to_events(each) for each in events])) as played:
            return np.stack([outcome.result.spikes for outcome in played])

    def _image(self, network: Network) -> Image:
        if self._config is not None:
            try:
                return compile_network(network, self._config)
            except InputError:
                pass  # another size: another build
        self._config = roomy(network)
        return compile_network(network, self._config)


def roomy(network: Network) -> CoreConfig:
    """A build for networks of this size with any weights and delays, the longest a little longer than here."""
    least = fit(network)
    delays = least.delays + SPARE
    rows = least.sources * delays
    words = rows * -(-least.neurons // least.lanes)
    return replace(least, delays=delays, rows=rows, synapse_words=words, accumulator_bits=least.state_bits)
