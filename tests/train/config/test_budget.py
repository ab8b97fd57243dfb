# SPDX-License-Identifier: Apache-2.0
"""train.config.budget: what a core can be given as, and what is said about what it cannot."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from model.config import preset
from model.limits import GEOMETRY
from model.mapping.compiler import compile_network
from model.random_network import random_network
from tests.train.config.test_run import GOOD, write
from train.config.budget import WIDTHS, BudgetConfig, read_core
from train.config.run import load_config


def test_a_core_is_a_preset_an_image_or_its_numbers(tmp_path: Path) -> None:
    assert read_core("seneca48") == preset("seneca48")
    image = compile_network(random_network(np.random.default_rng(0), preset("odd")), preset("odd"))
    image.save(tmp_path / "a.chx")
    assert read_core(str(tmp_path / "a.chx")).geometry() == preset("odd").geometry()
    assert read_core({"preset": "odd", "rows": 7}) == preset("odd", rows=7)
    assert read_core(preset("tiny").numbers()).geometry() == preset("tiny").geometry()


@pytest.mark.parametrize("name", WIDTHS)
def test_limits_and_defaults_are_those_of_a_build(name: str) -> None:
    low, high = GEOMETRY[name].low, GEOMETRY[name].high
    others = {"state_bits": 31 if name == "accumulator_bits" else 20, "accumulator_bits": 4}
    for value in (low, high):
        assert getattr(BudgetConfig.model_validate({**others, name: value}), name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(ValidationError, match=name):
            BudgetConfig.model_validate({**others, name: value})
    assert getattr(BudgetConfig(), name) == getattr(preset("seneca48"), name)


def test_numbers_that_follow_from_the_widths() -> None:
    budget = BudgetConfig(accumulator_bits=6, state_bits=8)
    assert (budget.largest_sum, budget.vmax) == (31, 127)


def test_lanes_and_widths_are_the_cores() -> None:
    budget = BudgetConfig.model_validate({"core": "odd"})
    assert (budget.lanes, budget.accumulator_bits, budget.state_bits) == (3, 13, 15)
    assert BudgetConfig.model_validate({"core": "odd", "lanes": 3}) == budget


@pytest.mark.parametrize(
    "given", [{}, {"keep": "auto", "synapses": 9}, {"core": "odd", "cores": 2}, {"core": {"preset": "tiny", "rows": 7}}]
)
def test_it_comes_back_from_a_checkpoint(given: dict[str, Any]) -> None:
    budget = BudgetConfig.model_validate(given)
    assert BudgetConfig.model_validate_json(budget.model_dump_json()) == budget


def test_a_budget_of_an_earlier_version_is_read() -> None:
    before = '{"keep": 15, "synapses": null, "image_bytes": null, "style": "synaptic", "ramp": 0.5, "lanes": 8}'
    assert BudgetConfig.model_validate_json(before) == BudgetConfig(keep=15)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"core": "seneca"}, "core: no preset 'seneca': expected one of seneca48, tiny, odd, or an image (.chx)"),
        ({"core": "none.chx"}, "core: none.chx"),
        ({"core": 3}, "core: expected a preset, an image (.chx) or a table, not 3"),
        ({"core": {"neurons": 4, "rows": 2}}, "core: axons, delays, synapse_words: missing; expected them, or preset"),
        ({"core": {"preset": "tiny", "nurons": 4}}, "core: unknown key 'nurons'; expected preset, neurons, axons"),
        ({"core": {"preset": "tiny", "rows": 0}}, "core: core configuration: rows must be in 1..1048576, not 0"),
        ({"core": "seneca48", "lanes": 4}, "lanes must be the core's (8), not 4"),
        ({"core": "seneca48", "state_bits": 16}, "state_bits must be the core's (20), not 16"),
        ({"cores": 2}, "cores (2) need core, the build of each"),
        ({"keep": "auto"}, "keep = 'auto' needs a limit; expected synapses, image_bytes or core"),
        ({"keep": "most"}, "must be a whole number of at least 1, or 'auto', not 'most'"),
        ({"keep": 0}, "must be a whole number of at least 1, or 'auto', not 0"),
        ({"keep": True}, "must be a whole number of at least 1, or 'auto', not True"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)) as error:
        BudgetConfig.model_validate(given)
    assert error.value.error_count() == 1
    assert "\n" not in error.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[budget]\ncore = "seneca"\n', "budget: core: no preset 'seneca'"),
        (
            '[budget]\ncore = "seneca48"\n[network]\nhidden = [100, 48]\n',
            "budget.core: neurons: needs 168, the core has",
        ),
        (
            '[budget.core]\npreset = "seneca48"\ndelays = 58\n',
            "network.between: delays of up to 59 steps need 59 delay",
        ),
    ],
)
def test_a_network_that_cannot_fit_is_refused_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, GOOD + text)
    with pytest.raises(ValueError, match=re.escape(f"{path}: {message}")):
        load_config(path)
