# SPDX-License-Identifier: Apache-2.0
"""Sound files into spikes: any sample rate and number of channels through the cochlea, into a file of the SHD format.

The spikes of a recording depend on the seed and its bytes alone: not on its name, the other files, their order, or
how many processes work. Each recording is kept in a file of its own until all are done.
"""

import hashlib
import io
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from data.cochlea import AUDIO_RATE
from data.cochlea.audio import RAMP_S, check_ramp
from data.labels import Labels
from data.shd import reader as shd
from support.array_cache import Arrays, kept
from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder, read_bytes
from support.outputs import refuse_overwriting
from support.processes import finished

SUFFIXES = (".flac", ".wav")
"""Endings of the files that are taken from a folder; one that is named itself may be of any kind libsndfile reads."""
LONGEST_S = 10.0
"""Seconds of sound that a recording may have: the frequency grid of the cochlea takes memory in proportion."""

_RECIPE = 2  # raised whenever the same seed would give other spikes; parts of another recipe are not used
_NEEDED = ("numba", "scipy", "soundfile")


def sound_files(paths: Sequence[Path]) -> list[Path]:
    """The files of a list of files and folders (searched to any depth), each once, sorted within a folder.

    Raises InputError for what is not there, and a folder without sound.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
            if not inside:
                raise InputError(f"{path}: no sound in this folder, expected files that end in {' or '.join(SUFFIXES)}")
            found.update(dict.fromkeys(inside))
        elif path.is_file():
            found[path] = None
        else:
            raise InputError(f"{path}: no such file or folder")
    return list(found)


def encode_files(
    paths: Sequence[Path],
    labels: Labels,
    out: Path,
    *,
    seed: int = 1,
    exact: bool = False,
    ramp: float = RAMP_S,
    jobs: int = 1,
    console: Console | None = None,
) -> None:
    """Encode sound files, with their labels in the same order, into ``out``, which is written at the end, whole.

    ``exact``: on the frequency grid of the original, which takes forty times as long; else sounds are padded to one of
    a few lengths. ``ramp``: seconds over which each recording fades in and out, or ``data.cochlea.audio.HALF``, which
    takes half of it as in the reference traces. ``jobs``: processes at work. A run that was stopped goes on from what
    lies in ``<out>.parts``, as far as it was made with the same settings. Progress goes to ``console`` (standard
    error). Raises InputError for missing packages, numbers out of range, files that hold no sound, and places that
    cannot be written or hold a recording.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"data encode: needs the packages {', '.join(missing)}: pip install -e '.[synth]'")
    if seed < 0 or jobs < 1:
        raise InputError(f"data encode: seed must be at least 0 and jobs at least 1, not {seed} and {jobs}")
    check_ramp(ramp)
    if make_folder(out.parent) and out.is_dir():
        raise InputError(f"{out}: cannot be written, it is a folder")
    refuse_overwriting([out], paths)
    parts = make_folder(out.with_name(f"{out.name}.parts"))
    tasks = [_Task(path=path, parts=parts, seed=seed, exact=exact, ramp=ramp) for path in paths]
    columns = (TextColumn("encoding"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = console or plain_console(stderr=True)
    made: dict[Path, Path] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(tasks))
        for task, part in finished(_Task.run, tasks, jobs):
            made[task.path] = part
            progress.advance(bar)
    spikes = (_load(made[path]) for path in paths)
    shd.write(out, spikes, labels=labels.labels, speakers=labels.speakers, keys=labels.keys, times="float16")
    for left in (*parts.glob("*.npz"), *parts.glob("*.part")):
        left.unlink()
    # Whatever else lies there is not ours.
    with suppress(OSError):
        parts.rmdir()


def load_sound(content: bytes, name: str) -> NDArray[np.float64]:
    """Mono sound at AUDIO_RATE of the bytes of a file: channels are averaged, other rates resampled.

    Raises InputError, in which the file is called ``name``, for what libsndfile cannot read, and sound that is empty or
    longer than LONGEST_S.
    """
    import soundfile  # noqa: PLC0415 - optional
    from scipy.signal import resample_poly  # noqa: PLC0415 - optional

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate, seconds = file.samplerate, file.frames / file.samplerate
            if not 0 < seconds <= LONGEST_S:
                raise InputError(
                    f"{name}: holds {seconds:.2f} s of sound, expected more than 0 and at most {LONGEST_S:g} s"
                )
            sound = file.read(dtype="float64", always_2d=True).mean(axis=1)
    except soundfile.LibsndfileError as error:
        raise InputError(f"{name}: no sound file that can be read ({error.error_string.rstrip('.')})") from None
    divisor = math.gcd(rate, AUDIO_RATE)
    resampled: NDArray[np.float64] = resample_poly(sound, AUDIO_RATE // divisor, rate // divisor)
    return resampled


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A recording to encode."""

    path: Path
    parts: Path
    seed: int
    exact: bool
    ramp: float

    def run(self) -> Path:
        """The file with its spikes, made unless it is there. Raises InputError."""
        content = read_bytes(self.path, "sound")
        digest = hashlib.sha256(content).digest()
        settings = repr((_RECIPE, self.seed, self.exact, float(self.ramp))).encode()
        part = self.parts / f"{hashlib.sha256(digest + settings).hexdigest()[:24]}.npz"

        def make() -> Arrays:
            times, units = self._encode(content, np.random.default_rng((self.seed, *digest)))
            return {"times": times, "units": units}

        kept(part, _are_spikes, make)
        return part

    def _encode(self, content: bytes, rng: np.random.Generator) -> shd.Sample:
        from data.cochlea.chain import encode  # noqa: PLC0415 - scipy and numba are optional

        sound = load_sound(content, str(self.path))
        try:
            return encode(sound, rng, pad=not self.exact, ramp=self.ramp)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from None


def _are_spikes(arrays: Arrays) -> bool:
    return arrays["times"].shape == arrays["units"].shape


def _load(part: Path) -> shd.Sample:
    with np.load(part) as content:
        return content["times"], content["units"]
