# SPDX-License-Identifier: Apache-2.0
"""model.fabric.routes: which axon a source is, and how far cores are apart."""

import numpy as np
import pytest

from model.fabric.routes import Routes, Span, distance, farthest

ROUTES = Routes(
    senders=frozenset({1}), listeners=frozenset(), eos_hops=0, hops=np.zeros(1, int),
    spans=(Span(base=0, first=0, count=0), Span(base=0, first=4, count=3), Span(base=3, first=1, count=1)),
    entries=np.array([5, -1, 0, 2]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sender", "source", "axon"),
    [(1, 4, 5), (1, 5, -1), (1, 6, 0), (1, 3, -1), (1, 7, -1), (2, 1, 2), (2, 0, -1), (2, 2, -1), (0, 0, -1)],
)
def test_the_axon_of_a_source(sender: int, source: int, axon: int) -> None:
    """Below its span, at both ends, above it, in a gap, and in a span of nothing."""
    assert ROUTES.axon(sender, source) == axon


def test_tokens_go_one_way() -> None:
    assert [distance(2, receiver, 5) for receiver in range(5)] == [3, 4, 0, 1, 2]
    assert farthest(2, {3, 1}, 5) == 4
    assert farthest(2, (), 5) == 0
