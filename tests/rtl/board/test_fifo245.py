# SPDX-License-Identifier: Apache-2.0
"""The 245 FIFO against a model of FTDI's side, which checks the times of its data sheet."""

from typing import Any

import pytest

from rtl.board.fifo245 import Fifo245
from tests.rtl.simulate import simulate

CLOCK = 40e6
LOW, RECOVERY = 30e-9, 49e-9
"""Shortest strobe; time after it until RXF and TXE mean something."""


def test_bytes_in_both_directions() -> None:
    fifo = Fifo245(CLOCK)
    to_board, to_host = list(range(40)), list(range(200, 240))
    seen, came = list[int](), list[int]()

    async def chip(ctx: Any) -> None:
        waiting = list(to_board)
        low = {"rd_n": 0, "wr_n": 0}
        blocked = 0
        for _ in range(3000):
            for name in ("rd_n", "wr_n"):
                if not ctx.get(getattr(fifo, name)):
                    low[name] += 1
                elif low[name]:
                    assert low[name] / CLOCK >= LOW
                    assert not blocked, "a strobe too soon"
                    if name == "rd_n":
                        waiting.pop(0)
                    blocked, low[name] = int(RECOVERY * CLOCK) + 1, 0
            assert ctx.get(fifo.rd_n) or not ctx.get(fifo.data_oe), "both drive"
            if low["wr_n"] == 1:
                assert ctx.get(fifo.data_oe)
                came.append(ctx.get(fifo.data_o))
            ctx.set(fifo.data_i, waiting[0] if waiting and low["rd_n"] else 0xEE)
            ctx.set(fifo.rxf_n, int(bool(blocked) or not waiting))
            ctx.set(fifo.txe_n, int(bool(blocked)))
            blocked = max(0, blocked - 1)
            await ctx.tick()
            if ctx.get(fifo.strobe):
                seen.append(ctx.get(fifo.byte))

    async def feed(ctx: Any) -> None:
        for byte in to_host:
            ctx.set(fifo.line.payload, byte)
            ctx.set(fifo.line.valid, 1)
            await ctx.tick().until(fifo.line.ready)
        ctx.set(fifo.line.valid, 0)

    simulate(fifo, chip, background=[feed])
    assert (seen, came) == (to_board, to_host)


def test_no_clock() -> None:
    with pytest.raises(ValueError, match=r"^clock must be above 0, not 0$"):
        Fifo245(0)
