# SPDX-License-Identifier: Apache-2.0
"""A board as a link for a host: what is lost or damaged on the line is sent again; docs/board.md has the rules."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flow.host.frames import Deframer, Frame, request
from flow.host.link import LinkError
from flow.host.port import Port
from model.fabric.config import FabricConfig
from rtl.board.protocol import EVENT_BYTES, PAYLOAD, SLOTS_IN, SLOTS_OUT, Answer, Request, token_bytes
from rtl.fabric.layouts import OutKind

SILENT = 20
"""Reads without a byte, each followed by a POLL, after which a board is given up of which nothing undamaged comes."""
NOISE = 1000
"""The same for reads of bytes that are no frames."""
STUCK = 4000
"""Reads after which a board is given up that answers, but gives nothing of what is waited for."""
ATTEMPTS = 50
"""How often the same frame is sent before the line is given up."""
OKAY, SLVERR = 0, 2


@dataclass
class Statistics:
    """What the line cost."""

    sent: int = 0
    """Frames sent, each time they were."""
    resent: int = 0
    """Of these, frames sent before."""
    received: int = 0
    """Frames of the board that came undamaged."""
    rejected_here: int = 0
    """Frames of the board that came damaged."""
    rejected_there: int = 0
    """Frames that the board threw away as damaged."""
    repeats: int = 0
    """Requests to the board to send again."""


class BoardLink:
    """The board at ``port`` that holds a fabric of build ``config``; a ``flow.host.link.Link``.

    Begins a session, which resets the board. Raises LinkError if nothing answers.
    """

    def __init__(self, port: Port, config: FabricConfig) -> None:
        self._port = port
        self._short, self._long = token_bytes(config)
        self._session = 0
        self.statistics = Statistics()
        self._begin()

    def read(self, address: int) -> int:
        """See ``flow.host.link.Link``."""
        answer = self._ask(Request.READ, Answer.VALUE, address, b"")
        return int.from_bytes(answer[1:], "little")

    def write(self, address: int, value: int) -> None:
        """See ``flow.host.link.Link``."""
        self._ask(Request.WRITE, Answer.WRITTEN, address, value.to_bytes(4, "little"))

    def send_image(self, data: bytes) -> None:
        """See ``flow.host.link.Link``. Raises LinkError for no bytes."""
        if not data:
            raise LinkError("a bundle of no bytes cannot be sent")
        parts = [data[start : start + PAYLOAD] for start in range(0, len(data), PAYLOAD)]
        for part in parts[:-1]:
            self._queue(Request.IMAGE, part)
        self._queue(Request.IMAGE_END, parts[-1])
        # All of it is in the board, and no more of it waits there.
        self._wait(lambda: not self._waiting and self._room == SLOTS_IN, "the bundle is not taken")

    def send_events(self, tokens: Sequence[int]) -> None:
        """See ``flow.host.link.Link``."""
        data = b"".join(token.to_bytes(EVENT_BYTES, "little") for token in tokens)
        for start in range(0, len(data), PAYLOAD):
            self._queue(Request.EVENTS, data[start : start + PAYLOAD])
        self._pump()

    def receive(self) -> list[int]:
        """See ``flow.host.link.Link``."""
        self._wait(lambda: bool(self._packets), "no end of sample comes")
        return self._packets.popleft()

    def reset(self) -> None:
        """See ``flow.host.link.Link``: a new session."""
        self._begin()

    def close(self) -> None:
        """See ``flow.host.link.Link``."""
        self._port.close()

    def _begin(self) -> None:
        """Two sessions, one after the other: the board was in one of them at most, so it has been reset."""
        self._deframer = Deframer()
        self._packets, self._packet = deque[list[int]](), list[int]()
        self._answers = deque[Frame]()
        for _ in range(2):
            self._session = (self._session + 1) % 256
            self._waiting = deque[tuple[int, Request, bytes]]()  # not acknowledged, oldest first
            self._unsent = 0  # of these, the last ones were not sent since they were queued, or since a loss
            self._number, self._expected = 0, 0  # of the next request, of the board's next frame
            self._room, self._last_rejected, self._attempts, self._moves = 0, 0, 0, 0
            self._head, self._fresh, self._asked, self._gap = 0, False, False, False
            self._port.write(b"\0")
            self._say(Request.RESET)
            self._wait(lambda: self._fresh, "no board answers", again=Request.RESET)

    def _ask(self, kind: Request, answer: Answer, address: int, payload: bytes) -> bytes:
        self._queue(kind, address.to_bytes(2, "little") + payload)
        self._wait(lambda: bool(self._answers), "no answer comes")
        frame = self._answers.popleft()
        if frame.kind != answer:
            raise LinkError(f"the board answers a {kind.name} with a {frame.kind.name}; expected {answer.name}")
        if frame.payload[0] != OKAY:
            name = "SLVERR" if frame.payload[0] == SLVERR else f"response {frame.payload[0]}"
            raise LinkError(f"address 0x{address:X}: {name}")
        return frame.payload

    def _queue(self, kind: Request, payload: bytes) -> None:
        self._waiting.append((self._number, kind, payload))
        self._number = (self._number + 1) % 256
        self._unsent += 1
        while len(self._waiting) > 4 * SLOTS_IN:  # numbers must stay unambiguous
            self._wait(lambda: len(self._waiting) <= 4 * SLOTS_IN, "the board takes no more")

    def _say(self, kind: Request) -> None:
        self.statistics.sent += 1
        self._port.write(request(kind, self._session, self._number, self._expected))

    def _pump(self) -> None:
        """Send what the board has room for."""
        while self._unsent and len(self._waiting) - self._unsent < self._room:
            number, kind, payload = self._waiting[len(self._waiting) - self._unsent]
            self._port.write(request(kind, self._session, number, self._expected, payload))
            self._unsent -= 1
            self.statistics.sent += 1

    def _wait(self, done: Callable[[], bool], what: str, again: Request = Request.POLL) -> None:
        """Move frames until ``done``; ask a silent board how it is. Raises LinkError with ``what`` if in vain."""
        silent = noise = stuck = 0
        while not done():
            moves = self._moves
            self._pump()
            data = self._port.read()
            if data:
                noise += 1
                expected, received = self._expected, self.statistics.received
                for frame in self._deframer.feed(data):
                    self._take(frame)
                if self.statistics.received > received:
                    silent = noise = 0
                self.statistics.rejected_here = self._deframer.rejected
                if self._expected != expected and not self._unsent:
                    self._say(Request.ACK)
            else:
                silent += 1
                lost = self._head != self._expected
                self.statistics.repeats += lost
                self._asked = True
                self._say(Request.RESEND if lost and again is Request.POLL else again)
            stuck = 0 if self._moves != moves else stuck + 1
            if silent > SILENT or noise > NOISE:
                raise LinkError(f"{what}: the board is silent, or nothing undamaged comes from it")
            if stuck > STUCK:
                raise LinkError(f"{what}: the board answers, but does not go on")

    def _take(self, frame: Frame) -> None:
        if frame.session != self._session:
            return
        self.statistics.received += 1
        if frame.kind is Answer.STATUS:
            self._status(frame)
        elif frame.number == self._expected:
            self._expected = (self._expected + 1) % 256
            self._moves += 1
            self._gap = False
            if frame.kind is Answer.TOKENS:
                self._tokens(frame.payload)
            else:
                self._answers.append(frame)
        elif 0 < (frame.number - self._expected) % 256 < SLOTS_OUT and not self._gap:
            # One is missing. Asked for once; should that be lost too, silence has it asked for again.
            self._gap = True
            self.statistics.repeats += 1
            self._say(Request.RESEND)

    def _status(self, frame: Frame) -> None:
        """What the board has and has not: what it has is done with, what was sent and lost is sent again."""
        taken, self._room = frame.payload[0], frame.payload[1]
        rejected = int.from_bytes(frame.payload[2:], "little")
        self._head, self._fresh = frame.number, True
        known = (taken - (self._waiting[0][0] if self._waiting else self._number)) % 256
        if known > len(self._waiting) - self._unsent:
            return  # an old STATUS that was overtaken; lines do not do that, but nothing depends on it
        for _ in range(known):
            self._waiting.popleft()
        self._moves += known
        self._attempts = 0 if known else self._attempts
        lost = len(self._waiting) - self._unsent
        if lost and (self._asked or rejected != self._last_rejected):
            self._attempts += 1
            self._unsent += lost
            self.statistics.resent += lost
            if self._attempts > ATTEMPTS:
                raise LinkError(f"the line is too bad: a frame did not come through in {ATTEMPTS} attempts")
        self._asked, self._last_rejected = False, rejected
        self.statistics.rejected_there = rejected

    def _tokens(self, payload: bytes) -> None:
        place = 0
        while place < len(payload):
            kind = OutKind(payload[place] & 3)
            size = self._long if kind is OutKind.READOUT else self._short
            if len(payload) < place + size:
                raise LinkError("a token is cut off; expected whole ones: the board holds another build")
            self._packet.append(int.from_bytes(payload[place : place + size], "little"))
            place += size
            if kind is OutKind.END:
                self._packets.append(self._packet)
                self._packet = []
