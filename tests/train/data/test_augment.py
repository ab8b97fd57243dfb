# SPDX-License-Identifier: Apache-2.0
"""train.data.augment: ranges, what no change leaves alone, losses, jitter, blends."""

from typing import Any

import numpy as np
import pytest

from model.encoding import Encoding, Raster, encode, snapped, thermometer
from train.config.data import AugmentConfig
from train.data.augment import KNOTS, Recording, draw_change, place, place_blend

UNITS = 700
FINE = Encoding(units=UNITS, axons=UNITS, steps=2000, step_seconds=0.0005, drain=0)
"""Steps and axons so fine that events tell time and unit."""


def recording(times: Any, units: Any) -> Recording:
    return np.asarray(times, np.float64), np.asarray(units, np.uint16)


def placed(one: Any, random: np.random.Generator, ranges: dict[str, float] | None = None,
           encoding: Encoding = FINE) -> Raster:  # fmt: skip
    """The events of a recording after a change in the ranges."""
    config = AugmentConfig.model_validate(ranges or {})
    spikes = np.zeros((encoding.total_steps, encoding.groups), np.uint8)
    ready = snapped(one[0], encoding), one[1]
    place(spikes, ready, draw_change(encoding, config, random), encoding=encoding, config=config, random=random)
    return thermometer(spikes, encoding)


def where(events: Raster) -> tuple[float, float]:
    """Mean time in seconds and mean unit of the events."""
    step, axon = np.nonzero(events)
    return float(step.mean() + 0.5) * 0.0005, float(axon.mean())


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding(units=UNITS, axons=70, steps=9, step_seconds=0.01, drain=3),
        Encoding(units=UNITS, axons=70, steps=9, step_seconds=None, drain=3),
        Encoding(units=UNITS, axons=UNITS, steps=64, step_seconds=0.014, drain=2),
        Encoding(units=UNITS, axons=210, steps=9, step_seconds=0.01, drain=3, counts=(1, 2, 3)),
    ],
    ids=["steps", "parts", "axons", "counts"],
)
def test_without_change_events_are_the_encoding(encoding: Encoding) -> None:
    random = np.random.default_rng(1)
    cases = [recording(random.uniform(0, 0.12, n), random.integers(0, UNITS, n)) for n in (0, 1, 5, 800)]
    for one in [*cases, recording([0, 0], [3, 699]), recording([0.09, 0.0899999], [0, 1])]:
        assert np.array_equal(placed(one, random, encoding=encoding), encode(*one, encoding))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("seconds", [0.001, 0.0005, 0.01, 1 / 24_000, 0.014, None])
def test_without_change_events_are_the_encoding_whatever_the_times(seconds: float | None, kind: Any) -> None:
    random = np.random.default_rng(2)
    for steps in (1, 7, 100, 1000):
        encoding = Encoding(units=UNITS, axons=UNITS, steps=steps, step_seconds=seconds)
        grid = random.integers(0, steps + 2, 300) * (seconds or 1.37 / steps)
        for times in (random.uniform(0, 1.2, 300), grid, np.append(grid, random.uniform(0, 0.5, 300)), np.zeros(2)):
            one = times.astype(kind), random.integers(0, UNITS, len(times)).astype(np.uint16)
            assert np.array_equal(placed(one, random, encoding=encoding), encode(*one, encoding))


@pytest.mark.parametrize(
    ("change", "largest"),
    [
        ("channel_warp", 30.0),
        ("time_warp", 0.02),
        ("channel_shift", 30.0),
        ("time_shift", 0.02),
        ("channel_stretch", 0.1),
        ("time_stretch", 0.2),
    ],
)
def test_a_change_stays_in_its_range_and_uses_it(change: str, largest: float) -> None:
    random = np.random.default_rng(0)
    # A warp is largest at a knot.
    time, unit = (0.2, 466) if change.endswith("warp") else (0.05, 500)
    found = []
    for _ in range(200):
        t, u = where(placed(recording([time], [unit]), random, {change: largest}))
        found.append({
            "channel_shift": u - 500, "channel_warp": u - 466, "channel_stretch": (u - 349.5) / 150.5 - 1,
            "time_warp": t - 0.2, "time_shift": t - 0.05, "time_stretch": t / 0.05 - 1,
        }[change])  # fmt: skip
    slack = {"channel_stretch": 0.5 / 150, "time_stretch": 0.0005 / 0.05}.get(change, 0.0005)
    assert -largest - slack <= min(found) < -0.9 * largest
    assert 0.9 * largest < max(found) <= largest + slack


