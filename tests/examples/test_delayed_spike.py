# SPDX-License-Identifier: Apache-2.0
"""The example that finds one delayed spike on a waveform."""

from pathlib import Path

import pytest

from examples import delayed_spike
from examples.delayed_spike import DELAY, FIRES


def test_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spike.vcd"
    assert delayed_spike.main(path) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(str(path))
    found = sorted(delayed_spike.find(path, delayed_spike.make_image()))
    assert [(step, what) for _, step, what, _ in found] == [
        (FIRES, "neuron 0 fires"),
        (FIRES + 1, "the delay unit takes the spike"),
        (FIRES + DELAY, "the delay unit sends its row"),
        (FIRES + DELAY, "neuron 1 fires"),
    ]
    assert len(lines) == len(found)
