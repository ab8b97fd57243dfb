# SPDX-License-Identifier: Apache-2.0
"""A unit is registered once: nobody else names it, and each of its modules says what the registry promises."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.config import DelayUnit
from model.delay.spec import DelaySpec
from model.faults.held import Held
from rtl.delay.unit import DelayUnitBase
from support.paths import ROOT
from tb.delay.unit import BenchedUnit
from tb.formal.broken.variant import Mutation
from tb.formal.delay.proven import ProvenUnit

SOURCES = ("benchmarks", "data", "flow", "model", "rtl", "support", "tb", "train")
NAMES = set(DelayUnit)
OWN = {
    *(f"{folder}/{unit}.py" for unit in DelayUnit
      for folder in ("model/delay", "model/faults/units", "rtl/delay", "tb/delay", "tb/formal/delay",
                     "tb/formal/broken")),
    "model/delay/registry.py",
}  # fmt: skip
EXCUSED = {
    "flow/yinyang/memory.py": "compares two of them on the same network",
    "flow/delay_report/formulas.py": "formulas of the literature, by the unit that they were published for",
    "flow/delay_report/published.py": "the published points, of the units that they were published for",
    "flow/commands/energy/command.py": "the unit of the report by default: its memories take least energy",
    "train/report/results.py": "which units a training report shows",
    "tb/formal/core/loader.py": "the build of a proof of the loader, which takes a capacity",
    "tb/formal/broken/delay.py": "properties that reject a fault of what units share",
}


def named(path: Path) -> Iterator[str]:
    """Units that a source names: as a member, as a string of its own, by their modules."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="DelayUnit"), attr=attr) if attr.lower() in NAMES:
                yield f"{path}:{node.lineno}: DelayUnit.{attr}"
            case ast.Constant(value=str(text)) if text in NAMES or text.partition(".")[0] in NAMES:
                yield f"{path}:{node.lineno}: {text!r}"
            case ast.ImportFrom(module=str(module)) if module.rpartition(".")[2] in NAMES:
                yield f"{path}:{node.lineno}: import of {module}"


def test_nobody_else_names_a_unit() -> None:
    found = {
        str(path.relative_to(ROOT)): list(named(path)) for folder in SOURCES for path in (ROOT / folder).rglob("*.py")
    }
    strange = [line for name, lines in found.items() if name not in OWN | set(EXCUSED) for line in lines]
    assert strange == []
    assert not [name for name in EXCUSED if not found[name]], "needs no excuse any more"


def test_a_name_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text('a = DelayUnit.RING\nb = x == "scdq1"\nfrom rtl.delay.bitmap import Bitmap\nc = "the ring"\n')
    assert {line.partition(":")[2] for line in named(source)} == {
        "1: DelayUnit.RING", "2: 'scdq1'", "3: import of rtl.delay.bitmap",
    }  # fmt: skip


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_every_part_is_there(unit: DelayUnit) -> None:
    assert isinstance(unit.spec, DelaySpec)
    assert issubclass(unit.part("model.faults.units", "HELD"), Held)
    assert issubclass(unit.part("rtl.delay", "UNIT"), DelayUnitBase)
    assert isinstance(unit.part("tb.delay", "BENCH"), BenchedUnit)
    assert isinstance(unit.part("tb.formal.delay", "PROOF"), ProvenUnit)
    assert all(isinstance(each, Mutation) for each in unit.part("tb.formal.broken", "MUTANTS"))
    assert (ROOT / "flow" / "delay_report" / "logic" / f"{unit}.toml").is_file()


def test_units_look_different() -> None:
    assert len({unit.spec.marker for unit in DelayUnit}) == len(DelayUnit)
