# SPDX-License-Identifier: Apache-2.0
"""The main job: what differs fails the run, and the report has the numbers of what was played."""

import io
import json
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from flow.run.outcomes import golden_outcomes
from flow.run.recordings import Samples, load_samples
from flow.run.report import ROWS, sim_report, sim_table
from flow.run.simulate import SimulatedUnit, ordered_events, save_traces, simulate
from model.batch import GoldenBatch
from model.config import DelayUnit, preset
from model.cost.cycles import CycleModel
from model.encoding import to_events, to_raster
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.result import Result
from tb.core.bench import EVENTS, CoreBench, Outcome
from tb.core.scoreboard import expected_counters
from tb.errors import SimulationError
from tests.flow.examples import small_image, small_network, write_recordings

KEYS = [
    "unit", "cores", "samples", "accuracy_golden", "accuracy_rtl", "spikes_compared", "mismatches", "cycles_mean",
    "cycles_max", "cycle_model_errors", "word_rate", "lane_fill", "delay_memory_bits", "image_bytes",
    "cycles_per_second", "recordings",
]  # fmt: skip


class FakeBench(CoreBench):
    """A bench that is right by construction, without a simulator, so that a test can make it wrong on purpose."""

    def __init__(self, image: Image) -> None:
        self.config, self.has_trace = image.config("ring"), False
        self.wrong: dict[int, dict[str, Any]] = {}
        """By number of played sample, in one thread: fields of the outcome that are replaced."""
        self.raises: Exception | None = None

    def play(
        self, image: Image, samples: Sequence[EVENTS], *, seed: int = 1, **options: Any
    ) -> Generator[Outcome, None, None]:
        network, cycles = image.network(), CycleModel(image, self.config)
        address = np.argsort(image.order)
        for index, events in enumerate(samples):
            if self.raises:
                raise self.raises
            result = GoldenBatch(network).run(to_raster(events, network.axons)[None])
            one = Result(**{name: getattr(result, name)[0] for name in Result.__dataclass_fields__})
            cost = cycles.sample(events, [address[np.flatnonzero(now)] for now in one.spikes])
            counters = {
                "cycles": cost.cycles,
                "synapse_cycles": cost.synapse_cycles,
                "synapse_words": cost.synapse_words,
                **expected_counters(network, self.config.slots, events, one),
            }
            right = Outcome(result=one, counters=counters, flags=(), cycles=cost.cycles + 5, trace=None)
            yield replace(right, **self.wrong.get(index, {}))


@pytest.fixture
def image() -> Image:
    return small_image()


@pytest.fixture
def samples(tmp_path: Path, image: Image) -> Samples:
    write_recordings(tmp_path / "synthetic_small.h5")
    return load_samples(tmp_path / "synthetic_small.h5", image.network())


@pytest.fixture
def golden(image: Image, samples: Samples) -> Result:
    return GoldenBatch(image.network()).run(samples.rasters)


def test_all_right(image: Image, samples: Samples, golden: Result) -> None:
    shown: list[int] = []
    run = simulate(FakeBench(image), image, samples, golden, jobs=3, progress=lambda: shown.append(1))
    assert run.failure is None
    assert [each.sample for each in run.checked] == list(range(6))
    assert len(shown) == 6


def test_report(image: Image, samples: Samples, golden: Result) -> None:
    run = simulate(FakeBench(image), image, samples, golden)
    report = asdict(sim_report("small.chx", samples, [run]))
    assert list(report) == ["dataset", "image", "input", "runs"]
    assert report["input"] == asdict(samples.counts())
    assert report["dataset"] == "synthetic speech (synthetic_small.h5)"
    assert report["image"] == "small.chx"
    record = report["runs"][0]
    assert list(record) == KEYS
    cycles = [each.outcome.counters["cycles"] for each in run.checked]
    words = sum(each.outcome.counters["synapse_words"] for each in run.checked)
    right = float(np.mean(golden.predicted == samples.classes))
    assert record == {
        "unit": "ring",
        "cores": 1,
        "samples": 6,
        "accuracy_golden": right,
        "accuracy_rtl": right,
        "spikes_compared": int(golden.spikes.sum()),
        "mismatches": 0,
        "cycles_mean": sum(cycles) / 6,
        "cycles_max": max(cycles),
        "cycle_model_errors": 0,
        "word_rate": words / sum(each.outcome.counters["synapse_cycles"] for each in run.checked),
        "lane_fill": sum(each.outcome.counters["synaptic_operations"] for each in run.checked) / (2 * words),
        "delay_memory_bits": 2 * 4 * 4 * 12,  # lanes, slots, accumulators a lane, bits
        "image_bytes": len(image.to_bytes()),
        "cycles_per_second": (sum(cycles) + 30) / run.seconds,
        "recordings": [
            {**asdict(each), "cycles": count}
            for each, count in zip(golden_outcomes(image.network(), samples, golden), cycles, strict=True)
        ],
    }
    assert json.loads(json.dumps(report)) == report


