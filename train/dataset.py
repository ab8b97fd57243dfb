"""Recordings as batches of events, (steps, batch, axons): read once, cached, encoded on the fly, augmented."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.shd import Recordings
from model.encoding import Encoding, Raster, check_units, encode, snapped, thermometer
from model.errors import InputError
from train.augment import Recording, draw_change, place, place_blend
from train.data_config import AugmentConfig

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
    units: NDArray[np.uint16]
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
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_spikes(path: Path, cache: Path, encoding: Encoding) -> Spikes:
    """The spikes of a file of the SHD format for an encoding, from ``cache`` if they are there.

    The key is a hash of the file, so a changed file is read again. Raises InputError if the file is not one, and for
    units that the encoding does not have.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected recordings of the SHD format")
    store = cache / f"spikes-{_VERSION}-{file_hash(path)[:20]}.npz"
    names = ("times", "units", "offsets", "labels", "speakers")
    if store.is_file():
        with np.load(store) as file:
            arrays = {name: file[name] for name in (*names, "keys")}
    else:
        with Recordings.open(path) as recordings:
            samples = list(recordings)
            arrays = {
                "times": _smallest(np.concatenate([times for times, _ in samples])),
                "units": np.concatenate([units for _, units in samples]).astype(np.uint16),
                "offsets": np.cumsum([0, *(len(times) for times, _ in samples)]).astype(np.int64),
                "labels": recordings.labels,
                "speakers": recordings.speakers,
                "keys": np.array(recordings.keys),
            }
        _save(store, **arrays)
    keys = tuple(str(key) for key in arrays.pop("keys"))
    times = arrays["times"].astype(np.float64)
    for i, (start, end) in enumerate(pairwise(arrays["offsets"])):
        check_units(arrays["units"][start:end], encoding, f"{path}: recording {i}")
        times[start:end] = snapped(times[start:end], encoding)
    return Spikes(encoding=encoding, keys=keys, **{**arrays, "times": times})


def load_events(path: Path, cache: Path, encoding: Encoding) -> tuple[BoolArray, Spikes]:
    """Every recording encoded without augmentation, bool (samples, total steps, axons), and its spikes.

    Cached as packed bits under a hash of the file and the encoding.
    """
    spikes = load_spikes(path, cache, encoding)
    text = json.dumps([_VERSION, asdict(encoding)], sort_keys=True)
    key = hashlib.sha256((file_hash(path) + text).encode()).hexdigest()[:20]
    store = cache / f"events-{key}.npz"
    shape = (len(spikes), encoding.total_steps, encoding.axons)
    if store.is_file():
        with np.load(store) as file:
            packed = file["packed"]
    else:
        packed = np.empty((*shape[:2], -(-shape[2] // 8)), np.uint8)
        for i in range(len(spikes)):
            packed[i] = np.packbits(encode(*spikes[i], encoding), axis=1)
        _save(store, packed=packed)
    return np.unpackbits(packed, axis=2, count=shape[2]).astype(bool), spikes


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


def batches(spikes: Spikes, indices: IntArray, *, size: int, config: AugmentConfig,
            seed: tuple[int, ...]) -> Iterator[tuple[Raster, IntArray]]:  # fmt: skip
    """One epoch of shuffled, augmented batches: events (total steps, batch, axons), labels (batch,).

    ``seed`` alone decides order and augmentation: an epoch is the same after a resume. A last batch of fewer
    than half of ``size`` is left out, as its statistics would be poor; each epoch leaves out others.
    """
    encoding = spikes.encoding
    random = np.random.default_rng(seed)
    order = random.permutation(indices)
    same_class = {label: indices[spikes.labels[indices] == label] for label in np.unique(spikes.labels[indices])}
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        if start and len(chosen) < size / 2:
            return
        counts = np.zeros((len(chosen), encoding.total_steps, encoding.groups), np.uint8)
        for k, i in enumerate(chosen):
            change = draw_change(encoding, config, random)
            if random.random() < config.blend:
                others = same_class[spikes.labels[i]]
                other = spikes[others[random.integers(len(others))]]
                place_blend(counts[k], spikes[i], other, change, encoding=encoding, config=config, random=random)
            else:
                place(counts[k], spikes[i], change, encoding=encoding, config=config, random=random)
        yield thermometer(counts, encoding).transpose(1, 0, 2), spikes.labels[chosen]


def _smallest(times: NDArray[np.float64]) -> NDArray[np.floating]:
    """The times in the smallest type that holds them without rounding."""
    with np.errstate(over="ignore"):
        return next((small for small in map(times.astype, (np.float16, np.float32)) if (small == times).all()), times)


def _save(path: Path, **arrays: NDArray[np.generic]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
