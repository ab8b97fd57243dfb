# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Bundles: the two blocks that share one have it in opposite directions."""

from collections.abc import Callable
from typing import Any

import pytest
from amaranth.lib.wiring import Flow

from model.config import CoreConfig, preset
from rtl.bundles import AddSignature, ClearSignature
from rtl.core.accumulators import AccumulatorBank
from rtl.core.control import Controller
from rtl.core.neurons import NeuronEngine
from rtl.core.synapses import SynapseEngine

JOINTS = (
    (SynapseEngine, "add", AccumulatorBank, "add"),
    (NeuronEngine, "consume", AccumulatorBank, "consume"),
    (Controller, "clear", AccumulatorBank, "clear"),
    (Controller, "synapse_phase", SynapseEngine, "phase"),
    (Controller, "neuron_phase", NeuronEngine, "phase"),
    (NeuronEngine, "fired", Controller, "fired"),
)


@pytest.mark.parametrize(("one", "port", "other", "its"), JOINTS)
def test_both_sides_agree(
    one: Callable[[CoreConfig], Any], port: str, other: Callable[[CoreConfig], Any], its: str
) -> None:
    config = preset("odd")
    first = getattr(one(config), port)
    second = getattr(other(config), its)
    assert dict(first.signature.members.items()) == dict(second.signature.flip().members.items())
    assert Flow.Out in {member.flow for _, member, _ in first.signature.flatten(first)}


@pytest.mark.parametrize("unit", ["ring", "scdq"])
def test_slots_and_addresses_have_room(unit: str) -> None:
    config: CoreConfig = preset("odd", delay_unit=unit)
    add, clear = AddSignature(config).create(), ClearSignature(config).create()
    assert len(add.slot) == len(add.now) == (config.slots - 1).bit_length()
    assert 1 << len(clear.address) >= config.accumulators_per_lane
