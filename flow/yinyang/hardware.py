# SPDX-License-Identifier: Apache-2.0
"""The networks of the Yin-Yang table on the core: as mapped, after training with it in the loop, and with mismatch."""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from flow.yinyang.memory import memory_use
from flow.yinyang.rows import Accuracy, OnHardware, RowSpec
from model.config import CoreConfig
from model.disturbances import LEAKS
from model.encoding import to_events
from model.image.image import Image
from model.imperfect.mismatch import Mismatch, on_device
from model.mapping.compiler import compile_network, fit
from model.network import Network
from support.errors import InputError
from support.files import kept_json
from tb.core.bench import CoreBench
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, Raster, Tuning, core_accuracy, golden, tune
from train.delgrad.run import Samples, load_run
from train.loop.checkpoint import FLOAT

GRID, TUNING = Grid(), Tuning()
"""Of the table."""
MISMATCH = Mismatch(sigma=0.05, names=("threshold", *LEAKS))
"""Of the devices: between the 3 % of thresholds that arXiv 2404.19165 trains for and the 10 % of all currents that is
usual for models of DYNAP-SE."""
CHIPS = 10
"""Devices with mismatch."""
CHIP_SAMPLES = 50
"""Samples of the test set that RTL plays on each of them."""
COST_SAMPLES = 50
"""Samples whose accesses to memory are counted."""
QUICK: dict[str, Any] = {"tuning": Tuning(epochs=1), "grid": Grid(steps=16, taps=4), "chips": 1}
"""Options of ``on_core`` in a quick run."""
SPARE = 8
"""Delay levels above those of a network, for networks that it becomes in training."""


def on_core(spec: RowSpec, folders: Sequence[Path], *, tuning: Tuning = TUNING, grid: Grid = GRID,
            mismatch: Mismatch = MISMATCH, chips: int = CHIPS) -> OnHardware:  # fmt: skip
    """A row's networks on the core, as they are after training with the golden model in the loop.

    Every sample of the test set is played in RTL as well. The networks that know of the core also go on ``chips``
    devices with mismatch. What was measured stays in files beside the runs. The networks of hardware-aware training are
    for other chips, and are not mapped.
    """
    if spec.noise == "hardware-aware":
        return OnHardware()
    rtl = Rtl()
    found = [_network(folder, tuning, grid, rtl) for folder in folders]
    each = [] if spec.noise != "core" else [
        _chip(folders[number % len(folders)], number, tuning, grid, mismatch, rtl) for number in range(chips)
    ]  # fmt: skip

    def of(name: str, from_: Sequence[dict[str, Any]] = found) -> Accuracy:
        return Accuracy.of([one[name] for one in from_])

    in_loop: dict[str, Any] = {
        "core": "golden model", **asdict(tuning), "steps": grid.steps, "taps": grid.taps,
        "accuracy_before": of("before"), "accuracy_golden": of("golden"), "accuracy_rtl": of("rtl"),
    }  # fmt: skip
    on_chips: dict[str, Any] = {
        "count": len(each), "mismatch": asdict(mismatch), "accuracy_before": of("before", each),
        "accuracy_golden": of("golden", each), "rtl_samples": CHIP_SAMPLES,
        "each": [{name: one[name] for name in ("before", "golden")} for one in each],
    } if each else {}  # fmt: skip
    return OnHardware(
        accuracy_golden=of("golden"), accuracy_rtl=of("rtl"), in_loop=in_loop, chips=on_chips or None,
        mismatches=sum(one["mismatches"] for one in (*found, *each)), memory=found[0]["memory"],
    )  # fmt: skip


def _mark(folder: Path, *options: Any) -> list[Any]:
    return [hashlib.sha256((folder / FLOAT).read_bytes()).hexdigest(), *map(asdict, options)]


def _network(folder: Path, tuning: Tuning, grid: Grid, rtl: "Rtl") -> dict[str, Any]:
    """A run's network on the test set: mapped in the golden model, tuned in golden model and RTL, and its memory."""

    def measure() -> dict[str, Any]:
        config, network = load_run(folder)
        samples = Samples("test", config)
        before, _ = core_accuracy(to_core(network, grid), samples, grid)
        core = to_core(tune(network, config, CoreForward(grid), tuning), grid, name=folder.name)
        found, spikes = core_accuracy(core, samples, grid, golden)
        in_rtl, seen = core_accuracy(core, samples, grid, rtl)
        events = grid.raster(samples.times[:COST_SAMPLES].double().numpy())
        return {
            "before": before, "golden": found, "rtl": in_rtl, "mismatches": int((seen != spikes).sum()),
            "memory": memory_use(core, events, spikes[:COST_SAMPLES]),
        }  # fmt: skip

    return kept_json(folder / "core.json", _mark(folder, tuning, grid), measure)


def _chip(folder: Path, number: int, tuning: Tuning, grid: Grid, mismatch: Mismatch, rtl: "Rtl") -> dict[str, Any]:  # noqa: PLR0917
    """A run's network on one device, before and after training with it in the loop; RTL plays some samples after."""

    def measure() -> dict[str, Any]:
        config, network = load_run(folder)
        samples = Samples("test", config)
        forward = CoreForward(grid, device=lambda core: on_device(core, mismatch, number))
        before, _ = core_accuracy(forward.network(network), samples, grid)
        core = forward.network(tune(network, config, forward, tuning))
        after, spikes = core_accuracy(core, samples, grid, golden)
        seen = rtl(core, grid.raster(samples.times[:CHIP_SAMPLES].double().numpy()))
        return {"before": before, "golden": after, "mismatches": int((seen != spikes[:CHIP_SAMPLES]).sum())}

    return kept_json(folder / f"chip-{number}.json", _mark(folder, tuning, grid, mismatch), measure)


class Rtl:
    """The core in RTL: a ``train.delgrad.core.loop.Core``.

    Its build has room for other weights and delays of the first network, so one that is trained is reloaded and the
    simulator is not built again.
    """

    def __init__(self) -> None:
        self._config: CoreConfig | None = None
        self._bench: CoreBench | None = None

    def __call__(self, network: Network, events: Raster) -> Raster:
        """Play samples (samples, steps, axons); their spikes, (samples, steps, neurons).

        Raises SimulationError, BuildError.
        """
        image = self._image(network)
        assert self._bench is not None
        with closing(self._bench.play(image, [to_events(each) for each in events])) as played:
            return np.stack([outcome.result.spikes for outcome in played])

    def _image(self, network: Network) -> Image:
        if self._config is not None:
            try:
                return compile_network(network, self._config)
            except InputError:
                pass  # another size: another build
        self._config = roomy(network)
        self._bench = CoreBench(self._config, backend="native", fast=True)
        return compile_network(network, self._config)


def roomy(network: Network) -> CoreConfig:
    """A build for networks of this size with any weights and delays, the longest a little longer than here."""
    least = fit(network)
    delays = least.delays + SPARE
    rows = least.sources * delays
    words = rows * -(-least.neurons // least.lanes)
    return replace(least, delays=delays, rows=rows, synapse_words=words, accumulator_bits=least.state_bits)
