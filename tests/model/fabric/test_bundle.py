# SPDX-License-Identifier: Apache-2.0
"""model.fabric: a network, mapped, comes back; what a fabric would refuse is refused; contradictions are seen."""

import re
from pathlib import Path

import pytest

from model.fabric.bundle import Bundle
from support.errors import InputError
from tests.model.fabric.cases import case, small


@pytest.mark.parametrize("seed", range(16))
def test_a_network_comes_back_as_it_was(seed: int) -> None:
    made = case(seed)
    assert made.bundle.network() == made.network
    data = made.bundle.to_bytes()
    again = Bundle.from_bytes(data, made.bundle.config(["ring"]))
    assert again.network() == made.network
    assert again.to_bytes() == data
    for core in range(made.bundle.cores):
        assert set(made.placement[made.bundle.neurons(core)]) == {core}


def test_a_build_for_a_bundle() -> None:
    bundle = case(2, cores=3, nodes=3).bundle
    config = bundle.config(["ring", "scdq", "bitmap"])
    assert [str(core.delay_unit) for core in config.cores] == ["ring", "scdq", "bitmap"]
    with pytest.raises(InputError, match=re.escape("units: expected one, or one for each of the 3 cores, not 2")):
        bundle.config(["ring", "scdq"])


def test_save_and_load(tmp_path: Path) -> None:
    bundle = small().bundle
    bundle.save(tmp_path / "a.chxb")
    assert Bundle.load(tmp_path / "a.chxb").network() == bundle.network()
