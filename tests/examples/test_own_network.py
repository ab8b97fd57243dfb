# SPDX-License-Identifier: Apache-2.0
"""The example of a network made by hand."""

import pytest

from examples import own_network


def test_it_detects_the_pair_three_steps_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert own_network.main() == 0
    golden, rtl, verdict = capsys.readouterr().out.splitlines()
    assert golden == "golden model: neuron 0 fires in steps [4], neuron 1 counted 1"
    assert rtl == "RTL: neuron 0 fires in steps [4], neuron 1 counted 1"
    assert verdict.startswith("no difference, ")
