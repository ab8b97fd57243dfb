# SPDX-License-Identifier: Apache-2.0
"""The frames of a board: as the host reads them, kept, sent again."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flow.host.frames import Deframer, Frame
from rtl.board.protocol import SLOTS_OUT, Answer
from rtl.board.sender import Sender
from tests.rtl.simulate import simulate

SESSION = 77
Step = Callable[[Any, Sender], None]


def frames(
    payloads: Sequence[bytes], *, cycles: int = 4000, at: dict[int, Step] | None = None, slow: int = 1
) -> list[Frame]:
    """What a host reads when answers have these payloads; ``at``: what is done in some cycles besides."""
    sender, line = Sender(), bytearray()

    async def feed(ctx: Any) -> None:
        body = sender.body
        for payload in payloads:
            for byte in (*payload, None):
                ctx.set(body.payload, {"kind": Answer.TOKENS, "data": byte or 0, "close": int(byte is None)})
                ctx.set(body.valid, 1)
                await ctx.tick().until(body.ready)
        ctx.set(body.valid, 0)

    async def take(ctx: Any) -> None:
        ctx.set(sender.session, SESSION)
        for cycle in range(cycles):
            ctx.set(sender.heard, 0)
            ctx.set(sender.resend, 0)
            if at and cycle in at:
                at[cycle](ctx, sender)
            ctx.set(sender.line.ready, int(cycle % slow == 0))
            if ctx.get(sender.line.valid) and ctx.get(sender.line.ready):
                line.append(ctx.get(sender.line.payload))
            reported = ctx.get(sender.reported)
            await ctx.tick()
            if reported:
                ctx.set(sender.report, 0)

    simulate(sender, take, background=[feed])
    assert line[0] == 0
    deframer = Deframer()
    found = list(deframer.feed(bytes(line)))
    assert deframer.rejected == 0
    assert {frame.session for frame in found} <= {SESSION}
    return found


def hear(ack: int, *, resend: bool = False) -> Step:
    def step(ctx: Any, sender: Sender) -> None:
        ctx.set(sender.heard, 1)
        ctx.set(sender.ack, ack)
        ctx.set(sender.resend, int(resend))

    return step


def test_payloads_of_every_shape() -> None:
    rng = np.random.default_rng(3)
    payloads = [b"a", b"\0", b"\0" * 240, bytes(range(240)), rng.integers(0, 3, 200).astype(np.uint8).tobytes()]
    found = frames(payloads, slow=3, cycles=9000)
    assert [(frame.kind, frame.number, frame.payload) for frame in found] == [
        (Answer.TOKENS, number, payload) for number, payload in enumerate(payloads)
    ]


def test_no_more_than_are_kept_until_they_are_acknowledged() -> None:
    payloads = [bytes([number]) * 3 for number in range(SLOTS_OUT + 4)]
    assert [frame.number for frame in frames(payloads)] == list(range(SLOTS_OUT))
    found = frames(payloads, at={2000: hear(3), 2500: hear(8)})
    assert [frame.payload for frame in found] == payloads


def test_sent_again_from_there_on() -> None:
    payloads = [bytes([number]) for number in range(5)]
    found = frames(payloads, at={1500: hear(2, resend=True)})
    assert [frame.number for frame in found] == [0, 1, 2, 3, 4, 2, 3, 4]
    assert found[5:] == found[2:5]


def test_sent_again_while_a_frame_is_under_way() -> None:
    payloads = [bytes([number]) * 100 for number in range(3)]
    for cycle in range(300, 1100, 37):
        found = [frame.number for frame in frames(payloads, at={cycle: hear(0, resend=True)})]
        # Whatever was under way is sent to its end, and then all from the first one on, once.
        assert found[-3:] == [0, 1, 2]
        assert found[:-3] == list(range(len(found) - 3))


def test_an_acknowledgement_of_what_was_not_sent_is_none() -> None:
    payloads = [bytes([number]) for number in range(SLOTS_OUT + 1)]
    assert [frame.number for frame in frames(payloads, at={3000: hear(100)})] == list(range(SLOTS_OUT))


def test_numbers_wrap() -> None:
    payloads = [bytes([number % 256]) for number in range(300)]
    at = {cycle: hear((cycle // 60) % 256) for cycle in range(60, 60 * 300, 60)}
    found = frames(payloads, at=at, cycles=60 * 310)
    assert [frame.payload for frame in found] == payloads
    assert [frame.number for frame in found] == [number % 256 for number in range(300)]


def test_a_status() -> None:
    def ask(ctx: Any, sender: Sender) -> None:
        ctx.set(sender.report, 1)
        ctx.set(sender.expected, 200)
        ctx.set(sender.room, 16)
        ctx.set(sender.rejected, 0x1234)

    *_, status = frames([b"x", b"y"], at={1000: ask})
    assert status == Frame(Answer.STATUS, SESSION, 2, bytes([200, 16, 0x34, 0x12]))
