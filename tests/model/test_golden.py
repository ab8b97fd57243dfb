# SPDX-License-Identifier: Apache-2.0
"""The golden core against the contract, worked out by hand."""

import numpy as np
import pytest

from model.golden import GoldenCore, StepRecord, leak
from model.limits import LEAK_ONE
from model.network import UNTIL_END, Network, Readout, ReadoutKind, Reset
from support.errors import InputError
from tests.model.examples import full_network, network


def play(net: Network, *steps: list[int]) -> list[StepRecord]:
    core = GoldenCore(net)
    return [core.step(events) for events in steps]


def potentials(net: Network, *steps: list[int], neuron: int = 0) -> list[int]:
    return [int(record.potential_after[neuron]) for record in play(net, *steps)]


@pytest.mark.parametrize(
    ("x", "a", "expected"),
    [
        (7, 4096, 7),
        (-7, 4096, -7),
        (7, 0, 0),
        (7, 2048, 3),
        (-7, 2048, -3),  # a shift would give -4
        (-1, 4095, 0),
        (1, 4095, 0),
        (-4096, 4095, -4095),
        (-4097, 4095, -4095),
        ((1 << 30) - 1, 4095, ((1 << 30) - 1) * 4095 // 4096),
        (-(1 << 30), 4095, -((1 << 30) * 4095 // 4096)),
    ],
)
def test_leak_rounds_toward_zero(x: int, a: int, expected: int) -> None:
    assert leak(np.array([x]), np.array([a])).tolist() == [expected]


def test_a_delay_of_0_from_an_axon_arrives_in_the_same_step() -> None:
    assert potentials(network([(0, 0, 0, 5)], threshold=100), [0], [], [0]) == [5, 5, 10]


def test_a_delay_of_d_from_an_axon_arrives_d_steps_later() -> None:
    net = network([(0, 0, 3, 5), (0, 0, 1, 1)], threshold=100)
    assert potentials(net, [], [0], [], [], [], []) == [0, 0, 1, 1, 6, 6]


def test_a_delay_of_1_from_a_neuron_arrives_in_the_next_step() -> None:
    net = network([(0, 0, 0, 5), (2, 1, 1, 7), (2, 2, 2, 9)], threshold=[5, 100, 100])
    records = play(net, [0], [], [], [])
    assert [record.spike.tolist() for record in records] == [[True, False, False]] + 3 * [[False] * 3]
    assert [record.arrivals.tolist() for record in records] == [[5, 0, 0], [0, 7, 0], [0, 0, 9], [0, 0, 0]]


def test_a_neuron_that_excites_itself_fires_for_ever() -> None:
    net = network([(0, 0, 0, 5), (2, 0, 1, 5)], threshold=5)
    assert [bool(record.spike[0]) for record in play(net, [0], [], [], [])] == [True] * 4


def test_all_synapses_of_a_pair_deliver_and_may_meet() -> None:
    net = network([(0, 0, 0, 1), (0, 0, 2, 10), (1, 0, 1, 100)], threshold=1000)
    assert [int(record.arrivals[0]) for record in play(net, [0], [1], [0])] == [1, 0, 111]


def test_current_leaks_with_beta_and_adds_to_the_potential_each_step() -> None:
    net = network([(0, 0, 0, 8)], beta=2048, alpha=0, threshold=1000)
    records = play(net, [0], [], [], [0])
    assert [int(record.current[0]) for record in records] == [8, 4, 2, 9]
    assert [int(record.potential[0]) for record in records] == [8, 4, 2, 9]


def test_beta_0_holds_this_steps_arrivals_only_and_beta_4096_holds_all() -> None:
    net = network([(0, 0, 0, 8), (0, 1, 0, 8)], beta=[0, LEAK_ONE, 0], alpha=0, threshold=1000)
    assert [record.current[:2].tolist() for record in play(net, [0], [], [0])] == [[8, 8], [0, 8], [8, 16]]


def test_the_potential_leaks_before_input_and_bias_are_added() -> None:
    net = network([(0, 0, 0, -9)], alpha=2048, bias=1, threshold=1000)
    # -9 + 1 = -8; -4 + 1 = -3; -1 (of -1.5) + 1 = 0; 0 + 1 = 1; 0 (of 0.5) + 1 = 1
    assert potentials(net, [0], [], [], [], []) == [-8, -3, 0, 1, 1]


def test_the_potential_is_clamped_before_the_threshold() -> None:
    net = network(
        [(0, 0, 0, 100), (1, 0, 0, -100), (0, 1, 0, 100)],
        state_bits=6,
        floor=[-20, -32, -32],
        threshold=[31, 32, 31],
        reset=Reset.NONE,
    )
    records = play(net, [0], [1], [0])
    assert [int(record.potential[0]) for record in records] == [31, -20, 31]
    assert [bool(record.spike[0]) for record in records] == [True, False, True]
    assert not any(record.spike[1] for record in records), "vmax + 1 is never reached"


def test_a_potential_on_the_threshold_fires() -> None:
    assert [bool(record.spike[0]) for record in play(network([(0, 0, 0, 4)], threshold=8), [0], [0], [])] == [
        False,
        True,
        False,
    ]


def test_resets_to_zero_by_subtraction_and_not_at_all() -> None:
    net = network(
        [(0, neuron, 0, 13) for neuron in range(3)], threshold=10, reset=[Reset.ZERO, Reset.SUBTRACT, Reset.NONE]
    )
    record = play(net, [0])[0]
    assert record.potential.tolist() == [13, 13, 13]
    assert record.potential_after.tolist() == [0, 3, 13]


def test_a_negative_threshold_fires_at_rest_and_reset_to_zero_ignores_the_floor() -> None:
    record = play(network([], threshold=-1, floor=[5, -9, -9]), [])[0]
    assert record.potential.tolist() == [5, 0, 0]
    assert record.spike.all()
    assert record.potential_after.tolist() == [0, 0, 0]


def test_a_neuron_rests_after_a_spike() -> None:
    """Three neurons get 6 in every step, and fire at 10: with 2 steps of rest, with none, and once a sample."""
    net = network(
        [(0, neuron, 0, 6) for neuron in range(3)], threshold=10, reset=Reset.SUBTRACT, refractory=[2, 0, UNTIL_END]
    )
    records = play(net, *[[0]] * 9)
    assert np.array([record.spike for record in records]).T.astype(int).tolist() == [
        [0, 1, 0, 0, 0, 1, 0, 0, 1],
        [0, 1, 0, 1, 1, 0, 1, 0, 1],
        [0, 1, 0, 0, 0, 0, 0, 0, 0],
    ]
    # 12 - 10 = 2 stays for two steps, and nothing that arrives meanwhile is in the 8 of the third.
    assert [int(record.potential_after[0]) for record in records] == [6, 2, 2, 2, 8, 4, 4, 4, 0]


def test_current_goes_on_while_a_neuron_rests() -> None:
    """The potential is that of the reset, below its floor if need be; the current adds up what arrives."""
    net = network(
        [(0, 0, 0, 10)], beta=LEAK_ONE, threshold=10, floor=[3, 0, 0], reset=Reset.ZERO, refractory=2, max_steps=20
    )
    records = play(net, [0], [0], [], [])
    assert [int(record.current[0]) for record in records] == [10, 20, 20, 20]
    assert [int(record.potential[0]) for record in records] == [10, 0, 0, 20]
    assert [int(record.potential_after[0]) for record in records] == [0, 0, 0, 0]
    assert [bool(record.spike[0]) for record in records] == [True, False, False, True]


def test_a_refractory_period_ends_with_its_sample() -> None:
    core = GoldenCore(network([(0, 0, 0, 10)], threshold=10, refractory=UNTIL_END))
    for _ in range(2):
        assert core.run([[0], [0]]).spikes[:, 0].tolist() == [True, False]


def test_records_hold_the_state_before_and_after() -> None:
    first, second = play(network([(0, 0, 0, 13)], threshold=10, reset=Reset.SUBTRACT), [0], [0])
    assert (first.step, second.step) == (0, 1)
    assert first.potential_before[0] == 0
    assert second.potential_before[0] == first.potential_after[0] == 3
    assert second.potential[0] == 16
    assert (first.synaptic_operations, second.synaptic_operations) == (1, 1)


def test_the_order_of_events_does_not_matter() -> None:
    net = full_network()
    for one, other in zip(play(net, [0, 1, 2], [2, 1]), play(net, [2, 0, 1], [1, 2]), strict=True):
        assert np.array_equal(one.potential, other.potential)


def test_read_outs_of_a_run() -> None:
    net = network([(0, 0, 0, 4), (0, 1, 1, 4), (0, 2, 0, 1)], threshold=[8, 8, 9], reset=Reset.SUBTRACT)
    result = GoldenCore(net).run([[0], [0], [0], [0]])
    assert result.spikes.tolist() == [[False] * 3, [True, False, False], [False, True, False], [True, False, False]]
    assert result.potential.tolist() == [0, 4, 4]
    assert result.potential_sum.tolist() == [4 + 0 + 4 + 0, 0 + 4 + 0 + 4, 1 + 2 + 3 + 4]
    assert result.spike_count.tolist() == [2, 1, 0]
    assert result.first_spike.tolist() == [1, 2, 4]
    assert int(result.events) == 4 + 3
    assert int(result.synaptic_operations) == 4 + 3 + 4, "the last event's delay of 1 ends after the sample"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ReadoutKind.LAST_POTENTIAL, 1),
        (ReadoutKind.POTENTIAL_SUM, 0),
        (ReadoutKind.SPIKE_COUNT, 1),
        (ReadoutKind.FIRST_SPIKE, 1),
    ],
)
def test_the_class_is_the_first_best_in_the_order_of_the_readout(kind: ReadoutKind, expected: int) -> None:
    # Neurons 1 and 2 are alike, so class 1 (neuron 1) wins over class 2 (neuron 2); class 0 (neuron 0) never fires.
    net = network(
        [(0, 0, 0, 5), (0, 1, 0, 8), (0, 2, 0, 8), (1, 0, 0, -2), (1, 1, 0, 7), (1, 2, 0, 7)],
        threshold=[100, 8, 8],
        reset=Reset.ZERO,
        readout=Readout(neurons=(0, 1, 2), kind=kind),
    )
    assert int(GoldenCore(net).run([[0], [1]]).predicted) == expected


