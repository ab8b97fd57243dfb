# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Players on small components: the same answers from all backends, and every kind of failure caught."""

import gzip
import re
import struct
from pathlib import Path

import pytest
from amaranth.lib.data import StructLayout

from support.errors import InputError
from tb.errors import OutOfSeconds, SimulationError, SimulationTimeout, SimulatorFailure
from tb.player import waves
from tb.player.phase import Match, Phase, PhaseResult
from tb.player.play import Backend, Player, with_instances
from tb.player.view import View, stream_group
from tests.tb.designs import Adder, Broken, Combinational, Fault, Fifo, Foreign, Lanes

BACKENDS = (pytest.param("cocotb", marks=pytest.mark.cocotb), "native", "amaranth")


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of failed runs are kept: here, that is on purpose."""
    monkeypatch.setattr("tb.player.play.BUILD_ROOT", tmp_path)


@pytest.fixture(scope="module")
def fifo() -> Player:
    return Player(Fifo(), backend="native")


def adder_run(backend: Backend, seed: int) -> list[PhaseResult]:
    player = Player(Adder(), backend=backend)
    pairs = [player.pack("pairs", {"a": i - 16, "b": 7 * i, "wide": i << 94}) for i in range(32)]
    return player.run(
        [
            Phase(inputs={"pairs": pairs}, expect={"sums": 32, "trace": 32, "done": 32}),
            Phase(inputs={"pairs": pairs[:3]}, until={"sums": player.match("sums", wide=2 << 94)}, set={"offset": 5}),
            Phase(cycles=20),
            Phase(reset=True, inputs={"pairs": pairs[:1]}, settle=10),
        ],
        idle=0.3,
        stall={"sums": 0.6, "done": 0.1},
        seed=seed,
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("backend", BACKENDS)
def test_backends_agree_to_the_cycle(backend: Backend, seed: int) -> None:
    results = adder_run(backend, seed)
    assert results == adder_run("native", seed)
    player = Player(Adder(), backend="amaranth")
    first, second, third, last = results
    sums = [player.unpack("sums", token) for token in first.outputs["sums"]]
    assert sums == [{"sum": i - 16 + 7 * i - 3, "wide": i << 94} for i in range(32)]
    assert [player.unpack("trace", token) for token in first.outputs["trace"]] == [s["sum"] for s in sums]
    assert first.outputs["done"] == 32 * [0]
    assert second.values["total"] == 35 * ((1 << 65) + 1) % (1 << 70)
    assert [player.unpack("trace", token) for token in second.outputs["trace"]] == [-11, -3, 5]
    assert third.outputs["sums"] == []
    assert third.cycles == 20
    assert last.values["total"] == (1 << 65) + 1


def test_seed_and_probabilities_decide_when(fifo: Player) -> None:
    phases = [Phase(inputs={"i": range(200)}, expect={"o": 200})]
    plain = fifo.run(phases)[0]
    slow = [fifo.run(phases, idle=0.5, stall=0.5, seed=seed)[0] for seed in (1, 1, 2)]
    assert {tuple(result.outputs["o"]) for result in [plain, *slow]} == {tuple(range(200))}
    assert plain.at["o"] == list(range(plain.at["o"][0], plain.at["o"][0] + 200)), "one token a cycle"
    assert slow[0] == slow[1]
    assert slow[0].at != slow[2].at
    assert 300 < slow[0].cycles < 900


def test_tokens_left_over_are_played_in_the_next_phase(fifo: Player) -> None:
    first, second = fifo.run(
        [
            Phase(inputs={"i": range(100)}, drain=False, until={"o": 10}, stall=0.5),
            Phase(inputs={"i": range(100, 110)}, expect={"o": 90}),
        ]
    )
    assert first.outputs["o"][10] == 10
    assert len(first.outputs["o"]) < 20
    assert first.outputs["o"] + second.outputs["o"] == list(range(len(first.outputs["o"]) + len(second.outputs["o"])))


def test_reset_forgets_tokens_left_over(fifo: Player) -> None:
    results = fifo.run(
        [
            Phase(inputs={"i": range(100)}, drain=False, expect={"o": 10}, stall=0.5),
            Phase(inputs={"i": [7, 8]}, reset=True, expect={"o": 2}, settle=20),
        ]
    )
    assert results[1].outputs["o"] == [7, 8]
    assert results[1].values == {"level": 0}


def test_stream_gives_results_while_the_run_goes_on(fifo: Player) -> None:
    phases = [Phase(inputs={"i": [k % 256]}, expect={"o": 1}) for k in range(300)]
    stream = fifo.stream(phases)
    assert next(stream).outputs["o"] == [0]
    assert [result.outputs["o"][0] for result in stream] == [k % 256 for k in range(1, 300)]


def test_discarded_tokens_are_counted_not_kept(fifo: Player) -> None:
    result = fifo.run([Phase(inputs={"i": [1, 2, 3]}, expect={"o": 3})], discard=["o"])
    assert result[0].outputs["o"] == []


@pytest.mark.parametrize("backend", ["native", "amaranth"])
def test_ports_without_clock_or_handshake(backend: Backend) -> None:
    results = Player(Combinational(), backend=backend).run([Phase(set={"x": 200}), Phase(set={"x": 255}, cycles=5)])
    assert [result.values["y"] for result in results] == [201, 256]
    (result,) = Player(Lanes(), backend=backend).run(
        [Phase(inputs={"i__0": [1, 2], "i__1": [9, 8]}, set={"bus__x": 6})]
    )
    assert result.outputs["o"] == [8, 10]
    assert result.values["bus__y"] == 7


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("phase", "error", "message"),
    [
        (Phase(set={"fault": Fault.DROP}, cycles=50), SimulationError, "valid dropped before ready in cycle [0-9]+"),
        (Phase(set={"fault": Fault.CHANGE}, cycles=50), SimulationError, "payload changed from .* to .* before"),
        (Phase(inputs={"i": [1, 9]}, cycles=50), SimulationError, "token 9 is unlucky"),
        (
            Phase(set={"fault": Fault.MUTE}, expect={"o": 3}, until={"busy": 0}),
            SimulationTimeout,
            "phase 1 not over after 500 cycles: o has given 0 of 3 tokens, busy is 0x1.*seed 5",
        ),
    ],
)  # fmt: skip
def test_faults_end_the_run(backend: Backend, phase: Phase, error: type[Exception], message: str) -> None:
    player = Player(Broken(), backend=backend)
    with pytest.raises(error, match=re.compile(message, re.DOTALL)) as caught:
        player.run([Phase(), phase], stall=0.7, timeout=500, seed=5)
    assert type(caught.value) is error


def test_files_of_a_failed_run_are_kept_if_asked_for(tmp_path: Path) -> None:
    player = Player(Broken(), backend="native")
    bad = [Phase(inputs={"i": [9]}, cycles=50)]
    with pytest.raises(SimulationError) as caught:
        list(player.stream(bad, keep=False))
    assert "files in" not in str(caught.value)
    assert not list((tmp_path / "runs").iterdir())
    with pytest.raises(SimulationError, match="files in"):
        player.run(bad)
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_verilog_inside_a_component() -> None:
    verilog = "module foreign(input [7:0] x, output [7:0] y);\n  assign y = x ^ 8'h55;\nendmodule\n"
    (result,) = Player(Foreign(), backend="native", modules={"foreign.v": verilog}).run([Phase(set={"x": 0x0F})])
    assert result.values["y"] == 0x5A


def wrapped(backend: Backend, script: str, folder: Path) -> Player:
    """A player on the queue whose simulator is a script for the shell."""
    player = Player(Fifo(), backend=backend)
    wrapper = folder / "simulator"
    wrapper.write_text("#!/bin/sh\n" + script.format(simulator=player.executable) + "\n")
    wrapper.chmod(0o755)
    player.executable = wrapper
    return player


def test_a_combinational_loop_is_a_fault_of_the_design() -> None:
    verilog = "module foreign(input [7:0] x, output [7:0] y);\n  assign y = x[0] ? ~y : x;\nendmodule\n"
    player = Player(Foreign(), backend="native", modules={"foreign.v": verilog})
    assert player.run([Phase(set={"x": 2})])[0].values["y"] == 2
    with pytest.raises(SimulationError, match="did not converge") as caught:
        player.run([Phase(set={"x": 2}), Phase(set={"x": 1})])
    assert type(caught.value) is SimulationError


@pytest.mark.parametrize("backend", [pytest.param("cocotb", marks=pytest.mark.cocotb), "native"])
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -9 $$", "phase 0: the simulator failed, killed by SIGKILL"),
        ("echo out of memory; exit 3", "phase 0: the simulator failed, exit status 3: out of memory"),
        ("exit 0", "phase 0: the simulator failed, exit status 0"),
        ("echo '%Error: no room for a signal'; exit 1", "exit status 1: %Error: no room for a signal"),
        ('rm in_i.bin; exec {simulator} "$@"', "bench: no token file"),
        ('rm script.bin; exec {simulator} "$@"', "bench: cannot open script.bin"),
    ],
)
def test_a_simulator_that_fails_says_nothing_of_the_design(
    backend: Backend, script: str, message: str, tmp_path: Path
) -> None:
    player = wrapped(backend, script, tmp_path)
    with pytest.raises(SimulatorFailure, match=re.escape(message)):
        player.run([Phase(inputs={"i": [1]}, expect={"o": 1})])


@pytest.mark.cocotb
def test_an_error_of_python_in_the_simulator_says_nothing_of_the_design(tmp_path: Path) -> None:
    player = wrapped("cocotb", 'rm job.json; exec {simulator} "$@"', tmp_path)
    with pytest.raises(SimulatorFailure, match="Traceback"):
        player.run([Phase(inputs={"i": [1]}, expect={"o": 1})])


def test_a_simulator_that_is_gone(tmp_path: Path) -> None:
    player = Player(Fifo(), backend="native")
    player.executable = tmp_path / "none"
    with pytest.raises(SimulatorFailure, match="none: cannot be started: No such file or directory"):
        player.run([Phase()])


@pytest.mark.parametrize("backend", ["native", "amaranth"])
def test_a_run_has_a_limit_in_seconds(backend: Backend) -> None:
    player = Player(Broken(), backend=backend)
    with pytest.raises(OutOfSeconds, match=r"phase 0 not over when the run's 0.2 s were"):
        player.run([Phase(expect={"o": 1}, set={"fault": Fault.MUTE})], timeout=1 << 60, seconds=0.2)


VIEW = View(groups=(stream_group("taken", "o", StructLayout({"data": 8}), "what comes out"),))


def test_instances_by_the_names_that_they_have() -> None:
    verilog = "module \\dut.node_0.core$151 (a);\nmodule \\dut.node_0.core$151.delay (b);\nmodule \\dut.port (c);\n"
    top = "assign x = harness.dut.node_0.core.delay.rows; assign y = harness.dut.port.c;"
    expected = "assign x = harness.dut.node_0.\\core$151 .delay.rows; assign y = harness.dut.port.c;"
    assert with_instances(top, verilog) == expected


def test_waves_of_amaranth(tmp_path: Path) -> None:
    player = Player(Fifo(), backend="amaranth", waves=tmp_path / "fifo.fst", view=VIEW)
    player.run([Phase(inputs={"i": [1, 2, 3]}, expect={"o": 3})])
    text = (tmp_path / "fifo.vcd").read_text()
    assert "$enddefinitions" in text
    assert "level" in text
    assert text.count("\n#") > 20


@pytest.mark.parametrize("first", [0, 1])
def test_waves_as_fst(tmp_path: Path, first: int) -> None:
    """They start with a phase, and what went over a stream is known with its times."""
    player = Player(Fifo(), backend="native", waves=tmp_path / "fifo.x", view=VIEW, waves_from=first)
    results = player.run([Phase(inputs={"i": [1, 2, 3]}, expect={"o": 3}), Phase(inputs={"i": [7]}, expect={"o": 1})])
    kind, _, start, end = struct.unpack_from(">BQQQ", (tmp_path / "fifo.fst").read_bytes())
    assert kind == 0
    assert (start > 2000 * (results[0].start + results[0].cycles)) == (first == 1)
    assert end > 2000 * results[1].start
    cycles = [at for result in results for at in result.at["o"]]
    assert player.transfers == {
        "taken": [(2 * cycle + 1, token) for cycle, token in zip(cycles, [1, 2, 3, 7], strict=True)]
    }


def test_waves_where_fst_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "can_write_fst", lambda: False)
    player = Player(Fifo(), backend="native", waves=tmp_path / "fifo.fst", view=VIEW, waves_from=1)
    results = player.run([Phase(inputs={"i": [1, 2, 3]}, expect={"o": 3}), Phase(inputs={"i": [7]}, expect={"o": 1})])
    assert player.waves == tmp_path / "fifo.vcd.gz"
    text = gzip.decompress(player.waves.read_bytes()).decode()
    assert all(f" {name} " in text for name in ("level", "token", "data"))
    names = re.findall(r"\$var \w+ +\d+ \S+ (\S+)", text)
    assert "level" in names
    assert not any("$" in name for name in names), "no signal without a name"
    assert int(text.partition("\n#")[2].split()[0]) > 2000 * (results[0].start + results[0].cycles)


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        (Phase(inputs={"o": [1]}), "no source port 'o': the component has i"),
        (Phase(inputs={"i": [256]}), "phase 0, source i: tokens must be in 0..255, not 256"),
        (Phase(inputs={"i": [-1]}), "phase 0, source i: tokens must be in 0..255, not -1"),
        (Phase(set={"x": 1}), "no set port 'x': the component has none"),
        (Phase(until={"level": 256}), "level: value 0x100 or mask 0xff has bits outside the mask or the port"),
        (Phase(until={"o": Match(mask=1, value=2)}), "o: value 0x2 or mask 0x1 has bits outside"),
        (Phase(idle=1.0), "phase 0: idle of i must be at least 0 and below 1, not 1.0"),
        (Phase(cycles=10, timeout=10), r"phase 0: time-out must be above cycles \+ settle \(10\), not 10"),
    ],
)
def test_phases_that_cannot_be(fifo: Player, phase: Phase, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fifo.run([phase])


def test_backend_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="no backend 'icarus': expected one of native, cocotb, amaranth"):
        Player(Fifo(), backend="icarus")  # type: ignore[arg-type]
