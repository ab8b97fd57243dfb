# SPDX-License-Identifier: Apache-2.0
"""Recordings as a network sees them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from data.shd.reader import Recordings
from flow.run.recordings import SpikeCounts, dataset_name, load_samples
from model.encoding import encode
from support.errors import InputError
from support.paths import ROOT
from tests.flow.examples import CLASSES, small_network, write_recordings


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    path = tmp_path / "spoken.h5"
    write_recordings(path)
    return path


def test_load(recordings: Path) -> None:
    network = small_network()
    samples = load_samples(recordings, network)
    assert len(samples) == 6
    assert samples.rasters.shape == (6, 11, 4)
    assert samples.classes.tolist() == [0, 1, 2, 0, 1, 2]
    assert samples.speakers.tolist() == [0] * 6
    assert network.encoding is not None
    with Recordings.open(recordings) as file:
        for raster, spikes in zip(samples.rasters, file, strict=True):
            assert np.array_equal(raster, encode(*spikes, network.encoding))


def test_what_became_of_the_spikes(recordings: Path) -> None:
    samples = load_samples(recordings, small_network())
    with Recordings.open(recordings) as file:
        spikes = sum(len(times) for times, _ in file)
    counts = samples.counts()
    assert counts == SpikeCounts(spikes=spikes, events=samples.rasters.sum(), merged=samples.merged, dropped=0)
    assert counts.events + samples.merged == spikes
    share = f"{samples.merged / spikes:.1%}"
    assert samples.line() == (
        f"input: {spikes} recorded spikes, {samples.merged} ({share}) merged with others of their step and axon, "
        "0 after the last step"
    )
    assert replace(samples, spikes=0, merged=0).line().startswith("input: 0 recorded spikes, 0 merged")


def test_load_some(recordings: Path) -> None:
    assert len(load_samples(recordings, small_network(), 2)) == 2


def test_load_too_many(recordings: Path) -> None:
    with pytest.raises(InputError, match=r"spoken.h5: samples must be in 1..6, not 7$"):
        load_samples(recordings, small_network(), 7)


def test_classes_go_by_name(recordings: Path) -> None:
    network = replace(small_network(), labels=("blue", "red", "green"))
    assert load_samples(recordings, network).classes.tolist() == [1, 2, 0, 1, 2, 0]


def test_unknown_class(recordings: Path) -> None:
    network = replace(small_network(), labels=("red", "green", "violet"))
    with pytest.raises(InputError, match=r"spoken.h5: class 'blue' is none of the network's: red, green, violet$"):
        load_samples(recordings, network)


def test_more_classes_than_readout(tmp_path: Path) -> None:
    write_recordings(tmp_path / "many.h5", keys=(*CLASSES, "black"))
    with pytest.raises(InputError, match=r"many.h5: 4 classes, the network has 3$"):
        load_samples(tmp_path / "many.h5", replace(small_network(), labels=()))


def test_no_encoding(recordings: Path) -> None:
    with pytest.raises(
        InputError, match=r"^network 'small' says nothing about the encoding of its input: it cannot play"
    ):
        load_samples(recordings, replace(small_network(), encoding=None))


@pytest.mark.parametrize(
    ("file", "attribute", "name"),
    [
        ("synthetic_test.h5", None, "synthetic speech (synthetic_test.h5)"),
        ("shd_test.h5", None, "shd_test.h5"),
        ("x.h5", "Heidelberg Digits, re-encoded", "Heidelberg Digits, re-encoded"),
        ("x.h5", np.bytes_(b"Ziffern [x]"), "Ziffern [x]"),
        ("x.h5", "f\xfcnf", "f\xfcnf"),
        ("x.h5", np.bytes_(b"f\xfcnf"), "x.h5"),
        ("x.h5", "two\nlines", "x.h5"),
        ("x.h5", h5py.Empty("f4"), "x.h5"),
        ("x.h5", np.zeros(3), "x.h5"),
        ("x.h5", 3, "x.h5"),
    ],
)
def test_name(tmp_path: Path, file: str, attribute: Any, name: str) -> None:
    with h5py.File(tmp_path / file, "w") as content:
        if attribute is not None:
            content.attrs["dataset"] = attribute
    assert dataset_name(tmp_path / file) == name


def test_the_embedded_data_are_called_synthetic() -> None:
    assert dataset_name(ROOT / "data" / "synthetic_test.h5").startswith("synthetic speech")
