# SPDX-License-Identifier: Apache-2.0
"""The host's part of a network, to JSON and back."""

from typing import Any

import pytest

from model.image.info import describe, from_json, restore, to_json
from support.errors import InputError
from tests.model.examples import full_network, network


def test_round_trip() -> None:
    for net in (full_network(), network([])):
        fields = restore(from_json(to_json(describe(net)), "file"), "file")
        assert fields == {name: getattr(net, name) for name in ("name", "readout", "labels", "encoding")}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "expected a JSON object in UTF-8"),
        (b"{", "expected a JSON object in UTF-8"),
        (b"\xff{}", "expected a JSON object in UTF-8"),
        (b"[" * 100_000, "expected a JSON object in UTF-8"),
        (b"[1]", r"expected a JSON object, not \[1\]"),
    ],
)
def test_broken_json_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=f"^file: {reason}"):
        from_json(data, "file")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": None}, "file: expected a string as name, not None"),
        ({"readout": {}}, "file: expected a read-out of kind and neurons, not {}"),
        ({"readout": {"kind": "loudest", "neurons": []}}, "read-out: kind must be one of"),
        ({"readout": {"kind": "spike_count", "neurons": ["a"]}}, "read-out: neurons must be integers, not 'a'"),
        ({"readout": {"kind": "spike_count", "neurons": 3}}, "file: expected a read-out of kind and neurons"),
        ({"labels": "abc"}, "file: expected a list of strings as labels, not 'abc'"),
        ({"labels": [1]}, r"file: expected a list of strings as labels, not \[1\]"),
        (
            {"encoding": 3},
            "file: expected an encoding that is null or has the fields axons, counts, drain",
        ),
        ({"encoding": {"counts": 1}}, "file: expected a list as counts of the encoding, not 1"),
        ({"encoding": {"units": 1}}, "file: expected an encoding that is null or has the fields axons, counts, drain"),
    ],
)
def test_malformed_keys_are_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        restore({**describe(full_network()), **change}, "file")


def test_an_encoding_without_counts_is_binarised() -> None:
    info = describe(full_network())
    del info["encoding"]["counts"]
    assert restore(info, "file")["encoding"].counts == (1,)


@pytest.mark.parametrize("key", ["name", "readout", "labels", "encoding"])
def test_missing_keys_are_named(key: str) -> None:
    info = describe(full_network())
    del info[key]
    with pytest.raises(InputError, match=f"file: expected a key '{key}', not"):
        restore(info, "file")
