# SPDX-License-Identifier: Apache-2.0
"""Fields to bits and back."""

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.lib import data

from support.errors import InputError
from tb.player.packing import matching, pack, unpack

LAYOUT = data.StructLayout({"kind": 2, "value": signed(5), "lanes": data.ArrayLayout(signed(3), 2)})


def test_pack_places_fields_from_the_lowest_bit() -> None:
    assert pack(LAYOUT, {"kind": 2, "value": -1, "lanes": [1, -4]}) == 2 | 31 << 2 | 1 << 7 | 4 << 10
    assert pack(LAYOUT, {"value": 3}) == 3 << 2
    assert pack(LAYOUT, 5) == 5
    assert pack(signed(4), -1) == 15
    assert pack(unsigned(0), 0) == 0


def test_unpack_is_the_inverse() -> None:
    dice = np.random.default_rng(3)
    for token in dice.integers(0, 1 << 13, size=200).tolist():
        assert pack(LAYOUT, unpack(LAYOUT, token)) == token
    assert unpack(LAYOUT, 31 << 2) == {"kind": 0, "value": -1, "lanes": [0, 0]}


@pytest.mark.parametrize("wide", [8, 90])
def test_arrays_of_tokens(wide: int) -> None:
    layout = data.StructLayout({"a": signed(5), "b": wide})
    a, b = np.array([-16, 15, -1]), np.array([0, 255, 7])
    tokens = pack(layout, {"a": a, "b": b})
    assert [int(token) for token in tokens] == [
        pack(layout, {"a": int(x), "b": int(y)}) for x, y in zip(a, b, strict=True)
    ]
    fields = unpack(layout, tokens)
    assert fields["a"].tolist() == a.tolist()
    assert fields["b"].tolist() == b.tolist()


def test_matching_covers_the_given_fields_only() -> None:
    assert matching(LAYOUT, {"value": -1}) == (31 << 2, 31 << 2)
    assert matching(LAYOUT, {"kind": 0}) == (3, 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": 4}, "token.kind must be in 0..3, not 4"),
        ({"value": np.array([0, -17])}, "token.value must be in -16..15, not -17"),
        ({"lanes": [0, 4]}, "token.lanes.1 must be in -4..3, not 4"),
        ({"sort": 1}, "token: no field 'sort', expected one of kind, value, lanes"),
    ],
)
def test_errors(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pack(LAYOUT, value)
