# SPDX-License-Identifier: Apache-2.0
"""The link over a line with errors, against the RTL of link and fabric on Verilator, and against lines that fail."""

from collections.abc import Iterator

import numpy as np
import pytest

from flow.board.noise import NoisyPort
from flow.board.simulated import SimulatedPort
from flow.host.board_link import BoardLink
from flow.host.frames import request
from flow.host.host import Host
from flow.host.link import LinkError
from model.batch import GoldenBatch
from model.fabric.status import FabricStatus
from rtl.board.protocol import Answer, Request
from rtl.host.registers import address_of
from tests.model.fabric.cases import Case, case

CASE = case(3, cores=1, nodes=1)
CONFIG = CASE.bundle.config()


@pytest.fixture
def port() -> Iterator[SimulatedPort]:
    with SimulatedPort(CONFIG) as opened:
        yield opened


def rasters(count: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]:
    rng = np.random.default_rng(8)
    return rng.random((count, min(20, CASE.network.max_steps), CASE.network.axons)) < 0.3


def check(host: Host, case_: Case, count: int = 3) -> None:
    """Play samples and compare everything with the golden model."""
    played = rasters(count)
    golden = GoldenBatch(case_.network).run(played)
    assert golden.spikes.any()
    for number, outcome in enumerate(host.run(played)):
        assert (outcome.result.spikes == golden.spikes[number]).all()
        assert (outcome.result.potential == golden.potential[number]).all()
        assert (outcome.result.potential_sum == golden.potential_sum[number]).all()
        assert outcome.flags == ()


def test_a_line_without_errors(port: SimulatedPort) -> None:
    link = BoardLink(port, CONFIG)
    host = Host(link, CONFIG)
    assert not port.lights["armed"]
    host.load(CASE.bundle)
    check(host, CASE)
    assert port.lights == {"armed": True, "busy": True, "error": False}
    statistics = link.statistics
    assert (statistics.resent, statistics.rejected_here, statistics.rejected_there, statistics.repeats) == (0, 0, 0, 0)


@pytest.mark.parametrize(("rate", "seed"), [(0.001, 1), (0.003, 2), (0.005, 3)])
def test_lost_doubled_and_flipped_bytes(port: SimulatedPort, rate: float, seed: int) -> None:
    """Nothing is wrong, and nothing is missing: what was hit was sent again."""
    noisy = NoisyPort(port, rate, seed)
    link = BoardLink(noisy, CONFIG)
    host = Host(link, CONFIG)
    host.load(CASE.bundle)
    check(host, CASE, 6)
    assert noisy.hits
    assert link.statistics.rejected_there + link.statistics.rejected_here
    assert link.statistics.resent + link.statistics.repeats


class Doubling(NoisyPort):
    """Loses one write in five whole, and sends one in five twice: frames, not bytes."""

    def write(self, data: bytes) -> None:
        super().write(data * self._rng.choice((0, 1, 1, 1, 2)))


def test_whole_frames_lost_and_doubled(port: SimulatedPort) -> None:
    host = Host(BoardLink(Doubling(port, 0), CONFIG), CONFIG)
    host.load(CASE.bundle)
    check(host, CASE)


def test_a_line_that_is_too_bad_is_said(port: SimulatedPort) -> None:
    noisy = NoisyPort(port, 0.0)
    host = Host(BoardLink(noisy, CONFIG), CONFIG)
    host.load(CASE.bundle)
    noisy._rate = 0.3
    with pytest.raises(LinkError, match=r"silent|too bad|does not go on"):
        check(host, CASE)


def test_a_new_session_in_the_middle_of_everything(port: SimulatedPort) -> None:
    """Half a bundle, half a sample: the next host finds a board as after power-up."""
    first = BoardLink(port, CONFIG)
    first._queue(Request.IMAGE, CASE.bundle.to_bytes()[:100])
    first._pump()
    port.read()
    host = Host(BoardLink(port, CONFIG), CONFIG)
    assert host.read("status") == FabricStatus.EMPTY
    host.load(CASE.bundle)
    host.link.send_events([0, 1 << 16, 0])
    host.link.reset()
    assert host.read("status") == FabricStatus.EMPTY
    host.load(CASE.bundle)
    check(host, CASE)


def test_registers_and_refusals(port: SimulatedPort) -> None:
    link = BoardLink(port, CONFIG)
    host = Host(link, CONFIG)
    for address in (address_of("status"), 0xFF0):
        with pytest.raises(LinkError, match=f"^address 0x{address:X}: SLVERR$"):
            link.write(address, 1)
    with pytest.raises(LinkError, match=r"^address 0xFF0: SLVERR$"):
        link.read(0xFF0)
    data = bytearray(CASE.bundle.to_bytes())
    data[-1] ^= 1
    link.send_image(bytes(data))
    assert host.read("status") == FabricStatus.BAD_CRC
    assert port.lights["error"]
    with pytest.raises(LinkError, match="no bytes"):
        link.send_image(b"")
    host.reset()
    assert host.read("status") == FabricStatus.EMPTY
    host.load(CASE.bundle)
    check(host, CASE, 1)
    assert not port.lights["error"]


class Dead:
    """A line on which nothing comes, or only what ``says`` makes of the frames that were written."""

    def __init__(self, says: bytes = b"") -> None:
        self.says = says

    def write(self, data: bytes) -> None:
        pass

    def read(self) -> bytes:
        return self.says

    def close(self) -> None:
        pass


@pytest.mark.parametrize("says", [b"", b"login: \r\n\0"])
def test_nothing_answers(says: bytes) -> None:
    with pytest.raises(LinkError, match=r"^no board answers: the board is silent, or nothing undamaged comes from it$"):
        BoardLink(Dead(says), CONFIG)


class Fresh(Dead):
    """A board that says of itself, for ever, that nothing has come."""

    session = 0

    def write(self, data: bytes) -> None:
        if data != b"\0":
            self.session = data[2]

    def read(self) -> bytes:
        # Header and payload of a STATUS have no zero where a host's header has its fourth byte.
        return request(Answer.STATUS, self.session, 0, 0, bytes([16, 0, 0]))  # type: ignore[arg-type]


def test_a_board_that_takes_nothing() -> None:
    link = BoardLink(Fresh(), CONFIG)
    with pytest.raises(LinkError, match=r"^no answer comes: the board answers, but does not go on$"):
        link.read(0)
