# SPDX-License-Identifier: Apache-2.0
"""What a host needs of the way to a fabric with AXI ports (``rtl.host.axi_fabric``)."""

from collections.abc import Sequence
from typing import Protocol


class Link(Protocol):
    """A way to one fabric: its registers and its streams. Calls block; a link raises LinkError if it fails."""

    def read(self, address: int) -> int:
        """The 32-bit register at a byte address. Raises LinkError where there is none."""
        ...

    def write(self, address: int, value: int) -> None:
        """Write a 32-bit register. Raises LinkError where there is none that can be written."""
        ...

    def send_image(self, data: bytes) -> None:
        """Stream a whole bundle in; back when its last byte was taken."""
        ...

    def send_events(self, tokens: Sequence[int]) -> None:
        """Begin to stream tokens of samples (TDATA of ``s_axis_events``); they may still be under way on return."""
        ...

    def receive(self) -> list[int]:
        """The tokens of the next packet (TDATA of ``m_axis_spikes``), whose last one is END; waits for it."""
        ...

    def reset(self) -> None:
        """Reset everything (``aresetn``); what is under way is lost."""
        ...

    def close(self) -> None:
        """Give up the link; it cannot be used again."""
        ...


class LinkError(Exception):
    """The fabric answered with an error, or the way to it is broken. The message is one line."""
