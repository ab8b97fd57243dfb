# SPDX-License-Identifier: Apache-2.0
"""What a network accepts, and what it says when it does not."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from model.encoding import Encoding
from model.network import Network, Neurons, Readout, ReadoutKind, Reset
from support.errors import InputError
from tests.model.examples import full_network, network


def test_synapses_are_sorted_by_source_delay_and_target() -> None:
    net = network([(4, 1, 1, 3), (0, 2, 3, 1), (0, 1, 3, 2), (0, 2, 0, 4)])
    assert net.source.tolist() == [0, 0, 0, 4]
    assert net.delay.tolist() == [0, 3, 3, 1]
    assert net.target.tolist() == [2, 1, 2, 1]
    assert net.weight.tolist() == [4, 2, 1, 3]
    assert net.level.tolist() == [0, 3, 3, 0]
    assert net.synapses == 4


def test_equality_is_by_value_and_order_of_synapses_does_not_matter() -> None:
    net = full_network()
    assert net == full_network()
    assert hash(net) == hash(full_network())
    turned = dataclasses.replace(
        net, **{name: getattr(net, name)[::-1] for name in ("source", "target", "delay", "weight")}
    )
    assert turned == net
    assert dataclasses.replace(net, weight=net.weight + 20) != net
    assert dataclasses.replace(net, neurons=dataclasses.replace(net.neurons, bias=0)) != net
    assert dataclasses.replace(net, name="other") != net


def test_arrays_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        full_network().weight[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        full_network().neurons.alpha[0] = 1


def test_scalars_stand_for_all_neurons() -> None:
    neurons = Neurons(count=3, state_bits=8, threshold=[1, 2, 3])
    assert neurons.alpha.tolist() == [4096] * 3
    assert neurons.floor.tolist() == [-128] * 3
    assert neurons.refractory.tolist() == [0] * 3
    assert (neurons.vmin, neurons.vmax, neurons.never) == (-128, 127, 128)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state_bits": 3}, r"state_bits must be in 4\.\.31, not 3"),
        ({"count": 0}, r"count must be in 1\.\.1048576, not 0"),
        ({"alpha": [1, 2]}, r"alpha must have shape \(3,\), not \(2,\)"),
        ({"alpha": 0.9}, "alpha must be integers, not float64"),
        ({"alpha": [0, 4097, 0]}, r"alpha of neuron 1 must be in 0\.\.4096, not 4097"),
        ({"count": 10**13}, r"count must be in 1\.\.1048576, not 10000000000000"),
        (
            {"threshold": np.array([1, 2, 2**64 - 1], np.uint64)},
            r"threshold must be integers below 2\*\*63, not 18446744073709551615 \(entry 2\)",
        ),
        ({"bias": np.uint64(2**63)}, r"bias must be integers below 2\*\*63, not 9223372036854775808 \(entry 0\)"),
        ({"beta": -1}, r"beta of neuron 0 must be in 0\.\.4096, not -1"),
        ({"bias": 128}, r"bias of neuron 0 must be in -128\.\.127, not 128"),
        ({"threshold": 129}, r"threshold of neuron 0 must be in -128\.\.128, not 129"),
        ({"floor": -129}, r"floor of neuron 0 must be in -128\.\.127, not -129"),
        ({"reset": 3}, r"reset of neuron 0 must be in 0\.\.2, not 3"),
        ({"refractory": -1}, r"refractory of neuron 0 must be in 0\.\.65535, not -1"),
        ({"refractory": [0, 65535, 65536]}, r"refractory of neuron 2 must be in 0\.\.65535, not 65536"),
        (
            {"reset": Reset.SUBTRACT, "threshold": [0, 5, -1]},
            "threshold of neuron 2 must be at least 0 for reset by subtraction, not -1",
        ),
    ],
)
def test_neuron_parameters_have_ranges(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"^neurons: {reason}$"):
        Neurons(**{"count": 3, "state_bits": 8, **change})


@pytest.mark.parametrize(
    ("synapses", "reason"),
    [
        ([(5, 0, 1, 1)], r"source of synapse 0 must be in 0\.\.4, not 5"),
        ([(0, 3, 1, 1)], r"target of synapse 0 must be in 0\.\.2, not 3"),
        ([(0, 0, 0, 1), (0, 1, -1, 1)], r"delay of synapse 0 \(source 0, target 1\) must be at least 0 from an axon"),
        ([(2, 1, 0, 1)], r"delay of synapse 0 \(source 2, target 1\) must be at least 1 from a neuron, not 0"),
        ([(0, 1, 65536, 1)], "delay of synapse 0 must be at most 65535, not 65536"),
        (
            [(0, 1, 0, 1 << 53)],
            r"weight of synapse 0 must be in -9007199254740991\.\.9007199254740991, not 90071992547",
        ),
        ([(0, 1, 0, -(1 << 63))], "weight of synapse 0 must be in"),
        (
            [(0, 2, 0, 1 << 52), (1, 2, 0, -(1 << 52))],
            r"absolute weights into neuron 2 must add up to below 2\*\*53, not 9\.01e",
        ),
        ([(2, 1, 1, 0)], r"weight of synapse 0 \(source 2, target 1\) must not be 0"),
        ([(0, 1, 2, 1), (0, 1, 2, 3)], "two synapses from source 0 to target 1 with delay 2: expected at most one"),
    ],
)
def test_synapses_are_checked(synapses: list[tuple[int, int, int, int]], reason: str) -> None:
    with pytest.raises(InputError, match=f"^network: {reason}"):
        network(synapses)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"axons": 0}, r"network: axons must be in 1\.\.1048576, not 0"),
        ({"max_steps": 65536}, r"network: max_steps must be in 1\.\.65535, not 65536"),
        ({"axons": 10**13}, r"network: axons must be in 1\.\.1048576, not 10000000000000"),
        ({"axons": 2**100}, r"network: axons must be in 1\.\.1048576, not 12676506"),
        ({"axons": 2.0}, r"network: axons must be in 1\.\.1048576, not 2\.0"),
        (
            {"weight": np.array([1] * 7 + [2**63], np.uint64)},
            r"weight must be integers below 2\*\*63, not 9223372036854775808 \(entry 7\)",
        ),
        ({"weight": [2**70] * 8}, "network: weight must be integers, not object"),
        ({"weight": [[1], [1, 2]]}, "network: weight must be an array of integers, not a list of lists"),
        ({"weight": [np.nan] * 8}, "network: weight must be integers, not float64"),
        ({"labels": ("a", "a")}, "network: two classes are called 'a'"),
        ({"labels": ("a", "\ud800")}, r"network: name and labels must be text that UTF-8 can hold, not '\\ud800'"),
        ({"labels": ("a", 1)}, "network: name and labels must be text that UTF-8 can hold, not 1"),
        ({"name": "\udfff"}, "network: name and labels must be text that UTF-8 can hold"),
        ({"max_steps": 76}, "network: encoding has 77 steps, max_steps is 76"),
        ({"weight": [1]}, r"network: weight must have shape \(8,\), like source, not \(1,\)"),
        ({"readout": Readout(neurons=(5,))}, r"read-out: neuron 5 must be in 0\.\.4"),
        ({"labels": ("a",)}, "network: 1 labels for 2 read-out neurons"),
        ({"encoding": Encoding(units=9, axons=4, steps=1, step_seconds=None)}, "encoding has 4 axons, the network 3"),
    ],
)
def test_networks_are_checked(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        dataclasses.replace(full_network(), **change)


def test_without_zeros_drops_them() -> None:
    net = Network.without_zeros(
        source=[0, 1], target=[0, 0], delay=[0, 0], weight=[0, 4], axons=2, neurons=Neurons(count=1),
        readout=Readout(neurons=(0,)),
    )  # fmt: skip
    assert net.source.tolist() == [1]


def test_readouts_take_any_integers_and_known_kinds() -> None:
    readout = Readout(neurons=tuple(np.arange(2)), kind="spike_count")  # type: ignore[arg-type]
    assert readout == Readout(neurons=(0, 1), kind=ReadoutKind.SPIKE_COUNT)
    with pytest.raises(InputError, match=r"read-out: kind must be one of last_potential, .*, not 'loudest'"):
        Readout(neurons=(0,), kind="loudest")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"read-out: neurons must be integers, not 1\.0"):
        Readout(neurons=(1.0,))  # type: ignore[arg-type]
    for neuron in (2**70, -1, np.uint64(2**63)):
        with pytest.raises(InputError, match=rf"read-out: neuron .*{neuron}.* must be in 0\.\.1048575"):
            Readout(neurons=(neuron,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"steps": 0}, "steps must be an integer of at least 1, not 0"),
        ({"steps": 10**12}, "steps must be at most 65535, not 1000000000000"),
        ({"steps": 2**70}, "steps must be at most 65535, not 1180591620717411303424"),
        ({"steps": 65535, "drain": 17}, "steps and drain must be at most 65535 together, not 65552"),
        ({"units": 10**13}, "units must be at most 1048576, not 10000000000000"),
        ({"axons": 10**13}, "axons must be at most 1048576, not 10000000000000"),
        ({"axons": True}, "axons must be an integer of at least 1, not True"),
        ({"counts": (256,)}, "counts must be at most 255, not 256"),
        ({"counts": (2**70,)}, "counts must be at most 255, not 1180591620717411303424"),
        ({"step_seconds": 10**400}, "step_seconds must be above 0, not 10+"),
        ({"step_seconds": True}, "step_seconds must be above 0, not True"),
        ({"drain": -1}, "drain must be an integer of at least 0, not -1"),
        ({"axons": 8}, r"axons must be at most units times counts \(7\), not 8"),
        ({"axons": 16, "counts": (1, 3)}, r"axons must be at most units times counts \(14\), not 16"),
        ({"counts": (1, 2)}, r"axons must be a multiple of the 2 counts, not 3"),
        ({"counts": (2, 2)}, r"counts must be at least 1 and ascend, not \[2, 2\]"),
        ({"counts": (0,)}, r"counts must be at least 1 and ascend, not \[0\]"),
        ({"counts": ()}, r"counts must be integers, not \(\)"),
        ({"counts": (1.5,)}, r"counts must be integers, not \(1\.5,\)"),
        ({"step_seconds": 0.0}, r"step_seconds must be above 0, not 0\.0"),
        ({"step_seconds": float("nan")}, "step_seconds must be above 0, not nan"),
        ({"step_seconds": "1"}, "step_seconds must be above 0, not '1'"),
    ],
)
def test_encodings_are_checked(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"^encoding: {reason}$"):
        Encoding(**{"units": 7, "axons": 3, "steps": 5, "step_seconds": None, **change})
