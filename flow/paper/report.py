# SPDX-License-Identifier: Apache-2.0
"""Everything that the tables show, measured; what is done is kept, so that a run that was stopped goes on."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from flow.paper.emulation import emulate
from flow.paper.logic import Build, Logic, synthesised
from flow.paper.networks import CORES, PaperNetwork, networks
from flow.paper.request import Accuracy, Request
from flow.paper.rows import COST_SAMPLES, build_config, costs, play, spread_over
from flow.run.recordings import Samples, load_samples
from flow.silicon.cache import Results, design_digest, model_digest
from flow.silicon.cost import CLOCK_MHZ
from flow.silicon.liberty import CellLibrary, read_cells
from flow.silicon.share import TOGGLES
from flow.synthesis.ecp5 import DEVICE
from model.batch import GoldenBatch
from model.config import CoreConfig
from model.delay.registry import DEFAULT
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.result import Result
from support.errors import InputError
from support.files import read_bytes
from support.listener import Listener

IMAGE = "network.chx"
"""A run's image, in its folder."""


class Paper:
    """Measures what is asked, row by row."""

    def __init__(self, request: Request, listener: Listener) -> None:
        """Raises InputError for a run that is missing or not finished."""
        self.request, self.listener = request, listener
        self.results = Results(request.work / "results")
        self.library: CellLibrary | None = read_cells(request.liberty) if request.liberty else None
        for network in networks():
            for seed in request.seeds:
                path = self.image(network, seed)
                if not path.is_file():
                    raise InputError(f"{path}: not there; `make paper` trains the networks of the tables first")
        self.data_hash = _sha256(read_bytes(request.data, "recordings"))
        self._last: tuple[str, Samples, Result] | None = None

    def image(self, network: PaperNetwork, seed: int) -> Path:
        """The image of a run."""
        return self.request.runs / f"{network.name}-s{seed}" / IMAGE

    def build(self) -> dict[str, Any]:
        """The content of paper.json. Raises InputError, BuildError, SimulationError."""
        accuracies = self._accuracies()
        loaded = {network.name: Image.load(self.image(network, self.request.seeds[0])) for network in networks()}
        logic = self._logic(loaded[networks()[0].name])
        self.listener.begin("rows", len(networks()) * len(CORES) * len(self.request.units))
        rows = [
            self._row(network, loaded[network.name], (cores, unit), accuracies[network.name], logic[cores, unit])
            for network in networks()
            for cores in CORES
            for unit in self.request.units
        ]
        self.listener.begin("emulated delays", len(networks()))
        emulated = [self._emulated(network, loaded[network.name]) for network in networks()]
        return {
            "seeds": list(self.request.seeds),
            "device": DEVICE if self.request.synthesis else None,
            "macros": self.request.table.name,
            "liberty": self.library.name if self.library else None,
            "toggles": TOGGLES,
            "leakage_clock_mhz": CLOCK_MHZ,
            "cost_samples": COST_SAMPLES,
            "rows": rows,
            "emulated": emulated,
        }

    def _accuracies(self) -> dict[str, list[dict[str, Any]]]:
        """For each network, what its runs came to on the whole test set."""
        self.listener.begin("accuracy", len(networks()) * len(self.request.seeds))
        found: dict[str, list[dict[str, Any]]] = {}
        for network in networks():
            found[network.name] = []
            for seed in self.request.seeds:
                path = self.image(network, seed)
                key = ("accuracy", model_digest(), _sha256(read_bytes(path, "image")), self.data_hash)
                make = partial(_accuracy, self.request.measure, path.parent)
                found[network.name].append(self.results.get(make, *key))
                self.listener.advance()
        return found

    def _logic(self, image: Image) -> dict[Build, Logic]:
        """Clock and logic of each build for the largest network."""
        wanted = [(cores, unit) for cores in CORES for unit in self.request.units]
        if not self.request.synthesis:
            return dict.fromkeys(wanted, Logic())
        builds = {(cores, unit): spread_over(image, cores) for cores, unit in wanted}
        raster = load_samples(self.request.data, image.network(), 1).rasters[0]
        return synthesised(builds, raster, self.library, self.request, self.listener)

    def _played(self, image: Image) -> tuple[Samples, Result]:
        """The recordings through the golden model; those of the last image are kept, which all its builds play."""
        mark = _sha256(image.to_bytes())
        if self._last is None or self._last[0] != mark:
            network = image.network()
            samples = load_samples(self.request.data, network, self.request.samples)
            self._last = mark, samples, GoldenBatch(network).run(samples.rasters)
        return self._last[1:]

    def _key(self, what: str, image: Image, *more: Any) -> tuple[Any, ...]:
        """All that decides what is measured of an image."""
        request = self.request
        return (what, model_digest(), design_digest(), _sha256(image.to_bytes()), self.data_hash, request.samples,
                request.table.model_dump(), *more)  # fmt: skip

    def _measured(self, loaded: Image | Bundle, config: CoreConfig | FabricConfig, samples: Samples,
                  golden: Result) -> dict[str, Any]:  # fmt: skip
        """A build in RTL, and its memories; fit for JSON."""
        cost = costs(loaded, config, samples, golden, self.request.table)
        played = play(loaded, config, samples, golden, jobs=self.request.jobs)
        return {"rtl": played, "costs": {**asdict(cost), "energy_uj": cost.energy_uj}}

    def _row(self, network: PaperNetwork, image: Image, build: Build, accuracies: list[dict[str, Any]],
             logic: Logic) -> dict[str, Any]:  # fmt: skip
        cores, unit = build

        def make() -> dict[str, Any]:
            loaded = spread_over(image, cores)
            return self._measured(loaded, build_config(loaded, unit), *self._played(image))

        value: dict[str, Any] = self.results.get(make, *self._key("row", image, cores, str(unit)))
        self.listener.advance()
        rtl, cost = value["rtl"], value["costs"]
        right = [each["accuracy"] for each in accuracies]
        logic_uj = logic.energy_uj(self.library, rtl["cycles_mean"])
        area = None if logic.area_um2 is None else logic.area_um2 + cost["memory_area_um2"]
        energy = None if logic_uj is None else cost["energy_uj"] + logic_uj
        return {
            "network": network.title,
            "cores": cores,
            "unit": str(unit),
            "accuracy": mean(right),
            "accuracy_std": stdev(right) if len(right) > 1 else 0.0,
            "accuracy_float": mean(each["accuracy_float"] for each in accuracies),
            "agreement": rtl["agreement"],
            "samples_rtl": rtl["samples"],
            "accuracy_rtl": rtl["accuracy_rtl"],
            "mismatches": rtl["mismatches"],
            "cycle_model_errors": rtl["cycle_model_errors"],
            "synapses": accuracies[0]["synapses"],
            "spikes": sum(accuracies[0]["spikes"]),
            "spikes_by_layer": accuracies[0]["spikes"],
            "cycles_mean": rtl["cycles_mean"],
            "cycles_max": rtl["cycles_max"],
            "clock_mhz": logic.clock_mhz,
            "fpga": logic.fpga,
            "latency_ms": logic.milliseconds(rtl["cycles_mean"]),
            "memory_bits": cost["memory_bits"],
            "area_um2": area,
            "energy_uj": energy,
            "memory": cost,
            "logic_um2": logic.area_um2,
            "logic_uj": logic_uj,
            "published": network.model_dump(exclude_none=True, exclude={"name", "title"}),
        }

    def _emulated(self, network: PaperNetwork, image: Image) -> dict[str, Any]:
        """Delays by events that the host sends again, through a core without a delay unit."""

        def make() -> dict[str, Any]:
            samples, golden = self._played(image)
            emulated = emulate(image.network())
            events = emulated.events(samples.rasters, golden.spikes)
            again = Samples(name=samples.name, rasters=events, classes=samples.classes, speakers=samples.speakers)
            result = GoldenBatch(emulated.network).run(events)
            if (result.spikes != golden.spikes).any():
                raise AssertionError("emulated delays give other spikes")
            lanes = image.geometry.lanes
            alone = compile_network(emulated.network, fit(emulated.network, lanes=lanes))
            config = alone.config(DEFAULT)  # with a single delay level, so none
            return {
                **self._measured(alone, config, again, result),
                "axons": emulated.network.axons,
                "host_events": float(events.sum() / len(events)),
                "input_events": float(samples.rasters.sum() / len(events)),
                "spikes": float(golden.spikes.sum() / len(events)),
            }

        value: dict[str, Any] = self.results.get(make, *self._key("emulated", image))
        self.listener.advance()
        rtl, cost = value["rtl"], value["costs"]
        return {
            "network": network.title,
            "samples_rtl": rtl["samples"],
            "mismatches": rtl["mismatches"],
            "cycles_mean": rtl["cycles_mean"],
            "axons": value["axons"],
            "host_events": value["host_events"],
            "input_events": value["input_events"],
            "spikes": value["spikes"],
            "memory_bits": cost["memory_bits"],
            "memory_uj": cost["energy_uj"],
        }


def _accuracy(measure: Callable[[Path], Accuracy], folder: Path) -> dict[str, Any]:
    result = measure(folder)
    return {
        "accuracy": result.accuracy,
        "accuracy_float": result.accuracy_float,
        "spikes": list(result.spikes),
        "synapses": result.synapses,
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
