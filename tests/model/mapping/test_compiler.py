# SPDX-License-Identifier: Apache-2.0
"""The compiler: what fits becomes an image, what does not is refused with the limit, the need and the difference."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from model.bounds import accumulator_bits, refractory_bits, worst_case_capacity
from model.config import CoreConfig
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import UNTIL_END, Network
from model.random_network import random_config, random_layers, random_network
from support.errors import InputError
from tests.model.examples import build, full_network, network


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"neurons": 4}, "neurons: needs 5, the build has 4, 1 too many"),
        ({"axons": 1}, "axons: needs 3, the build has 1, 2 too many"),
        ({"delays": 3}, "delays: needs 4, the build has 3, 1 too many"),
        ({"rows": 4}, "rows: needs 6, the build has 4, 2 too many"),
        ({"synapse_words": 5}, "synapse_words: needs 6, the build has 5, 1 too many"),
        (
            {"weight_bits": 3},
            r"weight_bits: the weight of synapse 4 is 7, 4 beyond the -4\.\.3 of 3 bits; needs 4 bits",
        ),
        (
            {"accumulator_bits": 4},
            r"accumulator_bits: arrivals of a step at neuron 0 can be 15, 8 beyond the -8\.\.7 of 4 bits; needs 5 bits",
        ),
        ({"state_bits": 15}, "state_bits: network has 14, the build 15"),
        ({"delay_unit": "scdq", "queue_depth": 8}, "capacity: needs 9, the build has 8, 1 too many"),
        ({"neurons": 4, "rows": 4}, "neurons: needs 5, .*; rows: needs 6, the build has 4, 2 too many"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"^network 'every field' does not fit the build: .*{reason}"):
        compile_network(full_network(), build(**change))


@pytest.mark.parametrize("change", [{"neurons": 5}, {"axons": 3}, {"delays": 4}, {"rows": 6}, {"weight_bits": 4},
                                    {"accumulator_bits": 5}, {"delay_unit": "scdq", "queue_depth": 9}])  # fmt: skip
def test_what_just_fits_is_taken(change: dict[str, Any]) -> None:
    assert compile_network(full_network(), build(**change)).network() == full_network()


@pytest.mark.parametrize(
    ("bits", "period", "reason"),
    [
        (0, [0, 5, 9], "neuron 2 has a refractory period of 9 steps, the build has none; needs 4 bits, "
                       "the build has 0"),
        (0, [0, UNTIL_END, 9], "neuron 1 has a refractory period until the end of sample, the build has none; "
                               "needs 4 bits, the build has 0"),
        (0, [0, 0, UNTIL_END], "neuron 2 has a refractory period until the end of sample, the build has none; "
                               "needs 1 bits, the build has 0"),
        (1, [UNTIL_END, 1, 0], "neuron 1 has a refractory period of 1 steps, the build holds at most 0; needs 2 bits, "
                               "the build has 1"),
        (3, [6, 7, UNTIL_END], "neuron 1 has a refractory period of 7 steps, the build holds at most 6; needs 4 bits, "
                               "the build has 3"),
    ],
)  # fmt: skip
def test_a_refractory_period_that_the_build_does_not_have_is_refused(bits: int, period: list[int], reason: str) -> None:
    net = network([], refractory=period, state_bits=14)
    with pytest.raises(InputError, match=f"^network does not fit the build: refractory_bits: {reason}$"):
        compile_network(net, build(refractory_bits=bits))
    smallest = fit(net)
    assert compile_network(net, smallest).network() == net
    assert smallest.refractory_bits == refractory_bits(net)


@pytest.mark.parametrize(
    ("period", "bits"),
    [(0, 0), (UNTIL_END, 1), (1, 2), (2, 2), (3, 3), (6, 3), (7, 4), (254, 8), (255, 9), (65534, 16)],
)
def test_all_ones_are_kept_for_until_the_end_of_the_sample(period: int, bits: int) -> None:
    assert refractory_bits(network([], refractory=[period, 0, 0])) == bits
    assert fit(network([], refractory=[0, period, UNTIL_END])).refractory_bits == max(1, bits)


def test_a_current_that_can_overflow_is_refused() -> None:
    net = network([(0, 0, 0, 100), (1, 0, 0, -82)], state_bits=14, max_steps=82, beta=4096, threshold=1)
    with pytest.raises(
        InputError, match=r"state_bits: the current of neuron 0 can be 8200, 9 beyond the -8192\.\.8191"
    ):
        compile_network(net, build(weight_bits=8))
    assert compile_network(dataclasses.replace(net, max_steps=81), build(weight_bits=8)).max_steps == 81
    down = network([(0, 0, 0, -100)], state_bits=14, max_steps=82, beta=4096, threshold=1)
    with pytest.raises(InputError, match=r"the current of neuron 0 can be -8200, 8 beyond .*; needs 15 bits"):
        compile_network(down, build(weight_bits=8))
    leaking = network([(0, 0, 0, 127)], state_bits=14, beta=4096 - 64, threshold=1)
    with pytest.raises(InputError, match=r"the current of neuron 0 can be 8065, 3970 beyond"):
        compile_network(dataclasses.replace(leaking, neurons=dataclasses.replace(leaking.neurons, state_bits=13,
                        floor=None, threshold=1)), build(weight_bits=8, state_bits=13))  # fmt: skip
    assert compile_network(leaking, build(weight_bits=8)).network() == leaking


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (
            network([(0, 1, 0, 100), (1, 1, 0, 120)], state_bits=8),
            r"accumulator_bits: arrivals of a step at neuron 1 can be 220, 93 beyond the -128\.\.127 of 8 bits; "
            r"needs 9 bits; state_bits: the current of neuron 1 can be 220, ",
        ),
        (
            network([(0, 1, 0, 5), (1, 0, 0, -300)]),
            r"weight_bits: the weight of synapse 1 is -300, 172 beyond the .* 10",
        ),
        (network([(0, 0, 256, 1)]), "delays: needs 257, the largest build has 256, 1 too many"),
        (network([(0, 0, 0, 1)], count=4097), "neurons: needs 4097, the largest build has 4096, 1 too many"),
        (network([(0, 0, 0, 1)], axons=16386), "axons: needs 16386, the largest build has 16384, 2 too many"),
    ],
)
@pytest.mark.parametrize("codebook", [False, True])
def test_what_no_build_holds_is_refused_by_name(net: Network, reason: str, codebook: bool) -> None:
    """In words of the network, not of a configuration that nobody wrote."""
    with pytest.raises(InputError, match=f"^network does not fit the largest build: {reason}"):
        fit(net, codebook=codebook)


def test_more_values_than_a_codebook_has() -> None:
    net = network([(1, n % 3, n // 3, n + 1) for n in range(17)])
    with pytest.raises(
        InputError,
        match=r"^network does not fit the largest build: codebook: distinct weights.*: needs 1[78], the largest",
    ):
        fit(net, codebook=True)


def test_capacity_is_the_worst_case_or_declared() -> None:
    net = full_network()
    queues = build(delay_unit="scdq", queue_depth=4)
    assert compile_network(net, build()).capacity == worst_case_capacity(net)
    assert compile_network(net, queues, capacity=4).capacity == 4
    with pytest.raises(InputError, match="capacity: needs 5, the build has 4, 1 too many"):
        compile_network(net, queues, capacity=5)
    with pytest.raises(InputError, match="capacity: needs 1048577, the build has 1048576, 1 too many"):
        compile_network(net, build(), capacity=(1 << 20) + 1)
    for capacity in (-1, 1.5, True):
        with pytest.raises(InputError, match=f"capacity must be an integer of at least 0, not {capacity}"):
            compile_network(net, build(), capacity=capacity)  # type: ignore[arg-type]


def test_codebooks_hold_so_many_values() -> None:
    full = [(axon, neuron, 0, weight) for axon, weight in enumerate((-100, 7, 50, 127)) for neuron in range(3)]
    config = build(codebook=True, weight_bits=2, state_bits=20, accumulator_bits=20)
    net = network(full, axons=4)
    image = compile_network(net, config)
    assert image.codebook.tolist() == [-100, 7, 50, 127]
    assert Image.from_bytes(image.to_bytes()).network() == net
    gap = network(full[1:], axons=4)
    with pytest.raises(
        InputError,
        match="codebook: distinct weights with the 0 of empty entries: needs 5, the build has 4, 1 too many",
    ):
        compile_network(gap, config)
    more = network([*full, (0, 0, 1, 9)], axons=4)
    with pytest.raises(
        InputError, match="codebook: distinct weights with the 0 of empty entries: needs 6, the build has 4"
    ):
        compile_network(more, config)
    fewer = compile_network(network(full[3:8], axons=4), config)
    assert fewer.codebook.tolist() == [0, 7, 50, 0]
    assert (fewer.synapse_weight[fewer.weights == 0] == 0).all()
    with pytest.raises(InputError, match=r"weight_bits: the weight of synapse 0 is 128, 1 beyond the -128\.\.127"):
        compile_network(network([(0, 0, 0, 128)]), config)


def test_synapses_of_a_row_are_in_order_of_target() -> None:
    net = network([(0, neuron, 0, neuron + 1) for neuron in range(9)], axons=1, count=9, state_bits=14)
    image = compile_network(net, build(neurons=9, lanes=4))
    assert image.row_words.tolist() == [3]
    assert image.synapse_target.T.tolist() == [[0, 1, 2], [0, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert np.count_nonzero(image.weights, axis=1).tolist() == [4, 4, 1]


def test_the_same_seed_gives_the_same_image() -> None:
    net = random_layers(np.random.default_rng(0), sizes=(30, 20, 20, 10))
    config = fit(net, seed=5)
    assert compile_network(net, config, seed=5).to_bytes() == compile_network(net, config, seed=5).to_bytes()


@pytest.mark.parametrize("seed", range(25))
def test_fit_is_the_smallest_build(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, random_config(rng), density=rng.random())
    config = fit(net, lanes=int(rng.integers(1, 17)), delay_unit=str(rng.choice(["ring", "scdq"])))
    image = compile_network(net, config)
    assert image.network() == net
    assert (image.rows_used or 1, image.words_used or 1) == (config.rows, config.synapse_words)
    assert config.accumulator_bits == accumulator_bits(net)
    least = {"weight_bits": 2, "accumulator_bits": 2, "refractory_bits": 0}
    for name in ("neurons", "axons", "delays", "rows", "synapse_words", "weight_bits", "accumulator_bits",
                 "refractory_bits"):  # fmt: skip
        value = getattr(config, name)
        if value > least.get(name, 1):
            with pytest.raises(InputError, match=f"does not fit the build: .*{name}: "):
                compile_network(net, dataclasses.replace(config, **{name: value - 1}))


def test_fit_of_a_codebook_and_of_a_declared_capacity() -> None:
    net = dataclasses.replace(full_network(), weight=np.array([1, 1, -2, 1, 1, -2, 1, 1]))
    config = fit(net, codebook=True, lanes=2, delay_unit="scdq", queue_memory="registers", capacity=3)
    assert (config.weight_bits, config.queue_depth, config.queue_memory) == (2, 3, "registers")
    assert compile_network(net, config, capacity=3).network() == net


def test_fit_says_why_no_build_exists() -> None:
    with pytest.raises(InputError, match=r"weight_bits: the weight of synapse 0 is 128, 1 beyond .*; needs 9"):
        fit(network([(0, 0, 0, 128)]))
    with pytest.raises(InputError, match=r"accumulator_bits: arrivals of a step at neuron 0 can be 8, .* needs 5 bits"):
        fit(network([(0, 0, 0, 8)], state_bits=4))
    with pytest.raises(InputError, match=r"state_bits: the current of neuron 0 can be 8, 1 beyond the -8\.\.7"):
        fit(network([(0, 0, 0, 4)], state_bits=4, beta=4096, max_steps=2))
    with pytest.raises(InputError, match=r"lanes must be in 1\.\.32, not 0"):
        fit(network([(0, 0, 0, 4)]), lanes=0)


def test_the_48_48_network_fits_its_preset() -> None:
    net = random_layers(np.random.default_rng(0))
    image = compile_network(net, CoreConfig(neurons=116, axons=700, delays=59, rows=4096, synapse_words=16384))
    assert image.lane_fill > 0.7
    assert image.capacity <= 8192
