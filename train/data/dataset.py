# SPDX-License-Identifier: Apache-2.0
"""Recordings as batches of events, (steps, batch, axons): read once, cached, encoded on the fly, augmented."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.rasters.rasters import Rasters
from data.rasters.reader import is_raster, read_rasters
from data.samples import classes_of, encoded, open_some, raster_shape
from data.shd.reader import CHANNELS, Recordings
from model.encoding import Encoding, Raster, check_units, snapped, thermometer
from support.array_cache import Arrays, kept
from support.errors import InputError
from train.config.data import AugmentConfig
from train.data.augment import Recording, draw_change, place, place_blend

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_VERSION = 2
"""Of what is kept in the cache: another number, and nothing of before is used."""


@dataclass(frozen=True, kw_only=True)
class Spikes:
    """All recordings of a file, one after another: recording i has the spikes offsets[i] to offsets[i+1].

    They are for one encoding: its units hold them, and a time on the grid of its steps lies where floor finds its step.
    """

    encoding: Encoding
    times: NDArray[np.float64]
    """Seconds, as ``model.encoding.snapped`` gives them."""
    units: NDArray[np.integer]
    offsets: IntArray
    labels: IntArray
    speakers: IntArray
    keys: tuple[str, ...]
    """Names of the labels."""

    def __len__(self) -> int:
        """Number of recordings."""
        return len(self.labels)

    def __getitem__(self, index: int) -> Recording:
        """Recording ``index``."""
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.times[part], self.units[part]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises InputError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def load_spikes(path: Path, cache: Path, encoding: Encoding) -> Spikes:
    """The spikes of a file for an encoding; those of recordings (SHD format) from ``cache`` if they are there.

    The key is a hash of the file, so a changed file is read again. Samples given step by step (``data.rasters``) become
    spikes of which the encoding makes the same events. Raises InputError if the file is not one, for units that the
    encoding does not have, and for samples without labels.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected recordings of the SHD format, or samples step by step")
    if is_raster(path):
        return _from_rasters(read_rasters(path), encoding)
    store = cache / f"spikes-{_VERSION}-{file_hash(path)[:20]}.npz"
    arrays = kept(store, _are_spikes, partial(_read, path))
    keys = tuple(str(key) for key in arrays.pop("keys"))
    times = arrays["times"].astype(np.float64)
    for i, (start, end) in enumerate(pairwise(arrays["offsets"])):
        check_units(arrays["units"][start:end], encoding, f"{path}: recording {i}")
        times[start:end] = snapped(times[start:end], encoding)
    return Spikes(encoding=encoding, keys=keys, **{**arrays, "times": times})


