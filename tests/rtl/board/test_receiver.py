# SPDX-License-Identifier: Apache-2.0
"""What the board takes of a line, and what it throws away."""

from typing import Any

import pytest

from flow.host.frames import request
from rtl.board.protocol import SLOTS_IN, Request
from rtl.board.receiver import Receiver
from tests.rtl.simulate import fields, simulate

SESSION = 9
RESET = request(Request.RESET, SESSION, 0, 0)


def event(number: int, *, session: int = SESSION, ack: int = 0, payload: bytes = b"abc") -> bytes:
    return request(Request.EVENTS, session, number, ack, payload)


class Seen:
    """What a receiver did with a line."""

    def __init__(self, line: bytes, *, take: bool = True) -> None:
        self.requests: list[tuple[int, bytes]] = []
        self.acks: list[tuple[int, bool]] = []
        self.restarts = self.expected = self.room = self.rejected = self.report = 0
        self.receiver = Receiver()

        async def bench(ctx: Any) -> None:
            await self._bench(ctx, line, take)

        simulate(self.receiver, bench)

    async def _bench(self, ctx: Any, line: bytes, take: bool) -> None:
        receiver, payload = self.receiver, bytearray()
        ctx.set(receiver.out.ready, int(take))
        for byte in (*line, *([None] * 1200)):
            ctx.set(receiver.strobe, int(byte is not None))
            ctx.set(receiver.byte, byte or 0)
            if ctx.get(receiver.heard):
                self.acks.append((ctx.get(receiver.ack), bool(ctx.get(receiver.resend))))
            self.restarts += ctx.get(receiver.restart)
            if take and ctx.get(receiver.out.valid):
                token = fields(ctx.get(receiver.out.payload))
                payload.append(token["data"])
                if token["last"]:
                    self.requests.append((token["kind"], bytes(payload)))
                    payload.clear()
            await ctx.tick()
        for name in ("expected", "room", "rejected", "report"):
            setattr(self, name, ctx.get(getattr(receiver, name)))


def test_requests_in_order() -> None:
    parts = [b"abc", b"\0\0\0" * 80, bytes(range(240))]
    seen = Seen(RESET + b"".join(event(number, payload=part, ack=number) for number, part in enumerate(parts)))
    assert seen.requests == [(Request.EVENTS, part) for part in parts]
    assert seen.acks == [(0, False), (1, False), (2, False)]
    assert (seen.restarts, seen.expected, seen.room, seen.rejected, seen.report) == (1, 3, SLOTS_IN, 0, 1)


def test_before_the_first_session_nothing_is_taken() -> None:
    seen = Seen(event(0, session=0) + request(Request.POLL, 0, 0, 0))
    assert (seen.requests, seen.acks, seen.report) == ([], [], 0)


def test_twice_too_late_too_early_of_another_session() -> None:
    """Of all these, each request is taken once."""
    line = RESET + event(0) + event(0) + event(2) + event(1, session=8) + event(1, payload=b"def") + event(0)
    seen = Seen(line)
    assert seen.requests == [(Request.EVENTS, b"abc"), (Request.EVENTS, b"def")]
    assert (seen.expected, seen.rejected) == (2, 0)


@pytest.mark.parametrize("place", range(0, 13, 3))
def test_a_flipped_lost_or_doubled_byte(place: int) -> None:
    whole = event(0)
    for hurt in (
        whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :],
        whole[:place] + whole[place + 1 :],
        whole[: place + 1] + whole[place:],
    ):
        seen = Seen(RESET + hurt + b"\0" + event(0))
        assert seen.requests == [(Request.EVENTS, b"abc")]
        assert (seen.expected, seen.report) == (1, 1)
        assert seen.rejected >= 1 or place in (0, len(whole) - 1)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Request.EVENTS, b""), (Request.EVENTS, b"ab"), (Request.READ, b"a"), (Request.READ, b"abc"),
        (Request.WRITE, b"abcde"), (Request.IMAGE, b""), (0x06, b"abc"), (0x20, b""),
    ],
)  # fmt: skip
def test_what_makes_no_sense(kind: int, payload: bytes) -> None:
    seen = Seen(RESET + request(kind, SESSION, 0, 0, payload))  # type: ignore[arg-type]
    assert (seen.requests, seen.expected, seen.rejected) == ([], 0, 1)


def test_a_frame_without_end() -> None:
    seen = Seen(RESET + b"\xff" * 700 + b"\0" + event(0))
    assert (seen.requests, seen.rejected) == ([(Request.EVENTS, b"abc")], 1)


def test_no_more_than_there_is_room_for() -> None:
    seen = Seen(RESET + b"".join(event(number) for number in range(SLOTS_IN + 2)), take=False)
    assert (seen.expected, seen.room) == (SLOTS_IN, 0)


def test_a_session_begins_once() -> None:
    seen = Seen(RESET + event(0) + RESET + request(Request.RESEND, SESSION, 0, 5))
    assert (seen.restarts, seen.expected, seen.acks[-1]) == (1, 1, (5, True))
    seen = Seen(RESET + event(0) + request(Request.RESET, SESSION + 1, 0, 0))
    assert (seen.restarts, seen.expected) == (2, 0)
