# SPDX-License-Identifier: Apache-2.0
"""model.fabric.config: ranges, widths, and one geometry for all cores."""

import re
from typing import Any

import pytest

from model.config import preset
from model.fabric.config import FabricConfig
from support.errors import InputError

CORE = preset("tiny")


def build(**changes: Any) -> FabricConfig:
    return FabricConfig(**{"cores": (CORE,) * 5, "routes": 9, "axons": 7, **changes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cores": ()}, "number of cores must be in 1..64, not 0"),
        ({"cores": (CORE,) * 65}, "number of cores must be in 1..64, not 65"),
        ({"routes": 0}, "routes must be in 1..1048576, not 0"),
        ({"axons": 65536}, "axons must be in 1..65535, not 65536"),
        ({"input_depth": 1}, "input_depth must be in 2..4096, not 1"),
        ({"cores": (CORE, preset("tiny", lanes=3))}, "core 1 must have the geometry of core 0"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"fabric configuration: {message}")):
        build(**change)


def test_widths_are_the_least_that_hold_the_numbers() -> None:
    config = build()
    assert (config.nodes, config.node_bits, config.route_bits, config.local_bits) == (5, 3, 4, 3)
    assert build(cores=(CORE,)).node_bits == 1
    assert (build(routes=1).route_bits, build(routes=8).route_bits) == (1, 3)
    assert config.geometry == CORE.geometry()


def test_units_may_differ() -> None:
    cores = [CORE.with_unit(unit) for unit in ("ring", "scdq")]
    assert [str(core.delay_unit) for core in build(cores=cores).cores] == ["ring", "scdq"]
