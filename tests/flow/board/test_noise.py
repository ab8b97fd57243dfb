# SPDX-License-Identifier: Apache-2.0
"""The line with errors does what it says."""

from collections import deque

from flow.board.noise import NoisyPort


class Echo:
    """What is written is read."""

    def __init__(self) -> None:
        self.waiting = deque[bytes]()

    def write(self, data: bytes) -> None:
        self.waiting.append(data)

    def read(self) -> bytes:
        return self.waiting.popleft() if self.waiting else b""

    def close(self) -> None:
        self.waiting.clear()


def test_no_errors() -> None:
    port = NoisyPort(Echo(), 0.0)
    port.write(b"abc")
    assert (port.read(), port.read(), port.hits) == (b"abc", b"", 0)


def test_each_kind_of_error_by_its_seed() -> None:
    def over(seed: int) -> tuple[list[bytes], int]:
        port = NoisyPort(Echo(), 0.1, seed)
        found = []
        for _ in range(400):
            port.write(b"\x00")
            found.append(port.read())
        return found, port.hits

    found, hits = over(3)
    assert over(3) == (found, hits)
    assert over(4) != (found, hits)
    assert {len(each) for each in found} == {0, 1, 2}
    flipped = [each for each in found if len(each) == 1 and each != b"\0"]
    assert flipped
    assert all(each[0].bit_count() == 1 for each in flipped)
    assert 40 < hits < 130  # of 800 bytes there and back, less what was lost on the way there
