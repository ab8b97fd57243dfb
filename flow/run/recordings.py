# SPDX-License-Identifier: Apache-2.0
"""Recordings as a network sees them: rasters of input events, and the class of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.rasters.rasters import UNLABELLED
from data.rasters.reader import is_raster
from data.samples import as_played, classes_of, open_some, raster_shape, steps_of
from data.shd.hdf5 import open_file
from model.encoding import Raster
from model.network import IntArray, Network


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Recordings of one file, encoded for one network."""

    name: str
    """What reports call the data set."""
    rasters: Raster
    """Input events, shape (samples, steps, axons)."""
    classes: IntArray
    """Place of each sample's class in the network's read-out, shape (samples,); -1: it has no label."""
    speakers: IntArray
    """Who speaks, shape (samples,)."""
    spikes: int = 0
    """Of all recordings. Each has an input event of its own, or is one of these:"""
    merged: int = 0
    """Spikes for which others of their step and axon stand."""
    dropped: int = 0
    """Spikes after the last step."""

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def labelled(self) -> bool:
        """Whether the samples have labels: all of them or none has."""
        return bool(len(self) and self.classes[0] != UNLABELLED)

    def class_of(self, sample: int, names: Sequence[str]) -> str | None:
        """The class of a sample, of the ``names`` of a network's classes; None: it has no label."""
        place = int(self.classes[sample])
        return None if place == UNLABELLED else names[place]

    def counts(self) -> "SpikeCounts":
        """What became of the spikes."""
        events = self.spikes - self.merged - self.dropped
        return SpikeCounts(spikes=self.spikes, events=events, merged=self.merged, dropped=self.dropped)

    def line(self) -> str:
        """What became of the spikes, for people."""
        share = f" ({self.merged / self.spikes:.1%})" if self.spikes else ""
        return (
            f"input: {self.spikes:,} recorded spikes, {self.merged:,}{share} merged with others of their step and "
            f"axon, {self.dropped:,} after the last step"
        )


@dataclass(frozen=True, kw_only=True)
class SpikeCounts:
    """What became of the spikes of some recordings."""

    spikes: int
    events: int
    """Those that are input events."""
    merged: int
    dropped: int


def dataset_name(path: Path) -> str:
    """The data set in a file: its attribute ``dataset``, else the file's name; synthetic speech is called that."""
    if is_raster(path):
        return path.name
    with open_file(path) as file:
        try:
            named = file.attrs.get("dataset")
        except (OSError, RuntimeError, ValueError, TypeError, KeyError):
            named = None
    # What is no text, or none in UTF-8, is no name.
    if isinstance(named, bytes):
        named = named.decode(errors="surrogateescape")
    if isinstance(named, str) and named.isprintable():
        return named
    return f"synthetic speech ({path.name})" if path.name.startswith("synthetic") else path.name


def load_samples(path: Path, network: Network, count: int | None = None) -> Samples:
    """The first ``count`` samples of a file (None: all), as the network takes them (``data.samples``).

    Raises InputError for a file that is none or has fewer, samples that the network cannot play, and classes that it
    does not know.
    """
    with open_some(path, count) as recordings:
        places = classes_of(recordings, network.labels, len(network.readout.neurons))
        rasters = np.zeros(
            raster_shape(path, len(recordings), steps_of(recordings, network), network.axons), np.bool_
        )  # fmt: skip
        merged = dropped = spikes = 0
        for index, each in enumerate(as_played(recordings, network)):
            rasters[index] = each.raster
            merged, dropped = merged + each.merged, dropped + each.dropped
            spikes += int(each.raster.sum()) + each.merged + each.dropped
        return Samples(
            name=dataset_name(path),
            rasters=rasters,
            classes=places,
            speakers=recordings.speakers,
            spikes=spikes,
            merged=merged,
            dropped=dropped,
        )