def load_events(path: Path, cache: Path, encoding: Encoding) -> tuple[BoolArray, Spikes]:
    """Every recording encoded without augmentation, bool (samples, total steps, axons), and its spikes.

    Cached as packed bits under a hash of the file and the encoding. Errors as ``load_spikes``.
    """
    spikes = load_spikes(path, cache, encoding)
    text = json.dumps([_VERSION, asdict(encoding)], sort_keys=True)
    key = hashlib.sha256((file_hash(path) + text).encode()).hexdigest()[:20]
    count, steps, axons = raster_shape(path, len(spikes), encoding.total_steps, encoding.axons)
    shape = count, steps, -(-axons // 8)

    def make() -> Arrays:
        packed = np.empty(shape, np.uint8)
        for i, each in enumerate(encoded(path, map(spikes.__getitem__, range(count)), encoding)):
            packed[i] = np.packbits(each.raster, axis=1)
        return {"packed": packed}

    def right(arrays: Arrays) -> bool:
        return (arrays["packed"].shape, arrays["packed"].dtype) == (shape, np.uint8)

    packed = kept(cache / f"events-{key}.npz", right, make)["packed"]
    return np.unpackbits(packed, axis=2, count=axons).astype(bool), spikes


def load_test(path: Path, cache: Path, encoding: Encoding, classes: tuple[str, ...]) -> tuple[BoolArray, IntArray]:
    """``load_events`` of a file other than the one that was trained on, and the place of each class in ``classes``.

    Classes go by name, as they do where an image plays recordings. Raises InputError for one that is not there.
    """
    events, _ = load_events(path, cache, encoding)
    with open_some(path) as samples:
        return events, classes_of(samples, classes, len(classes))


def _read(path: Path) -> Arrays:
    with open_some(path) as recordings:
        assert isinstance(recordings, Recordings)
        samples = list(recordings)
        return {
            "times": _smallest(np.concatenate([times for times, _ in samples])),
            "units": np.concatenate([units for _, units in samples]).astype(np.uint16),
            "offsets": np.cumsum([0, *(len(times) for times, _ in samples)]).astype(np.int64),
            "labels": recordings.labels,
            "speakers": recordings.speakers,
            "keys": np.array(recordings.keys),
        }


def _from_rasters(rasters: Rasters, encoding: Encoding) -> Spikes:
    """Samples given step by step as spikes; what is kept of recordings takes no time to make here."""
    if not rasters.labelled:
        raise InputError(f"{rasters.path}: its samples have no labels; expected the label of each to train on")
    times, units = rasters.timed(encoding)
    return Spikes(
        encoding=encoding, times=snapped(times, encoding), units=units, labels=rasters.labels,
        offsets=np.searchsorted(rasters.sample, np.arange(len(rasters) + 1)), speakers=rasters.speakers,
        keys=rasters.names(),
    )  # fmt: skip


def _are_spikes(arrays: Arrays) -> bool:
    """Whether these are the arrays of ``_read``, so that no loop behind them reads or writes out of bounds."""
    times, units, offsets, labels = (arrays[name] for name in ("times", "units", "offsets", "labels"))
    wanted = {"times": times.dtype, "units": np.uint16, "offsets": np.int64, "labels": np.int64, "speakers": np.int64}
    return bool(
        set(arrays) == {*wanted, "keys"}
        and all(arrays[name].ndim == 1 and arrays[name].dtype == kind for name, kind in wanted.items())
        and times.dtype.kind == "f"
        and arrays["keys"].dtype.kind == "U"
        and len(times) == len(units)
        and 0 < len(labels) == len(arrays["speakers"]) == len(offsets) - 1
        and (offsets[0], offsets[-1]) == (0, len(times))
        and (np.diff(offsets) >= 0).all()
        and (np.isfinite(times) & (times >= 0)).all()
        and units.max(initial=0) < CHANNELS
        and 0 <= labels.min() <= labels.max() < len(arrays["keys"])
    )


def split_by_speaker(speakers: IntArray, held_out: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    """Indices of the training samples and of the samples of the speakers that are held out.

    Raises InputError if a speaker has no sample, or if none is left to train on.
    """
    for speaker in held_out:
        if speaker not in speakers:
            known = ", ".join(str(s) for s in np.unique(speakers))
            raise InputError(f"data.validation_speakers: no samples of speaker {speaker}: the file has {known}")
    out = np.isin(speakers, held_out)
    if out.all():
        raise InputError("data.validation_speakers: every speaker is held out, none is left to train on")
    return np.flatnonzero(~out), np.flatnonzero(out)


class Batch(NamedTuple):
    """Some recordings with their labels."""

    events: tuple[Raster, ...]
    """Of the same changed recordings in each encoding, (total steps, batch, axons); that of the spikes first."""
    labels: IntArray
    """(batch,)"""


def batches(spikes: Spikes, indices: IntArray, *, size: int, config: AugmentConfig, seed: tuple[int, ...],
            others: Sequence[Encoding] = ()) -> Iterator[Batch]:  # fmt: skip
    """One epoch of shuffled, augmented batches; ``others``: encodings, of as many units, in which they are wanted, too.

    ``seed`` alone decides order and augmentation: an epoch is the same after a resume. A last batch of fewer
    than half of ``size`` is left out, as its statistics would be poor; each epoch leaves out others.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(indices)
    same_class = {label: indices[spikes.labels[indices] == label] for label in np.unique(spikes.labels[indices])}
    encodings = (spikes.encoding, *others)
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        if start and len(chosen) < size / 2:
            return
        counts = [np.zeros((len(chosen), each.total_steps, each.groups), np.uint8) for each in encodings]
        for k, i in enumerate(chosen):
            change, blended = draw_change(spikes.encoding, config, random), random.random() < config.blend
            alike = same_class[spikes.labels[i]]
            other = spikes[alike[random.integers(len(alike))]] if blended else None
            state = random.bit_generator.state
            for encoding, seen in zip(encodings, counts, strict=True):
                # From the same state on: each encoding gets the same changed recording.
                random.bit_generator.state = state
                if other is None:
                    place(seen[k], spikes[i], change, encoding=encoding, config=config, random=random)
                else:
                    place_blend(seen[k], spikes[i], other, change, encoding=encoding, config=config, random=random)
        events = (thermometer(*each).transpose(1, 0, 2) for each in zip(counts, encodings, strict=True))
        yield Batch(tuple(events), spikes.labels[chosen])


def _smallest(times: NDArray[np.float64]) -> NDArray[np.floating]:
    """The times in the smallest type that holds them without rounding."""
    with np.errstate(over="ignore"):
        return next((small for small in map(times.astype, (np.float16, np.float32)) if (small == times).all()), times)
