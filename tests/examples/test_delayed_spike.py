# SPDX-License-Identifier: Apache-2.0
"""The example that finds one delayed spike on a waveform."""

from pathlib import Path

import pytest

from examples import delayed_spike
from examples.delayed_spike import DELAY, FIRES


def test_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert delayed_spike.main(tmp_path / "spike.fst") == 0
    head, *said = capsys.readouterr().out.splitlines()
    lines = [line for line in said if " ns  " in line]
    assert head.startswith(f"waveform: {tmp_path / 'spike.'}")
    assert said[0] == f"  gtkwave {tmp_path / 'spike.gtkw'}"
    assert [line.partition("ns  ")[2] for line in lines] == [
        f"step {FIRES}: neuron 0 fires",
        f"step {FIRES + 1}: the delay unit takes it",
        f"step {FIRES + DELAY}: its row of level {DELAY - 1} leaves",
        f"step {FIRES + DELAY}: its weights are added",
    ]
    assert [line.split()[0] for line in lines] == ["A", "B", "C", "D"]
    times = [int(line.split()[1]) for line in lines]
    assert times == sorted(times)
    marked = (tmp_path / "spike.gtkw").read_text()
    assert all(f" {1000 * time}" in marked for time in times)
