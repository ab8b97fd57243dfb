# SPDX-License-Identifier: Apache-2.0
"""chronaxie codebook: an image whose weights are few, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from model.image.image import Image
from support.paths import ROOT

SPEECH = ROOT / "tables" / "synthetic_48_48_20.chx"


def test_a_speech_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "four.chx"
    assert run(["codebook", str(SPEECH), "-o", str(out)]) == 0
    image, before = Image.load(out), Image.load(SPEECH)
    assert image.geometry.codebook
    assert image.geometry.weight_bits == 4
    assert len(np.unique(image.network().weight)) <= 16
    assert len(image.to_bytes()) < 0.75 * len(before.to_bytes())
    assert f"{image.synapses:,} of {before.synapses:,} synapses with weights of 4 bits" in capsys.readouterr().out


def test_fewer_entries(tmp_path: Path) -> None:
    out = tmp_path / "two.chx"
    assert run(["codebook", str(SPEECH), "-o", str(out), "--entries", "4"]) == 0
    assert Image.load(out).geometry.weight_bits == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "four.npz"], "four.npz: an image ends in .chx; expected such a name"),
        (["-o", "four.chx", "--entries", "17"], "Input should be less than or equal to 16"),
    ],
)
def test_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["codebook", str(SPEECH), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
