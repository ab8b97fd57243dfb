# SPDX-License-Identifier: Apache-2.0
"""A difference between core and golden model is found, wherever it is, and named."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model.batch import GoldenBatch
from model.config import preset
from model.encoding import to_events
from model.golden import GoldenCore
from model.random_network import random_raster
from model.result import Result
from rtl.layouts import trace_layout
from tb.core.scoreboard import TRACED, golden_trace, mismatches, pick, trace_mismatches
from tests.flow.examples import small_network


@pytest.fixture
def golden() -> Result:
    network = small_network()
    rng = np.random.default_rng(5)
    return GoldenBatch(network).run(np.stack([random_raster(rng, network, 11, 0.3) for _ in range(3)]))


def changed(result: Result, name: str, place: Any, value: int) -> Result:
    array = getattr(result, name).copy()
    array[place] = value
    return replace(result, **{name: array})


def test_pick_is_the_sample(golden: Result) -> None:
    one = pick(golden, 2)
    for name in Result.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(golden, name)[2])


def test_equal_results(golden: Result) -> None:
    assert not list(mismatches(0, pick(golden, 0), pick(golden, 0)))


def test_a_wrong_spike_comes_first(golden: Result) -> None:
    right = pick(golden, 1)
    spike = int(right.spikes[4, 3])
    seen = changed(changed(right, "spikes", (4, 3), not spike), "potential", 2, 77)
    found = list(map(str, mismatches(1, right, seen)))
    assert found == [
        f"sample 1, step 4, neuron 3: spike is {int(not spike)}, expected {spike}",
        f"sample 1, step 10, neuron 2: final potential is 77, expected {right.potential[2]}",
    ]


def test_a_wrong_potential_sum(golden: Result) -> None:
    right = pick(golden, 0)
    expected = int(right.potential_sum[5])
    found = list(map(str, mismatches(9, right, changed(right, "potential_sum", 5, expected - 1))))
    assert found == [f"sample 9, step 10, neuron 5: final potential sum is {expected - 1}, expected {expected}"]


def test_trace() -> None:
    network = small_network()
    events = to_events(random_raster(np.random.default_rng(1), network, 6, 0.3))
    golden = golden_trace(network, events)
    assert {name: len(values) for name, values in golden.items()} == dict.fromkeys(golden, 36)
    core = GoldenCore(network)
    last = [core.step(axons) for axons in events][-1]
    assert np.array_equal(golden["potential_after"][-6:], last.potential_after)

    order = np.random.default_rng(2).permutation(36)
    assert not list(trace_mismatches(0, golden, {name: values[order] for name, values in golden.items()}))
    wrong = {name: values.copy() for name, values in golden.items()}
    wrong["current"][6 * 2 + 5] += 3
    expected = golden["current"][6 * 2 + 5]
    assert list(map(str, trace_mismatches(8, golden, wrong))) == [
        f"sample 8, step 2, neuron 5: traced current is {expected + 3}, expected {expected}"
    ]


def test_the_golden_trace_has_every_field_of_a_record() -> None:
    """A field that only one of them has would be compared with nothing."""
    golden = golden_trace(small_network(), [np.array([0])])
    assert list(golden) == [name for name, _ in trace_layout(preset("tiny"))]


def test_trace_without_a_record() -> None:
    network = small_network()
    golden = golden_trace(network, [np.array([0, 2]), np.array([], np.int64)])
    seen = {name: np.delete(values, 7) for name, values in golden.items()}
    assert list(map(str, trace_mismatches(0, golden, seen))) == [
        "sample 0, step 1, neuron 1: number of trace records is 0, expected 1"
    ]
    twice = {name: np.append(values, values[7]) for name, values in golden.items()}
    assert list(map(str, trace_mismatches(0, golden, twice))) == [
        "sample 0, step 1, neuron 1: number of trace records is 2, expected 1"
    ]


def test_a_sample_of_no_steps_has_a_trace_of_no_records() -> None:
    trace = golden_trace(small_network(), [])
    assert tuple(trace) == TRACED
    assert all(len(values) == 0 for values in trace.values())
    assert list(trace_mismatches(0, trace, trace)) == []
