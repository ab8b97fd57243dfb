# SPDX-License-Identifier: Apache-2.0
"""A stream that is taken apart section by section, and may end anywhere."""

import numpy as np

from model.image.records import ByteArray, ImageError, Status


class Stream:
    """A position in the stream, and what of the current section has arrived."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.missing = ""

    def section(self, what: str, count: int, size: int) -> tuple[ByteArray, int]:
        """The complete ones of ``count`` records of ``size`` bytes, shape (records, size), and their offset.

        The caller checks them, then calls ``finish``: a wrong record goes before the end of the stream behind it.
        """
        start = self.at
        whole = min(count, max(0, len(self.data) - start) // size)
        self.at = start + whole * size
        self.missing = "" if whole == count else f"{what}, record {whole} of {count}"
        records = np.frombuffer(self.data, np.uint8, whole * size, min(start, len(self.data)))
        return records.reshape(whole, size), start

    def finish(self) -> None:
        """TRUNCATED if the section is not whole."""
        if self.missing:
            raise ImageError(
                Status.TRUNCATED, len(self.data), f"the stream ends in {self.missing}, expected the rest of the image"
            )

    @property
    def whole(self) -> bool:
        """Whether the section is whole."""
        return not self.missing
