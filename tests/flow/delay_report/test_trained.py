# SPDX-License-Identifier: Apache-2.0
"""Trained networks through the units: what the project promises of the tables that come with it."""

from pathlib import Path

import numpy as np
import pytest

from flow.delay_report.trained import (
    Activity,
    assumed,
    built_memories,
    layer_image,
    layer_report,
    layers,
    network_report,
    played,
    unit_runs,
)
from flow.silicon.cache import Results
from flow.silicon.macros import load_table
from model.batch import GoldenBatch
from model.config import DelayUnit, preset
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import Network, Neurons, Readout
from model.random_network import random_network
from support.paths import ROOT
from tests.flow.examples import small_image, write_recordings

TABLES = sorted((ROOT / "tables").glob("*.chx"))
DATA = ROOT / "data" / "synthetic_test.h5"
DELAY_NETWORKS = [path for path in TABLES if "48_48_20" in path.name]


def activity_of(path: Path, samples: int) -> tuple[Image, Activity]:
    image = Image.load(path)
    return image, played(image, DATA, samples)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_word_rate(path: Path) -> None:
    """All but six cycles of a step's synapse phase issue a word, with every unit, and nothing is lost.

    That is 99 % where a step has some hundred words, as in all tables but the two that were pruned to few bytes.
    """
    image, activity = activity_of(path, 5)
    for run in unit_runs(image, activity).values():
        assert (1 - run.word_rate) * run.synapse_cycles <= 6 * run.steps
        assert run.word_rate >= (0.94 if "kb" in path.name else 0.99)
        assert run.lost == 0


@pytest.mark.parametrize("path", [path for path in TABLES if "22kb" in path.name], ids=lambda path: path.stem)
def test_lane_fill(path: Path) -> None:
    """At least 90 % of the entries of the fetched words hold a synapse, if the network was pruned for it."""
    image, activity = activity_of(path, 5)
    assert all(run.lane_fill >= 0.9 for run in unit_runs(image, activity).values())


def test_there_are_tables() -> None:
    assert DELAY_NETWORKS


@pytest.mark.parametrize("path", DELAY_NETWORKS[:1], ids=lambda path: path.stem)
def test_delay_memory_of_a_hidden_layer(path: Path, tmp_path: Path) -> None:
    """As Yosys counts it in the exported RTL: at most 3000 bits of history, and one queue where the SCDQ has two."""
    image, activity = activity_of(path, 3)
    report = layer_report(image.network(), activity, Results(tmp_path))
    assert [layer["sources"] for layer in report] == [48, 48]
    for layer in report:
        assert layer["levels"] == 30
        assert layer["delays"] == 59
        units = layer["units"]
        assert 48 * 50 < units["bitmap"]["built_bits"] <= 3000
        assert units["scdq1"]["built_bits"] <= 0.55 * units["scdq"]["built_bits"]
        assert units["scdq1"]["held_peak"] == units["scdq"]["held_peak"] > 0
        assert units["scdq1"]["used_bits"] <= 0.55 * units["scdq"]["used_bits"]
        assert units["ring"]["built_bits"] > units["bitmap"]["built_bits"]


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_a_layer_by_itself_has_its_rows_and_synapses(unit: DelayUnit) -> None:
    rng = np.random.default_rng(8)
    config = preset("odd", delay_unit=unit, queue_depth=150)
    network = compile_network(random_network(rng, config, density=0.3, full=True), config).network()
    found = layers(network)
    assert found
    for layer in found:
        mine = np.isin(network.source, layer + network.axons)
        part = layer_image(network, layer)
        assert part.synapses == mine.sum()
        assert np.array_equal(np.unique(part.row_level), np.unique(network.level[mine]))
        assert sum(each.bits for each in built_memories(part.config(unit))) > 0


def test_layers_are_told_by_distance() -> None:
    """0 and 1 behind the axon, 2 and 3 behind them; 4 is reached and has no synapse, 5 has no delay."""
    network = Network(
        axons=1,
        neurons=Neurons(count=6, state_bits=14),
        source=[0, 0, 1, 2, 3, 4, 3, 6],
        target=[0, 1, 2, 3, 4, 4, 5, 4],
        delay=[0, 0, 3, 2, 4, 2, 2, 1],
        weight=[1] * 8,
        readout=Readout(neurons=(4,)),
        max_steps=9,
    )
    assert [layer.tolist() for layer in layers(network)] == [[0, 1], [2, 3]]


def test_played_is_the_golden_model(tmp_path: Path) -> None:
    write_recordings(tmp_path / "synthetic_small.h5")
    image = small_image()
    activity = played(image, tmp_path / "synthetic_small.h5", 4)
    assert activity.text == "4 recordings of synthetic speech (synthetic_small.h5)"
    result = GoldenBatch(image.network()).run(np.stack(activity.events))
    assert np.array_equal(np.stack(activity.spikes), result.spikes)
    assert np.array_equal(activity.by_address(image)[0], result.spikes[0][:, image.order])
    assert activity.correct is not None
    assert 0 <= activity.correct <= 1
    core = GoldenCore(image.network())
    assert np.array_equal(core.run([np.flatnonzero(now) for now in activity.events[0]]).spikes, result.spikes[0])


def test_assumed_activity() -> None:
    image = small_image()
    activity = assumed(image, 0.25, samples=40)
    fired = np.concatenate([np.concatenate(activity.events), np.concatenate(activity.spikes)], axis=1)
    network = image.network()
    used = np.isin(np.arange(fired.shape[1]), network.source)
    assert fired[:, used].mean() == pytest.approx(0.25, abs=0.02)
    assert not fired[:, ~used].any()
    again = assumed(image, 0.25, samples=40)
    assert np.array_equal(np.concatenate(again.events), np.concatenate(activity.events))
    assert "25.0%" in activity.text


def test_a_report_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = small_image()
    activity = assumed(image, 0.3, samples=1)
    first = network_report(Path("small.chx"), image, activity, load_table(None), Results(tmp_path))
    assert set(first["units"]) == set(DelayUnit)
    for unit, each in first["units"].items():
        names = [memory["name"] for memory in each["memories"]]
        assert ("event queue" in names) == DelayUnit(unit).has_queues
        assert ("spike history" in names) == (unit == "bitmap")
    monkeypatch.setattr("flow.delay_report.trained.unit_runs", None)
    assert network_report(Path("small.chx"), image, activity, load_table(None), Results(tmp_path)) == first
