# SPDX-License-Identifier: Apache-2.0
"""Tokens of the output in answers: whole ones, cut to what they need, and none held back."""

from typing import Any

from rtl.board.protocol import PAYLOAD, token_bytes
from rtl.board.tokens import PATIENCE, TokenPacker
from rtl.fabric.layouts import OutKind, out_layout
from tests.rtl.fabric.builds import CONFIG
from tests.rtl.simulate import simulate

SHORT, LONG = token_bytes(CONFIG)


def token(kind: OutKind, neuron: int = 0, potential: int = 0) -> int:
    return int(out_layout(CONFIG).const({"kind": kind, "neuron": neuron, "potential": potential}).as_value().value)


def answers(tokens: list[int], *, pause: int | None = None, hurry: int | None = None) -> list[bytes]:
    """Payloads of the answers; a pause of so many cycles before the last token; ``hurry`` before that one."""
    packer, found, payload = TokenPacker(CONFIG), list[bytes](), bytearray()

    async def feed(ctx: Any) -> None:
        for number, each in enumerate(tokens):
            if pause and number == len(tokens) - 1:
                await ctx.tick().repeat(pause)
            ctx.set(packer.hurry, int(hurry == number))
            ctx.set(packer.tdata, each)
            ctx.set(packer.tvalid, 1)
            await ctx.tick().until(packer.tready)
            ctx.set(packer.tvalid, 0)

    async def take(ctx: Any) -> None:
        ctx.set(packer.answers.ready, 1)
        for _ in range(20 * len(tokens) + 3 * PATIENCE):
            if ctx.get(packer.answers.valid):
                body = ctx.get(packer.answers.payload)
                if body["close"]:
                    found.append(bytes(payload))
                    payload.clear()
                else:
                    payload.append(body["data"])
            await ctx.tick()

    simulate(packer, take, background=[feed])
    assert not payload
    return found


def test_tokens_are_cut_to_what_they_need() -> None:
    sent = [token(OutKind.EVENT, 3), token(OutKind.EOS), token(OutKind.READOUT, 2, -7), token(OutKind.END)]
    (payload,) = answers(sent)
    assert payload == b"".join(
        each.to_bytes(LONG, "little")[: LONG if kind == 2 else SHORT] for kind, each in enumerate(sent)
    )


def test_an_end_closes_the_answer() -> None:
    end, eos = token(OutKind.END), token(OutKind.EOS)
    assert [len(each) for each in answers([eos, end, eos, eos, end])] == [2 * SHORT, 3 * SHORT]


def test_no_answer_is_too_long() -> None:
    found = answers([token(OutKind.READOUT, number % 4) for number in range(100)])
    assert all(PAYLOAD - LONG < len(each) <= PAYLOAD for each in found[:-1])
    assert sum(map(len, found)) == 100 * LONG


def test_a_pause_closes_the_answer() -> None:
    eos = token(OutKind.EOS)
    assert [len(each) for each in answers([eos, eos, eos], pause=PATIENCE + 5)] == [2 * SHORT, SHORT]
    assert [len(each) for each in answers([eos, eos, eos], pause=PATIENCE // 2)] == [3 * SHORT]
