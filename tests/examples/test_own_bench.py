# SPDX-License-Identifier: Apache-2.0
"""The example of a cocotb test on the core."""

import pytest

from examples import own_bench


@pytest.mark.cocotb
def test_it_passes(capfd: pytest.CaptureFixture[str]) -> None:
    assert own_bench.main() == 0
    assert "2 tests, 0 failed" in capfd.readouterr().out


@pytest.mark.cocotb
def test_it_can_fail(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    real = own_bench.python_environment
    # Only the tests in the simulator see another image: they import the module anew.
    monkeypatch.setattr(own_bench, "python_environment", lambda _, top: real("tests.examples.broken_bench", top))
    assert own_bench.main() == 1
    assert "2 tests, 2 failed" in capfd.readouterr().out
