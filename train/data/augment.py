# SPDX-License-Identifier: Apache-2.0
"""Random changes of recordings before binning, written straight into a batch of events."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.encoding import Encoding
from train.config.data import AugmentConfig

IntArray = NDArray[np.int64]
Recording = tuple[NDArray[np.float64], NDArray[np.integer]]
"""Times in seconds, as ``model.encoding.snapped`` gives them, and units."""

KNOTS, KNOT_SECONDS = 7, 0.2
"""Points at which a local shift is drawn, over all units, and from 0 on in time."""


class Change(NamedTuple):
    """What is done to every spike: time -> time * speed + shift + local shift, unit -> ``unit[unit]``."""

    speed: float
    shift: float
    warp: NDArray[np.float64]
    """Local shift in seconds at the knots, (KNOTS,)."""
    unit: IntArray
    """What each unit becomes, (units,); -1: it leaves the range."""
    keep: float
    """Probability that a spike stays."""
    silent: tuple[float, float]
    """Seconds between which nothing is heard, in the changed time."""


def draw_change(encoding: Encoding, config: AugmentConfig, random: np.random.Generator) -> Change:
    """One change within the ranges of ``config``; for any encoding of as many units."""
    draw = random.uniform(-1, 1, 5 + 2 * KNOTS)
    unit = np.arange(encoding.units)
    if config.channel_stretch or config.channel_shift or config.channel_warp:
        middle = (encoding.units - 1) / 2
        moved = (unit - middle) * (1 + draw[2] * config.channel_stretch) + middle + draw[3] * config.channel_shift
        if config.channel_warp:
            knots = np.linspace(0, encoding.units - 1, KNOTS)
            moved += np.interp(unit, knots, draw[5 + KNOTS :] * config.channel_warp)
        unit = np.rint(moved).astype(np.int64)
    inside = (unit >= 0) & (unit < encoding.units)
    silent = (0.0, 0.0)
    if config.channel_mask or config.time_mask:
        # Masks of speech recognition (SpecAugment, arXiv 1904.08779).
        width, start, length, begin = random.random(4)
        first = start * encoding.units
        inside &= (unit < first) | (unit >= first + width * config.channel_mask)
        begin *= encoding.steps * (encoding.step_seconds or 1 / encoding.steps)
        silent = (begin, begin + length * config.time_mask)
    return Change(
        speed=1 + draw[0] * config.time_stretch,
        shift=draw[1] * config.time_shift,
        warp=draw[5 : 5 + KNOTS] * config.time_warp,
        unit=np.where(inside, unit, -1),
        keep=1 - abs(draw[4]) * config.event_dropout,
        silent=silent,
    )


def place(spikes: NDArray[np.uint8], recording: Recording, change: Change, *, encoding: Encoding,
          config: AugmentConfig, random: np.random.Generator) -> None:  # fmt: skip
    """Count the spikes of one recording, uint8 (total steps, groups); what leaves the window or the units is dropped.

    Without any change they make the events of ``model.encoding.encode``. A count stays at 255.
    """
    seconds = encoding.step_seconds or 0.0
    jitter = config.time_jitter, config.channel_jitter
    group = np.where(change.unit < 0, -1, change.unit * encoding.groups // encoding.units)
    _place(spikes, *recording, *change._replace(unit=group), *jitter, seconds, encoding.steps, random)


def place_blend(spikes: NDArray[np.uint8], first: Recording, second: Recording, change: Change, *,
                encoding: Encoding, config: AugmentConfig, random: np.random.Generator) -> None:  # fmt: skip
    """``place`` about half of the spikes of each recording, the second one moved to the centre of mass of the first."""
    shift = [float(np.mean(a) - np.mean(b)) if len(a) and len(b) else 0.0 for a, b in zip(first, second, strict=True)]
    units = second[1] + np.int32(round(shift[1]))
    inside = (units >= 0) & (units < encoding.units)
    parts = first, (second[0][inside] + shift[0], units[inside])
    mine, other = (random.random(len(x), dtype=np.float32) < 0.5 for x, _ in parts)
    times, units = (np.concatenate([a[mine], b[other]]) for a, b in zip(*parts, strict=True))
    place(spikes, (times, units), change, encoding=encoding, config=config, random=random)


@njit(cache=True, nogil=True)
def _place(spikes, times, units, speed, shift, warp, group, keep, silent,  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0917
           time_jitter, channel_jitter, step_seconds, steps, rng):  # fmt: skip
    count = len(times)
    moved = np.empty(count)
    where = np.empty(count, np.int32)
    last = 0.0
    warped = np.any(warp != 0)
    kept = 0
    for i in range(count):
        if keep < 1.0 and rng.random() >= keep:
            continue
        unit = units[i]
        if channel_jitter > 0.0:
            unit += round(rng.normal() * channel_jitter)
            if unit < 0 or unit >= len(group):
                continue
        time = np.float64(times[i])
        if warped:
            # Before the first knot and after the last one the shift is theirs.
            position = min(max(time / KNOT_SECONDS, 0.0), KNOTS - 1.0)
            knot = min(int(position), KNOTS - 2)
            share = position - knot
            time = time * speed + shift + warp[knot] * (1 - share) + warp[knot + 1] * share
        else:
            time = time * speed + shift
        if time_jitter > 0.0:
            time += rng.normal() * time_jitter
        if group[unit] < 0 or time < 0.0 or silent[0] <= time < silent[1]:
            continue
        moved[kept], where[kept] = time, group[unit]
        last = max(last, time)
        kept += 1
    length = step_seconds if step_seconds > 0.0 else last / steps
    for i in range(kept):
        step = steps - 1
        if length > 0.0:
            position = moved[i] / length
            if position < step:
                step = int(position)
            elif step_seconds > 0.0 and position >= steps:
                continue
        if spikes[step, where[i]] < 255:
            spikes[step, where[i]] += 1
