# SPDX-License-Identifier: Apache-2.0
"""Recordings to rasters: what is counted, what is refused, classes by name."""

from pathlib import Path

import numpy as np
import pytest

from data import samples
from data.shd import reader as shd
from model.encoding import Encoding
from support.errors import InputError

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
    assert samples.raster_shape(Path("x.h5"), 5, ENCODING) == (5, 12, 70)
    large = Encoding(units=700, axons=700, steps=65535, step_seconds=0.01)
    with pytest.raises(
        InputError, match=r"x\.h5: 10000000 recordings of 65535 steps and 700 axons take 458,745 GB of memory"
    ):
        samples.raster_shape(Path("x.h5"), 10_000_000, large)


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
