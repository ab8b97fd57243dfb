# SPDX-License-Identifier: Apache-2.0
"""Spoken digits without recordings: espeak-ng speaks them, the cochlea makes spikes of them.

A stand-in for recorded speech on a machine that has none. It is synthetic speech and is never to be reported as
anything else. Every utterance depends on the seed, the voice, the digit and the take alone, so that neither the
number of processes nor the order matters, and a larger set contains the smaller one.
"""

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from data.cochlea.audio import RAMP_S, check_ramp
from data.shd import reader as shd
from data.speech.espeak import Utterance, speak
from data.speech.voices import LANGUAGES, SPEAKERS, TEST_VOICES, TRAIN_VOICES, WORDS
from support.console import console as plain_console
from support.errors import InputError, InputWarning
from support.files import make_folder
from support.processes import finished

SPLITS = {"train": TRAIN_VOICES, "test": TEST_VOICES}
"""Which voices speak which set."""

_RECIPE = 2  # raised whenever the same seed would give other spikes; parts of another recipe are not used
_CHUNK = 20  # utterances per part: what an interrupted run may have to repeat
_NEEDED = ("espeakng_loader", "numba", "scipy")
_FRAME = 480  # samples at 48 kHz over which the level is taken: 10 ms
_SILENT = 0.03  # of the loudest frame


@dataclass(frozen=True, kw_only=True)
class Request:
    """One utterance of a set."""

    label: int
    """What is said (0 to 19)."""
    speaker: int
    """Who says it: place in SPEAKERS."""
    take: int
    """How many times before this voice has said it."""


def synthesise(
    folder: str | Path,
    *,
    train: int = 3000,
    test: int = 200,
    seed: int = 1,
    ramp: float = RAMP_S,
    jobs: int = 1,
    console: Console | None = None,
) -> list[Path]:
    """Write ``synthetic_train.h5`` and ``synthetic_test.h5`` of so many utterances into ``folder``; their paths.

    A set of 0 utterances is not written. Classes take turns, voices as well. ``ramp``: seconds over which an utterance
    fades in and out, or ``data.cochlea.audio.HALF``. Work is done in ``jobs`` processes and kept in ``folder``/parts,
    so that a run that was stopped goes on where it was, if the settings are the same. About 0.1 s an utterance and
    process. Progress goes to ``console`` (standard error). InputError for numbers out of range and missing packages.
    """
    for name, value, low in (("train", train, 0), ("test", test, 0), ("seed", seed, 0), ("jobs", jobs, 1)):
        if value < low:
            raise InputError(f"data synth: {name} must be at least {low}, not {value}")
    check_ramp(ramp)
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"data synth: needs the packages {', '.join(missing)}: pip install -e '.[synth]'")
    folder = Path(folder)
    parts = make_folder(folder / "parts" / _fingerprint(seed, ramp))
    counts = {"train": train, "test": test}
    chunks = {
        split: [
            _Chunk(parts, split, start, min(start + _CHUNK, count), seed, ramp) for start in range(0, count, _CHUNK)
        ]
        for split, count in counts.items()
    }
    _make([chunk for some in chunks.values() for chunk in some], jobs, console or plain_console(stderr=True))
    written = []
    for split, some in chunks.items():
        if some:
            requests = plan(split, counts[split])
            written.append(folder / f"synthetic_{split}.h5")
            shd.write(
                written[-1],
                _joined(some),
                labels=[request.label for request in requests],
                speakers=[request.speaker for request in requests],
                times="float16",
            )
    return written


