# SPDX-License-Identifier: Apache-2.0
"""flow.verify.mutants: names that last, a sample that its seed decides, no fault of a clock."""

import pytest

from flow.synthesis.verilog import plain_verilog
from flow.verify.mutants import BITS, LOST, Mutant, Mutated, keyed, source_line, without_control
from rtl.delay.unit import delay_unit
from support.folder_cache import digest
from support.paths import ROOT
from tests.flow.verify.examples import SAME, chosen, ring


def test_a_sample_depends_on_its_seed_alone() -> None:
    design, other = ring(20), ring(20, seed=2)
    assert len({each.key for each in design.mutants}) == 20
    assert design.mutants == ring(20).mutants
    assert design.mutants != other.mutants
    assert design.keys == other.keys >= {each.key for each in design.mutants + other.mutants}


def test_all_mutants_have_names_and_none_is_of_a_clock() -> None:
    design = ring()
    assert len({each.key for each in design.mutants}) == len(design.mutants) == len(design.keys) > 500
    assert not any(each.options["port"] == "CLK" for each in design.mutants)
    assert f"input [{BITS - 1}:0] mutsel" in chosen(SAME).verilog()
    files = {place.split(":")[0] for each in design.mutants for place in each.sources}
    assert "rtl/delay/ring.py" in files
    assert all((ROOT / file).exists() for file in files)


def test_a_design_is_the_same_whatever_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    design = ring(1)
    plain = plain_verilog(delay_unit(design.config), design.top)
    assert design.design == digest(" ".join(plain.split()))


COMMAND = "mutate -mode inv -module m -cell $add$delay_x.v:3$7 -port {port} -portbit 1 -src delay_x.v:2"
VERILOG = ["module m;", "assign a = b + c;", ""]


def test_a_key_is_of_what_is_around_it() -> None:
    """No number of a cell or line, but the text of the line; equal ones are counted; clocks are left out."""
    twice = [COMMAND.format(port="Y"), COMMAND.format(port="Y") + " -ctrlbit 3", COMMAND.format(port="CLK")]
    found = keyed(twice[:1] + twice[2:], "delay_x", VERILOG)
    assert [each.key for each in found.values()] == ["inv $add Y[1] @ assign a = b + c;"]
    assert without_control(twice[1]) == twice[0]
    other = COMMAND.format(port="Y").replace("$7", "$9")
    assert [each.key for each in keyed([twice[0], other], "delay_x", VERILOG).values()] == [
        "inv $add Y[1] @ assign a = b + c;", "inv $add Y[1] @ assign a = b + c; #2",
    ]  # fmt: skip


def test_a_line_of_the_sources() -> None:
    assert source_line("support/errors.py:1") == "support/errors.py: # SPDX-License-Identifier: Apache-2.0"


@pytest.mark.parametrize(("wire", "bit", "init"), [("lost", 0, LOST & 1), ("lost", 1, 1), ("peak", 1, 0)])
def test_a_register_starts_as_it_did(wire: str, bit: int, init: int) -> None:
    command = f"mutate -mode inv -cell $dff1 -port Q -portbit 0 -wire {wire} -wirebit {bit}"
    first, second = Mutated.controlled(5, Mutant(key="", command=command, sources=()))
    assert first.startswith(f"mutate -ctrl mutsel {BITS} 5 -mode inv")
    assert f"setattr -set init 1'b{init} " in second
