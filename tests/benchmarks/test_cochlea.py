# SPDX-License-Identifier: Apache-2.0
"""benchmarks.cochlea: takes any sound that `data encode` takes, and says in one line what it cannot read."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.cochlea import main, voice


def test_stereo_at_another_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = voice(0.1)[::3] / 3
    soundfile.write(tmp_path / "a.wav", np.stack([sound, sound], 1), 16_000)
    monkeypatch.setattr(sys, "argv", ["cochlea", str(tmp_path / "a.wav"), "--repeats", "2"])
    # Few spikes, few draws: whether both forms agree to 5 % is left to chance.
    assert main() in {0, 1}
    assert capsys.readouterr().out.startswith("cochlea, 0.10 s of sound, processor time\n")


def test_no_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    monkeypatch.setattr(sys, "argv", ["cochlea", str(tmp_path / "a.wav")])
    assert main() == 2
    seen = capsys.readouterr().err
    assert seen.startswith(f"error: {tmp_path}/a.wav: no sound file that can be read")
    assert seen.count("\n") == 1
