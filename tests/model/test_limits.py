# SPDX-License-Identifier: Apache-2.0
"""The table of limits: what is in a range, what is said of what is not, and that the documents say the same."""

import ast
import re
from pathlib import Path

import pytest

import model.geometry
from model import limits
from model.config import CoreConfig, preset
from model.geometry import Geometry
from model.limits import Range, signed_range
from support.errors import InputError
from train.config.budget import BudgetConfig
from train.config.run import QuantisationConfig


@pytest.mark.parametrize("value", [3, 5])
def test_what_is_in_a_range(value: int) -> None:
    Range(3, 5).check("x", value)


@pytest.mark.parametrize(
    ("value", "message"),
    [(2, r"x must be in 3\.\.5, not 2"), (6, r"x must be in 3\.\.5, not 6"), (True, "x must be an integer, not True"),
     ("3", "x must be an integer, not '3'"), (3.0, r"x must be an integer, not 3\.0")],
)  # fmt: skip
def test_what_is_not(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Range(3, 5).check("x", value)
    with pytest.raises(InputError, match=r"x must be in 3\.\.4, not 5"):
        Range(3, 5).check("x", 5, high=4)


@pytest.mark.parametrize("bits", [1, 2, 8, 31])
def test_signed_numbers(bits: int) -> None:
    low, high = signed_range(bits)
    assert (high - low + 1, low + high) == (1 << bits, -1)


@pytest.mark.parametrize("name", limits.GEOMETRY)
def test_a_build_keeps_to_the_table(name: str) -> None:
    allowed = limits.GEOMETRY[name]
    for good in (allowed.low, allowed.high):
        wide = {"state_bits": limits.STATE_BITS.high} if name == "accumulator_bits" else {}
        narrow = {"accumulator_bits": 2} if name == "state_bits" else {}
        assert getattr(preset("tiny", **{**wide, **narrow, name: good}), name) == good
    for bad in (allowed.low - 1, allowed.high + 1):
        with pytest.raises(InputError, match=rf"core configuration: {name} must be in .*, not {bad}"):
            preset("tiny", **{name: bad})


def documented(path: Path) -> dict[str, list[tuple[int, int]]]:
    """The ranges "(low to high" in the docstrings of the fields of a module's classes."""
    found = {}
    for cls in (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)):
        for name, says in zip(cls.body, cls.body[1:], strict=False):
            if isinstance(name, ast.AnnAssign) and isinstance(says, ast.Expr):
                text = ast.literal_eval(says.value)
                pairs = re.findall(r"(?:\(|of )(\d+) to (2\*\*)?(\d+)\b", text)
                found[ast.unparse(name.target)] = [
                    (int(low), 1 << int(high) if power else int(high)) for low, power, high in pairs
                ]
    return found


def test_docstrings_give_the_same_ranges() -> None:
    found = documented(Path(model.geometry.__file__))
    codebook = (limits.CODEBOOK_BITS.low, limits.CODEBOOK_BITS.high)
    for name, allowed in limits.GEOMETRY.items():
        expected = [(allowed.low, allowed.high)]
        expected += [codebook] if name == "weight_bits" else []
        assert found[name] == ([] if name == "accumulator_bits" else expected), name


def test_training_has_the_same_defaults_and_limits() -> None:
    budget, build = BudgetConfig(), Geometry(neurons=1, axons=1, delays=1, rows=1, synapse_words=1)
    for name in ("lanes", "accumulator_bits", "state_bits"):
        assert getattr(budget, name) == getattr(build, name)
    assert QuantisationConfig().weight_bits == build.weight_bits == CoreConfig(**build.numbers()).weight_bits
    with pytest.raises(ValueError, match="less than or equal to 32"):
        BudgetConfig(lanes=limits.LANES.high + 1)
