# SPDX-License-Identifier: Apache-2.0
"""Recordings become events as documented."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.encoding import Encoding, check_events, encode, snapped, to_events, to_raster
from support.errors import InputError


def encoding(**changes: object) -> Encoding:
    fields = {"units": 700, "axons": 70, "steps": 10, "step_seconds": 0.1, **changes}
    return Encoding(**fields)  # type: ignore[arg-type]


def fired(times: list[float], units: list[int], enc: Encoding) -> list[tuple[int, int]]:
    raster = encode(times, np.array(units, np.int64), enc)
    assert raster.shape == (enc.total_steps, enc.axons)
    return [(int(step), int(axon)) for step, axon in np.argwhere(raster)]


def test_steps_of_fixed_length() -> None:
    assert fired([0.0, 0.05, 0.1, 0.9999, 1.0, 3.0], [0, 9, 10, 699, 5, 5], encoding()) == [(0, 0), (1, 1), (9, 69)]


GRIDS = [(0.001, 1000), (0.0005, 2000), (0.01, 120), (0.014, 100), (1 / 24_000, 30_000), (0.1, 30), (1.0, 1000)]
"""Length of a step in seconds, and how many steps are tried."""
TYPES: tuple[Any, ...] = (np.float16, np.float32, np.float64)


def steps_of(times: NDArray[Any], enc: Encoding) -> list[int]:
    """The step of each spike, by itself; -1: it is after the last step."""
    raster = encode(times, np.arange(len(times)), replace(enc, units=len(times), axons=len(times)))
    return [int(each.argmax()) if each.any() else -1 for each in raster.T]


def tells(kind: Any, times: NDArray[Any], seconds: float) -> NDArray[np.float64]:
    """Which times a type of floats stores so well that steps of this length can be told apart."""
    stored: NDArray[np.float64] = times.astype(kind)
    return stored[np.spacing(stored).astype(np.float64) < seconds]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("seconds", "count"), GRIDS)
def test_times_on_the_grid_fall_in_their_step(seconds: float, count: int, kind: Any) -> None:
    """However they came about, and whatever they are stored in."""
    count = min(count, 3000)
    enc = encoding(steps=count, step_seconds=seconds)
    number = np.arange(count)
    for times in (number * seconds, np.cumsum(np.full(count, seconds)) - seconds, number / (1 / seconds)):
        stored = tells(kind, np.abs(times), seconds)
        assert len(stored) > 25
        assert steps_of(stored, enc) == number[: len(stored)].tolist()
        assert steps_of(stored.astype(np.float64), enc) == number[: len(stored)].tolist()


@pytest.mark.parametrize(("seconds", "count"), GRIDS)
def test_the_value_of_a_time_decides_not_its_type(seconds: float, count: int) -> None:
    random = np.random.default_rng(0)
    enc = encoding(steps=count, step_seconds=seconds)
    for kind in (np.float16, np.float32):
        times = random.uniform(0, 1.1 * min(count, 3000) * seconds, 500).astype(kind)
        for other in TYPES[TYPES.index(kind) :]:
            assert steps_of(times.astype(other), enc) == steps_of(times, enc)


def test_times_off_the_grid_are_rounded_down() -> None:
    random = np.random.default_rng(0)
    enc = encoding(steps=100, step_seconds=0.01)
    times = random.uniform(0, 1, 2000)
    assert steps_of(times, enc) == np.floor(times / 0.01).astype(int).tolist()
    assert fired([0.0299999, 0.03], [0, 0], enc) == [(2, 0), (3, 0)]
    # 0.0049999 is neither 5 steps up to rounding nor the float16 of that.
    assert steps_of(np.array([0.0049999, 0.005, float(np.float16(0.005))]), encoding(step_seconds=0.001)) == [4, 5, 5]


def test_the_end_of_the_last_step_is_after_it() -> None:
    enc = encoding(steps=3, step_seconds=0.1)
    end = 3 * 0.1
    assert steps_of(np.array([0.29999, np.nextafter(end, 0), np.float64(np.float32(0.3)), end, 1e300]), enc) == [
        2, -1, -1, -1, -1,
    ]  # fmt: skip
    assert fired([1.0, np.nextafter(0, 1)], [0, 0], encoding(step_seconds=5e-324)) == [(1, 0)]


@pytest.mark.parametrize("steps", [1, 3, 7, 64, 1000])
def test_grid_of_the_samples_own_duration(steps: int) -> None:
    random = np.random.default_rng(steps)
    enc = encoding(steps=steps, step_seconds=None)
    for duration in (1.0, 0.7, 1e-3, 2e5, *random.uniform(0, 3, 20)):
        times = np.append(np.arange(steps) * (duration / steps), duration)
        assert steps_of(times, enc) == [*range(steps), steps - 1]


@pytest.mark.parametrize("seconds", [*(seconds for seconds, _ in GRIDS), None])
def test_snapped_times_need_no_more_than_floor(seconds: float | None) -> None:
    """And snapping them again, or in another order, leaves them alone."""
    random = np.random.default_rng(1)
    for kind in TYPES:
        for count in (1, 2, 50, 2000):
            times = random.uniform(0, 1.2, count).astype(kind)
            if seconds:
                times = np.append(times, tells(kind, random.integers(0, 2000, count) * seconds, seconds))
            enc = encoding(steps=50, step_seconds=seconds)
            moved = snapped(times, enc)
            length = seconds or float(times.max()) / 50
            step = np.floor(moved / length)
            expected = np.where(step < 50, step, -1 if seconds else 49)
            assert steps_of(times, enc) == expected.astype(int).tolist()
            assert np.array_equal(snapped(moved, enc), moved)
            assert moved.max() == times.max() or seconds
            assert np.abs(moved - times).max() <= max(np.spacing(times.max()), 2.0**-23 * times.max())
    assert len(snapped([], encoding())) == 0
    assert snapped([0, 0], encoding(step_seconds=None)).tolist() == [0, 0]


def test_times_may_be_whole_seconds() -> None:
    assert fired([0, 2, 9], [0, 0, 0], encoding(step_seconds=1)) == [(0, 0), (2, 0), (9, 0)]


def test_steps_of_the_samples_own_duration() -> None:
    enc = encoding(step_seconds=None, steps=4)
    assert fired([0.0, 0.3, 0.5, 0.99, 1.0], [0, 10, 20, 30, 40], enc) == [(0, 0), (1, 1), (2, 2), (3, 3), (3, 4)]
    assert fired([0.2, 0.4], [0, 0], enc) == [(2, 0), (3, 0)]
    assert fired([0.0, 0.0], [0, 10], enc) == [(3, 0), (3, 1)], "the last spike falls in the last step"


def test_units_are_grouped_with_their_neighbours_and_binarised() -> None:
    enc = encoding(units=7, axons=3, steps=1, step_seconds=1.0)
    groups = [fired([0.0], [unit], enc)[0][1] for unit in range(7)]
    assert groups == [0, 0, 0, 1, 1, 2, 2]
    assert fired([0.0, 0.0, 0.1], [0, 1, 0], enc) == [(0, 0)]


def test_a_group_has_an_axon_for_each_count() -> None:
    enc = encoding(units=4, axons=6, counts=(1, 2, 4), steps=2, step_seconds=1.0)
    assert enc.groups == 2
    assert fired([0.0, 0.1, 0.2, 1.5], [0, 1, 1, 3], enc) == [(0, 0), (0, 2), (1, 1)], "three spikes, then one"
    assert fired([0.0] * 4, [2, 2, 3, 3], enc) == [(0, 1), (0, 3), (0, 5)]
    assert fired([], [], enc) == []


def test_drain_steps_follow_without_input() -> None:
    assert fired([0.95, 1.05], [0, 0], encoding(drain=5)) == [(9, 0)]
    assert encode([0.5], [0], encoding(drain=5)).shape == (15, 70)


def test_16_bit_times_are_promoted() -> None:
    """The public files hold 16-bit floats, of which quotients are off by whole steps in places."""
    times = np.arange(np.float16(0.99).view(np.uint16), dtype=np.uint16).view(np.float16)
    on_grid = np.isin(times, (np.arange(100) * 0.01).astype(np.float16))
    enc = encoding(steps=100, step_seconds=0.01)
    steps = [round(float(t) / 0.01) if on else int(float(t) / 0.01) for t, on in zip(times, on_grid, strict=True)]
    assert steps_of(times, enc) == steps
    assert (np.floor(times / 0.01) != steps).any(), "or this test shows nothing"


def test_order_of_spikes_does_not_matter_and_none_is_silence() -> None:
    rng = np.random.default_rng(0)
    times, units = rng.random(500), rng.integers(0, 700, 500)
    order = rng.permutation(500)
    for enc in (encoding(), encoding(step_seconds=None)):
        assert np.array_equal(encode(times, units, enc), encode(times[order], units[order], enc))
        assert not encode([], [], enc).any()


@pytest.mark.parametrize(
    ("times", "units", "reason"),
    [
        ([0.0, 0.1], [0], r"times and units must be of one length, not \(2,\) and \(1,\)"),
        ([0.0, 0.1], [0, 700], r"unit of spike 1 must be in 0\.\.699, not 700"),
        ([0.0], [-1], r"unit of spike 0 must be in 0\.\.699, not -1"),
        ([5.0], [700], r"unit of spike 0 must be in 0\.\.699, not 700"),
        ([0.0, -0.1], [0, 0], r"time of spike 1 must be finite and at least 0 seconds, not -0\.1"),
        ([float("nan")], [0], "time of spike 0 must be finite and at least 0 seconds, not nan"),
        ([0.0], [0.5], "units must be integers, not float64"),
    ],
)
def test_bad_recordings_are_refused(times: list[float], units: list[int], reason: str) -> None:
    for enc in (encoding(), encoding(step_seconds=None)):
        with pytest.raises(InputError, match=f"^recording: {reason}$"):
            encode(times, units, enc)


def test_rasters_and_events_are_the_same_thing() -> None:
    raster = np.random.default_rng(0).random((20, 9)) < 0.3
    events = to_events(raster)
    assert [row.tolist() for row in events][:2] == [
        np.flatnonzero(raster[0]).tolist(),
        np.flatnonzero(raster[1]).tolist(),
    ]
    assert np.array_equal(to_raster(events, 9), raster)
    assert np.array_equal(to_raster([[2, 0], [], (1,)], 3), [[1, 0, 1], [0, 0, 0], [0, 1, 0]])


def test_bad_rasters_and_events_are_refused() -> None:
    with pytest.raises(InputError, match=r"raster: expected shape \(steps, axons\), not \(3,\)"):
        to_events(np.zeros(3, np.bool_))
    with pytest.raises(InputError, match="raster: expected bool or integers, not float64"):
        to_events(np.zeros((3, 2)))
    with pytest.raises(InputError, match="expected 0 and 1 only, as a source fires at most once in a step, not 2"):
        to_events(np.full((3, 2), 2))
    with pytest.raises(InputError, match="step 1: axon 4 occurs 3 times, expected at most once"):
        to_raster([[4], [4, 0, 4, 4]], 5)
    with pytest.raises(InputError, match=r"step 0: no axon 5, expected 0\.\.4"):
        to_raster([[5]], 5)
    with pytest.raises(InputError, match=r"step 7: events must be a list of integers, not float64 of shape \(1,\)"):
        check_events([0.5], 5, 7)
