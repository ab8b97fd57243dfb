# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""The harness: its files stand alone, and its script and results have the sizes that Python writes and reads."""

import re
import subprocess
from pathlib import Path

import pytest

from tb.player.harness import CONTROLLER, HERE, MODULES, PUBLIC, TOP, harness, visible
from tb.player.phase import Phase
from tb.player.ports import Ports, ports_of
from tb.player.runner import verilator_root
from tb.player.script import SCRIPT, Run, result_fields
from tests.tb.designs import Adder, Combinational, Fifo, Lanes

COMPONENTS = (Adder, Combinational, Fifo, Lanes)


def ports(component: type) -> Ports:
    return ports_of(component())


def parameter(text: str, name: str) -> int:
    """A parameter of the controller."""
    found = re.search(rf"\.{name}\((\d+)\)", text)
    assert found
    return int(found[1])


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_right_by_itself(name: str, tmp_path: Path) -> None:
    command = [str(verilator_root() / "bin" / "verilator_bin"), "--lint-only", "--timing", "-Wno-style", "-Wno-WIDTH"]
    done = subprocess.run([*command, "--top-module", Path(name).stem, str(HERE / name)], cwd=tmp_path, check=False,
                          capture_output=True, text=True, env={"VERILATOR_ROOT": str(verilator_root())})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_phase_has_the_bytes_that_the_controller_reads(component: type, tmp_path: Path) -> None:
    run = Run(phases=[Phase(), Phase(cycles=3)], idle=0.0, stall=0.0, seed=1, timeout=50)
    run.write(ports(component), tmp_path)
    bits = parameter(harness(ports(component), set()), "SCRIPT_BITS")
    assert (tmp_path / SCRIPT).stat().st_size == 2 * bits // 8
    assert (tmp_path / SCRIPT).read_bytes()[0] == 1, "the first phase resets"


@pytest.mark.parametrize("component", COMPONENTS)
def test_results_have_whole_words(component: type) -> None:
    words = sum((bits + 31) // 32 for _, bits in result_fields(ports(component)))
    assert parameter(harness(ports(component), set()), "RESULT_BITS") == 32 * words


def test_only_what_the_component_has_is_connected() -> None:
    text = harness(ports(Fifo), {"clk", "i__payload", "i__valid", "i__ready"})
    dut = text.split("dut dut (")[1].split(");")[0]
    assert set(re.findall(r"\.(\w+)\(", dut)) == {"clk", "i__payload", "i__valid", "i__ready"}
    assert text.count(f"module {TOP}(") == 1
    assert [text.count(f"\nmodule {Path(name).stem} ") for name in MODULES] == [1] * len(MODULES)


def test_python_sees_the_controller() -> None:
    source = (HERE / f"{CONTROLLER}.sv").read_text()
    for name in PUBLIC:
        assert re.search(rf"\breg\b.*\b{name}\b", source)
        assert f'-module "{CONTROLLER}" -var "{name}"' in visible()
