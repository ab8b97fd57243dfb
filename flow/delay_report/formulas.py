# SPDX-License-Identifier: Apache-2.0
"""Delay memory by the formulas of the literature, and the points that were published with them.

I sources, J targets, D delay levels, a: share of the sources that fire in a step. arXiv 2404.10597, 2501.13610 (ring,
TrueNorth queue, SCDQ and its single queue), 2511.01158 (history). None of them counts the skip mask.
"""

from dataclasses import dataclass

RING_BITS, EVENT_BITS = 8, 16
"""Bits of an accumulator and of an event in the published comparison."""


def ring(targets: int, delays: int) -> int:
    """Accumulators of a ring buffer: J * D."""
    return targets * delays


def truenorth(sources: int, delays: int, activity: float) -> float:
    """Events of the TrueNorth queue, a FIFO for each delay: a * I * (D*D + D) / 2."""
    return activity * sources * (delays * delays + delays) / 2


def scdq(sources: int, delays: int, activity: float) -> float:
    """Events of PRQ and POQ together: a * I * (2D - 1)."""
    return activity * sources * (2 * delays - 1)


def scdq1(sources: int, delays: int, activity: float) -> float:
    """Events of the single-queue SCDQ: a * I * D."""
    return activity * sources * delays


def history(sources: int, delays: int) -> int:
    """Bits of a spike history: I * D."""
    return sources * delays


def of_literature(sources: int, delays: int, activity: float, *, targets: int) -> dict[str, float]:
    """Each formula for one layer: accumulators, events or bits."""
    size = sources, delays
    return {
        "ring": ring(targets, delays),
        "truenorth": truenorth(*size, activity),
        "scdq": scdq(*size, activity),
        "scdq1": scdq1(*size, activity),
        "bitmap": history(*size),
    }


@dataclass(frozen=True, kw_only=True)
class Published:
    """A number of the literature, and the formula that gives it."""

    text: str
    published: int
    formula: float


def points() -> list[Published]:
    """The published points, each beside what the formulas here give for it."""
    return [
        Published(text="TrueNorth queue, 256 sources x 16 delays, all fire: events", published=34_816,
                  formula=truenorth(256, 16, 1.0)),
        Published(text="SCDQ, 256 sources x 16 delays, all fire: events", published=7_936,
                  formula=scdq(256, 16, 1.0)),
        Published(text="ring, 48 targets x 64 slots of 8 bits: bits", published=24_576,
                  formula=ring(48, 64) * RING_BITS),
        Published(text="SCDQ, 48 sources x 64 delays, all fire, events of 16 bits: bits", published=97_536,
                  formula=scdq(48, 64, 1.0) * EVENT_BITS),
    ]  # fmt: skip


def ring_against_scdq(sources: int, targets: int, delays: int) -> float:
    """The activity at which ring and SCDQ need equal memory at the published widths; published for 48 x 64: 0.25."""
    return ring(targets, delays) * RING_BITS / (scdq(sources, delays, 1.0) * EVENT_BITS)