def test_what_leaves_the_window_is_lost() -> None:
    random = np.random.default_rng(0)
    everything = recording(np.linspace(0, 0.1, 2 * UNITS), np.tile(np.arange(UNITS), 2))
    kept = [int(placed(everything, random, {"channel_shift": 300, "time_shift": 0.2}).sum()) for _ in range(50)]
    assert min(kept) < 700
    assert max(kept) < 1400


def test_event_dropout_reaches_its_largest_rate() -> None:
    random = np.random.default_rng(0)
    one = recording(np.full(UNITS, 0.1), np.arange(UNITS))
    kept = [int(placed(one, random, {"event_dropout": 0.6}).sum()) for _ in range(300)]
    assert 0.35 * UNITS < min(kept) < 0.45 * UNITS
    assert 0.98 * UNITS < max(kept) <= UNITS


@pytest.mark.parametrize(("jitter", "width"), [("time_jitter", 0.01), ("channel_jitter", 20.0)])
def test_jitter_moves_each_spike_by_itself(jitter: str, width: float) -> None:
    random = np.random.default_rng(0)
    if jitter == "time_jitter":
        events = placed(recording(np.full(UNITS, 0.5), np.arange(UNITS)), random, {jitter: width})
        step, _ = np.nonzero(events)
        moved = (step + 0.5) * 0.0005 - 0.5
    else:
        events = placed(recording((np.arange(500) + 0.5) * 0.0005, np.full(500, 350)), random, {jitter: width})
        _, axon = np.nonzero(events)
        moved = axon - 350.0
    assert len(moved) == events.sum() >= 500
    assert abs(moved.mean()) < 0.15 * width
    assert 0.9 * width < moved.std() < 1.1 * width


def test_jitter_beyond_the_units_is_lost() -> None:
    random = np.random.default_rng(0)
    one = recording((np.arange(1000) + 0.5) * 0.0005, np.zeros(1000))
    assert 400 < placed(one, random, {"channel_jitter": 30.0}).sum() < 600


def test_a_blend_has_half_of_each_at_the_centre_of_the_first() -> None:
    random = np.random.default_rng(0)
    config = AugmentConfig()
    first = recording((np.arange(1000) + 0.5) * 0.0005, np.full(1000, 100))
    second = recording(first[0], np.repeat([400, 420], 500))
    events = np.zeros((2000, UNITS), np.uint8)
    change = draw_change(FINE, config, random)
    place_blend(events, first, second, change, encoding=FINE, config=config, random=random)
    steps, axons = np.nonzero(events)
    assert set(axons) == {90, 100, 110}
    assert 440 < (axons == 100).sum() < 560
    assert 440 < (axons != 100).sum() < 560
    assert (axons[steps >= 500] != 90).all()


def test_a_blend_with_an_empty_recording() -> None:
    random = np.random.default_rng(0)
    config = AugmentConfig()
    events = np.zeros((2000, UNITS), np.uint8)
    change = draw_change(FINE, config, random)
    full = recording((np.arange(100) + 0.5) * 0.0005, np.full(100, 7))
    place_blend(events, recording([], []), full, change, encoding=FINE, config=config, random=random)
    assert 30 < events.sum() < 70


@pytest.mark.parametrize(("time", "shift", "knot"), [(-0.3, 0.5, 0), (-1e4, 1e4 + 0.2, 0), (1.3, -1.0, -1)])
def test_outside_of_its_knots_a_warp_stays_as_it_is(time: float, shift: float, knot: int) -> None:
    """A blend moves spikes to before 0, where the shift is that of the first knot."""
    random, config = np.random.default_rng(0), AugmentConfig()
    warp = np.linspace(0.01, 0.07, KNOTS)
    change = draw_change(FINE, config, random)._replace(shift=shift, warp=warp)
    counts = np.zeros((FINE.total_steps, UNITS), np.uint8)
    place(counts, recording([time], [5]), change, encoding=FINE, config=config, random=random)
    assert where(counts > 0)[0] == pytest.approx(time + shift + warp[knot], abs=0.0006)
