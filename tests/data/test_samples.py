# SPDX-License-Identifier: Apache-2.0
"""Recordings to rasters: what is counted, what is refused, classes by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import samples
from data.shd import reader as shd
from model.encoding import Encoding
from support.errors import InputError
from tests.flow.examples import small_network

ENCODING = Encoding(units=700, axons=70, steps=10, step_seconds=0.01, drain=2)


def test_what_merges_and_what_is_dropped_is_counted() -> None:
    spikes = [([0.0, 0.001, 0.005, 0.01, 0.5], [0, 9, 10, 9, 1]), ([], []), ([0.1, 0.2], [5, 6])]
    seen = list(samples.encoded(Path("x.h5"), spikes, ENCODING))
    assert [(int(each.raster.sum()), each.merged, each.dropped) for each in seen] == [(3, 1, 1), (0, 0, 0), (0, 0, 2)]
    counts = Encoding(units=700, axons=140, steps=10, step_seconds=0.01, counts=(2, 3))
    (one,) = samples.encoded(Path("x.h5"), [([0, 0, 0, 0, 0.01], [0, 1, 2, 3, 4])], counts)
    assert (int(one.raster.sum()), one.merged, one.dropped) == (2, 3, 0)


def test_a_wrong_recording_is_named() -> None:
    few = Encoding(units=600, axons=60, steps=10, step_seconds=0.01)
    found = samples.encoded(Path("x.h5"), [([0.5], [599]), ([0.1, 0.2], [0, 600])], few)
    next(found)
    with pytest.raises(InputError, match=r"^x\.h5: recording 1: unit of spike 1 must be in 0\.\.599, not 600$"):
        next(found)


def test_more_than_memory_is_refused_before_it_is_taken() -> None:
    assert samples.raster_shape(Path("x.h5"), 5, 12, 70) == (5, 12, 70)
    with pytest.raises(
        InputError, match=r"x\.h5: 10000000 recordings of 65535 steps and 700 axons take 458,745 GB of memory"
    ):
        samples.raster_shape(Path("x.h5"), 10_000_000, 65535, 700)


def test_open_some(tmp_path: Path) -> None:
    shd.write(tmp_path / "x.h5", [([0.5], [1]), ([], [])], labels=[0, 1], speakers=[0, 0])
    shd.write(tmp_path / "none.h5", [], labels=[], speakers=[])
    assert [len(samples.open_some(tmp_path / "x.h5", count)) for count in (None, 1, 2)] == [2, 1, 2]
    with pytest.raises(InputError, match=r"x\.h5: samples must be in 1\.\.2, not 3"):
        samples.open_some(tmp_path / "x.h5", 3)
    for count in (None, 1):
        with pytest.raises(InputError, match=r"none\.h5: no recordings, expected at least one$"):
            samples.open_some(tmp_path / "none.h5", count)


def test_classes_go_by_name() -> None:
    places = samples.class_places(Path("x.h5"), ("a", "[x]"), ("[x]", "b", "a"), 3)
    assert np.array_equal(places, [2, 0])
    assert np.array_equal(samples.class_places(Path("x.h5"), ("a", "b"), (), 2), [0, 1])
    with pytest.raises(InputError, match=r"x\.h5: class 'c' is none of the network's: a, b$"):
        samples.class_places(Path("x.h5"), ("a", "c"), ("a", "b"), 2)
    with pytest.raises(InputError, match=r"x\.h5: 3 classes, the network has 2$"):
        samples.class_places(Path("x.h5"), ("a", "b", "c"), (), 2)


def raster_file(folder: Path, name: str = "x.npz", **rest: object) -> Path:
    raster = np.random.default_rng(1).random((3, 8, 4)) < 0.3
    np.savez(folder / name, raster=raster, **rest)  # type: ignore[arg-type]
    return folder / name


def test_samples_step_by_step_are_played_as_they_are(tmp_path: Path) -> None:
    network = replace(small_network(), max_steps=100)
    path = raster_file(tmp_path)
    with np.load(path) as file:
        wanted = file["raster"]
    for each, steps in ((network, 11), (replace(network, encoding=None), 8)):
        source = samples.open_some(path)
        assert samples.steps_of(source, each) == steps
        seen = np.stack([one.raster for one in samples.as_played(source, each)])
        assert np.array_equal(seen[:, :8], wanted)
        assert not seen[:, 8:].any()
    assert len(samples.open_some(path, 2)) == 2
    assert samples.steps_of(samples.open_some(path, 1), replace(network, encoding=None)) == 8


def test_samples_that_a_network_cannot_play(tmp_path: Path) -> None:
    network = replace(small_network(), encoding=None, max_steps=7)
    with pytest.raises(
        InputError, match=r"x\.npz: sample \d: an event in step 7; network 'small' takes events in steps 0"
    ):
        samples.steps_of(samples.open_some(raster_file(tmp_path)), network)
    (tmp_path / "x.csv").write_text("sample,step,axon\n0,1,4\n")
    with pytest.raises(InputError, match=r"x\.csv: sample 0: axon 4 is out of range; network 'small' has 4 axons$"):
        samples.steps_of(samples.open_some(tmp_path / "x.csv"), network)
    (tmp_path / "x.csv").write_text("# axons=3\nsample,step,axon\n0,1,2\n")
    with pytest.raises(InputError, match=r"x\.csv: 3 axons, network 'small' has 4$"):
        samples.steps_of(samples.open_some(tmp_path / "x.csv"), network)
    (tmp_path / "x.csv").write_text("# steps=9\nsample,step,axon\n0,1,2\n")
    with pytest.raises(InputError, match=r"x\.csv: 9 steps, network 'small' takes 7$"):
        samples.steps_of(samples.open_some(tmp_path / "x.csv"), network)


def test_numbers_are_places_and_names_go_by_name(tmp_path: Path) -> None:
    numbers = samples.open_some(raster_file(tmp_path, label=np.array([2, 0, 1])))
    assert samples.classes_of(numbers, ("a", "b", "c"), 3).tolist() == [2, 0, 1]
    with pytest.raises(InputError, match=r"x\.npz: sample 0: label 2, the network has 2 classes$"):
        samples.classes_of(numbers, (), 2)
    names = samples.open_some(raster_file(tmp_path, label=np.array(["c", "a", "b"])))
    assert samples.classes_of(names, ("b", "c", "a"), 3).tolist() == [1, 2, 0]
    assert samples.classes_of(samples.open_some(raster_file(tmp_path)), (), 0).tolist() == [-1, -1, -1]
