# SPDX-License-Identifier: Apache-2.0
"""What the words of a core's image memories are guarded by, and the bits that takes."""

from enum import StrEnum


class Protection(StrEnum):
    """What a word is guarded by."""

    NONE = "none"
    PARITY = "parity"
    SECDED = "secded"


def check_bits(width: int, protection: Protection) -> int:
    """Bits that a word of so many data bits has besides."""
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width!r}")
    if protection is Protection.NONE:
        return 0
    if protection is Protection.PARITY:
        return 1
    checks = 4
    # Odd numbers of checks, but for those of one, which are the check bits themselves.
    while (1 << (checks - 1)) - checks < width:
        checks += 1
    return checks
