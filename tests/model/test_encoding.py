"""Recordings become events as documented."""

import numpy as np
import pytest

from model.encoding import Encoding, check_events, encode, to_events, to_raster
from model.errors import InputError


def encoding(**changes: object) -> Encoding:
    fields = {"units": 700, "axons": 70, "steps": 10, "step_seconds": 0.1, **changes}
    return Encoding(**fields)  # type: ignore[arg-type]


def fired(times: list[float], units: list[int], enc: Encoding) -> list[tuple[int, int]]:
    raster = encode(times, np.array(units, np.int64), enc)
    assert raster.shape == (enc.total_steps, enc.axons)
    return [(int(step), int(axon)) for step, axon in np.argwhere(raster)]


def test_steps_of_fixed_length() -> None:
    assert fired([0.0, 0.05, 0.1, 0.9999, 1.0, 3.0], [0, 9, 10, 699, 5, 5], encoding()) == [(0, 0), (1, 1), (9, 69)]


def test_a_time_just_below_the_end_stays_in_the_last_step() -> None:
    enc = encoding(steps=3, step_seconds=0.1)
    end = 3 * 0.1
    assert fired([np.nextafter(end, 0)], [0], enc) == [(2, 0)]
    assert fired([end], [0], enc) == []


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
    enc = encoding(units=len(times), axons=len(times), steps=100, step_seconds=0.01)
    raster = encode(times, np.arange(len(times)), enc)
    steps = [int(float(time) / 0.01) for time in times]
    assert raster.sum() == len(times)
    assert raster.argmax(0).tolist() == steps
    assert (np.floor(times / 0.01) != steps).any(), "or this test shows nothing"
    own = encode(times, np.arange(len(times)), encoding(units=len(times), axons=len(times), step_seconds=None))
    duration = float(times[-1])
    assert own.argmax(0).tolist() == [min(int(float(time) * 10 / duration), 9) for time in times]


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
