# SPDX-License-Identifier: Apache-2.0
"""support.listener: whoever does not listen is told nothing, and the work goes on."""

from support.listener import Listener


def work(listener: Listener) -> None:
    for name, count in (("a", 2), ("b", 1)):
        listener.begin(name, count)
        for _ in range(count):
            listener.advance()


def test_stages_in_their_order() -> None:
    heard: list[object] = []
    work(Listener(begin=lambda *stage: heard.append(stage), advance=lambda: heard.append(1)))
    assert heard == [("a", 2), 1, 1, ("b", 1), 1]


def test_nobody_listens() -> None:
    work(Listener())
