# SPDX-License-Identifier: Apache-2.0
"""The frames between host and board: what both sides of the link know; docs/board.md describes them byte by byte.

On the line a frame is COBS-coded and ends with a zero byte. Decoded, it is a header, a payload and a CRC-32 of both.
"""

from enum import IntEnum

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import out_layout

SLOTS_IN = 16
"""Frames that the board takes before it has acted upon them; a power of two."""
SLOTS_OUT = 8
"""Frames of the board that wait for the host to acknowledge them; a power of two."""
SLOT_BYTES = 256
PAYLOAD = 240
"""Bytes of payload that a frame has at most; a multiple of EVENT_BYTES."""
CRC_BYTES = 4
"""CRC-32 as of zlib, low byte first."""
REQUEST_HEADER = 4
"""kind, session, number, and the number of the board's frame that the host expects next."""
ANSWER_HEADER = 3
"""kind, session, number."""
EVENT_BYTES = 3
"""Of an event: its axon, low byte first, then its kind."""
UNNUMBERED = 0x10
"""Kinds of requests from here on are acted upon at once and have no number."""


class Request(IntEnum):
    """Kinds of frames of the host."""

    READ = 0x01
    """Payload: the address of a register, 2 bytes, low byte first, like all numbers."""
    WRITE = 0x02
    """Address, 2 bytes, then the value, 4 bytes."""
    IMAGE = 0x03
    """Bytes of a bundle."""
    IMAGE_END = 0x04
    """The last bytes of a bundle."""
    EVENTS = 0x05
    """Events, EVENT_BYTES each."""
    RESET = 0x10
    """Begin the session of the header: reset everything, unless the board is in this session already."""
    ACK = 0x11
    """No more than the header says; the only frame of the host that is not answered by a STATUS."""
    POLL = 0x12
    """Send a STATUS."""
    RESEND = 0x13
    """Send everything again from the frame on that the host expects next."""


class Answer(IntEnum):
    """Kinds of frames of the board."""

    VALUE = 0x81
    """The answer to a READ: a response as of AXI (0: OKAY), then the value, 4 bytes."""
    WRITTEN = 0x82
    """The answer to a WRITE: a response."""
    TOKENS = 0x85
    """Tokens of the fabric's output, ``token_bytes`` each."""
    STATUS = 0x90
    """Not numbered; its header has the number of the next frame that will be. Payload: the number of the request
    expected next, how many the board can take from there on, and how many frames it threw away (2 bytes, wraps)."""


VALUE_BYTES = 5
STATUS_BYTES = 4
ADDRESS_BYTES = 2
LENGTHS = {Request.READ: ADDRESS_BYTES, Request.WRITE: ADDRESS_BYTES + 4}
"""Requests with a payload of one length only."""


def token_bytes(config: FabricConfig) -> tuple[int, int]:
    """Bytes of a token on the link: of a spike, an EOS or an END, which end with the neuron, and of a read-out."""
    layout = out_layout(config)
    return -(-layout["potential"].offset // 8), -(-layout.size // 8)
