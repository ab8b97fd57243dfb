# SPDX-License-Identifier: Apache-2.0
"""Constants of a core: each file compiles, and says what Python says."""

import re
import subprocess
from pathlib import Path

import pytest

from flow.integration.constants import write_constants
from flow.integration.core import core_constants, streams
from model.config import CoreConfig, preset
from model.image.records import Status
from rtl.core.counters import COUNTERS, Flag
from rtl.layouts import Kind
from tests.flow.integration.verilator import verilator

MODULE = "acme_core_ring"


@pytest.fixture(params=["tiny", "odd", "seneca48"])
def config(request: pytest.FixtureRequest) -> CoreConfig:
    return preset(request.param)


def test_files_agree_and_compile(config: CoreConfig, tmp_path: Path) -> None:
    constants = core_constants(config)
    package, include, header = write_constants(MODULE, constants, tmp_path)
    expected = {each.name: each.value for each in constants}
    assert len(expected) == len(constants)
    found = re.findall(r"localparam int unsigned (\w+) = (\d+);", package.read_text())
    assert {name: int(value) for name, value in found} == expected

    checks = "".join(f"  if ({MODULE}_pkg::{name} != {value}) $error;\n" for name, value in expected.items())
    checks += "".join(f"  if (`{MODULE.upper()}_{name} != {value}) $error;\n" for name, value in expected.items())
    bench = tmp_path / "check.sv"
    bench.write_text(f'`include "{MODULE}.vh"\n`include "{MODULE}.vh"\nmodule check;\n{checks}endmodule\n')
    verilator("--lint-only", "-Wall", "-Wno-GENUNNAMED", f"-I{tmp_path}", "--top-module", "check", package, bench)

    lines = "".join(f"static_assert({MODULE.upper()}_{name} == {value});\n" for name, value in expected.items())
    source = tmp_path / "check.cpp"
    source.write_text(f'#include "{MODULE}.h"\n#include "{MODULE}.h"\n{lines}')
    subprocess.run(["g++", "-std=c++17", "-fsyntax-only", source], check=True)
    assert [include.suffix, header.suffix] == [".vh", ".h"]


def test_nothing_is_left_out(config: CoreConfig) -> None:
    values = {each.name: each.value for each in core_constants(config)}
    for name, number in config.numbers().items():
        assert values[name.upper()] == int(number)
    for kind, members in (("KIND", Kind), ("STATUS", Status), ("FLAG", Flag)):
        assert {name: value for name, value in values.items() if name.startswith(f"{kind}_")} == {
            f"{kind}_{each.name}": each.value for each in members
        }
    assert [values[f"COUNTER_{name.upper()}"] for name in COUNTERS] == list(range(len(COUNTERS)))
    for stream, layout in streams(config).items():
        end = 0
        for key, field in layout:
            assert values[f"{stream.upper()}_{key}_LSB".upper()] == field.offset == end
            assert values[f"{stream.upper()}_{key}_WIDTH".upper()] == field.width
            end += field.width
        assert values[f"{stream.upper()}_WIDTH"] == end
