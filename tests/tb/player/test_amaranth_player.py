# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""The player on Amaranth's simulator; ``test_play.py`` compares it with the others, cycle for cycle."""

from pathlib import Path

import pytest

from tb.errors import OutOfSeconds, SimulationError
from tb.player import amaranth_player
from tb.player.phase import Phase
from tb.player.ports import ports_of
from tb.player.script import RESULTS, ResultReader, Run, result_fields
from tests.tb.designs import Broken, Fault, Fifo


def write(component: Fifo | Broken, folder: Path, *phases: Phase) -> Run:
    run = Run(phases=phases, idle=0.0, stall=0.0, seed=1, timeout=1000)
    run.write(ports_of(component), folder)
    return run


def test_results_are_there_when_a_phase_is_over(tmp_path: Path) -> None:
    fifo = Fifo()
    run = write(fifo, tmp_path, Phase(inputs={"i": [5]}, expect={"o": 1}), Phase(inputs={"i": [6]}, expect={"o": 1}))
    ports = ports_of(fifo)
    size = 4 * sum((bits + 31) // 32 for _, bits in result_fields(ports))
    reader, seen = ResultReader(ports, run, tmp_path), []
    for number, _ in enumerate(amaranth_player.play(fifo, ports, tmp_path, 2), 1):
        assert (tmp_path / RESULTS).stat().st_size == number * size
        seen += [result.outputs["o"] for result in reader.new() if not isinstance(result, str)]
    assert seen == [[5], [6]]


def test_an_assertion_says_in_which_phase(tmp_path: Path) -> None:
    broken = Broken()
    write(broken, tmp_path, Phase(), Phase(inputs={"i": [9]}, cycles=20))
    with pytest.raises(SimulationError, match=r"phase 1: .*token 9 is unlucky"):
        list(amaranth_player.play(broken, ports_of(broken), tmp_path, 2))


def test_a_run_has_its_seconds(tmp_path: Path) -> None:
    broken = Broken()
    write(broken, tmp_path, Phase(expect={"o": 1}, set={"fault": Fault.MUTE}))
    with pytest.raises(OutOfSeconds, match=r"phase 0 not over when the run's 0.0 s were"):
        list(amaranth_player.play(broken, ports_of(broken), tmp_path, 1, seconds=0.0))
