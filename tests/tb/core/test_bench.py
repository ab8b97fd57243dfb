"""What the bench of the core does not stream."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from model.config import preset
from support.errors import InputError
from tb.core.bench import EVENTS, CoreBench
from tests.flow.examples import small_image

CORE = CoreBench(preset("tiny"), backend="amaranth")


def play(events: EVENTS) -> None:
    list(CORE.play(small_image(), [[np.array([0])], events]))


def sample(events: EVENTS) -> None:
    CORE.sample(small_image(), events)


def unfinished(events: EVENTS) -> None:
    CORE.unfinished_sample(small_image(), events[:-1], events[-1])


@pytest.mark.parametrize("stream", [play, sample, unfinished])
@pytest.mark.parametrize(
    ("axons", "message"),
    [
        ([1, 0, 1], "step 1: axon 1 occurs 2 times, expected at most once"),
        ([200, 0, 200, 200], "step 1: axon 200 occurs 3 times, expected at most once"),
        ([-1], "step 1: no axon -1, expected 0..65535"),
        ([1 << 16], "step 1: no axon 65536, expected 0..65535"),
        ([0.5], "step 1: events must be a list of integers, not float64 of shape (1,)"),
    ],
)
def test_events_that_the_contract_refuses(
    stream: Callable[[EVENTS], None], axons: list[int], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("streamed")

    monkeypatch.setattr(CORE.player, "stream", run)
    where = "sample 1: " if stream is play else ""
    with pytest.raises(InputError, match=f"^{re.escape(where + message)}$"):
        stream([np.array([1]), np.array(axons)])
