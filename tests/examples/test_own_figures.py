# SPDX-License-Identifier: Apache-2.0
"""The function that a sweep of the examples calls."""

from pathlib import Path

from flow.sweep.kinds import measure
from support.paths import ROOT


def test_as_a_sweep_calls_it(tmp_path: Path) -> None:
    function = f"{ROOT / 'examples' / 'own_figures.py'}:skip_mask"
    found = measure("call", {"function": function, "options": {"sources": 16, "delays": 32}}, tmp_path)
    assert found == {"mask_bits": 512}
