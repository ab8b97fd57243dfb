# SPDX-License-Identifier: Apache-2.0
"""model.readout: read-outs, and what only the host knows of a network."""

import re
from typing import Any

import numpy as np
import pytest

from model.encoding import Encoding
from model.readout import MAX_SOURCES, Readout, ReadoutKind, check_host_part
from support.errors import InputError


def test_a_readout_has_plain_numbers_and_a_kind() -> None:
    readout = Readout(neurons=tuple(np.array([3, 1])), kind="spike_count")  # type: ignore[arg-type]
    assert readout.neurons == (3, 1)
    assert all(type(each) is int for each in readout.neurons)
    assert readout.kind is ReadoutKind.SPIKE_COUNT


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"neurons": (True,)}, "read-out: neurons must be integers, not True"),
        ({"neurons": (1.0,)}, "read-out: neurons must be integers, not 1.0"),
        ({"neurons": (-1,)}, f"read-out: neuron -1 must be in 0..{MAX_SOURCES - 1}"),
        ({"neurons": (MAX_SOURCES,)}, f"read-out: neuron {MAX_SOURCES} must be in 0..{MAX_SOURCES - 1}"),
        ({"neurons": (), "kind": "mean"}, "read-out: kind must be one of last_potential, potential_sum, "),
    ],
)
def test_what_is_no_readout(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Readout(**fields)


def check(**changes: Any) -> None:
    usual: dict[str, Any] = {"axons": 4, "neurons": 3, "max_steps": 9, "name": "x", "readout": Readout(neurons=(0, 2)),
                             "labels": ("a", "b"), "encoding": None}  # fmt: skip
    check_host_part(**{**usual, **changes})


ENCODING = Encoding(units=8, axons=4, steps=9, step_seconds=None)


@pytest.mark.parametrize("changes", [{}, {"labels": ()}, {"encoding": ENCODING}, {"name": "grün"}])
def test_what_fits(changes: dict[str, Any]) -> None:
    check(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 3}, "network: name and labels must be text that UTF-8 can hold, not 3"),
        ({"labels": ("a", "\ud800")}, "network: name and labels must be text that UTF-8 can hold"),
        ({"readout": Readout(neurons=(0, 3))}, "read-out: neuron 3 must be in 0..2"),
        ({"labels": ("a",)}, "network: 1 labels for 2 read-out neurons"),
        ({"labels": ("a", "a")}, "network: two classes are called 'a'"),
        ({"axons": 5, "encoding": ENCODING}, "network: encoding has 4 axons, the network 5"),
        ({"max_steps": 8, "encoding": ENCODING}, "network: encoding has 9 steps, max_steps is 8"),
    ],
)
def test_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        check(**changes)
