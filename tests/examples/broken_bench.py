# SPDX-License-Identifier: Apache-2.0
"""The cocotb tests of ``examples.own_bench`` on an image that is damaged from the start: both have to fail."""

from examples import own_bench
from examples.own_bench import a_damaged_image_is_refused, spikes_are_those_of_the_golden_model

__all__ = ["a_damaged_image_is_refused", "spikes_are_those_of_the_golden_model"]


class Damaged:
    """An image whose bytes are not its own."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def to_bytes(self) -> bytes:
        return self.content


own_bench.IMAGE = Damaged(b"CHRY" + own_bench.IMAGE.to_bytes()[4:])  # type: ignore[assignment]
