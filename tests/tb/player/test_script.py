# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Files between Python and the harness: what is written, field by field, and what is read back."""

from pathlib import Path

import numpy as np
import pytest

from support.errors import InputError
from tb.errors import SimulatorFailure
from tb.player.phase import Match, Phase
from tb.player.ports import Port, PortKind, ports_of
from tb.player.script import RESULTS, SCRIPT, ResultReader, Run, result_fields, script_fields, token_bytes
from tests.tb.designs import Fifo

PORTS = ports_of(Fifo())


def run(*phases: Phase, **options: object) -> Run:
    return Run(**{"phases": phases, "idle": 0.25, "stall": {"o": 0.5}, "seed": 3, "timeout": 90, **options})  # type: ignore[arg-type]


def written(folder: Path, phase: int) -> dict[str, int]:
    """The fields of a phase of the script in a folder."""
    data, fields = (folder / SCRIPT).read_bytes(), {}
    place = phase * sum((bits + 7) // 8 for _, bits in script_fields(PORTS))
    for name, bits in script_fields(PORTS):
        size = (bits + 7) // 8
        fields[name] = int.from_bytes(data[place : place + size], "big")
        place += size
    return fields


def test_what_a_phase_asks_for_is_in_the_script(tmp_path: Path) -> None:
    asks = Phase(inputs={"i": [1, 2, 3]}, until={"o": Match(mask=12, value=4)}, settle=7, cycles=5, idle=0.0)
    run(asks, Phase(expect={"o": 2}, drain=False, reset=True), discard=("o",)).write(PORTS, tmp_path)
    first, second = written(tmp_path, 0), written(tmp_path, 1)
    assert {name: first[name] for name in ("reset", "drain", "timeout", "minimum", "settle", "i_count", "i_idle")} == {
        "reset": 1, "drain": 1, "timeout": 90, "minimum": 5, "settle": 7, "i_count": 3, "i_idle": 0,
    }  # fmt: skip
    assert (first["o_until"], first["o_mask"], first["o_value"]) == (1, 12, 4)
    assert (second["reset"], second["drain"], second["o_expect"], second["o_until"]) == (1, 0, 2, 0)
    assert (second["i_idle"], second["o_stall"], second["o_write"]) == (16384, 32768, 0)
    assert first["i_seed"] != second["i_seed"] != 0
    assert (tmp_path / "in_i.bin").read_bytes() == bytes([1, 2, 3])


def record(folder: Path, **fields: int) -> None:
    """Append a phase to the results in a folder, as the harness does."""
    with (folder / RESULTS).open("ab") as file:
        for name, bits in result_fields(PORTS):
            file.write(fields.get(name, 0).to_bytes(4 * ((bits + 31) // 32), "little"))


def test_results_come_phase_by_phase(tmp_path: Path) -> None:
    reader = ResultReader(PORTS, run(Phase(), Phase(expect={"o": 9})), tmp_path)
    assert list(reader.new()) == []
    tokens = np.array([(7, 100), (8, 103), (9, 200)], dtype=[("payload", "<u4"), ("cycle", "<u8")])
    tokens.tofile(tmp_path / "out_o.bin")
    record(tmp_path, start=98, end=105, o_count=2, o_written=2, level_get=3)
    [first] = reader.new()
    assert not isinstance(first, str)
    assert (first.outputs, first.at, first.values) == ({"o": [7, 8]}, {"o": [100, 103]}, {"level": 3})
    assert (first.start, first.cycles) == (98, 8)
    record(tmp_path, late=1, start=106, end=195, i_left=4, o_count=1, o_written=3)
    [second] = reader.new()
    expected = "phase 1 not over after 90 cycles: source i has 4 tokens left, o has given 1 of 9 tokens"
    assert second == expected
    assert reader.phases == 2


def test_tokens_that_are_not_there_are_the_simulator_s_fault(tmp_path: Path) -> None:
    (tmp_path / "out_o.bin").touch()
    record(tmp_path, o_written=1)
    with pytest.raises(SimulatorFailure, match=r"out_o.bin ends before the 1 tokens it should hold"):
        list(ResultReader(PORTS, run(Phase()), tmp_path).new())


@pytest.mark.parametrize("width", [0, 1, 8, 9, 64, 100])
def test_tokens_are_whole_bytes_high_first(width: int) -> None:
    port = Port(name="x", kind=PortKind.SOURCE, shape=width, width=width, interface=None)
    tokens, size = [0, (1 << width) - 1, 1 & ((1 << width) - 1)], max(1, (width + 7) // 8)
    data = token_bytes(tokens, port, "here")
    assert [int.from_bytes(data[k : k + size], "big") for k in range(0, len(data), size)] == tokens
    with pytest.raises(InputError, match=r"here: tokens must be in 0\.\."):
        token_bytes([1 << width], port, "here")