def test_a_tie_of_all_goes_to_class_0() -> None:
    for kind in ReadoutKind:
        net = network([], threshold=1, readout=Readout(neurons=(2, 0, 1), kind=kind))
        assert int(GoldenCore(net).run([[], []]).predicted) == 0


def test_a_run_starts_and_ends_at_rest() -> None:
    core = GoldenCore(full_network())
    first = core.run([[0, 1, 2]] * 9)
    assert not core.potential.any()
    assert core.steps == 0
    again = core.run([[0, 1, 2]] * 9)
    assert np.array_equal(first.spikes, again.spikes)
    assert np.array_equal(first.potential, again.potential)


def test_a_raster_is_as_good_as_a_list_of_events() -> None:
    core = GoldenCore(full_network())
    raster = np.array([[True, False, True], [False, False, False], [True, True, True]])
    assert np.array_equal(core.run(raster).spikes, core.run([[0, 2], [], [0, 1, 2]]).spikes)


def test_a_run_of_no_steps_reads_out_the_start() -> None:
    result = GoldenCore(full_network()).run([])
    assert result.potential.tolist() == [0] * 5
    assert result.first_spike.tolist() == [0] * 5


def test_bad_samples_are_refused_with_step_and_axon() -> None:
    core = GoldenCore(full_network())
    with pytest.raises(InputError, match=r"step 1: axon 2 occurs 2 times, expected at most once"):
        core.run([[0], [2, 1, 2]])
    with pytest.raises(InputError, match=r"step 2: no axon 3, expected 0\.\.2"):
        core.run([[0], [], [3]])
    with pytest.raises(InputError, match=r"step 0: no axon -1"):
        core.run([[-1]])
    with pytest.raises(InputError, match=r"step 77: the network is for samples of at most 77 steps"):
        core.run([[]] * 78)
    with pytest.raises(InputError, match=r"sample: expected shape \(steps, 3\), not \(4, 2\)"):
        core.run(np.zeros((4, 2), np.bool_))
    with pytest.raises(InputError, match=r"expected 0 and 1 only"):
        core.run(np.full((4, 3), 2))


def test_currents_beyond_exact_integers_are_refused() -> None:
    with pytest.raises(InputError, match=r"weights too large: a current could reach 6.55e\+17"):
        GoldenCore(network([(0, 0, 0, 10**13)]))
