"""Recordings as a network sees them: rasters of input events, and the class of each."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from data.shd import Recordings
from model.encoding import Raster, encode
from model.errors import InputError
from model.network import IntArray, Network


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Recordings of one file, encoded for one network."""

    name: str
    """What reports call the data set."""
    rasters: Raster
    """Input events, shape (samples, steps, axons)."""
    classes: IntArray
    """Place of each sample's class in the network's read-out, shape (samples,)."""
    speakers: IntArray
    """Who speaks, shape (samples,)."""

    def __len__(self) -> int:
        return len(self.classes)


def dataset_name(path: Path) -> str:
    """The data set in a file: its attribute ``dataset``, else the file's name; synthetic speech is called that."""
    with h5py.File(path, "r") as file:
        named = file.attrs.get("dataset")
    if named is not None:
        return str(named)
    return f"synthetic speech ({path.name})" if path.name.startswith("synthetic") else path.name


def load_samples(path: Path, network: Network, count: int | None = None) -> Samples:
    """The first ``count`` recordings of a file of the SHD format (None: all), as the network's encoding says.

    Raises InputError for a file that is none or has fewer, a network without encoding, and classes that the network
    does not know.
    """
    if network.encoding is None:
        raise InputError(
            f"network {network.name!r} says nothing about the encoding of its input: it cannot play recordings"
        )
    with Recordings.open(path) as recordings:
        chosen = recordings if count is None else recordings.take(count)
        if not len(chosen):
            raise InputError(f"{path}: no recordings, expected at least one")
        places = _places(path, network, recordings.keys)
        rasters = np.zeros((len(chosen), network.encoding.total_steps, network.axons), np.bool_)
        for index, (times, units) in enumerate(chosen):
            rasters[index] = encode(times, units, network.encoding)
        return Samples(
            name=dataset_name(path), rasters=rasters, classes=places[chosen.labels], speakers=chosen.speakers
        )


def _places(path: Path, network: Network, keys: tuple[str, ...]) -> NDArray[np.int64]:
    """For each label of the file, the place of its class in the read-out: by name if the network has names."""
    if not network.labels:
        if len(keys) > len(network.readout.neurons):
            raise InputError(f"{path}: {len(keys)} classes, the network has {len(network.readout.neurons)}")
        return np.arange(len(keys))
    for key in keys:
        if key not in network.labels:
            raise InputError(f"{path}: class {key!r} is none of the network's: {', '.join(network.labels)}")
    return np.array([network.labels.index(key) for key in keys], np.int64)