def plan(split: str, count: int) -> list[Request]:
    """The first ``count`` utterances of a set: every class once before any twice, and so every voice per class."""
    voices, requests = SPLITS[split], []
    for index in range(count):
        turn, label = divmod(index, len(WORDS))
        # 7 spreads the labels of a turn over the voices, in both languages.
        voice = voices[(turn + 7 * label) % len(voices)]
        requests.append(Request(label=label, speaker=SPEAKERS.index(voice), take=turn // len(voices)))
    return requests


def utter(request: Request, seed: int, ramp: float = RAMP_S) -> shd.Sample:
    """Spikes of one utterance: times in seconds and units, ordered by time. ``ramp``: see ``synthesise``."""
    from data.cochlea.chain import encode  # noqa: PLC0415 - scipy and numba are optional

    rng = np.random.default_rng((seed, request.speaker, request.label, request.take))
    times, units = encode(sound(request, rng), rng, pad=True, ramp=ramp)
    return times, units


def sound(request: Request, rng: np.random.Generator) -> NDArray[np.float64]:
    """One utterance at 48 kHz: speed, pitch, melody, accent, size of the speaker and background drawn from ``rng``."""
    from scipy import signal as filters  # noqa: PLC0415 - optional

    accents = LANGUAGES[request.label // 10]
    speech = speak(
        Utterance(
            text=WORDS[request.label] + str(rng.choice((".", ",", "!", "?"))),
            voice=f"{rng.choice(accents)}+{SPEAKERS[request.speaker]}",
            speed=int(rng.integers(100, 201)),
            pitch=int(rng.integers(20, 91)),
            intonation=int(rng.integers(20, 81)),
            seed=int(rng.integers(1, 2**31)),
        )
    )
    # 320/147 takes 22050 Hz to 48 kHz; a little off, the speaker's vocal tract is up to 7 % longer or shorter.
    samples = filters.resample_poly(speech.astype(np.float64), 320, int(rng.integers(137, 158)))
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(levels > _SILENT * levels.max())
    spoken = samples[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME]
    # Margins and background as in recordings cut by hand in a quiet room.
    lead, tail = (int(seconds * 48_000) for seconds in (rng.uniform(0.02, 0.06), rng.uniform(0.03, 0.20)))
    result = np.pad(spoken, (lead, tail))
    noise = filters.lfilter([1.0], [1.0, -0.9], rng.standard_normal(len(result)))
    return result + noise * (levels.max() * 10 ** (rng.uniform(-60, -40) / 20) / noise.std())


@dataclass(frozen=True)
class _Chunk:
    """Utterances ``start`` to ``stop`` of a set, in a file of their own."""

    folder: Path
    split: str
    start: int
    stop: int
    seed: int
    ramp: float

    @property
    def path(self) -> Path:
        return self.folder / f"{self.split}-{self.start:06}-{self.stop:06}.h5"

    def made(self) -> bool:
        """Whether they are there; with a word if they were, and the file is damaged."""
        if not self.path.exists():
            return False
        try:
            with shd.Recordings.open(self.path) as part:
                if sum(1 for _ in part) == self.stop - self.start:
                    return True
        except InputError:
            pass
        warnings.warn(f"{self.path}: damaged, it is made again", InputWarning, stacklevel=2)
        return False


def _fingerprint(seed: int, ramp: float) -> str:
    return hashlib.sha256(repr((_RECIPE, seed, float(ramp), SPLITS, LANGUAGES, WORDS)).encode()).hexdigest()[:12]


def _make(chunks: list[_Chunk], jobs: int, console: Console) -> None:
    todo = [chunk for chunk in chunks if not chunk.made()]
    columns = (TextColumn("speaking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=sum(chunk.stop - chunk.start for chunk in chunks))
        progress.advance(bar, sum(chunk.stop - chunk.start for chunk in chunks if chunk not in todo))
        for chunk, _ in finished(_speak_chunk, todo, jobs):
            progress.advance(bar, chunk.stop - chunk.start)


def _speak_chunk(chunk: _Chunk) -> None:
    requests = plan(chunk.split, chunk.stop)[chunk.start :]
    shd.write(
        chunk.path,
        (utter(request, chunk.seed, chunk.ramp) for request in requests),
        labels=[request.label for request in requests],
        speakers=[request.speaker for request in requests],
        times="float16",
    )


def _joined(chunks: list[_Chunk]) -> Iterator[shd.Sample]:
    for chunk in chunks:
        with shd.Recordings.open(chunk.path) as part:
            yield from part
