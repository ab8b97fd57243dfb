# SPDX-License-Identifier: Apache-2.0
"""What a fabric says of the last bundle."""

from enum import IntEnum


class FabricStatus(IntEnum):
    """Status codes of a fabric.

    The first fault in the order of the stream decides, found by a parser that judges each field when its last byte has
    come; what a core says of its image comes after all of these.
    """

    EMPTY = 0
    """No bundle since reset."""
    LOADING = 1
    """A bundle is under way, or cores are being made ready."""
    ARMED = 2
    """The fabric runs."""
    BAD_MAGIC = 3
    BAD_VERSION = 4
    BAD_NODES = 5
    """For a ring of another length."""
    BAD_CORES = 6
    """No core, or more than there are on the ring; or the field after it is not 0."""
    BAD_AXONS = 7
    """No axon, or more than the build can address."""
    BAD_FRAME = 8
    """A frame of another kind or core than comes next, or of a length that cannot be."""
    BAD_ROUTES = 9
    """A route field out of its range."""
    BAD_CRC = 10
    TRUNCATED = 11
    """The bundle ended too soon."""
    TRAILING = 12
    """Bytes after the CRC."""
    BAD_IMAGE = 13
    """All is right but the image of a core, whose own status says why."""
