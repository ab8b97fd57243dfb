# SPDX-License-Identifier: Apache-2.0
"""Processor time of the cochlea for one recording: as it is, and stage by stage in double precision, in one run.

Run as ``python -m benchmarks.cochlea [FILE] [--seconds S] [--repeats N]``. Without a file (wav, flac) the sound
is a voice of sorts, harmonics of a falling pitch under two syllables. Both pad the sound and keep the transfer function
of a length; that and what numba compiles are made before. The plain form is what ``encode`` was
before it was made fast.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.cochlea import AUDIO_RATE, STAGE_RATE
from data.cochlea.audio import conditioned
from data.cochlea.bushy import cell_spikes
from data.cochlea.chain import encode
from data.cochlea.hair import spike_probability
from data.cochlea.membrane import PLACES, Membrane
from data.cochlea.nerve import fibre_spikes
from data.encode import load_sound
from support.errors import InputError
from support.files import read_bytes

_STEPS = 6000  # the plain form pads to a multiple
_BLOCK = 50  # places that it holds at once

Spikes = tuple[NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Times:
    """What was measured."""

    plain: float
    """Seconds of processor time of the plain form, the least of all repeats."""
    fast: float
    """Those of ``data.cochlea.chain.encode``."""
    plain_spikes: float
    """Spikes, mean over the repeats, each with another seed."""
    fast_spikes: float

    @property
    def ratio(self) -> float:
        """How many times faster the cochlea is."""
        return self.plain / self.fast

    @property
    def agree(self) -> bool:
        """Whether both gave as many spikes, to 5 %: the random draws differ."""
        return abs(self.fast_spikes / self.plain_spikes - 1) < 0.05


class Plain:
    """The stages one after the other, each over all places, in double precision."""

    def __init__(self) -> None:
        self._membranes: dict[int, Membrane] = {}

    def encode(self, audio: NDArray[np.float64], rng: np.random.Generator) -> Spikes:
        """As ``data.cochlea.chain.encode`` with ``pad``."""
        sound = conditioned(audio)
        steps = len(sound) // 2 + 1
        padded = -(-steps // _STEPS) * _STEPS
        if padded not in self._membranes:
            self._membranes[padded] = Membrane(2 * (padded - 1), PLACES, _BLOCK)
        membrane, found = self._membranes[padded], []
        sound = np.pad(sound, (0, membrane.samples - len(sound)))
        for first, velocity in zip(range(0, len(PLACES), _BLOCK), membrane.velocities(sound), strict=True):
            fired = cell_spikes(fibre_spikes(spike_probability(velocity[:, :steps]), rng))
            found.append(np.argwhere(fired) + np.array([first, 0]))
        channel, step = np.concatenate(found).T
        order = np.lexsort((channel, step))
        return step[order] / STAGE_RATE, channel[order]


def voice(seconds: float) -> NDArray[np.float64]:
    """Harmonics of a pitch that falls from 160 to 100 Hz, the first ones loudest, under two syllables."""
    t = np.arange(round(seconds * AUDIO_RATE)) / AUDIO_RATE
    phase = 2 * np.pi * np.cumsum(160 - 60 * t / seconds) / AUDIO_RATE
    harmonics = sum(np.sin(n * phase + n * n) / n for n in range(1, 30))
    return np.asarray(harmonics * np.abs(np.sin(2 * np.pi * t / seconds)))


def measure(audio: NDArray[np.float64], *, repeats: int) -> Times:
    """Encode ``audio`` (mono, 48 kHz) ``repeats`` times in both forms, which take turns, and once before to warm up."""
    plain = Plain()
    forms: list[Callable[[np.random.Generator], Spikes]] = [
        lambda rng: plain.encode(audio, rng),
        lambda rng: encode(audio, rng, pad=True),
    ]
    seconds, spikes = [float("inf")] * 2, [0] * 2
    for seed in range(repeats + 1):
        for k, form in enumerate(forms):
            rng = np.random.default_rng(seed)
            start = time.process_time()
            times, _ = form(rng)
            if seed:
                seconds[k] = min(seconds[k], time.process_time() - start)
                spikes[k] += len(times)
    return Times(
        plain=seconds[0], fast=seconds[1], plain_spikes=spikes[0] / repeats, fast_spikes=spikes[1] / repeats
    )  # fmt: skip


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times faster the cochlea is than its plain form."""
    sound = voice(0.65)
    return {"cochlea: against stage by stage": [measure(sound, repeats=1).ratio for _ in range(repeats)]}


def main() -> int:
    """Print the times; exit status 1 if the two forms differ in how many spikes they give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="a recording")
    parser.add_argument("--seconds", type=float, default=0.65, help="length of the sound where there is no file")
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    try:
        file: Path | None = options.file
        audio = voice(options.seconds) if file is None else load_sound(read_bytes(file, "sound"), str(file))
        times = measure(audio, repeats=options.repeats)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"cochlea, {len(audio) / AUDIO_RATE:.2f} s of sound, processor time")
    print(f"stage by stage: {times.plain:8.3f} s  ({times.plain_spikes:,.0f} spikes)")
    print(f"encode:         {times.fast:8.3f} s  ({times.fast_spikes:,.0f} spikes)")
    print(f"ratio:          {times.ratio:8.1f}")
    if not times.agree:
        print("the two forms differ")
    return 0 if times.agree else 1


if __name__ == "__main__":
    sys.exit(main())
