# SPDX-License-Identifier: Apache-2.0
"""Check bits: every column and every pair of them, and the blocks on words with errors."""

from itertools import combinations

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from model.config import Protection, check_bits
from rtl.core.protection import Checker, Encoder, columns


@pytest.mark.parametrize("width", [*range(1, 65), 96, 120])
def test_no_error_is_another_one(width: int) -> None:
    """Checks are sums modulo 2: what an error leaves does not depend on the data. Single errors leave syndromes that
    differ, of an odd number of checks; so a pair leaves one that is even, not 0, and none of a single error."""
    checks = check_bits(width, Protection.SECDED)
    data = [sum(1 << check for check in column) for column in columns(width, checks)]
    single = data + [1 << check for check in range(checks)]
    assert len(set(single)) == width + checks
    assert {syndrome.bit_count() % 2 for syndrome in single} == {1}
    assert {(one ^ two).bit_count() % 2 for one, two in combinations(single, 2)} == {0}
    assert all(one ^ two for one, two in combinations(single, 2))


def run(width: int, protection: Protection, words: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """What the checker makes of encoded data with these errors: data, corrected, failed."""
    encoder, checker = Encoder(width, protection), Checker(width, protection)
    m = Module()
    m.submodules += [encoder, checker]
    seen = []

    async def bench(ctx):  # type: ignore[no-untyped-def]
        for data, error in words:
            ctx.set(encoder.data, data)
            ctx.set(checker.word, ctx.get(encoder.word) ^ error)
            seen.append((ctx.get(checker.data), ctx.get(checker.corrected), ctx.get(checker.failed)))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("width", [1, 5, 42, 96])
def test_every_single_error(width: int) -> None:
    rng = np.random.default_rng(width)
    for protection in (Protection.PARITY, Protection.SECDED):
        places = range(width + check_bits(width, protection))
        words = [(int.from_bytes(rng.bytes(16)) & ((1 << width) - 1), 1 << place) for place in places]
        for (data, error), (got, corrected, failed) in zip(words, run(width, protection, words), strict=True):
            if protection is Protection.SECDED:
                assert (got, corrected, failed) == (data, 1, 0)
            else:
                assert (got, corrected, failed) == (data ^ (error & ((1 << width) - 1)), 0, 1)


@pytest.mark.parametrize("width", [1, 5, 42, 96])
def test_no_error_and_two(width: int) -> None:
    rng = np.random.default_rng(width)
    size = width + check_bits(width, Protection.SECDED)
    words = []
    for _ in range(60):
        one, two = rng.choice(size, 2, replace=False).tolist()
        data = int.from_bytes(rng.bytes(16)) & ((1 << width) - 1)
        words += [(data, 0), (data, 1 << one | 1 << two)]
    seen = run(width, Protection.SECDED, words)
    assert seen[::2] == [(data, 0, 0) for data, _ in words[::2]]
    assert {(corrected, failed) for _, corrected, failed in seen[1::2]} == {(0, 1)}


def test_none_is_a_wire() -> None:
    assert run(7, Protection.NONE, [(99, 0), (99, 3)]) == [(99, 0, 0), (96, 0, 0)]
