# SPDX-License-Identifier: Apache-2.0
"""data.yinyang: the published sets, sample for sample."""

import hashlib
from typing import get_args

import numpy as np
import pytest

from data.yinyang import CLASSES, EARLY, LATE, Split, YinYang, classify, yin_yang
from support.paths import ROOT

SHARED = ROOT.parent / "shared" / "data" / "yin_yang"
SPLITS = get_args(Split)
HASHES = {
    "train": "3dcfbb1895fd5f753d5591e1b4c3c7d98666e04ed91a50569185f2c0a3fcbb48",
    "validation": "03d1c9e01d7b2ab9d4d200f84632d8ec8a9fe9e72a75043542a21589507de339",
    "test": "01e8a4f15d4b0d4df3d4f94fb67f5167e7b7783a7eeb3329e4e61e8c07ebb9eb",
}  # fmt: skip
"""Of values and labels of each set as published, little-endian."""


@pytest.fixture(scope="module")
def sets() -> dict[Split, YinYang]:
    return {split: yin_yang(split) for split in SPLITS}


def digest(samples: YinYang) -> str:
    return hashlib.sha256(samples.values.astype("<f8").tobytes() + samples.labels.astype("<i8").tobytes()).hexdigest()


@pytest.mark.parametrize("split", SPLITS)
def test_a_set_is_the_published_one(split: Split, sets: dict[Split, YinYang]) -> None:
    assert digest(sets[split]) == HASHES[split]


@pytest.mark.shared
@pytest.mark.parametrize("split", SPLITS)
def test_a_set_is_the_published_file(split: Split, sets: dict[Split, YinYang]) -> None:
    np.testing.assert_array_equal(sets[split].values, np.load(SHARED / f"{split}_samples.npy"))
    np.testing.assert_array_equal(sets[split].labels, np.load(SHARED / f"{split}_labels.npy"))


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [(0.75, 0.5, "dot"), (0.25, 0.5, "dot"), (0.5, 0.9, "yang"), (0.5, 0.1, "yin"), (0.25, 0.35, "yang"),
     (0.75, 0.65, "yin"), (0.1, 0.45, "yang"), (0.9, 0.55, "yin")],
)  # fmt: skip
def test_classes(x: float, y: float, name: str) -> None:
    assert CLASSES[classify(x, y)] == name


def test_times() -> None:
    samples = YinYang(np.array([[0.0, 1.0, 0.5, 0.5]]), np.array([0]))
    middle = (EARLY + LATE) / 2
    np.testing.assert_allclose(samples.times(), [[0.15, 2.0, middle, middle]])
    np.testing.assert_allclose(samples.times(repeat=2, bias=0.9), [[0.15, 2.0, middle, middle] * 2 + [0.9]])
