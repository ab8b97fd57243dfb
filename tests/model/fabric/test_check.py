# SPDX-License-Identifier: Apache-2.0
"""model.fabric.check: contradictions that only the host sees."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.config import CoreConfig
from model.fabric.bundle import Bundle
from model.fabric.routes import Span
from support.errors import InputError
from tests.model.fabric.cases import small


def _with_routes(bundle: Bundle, core: int, **changes: Any) -> Bundle:
    routes = list(bundle.routes)
    routes[core] = replace(routes[core], **changes)
    return replace(bundle, routes=tuple(routes))


CONTRADICTIONS: tuple[tuple[Callable[[Bundle], Any], str], ...] = (
    (lambda b: replace(b, routes=b.routes[:1]), "1 routes and 3 images for 4 nodes"),
    (lambda b: _with_routes(b, 1, hops=b.routes[1].hops[1:]), r"core 1: routes of \d+ neurons, its image has"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries * 0 - 1), "core 0: nothing is its axon"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries * 0), "core 0: two sources are its axon 0"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries + 90), r"core 0: entry of axon \d+, its image has"),
    (lambda b: _with_routes(b, 0, senders=frozenset({1})), r"core 0: hears \[1, 2\], its senders are \[1\]"),
    (lambda b: _with_routes(b, 0, listeners=frozenset()), r"core 0: heard by \[1, 2\], its listeners are \[\]"),
    (lambda b: _with_routes(b, 0, eos_hops=0), "core 0: its end of step goes 0 hops, expected"),
    (lambda b: _with_routes(b, 0, hops=b.routes[0].hops * 0), r"core 0: neuron \d+ goes 0 hops, core \d is"),
    (lambda b: _with_routes(b, 0, spans=(*b.routes[0].spans[:3], Span(base=0, first=9, count=1))),
     "core 0: a span of 1 sources from 9 on of the host, which has 9"),
    (lambda b: replace(b, info={**b.info, "neurons": [[0]]}), "info: expected neurons to give"),
    (lambda b: replace(b, info={**b.info, "labels": ["a"]}), "info: network: 1 labels for"),
    (lambda b: replace(b, images=(replace(b.images[0], max_steps=3), *b.images[1:])), "steps, that of core 0 for 3"),
    (lambda b: replace(b, images=(replace(b.images[0], geometry=CoreConfig(
        neurons=50, axons=50, delays=9, rows=9, synapse_words=9)), *b.images[1:])), "is for another geometry than"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "message"), CONTRADICTIONS)
def test_contradictions(change: Callable[[Bundle], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        change(small().bundle)