def test_table_has_every_number(image: Image, samples: Samples, golden: Result) -> None:
    report = sim_report("small.chx", samples, [simulate(FakeBench(image), image, samples, golden)])
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(sim_table(report))
    text = console.export_text()
    assert "small.chx on synthetic speech (synthetic_small.h5)" in text
    assert {key for _, key, _ in ROWS} == set(KEYS) - {"unit", "cores", "recordings"}
    for title, key, form in ROWS:
        line = next(line for line in text.splitlines() if title in line)
        assert form.format(getattr(report.runs[0], key)) in line


def spoilt(golden: Result, sample: int, **arrays: Any) -> Result:
    """What the golden model says of a sample, with some arrays replaced."""
    one = {name: getattr(golden, name)[sample] for name in Result.__dataclass_fields__}
    return Result(**{**one, **arrays})


def test_a_wrong_spike_ends_the_run(image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    spikes = golden.spikes[2].copy()
    spikes[5, 4] = not spikes[5, 4]
    bench.wrong[2] = {"result": spoilt(golden, 2, spikes=spikes)}
    run = simulate(bench, image, samples, golden)
    expected = int(golden.spikes[2, 5, 4])
    assert run.failure == f"ring: sample 2, step 5, neuron 4: spike is {1 - expected}, expected {expected}"
    assert [each.sample for each in run.checked] == [0, 1, 2]
    record = sim_report("small.chx", samples, [run]).runs[0]
    assert record.samples == 3
    assert record.mismatches == 1


def test_a_wrong_potential_ends_the_run(image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    potential = golden.potential[0] + np.array([0, 0, 0, 9, 0, 1])
    bench.wrong[0] = {"result": spoilt(golden, 0, potential=potential)}
    run = simulate(bench, image, samples, golden)
    assert run.failure == (
        f"ring: sample 0, step 10, neuron 3: final potential is {potential[3]}, expected {golden.potential[0, 3]}"
    )
    assert run.checked[0].mismatches == 2


def test_wrong_cycles_fail_the_run(image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    right = next(bench.play(image, [to_events(samples.rasters[0])])).counters
    bench.wrong[0] = {"counters": {**right, "cycles": right["cycles"] + 1}}
    run = simulate(bench, image, samples, golden)
    assert run.failure == (f"ring: sample 0: {right['cycles'] + 1} cycles, {right['cycles']} by the cycle model")
    assert sim_report("small.chx", samples, [run]).runs[0].cycle_model_errors == 1


@pytest.mark.parametrize("name", ["synaptic_operations", "input_events"])
def test_wrong_counts_fail_the_run(name: str, image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    right = next(bench.play(image, [to_events(samples.rasters[0])])).counters
    bench.wrong[0] = {"counters": {**right, name: right[name] + 2}}
    run = simulate(bench, image, samples, golden)
    what = name.replace("_", " ")
    assert run.failure == f"ring: sample 0: {right[name] + 2} {what}, {right[name]} by the golden model"
    assert sim_report("small.chx", samples, [run]).runs[0].mismatches == 1


def test_a_flag_fails_the_run(image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    counters = next(bench.play(image, [to_events(samples.rasters[1])])).counters
    # What a flag stands for explains what differs: it comes first.
    wrong = spoilt(golden, 1, spikes=~golden.spikes[1])
    for flags, said in (
        (("OVERFLOW",), "the queue overflowed: 123 events lost with a capacity of 34 (OVERFLOW)"),
        (("UNKNOWN_AXON",), "7 events of axons that the image does not have (UNKNOWN_AXON)"),
        (("TOO_LONG",), "more than the 20 steps that the image is for (TOO_LONG)"),
        (("BAD_TOKEN",), "a token of no kind on the event stream (BAD_TOKEN)"),
        (("FAILED_READ",), "9 reads of the image failed: a memory has errors (FAILED_READ)"),
        (("OVERFLOW", "BAD_TOKEN"), "the queue overflowed: 123 events lost with a capacity of 34 (OVERFLOW); "
                                    "a token of no kind on the event stream (BAD_TOKEN)"),
    ):  # fmt: skip
        seen = {**counters, "lost_events": 123, "unknown_events": 7, "failed_reads": 9}
        bench.wrong[1] = {"flags": flags, "counters": seen, "result": wrong}
        run = simulate(bench, replace(image, capacity=34, max_steps=20), samples, golden)
        assert run.failure == f"ring: sample 1: {said}"


@pytest.mark.parametrize("unit", [DelayUnit.SCDQ, DelayUnit.SCDQ1])
def test_a_queue_that_overflows_is_named(unit: DelayUnit, samples: Samples, golden: Result) -> None:
    """In the RTL, with a declared capacity of 1: spikes differ as well, which is not what is told."""
    small = compile_network(small_network(), preset("tiny"), capacity=1)
    run = simulate(CoreBench(small.config(unit), backend="native"), small, samples, golden)
    assert run.failure is not None
    assert re.fullmatch(
        rf"{unit}: sample 0: the queue overflowed: \d+ events lost with a capacity of 1 \(OVERFLOW\)", run.failure
    )
    assert run.checked[0].mismatches > 0


def test_an_error_of_the_simulator_goes_up(image: Image, samples: Samples, golden: Result) -> None:
    bench = FakeBench(image)
    bench.raises = SimulationError("phase 1: core: axon 2 fires twice in step 0")
    before = set(threading.enumerate())
    with pytest.raises(SimulationError, match="axon 2 fires twice"):
        simulate(bench, image, samples, golden, jobs=2)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=30)
    assert set(threading.enumerate()) <= before


def test_shuffled_events(samples: Samples) -> None:
    straight, shuffled = ordered_events(samples, None), ordered_events(samples, 1)
    assert all(np.all(np.diff(axons) > 0) for events in straight for axons in events)
    pairs = [(a, b) for one, other in zip(straight, shuffled, strict=True) for a, b in zip(one, other, strict=True)]
    assert all(np.array_equal(a, np.sort(b)) for a, b in pairs)
    assert any(not np.array_equal(a, b) for a, b in pairs)
    again = ordered_events(samples, 1)
    assert all(np.array_equal(a, b) for one, other in zip(shuffled, again, strict=True)
               for a, b in zip(one, other, strict=True))  # fmt: skip


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_the_rtl_itself(unit: DelayUnit, image: Image, samples: Samples, golden: Result, tmp_path: Path) -> None:
    """With Verilator, trace and shuffled events; then a golden model that is wrong on purpose is found out."""
    bench = CoreBench(image.config(unit), trace=True, backend="native")
    run = simulate(bench, image, samples, golden, jobs=2, seed=4)
    assert run.failure is None
    assert len(run.checked) == 6
    save_traces(run, tmp_path / "traces" / "run.csv")
    lines = (tmp_path / "traces" / "run.csv").read_text().splitlines()
    assert lines[0] == ("sample,step,neuron,current,potential_before,potential_clamped,potential_after,spike")
    assert len(lines) == 1 + 6 * 11 * 6
    spikes = sum(int(line.rsplit(",", 1)[1]) for line in lines[1:])
    assert spikes == golden.spikes.sum()

    other = golden.spikes.copy()
    other[3, 7, 2] = not other[3, 7, 2]
    failed: SimulatedUnit = simulate(bench, image, samples, replace(golden, spikes=other))
    assert failed.failure is not None
    assert failed.failure.startswith(f"{unit}: sample 3, step 7, neuron 2: spike is {int(golden.spikes[3, 7, 2])}, ")
