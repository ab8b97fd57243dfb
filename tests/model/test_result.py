# SPDX-License-Identifier: Apache-2.0
"""model.result: read-outs and class that follow from spikes and potentials, for one sample and for many."""

from typing import Any

import numpy as np
import pytest

from model.network import Network, Readout, ReadoutKind
from model.result import Result, read_out
from tests.model.examples import network

SPIKES = np.array([[0, 0, 1], [1, 0, 1], [1, 0, 0]], bool)
POTENTIAL = np.array([4, 9, 9])
SUM = np.array([12, -3, 12])


def small(kind: ReadoutKind, neurons: tuple[int, ...] = (2, 0, 1)) -> Network:
    return network([(0, 0, 0, 1)], readout=Readout(neurons=neurons, kind=kind))


def result(of: Network, **changes: Any) -> Result:
    usual: dict[str, Any] = {"spikes": SPIKES, "potential": POTENTIAL, "potential_sum": SUM, "input_events": 5,
                             "synaptic_operations": 8}  # fmt: skip
    return read_out(of, **{**usual, **changes})


@pytest.mark.parametrize(
    ("kind", "predicted"),
    [
        (ReadoutKind.LAST_POTENTIAL, 0),  # neurons 2 and 1 tie at 9
        (ReadoutKind.POTENTIAL_SUM, 0),  # 2 and 0 tie at 12
        (ReadoutKind.SPIKE_COUNT, 0),  # 2 and 0 tie at two spikes
        (ReadoutKind.FIRST_SPIKE, 0),  # 2 fires first
    ],
)
def test_the_first_best_in_the_order_of_the_readout(kind: ReadoutKind, predicted: int) -> None:
    seen = result(small(kind))
    assert seen.predicted == predicted
    assert seen.spike_count.tolist() == [2, 0, 2]
    assert seen.first_spike.tolist() == [1, 3, 0], "of a neuron that never fires: the number of steps"
    assert (seen.events, seen.synaptic_operations) == (9, 8)


def test_other_orders_of_classes() -> None:
    assert result(small(ReadoutKind.LAST_POTENTIAL, (0, 1, 2))).predicted == 1
    assert result(small(ReadoutKind.FIRST_SPIKE, (1, 0, 2))).predicted == 2
    assert result(small(ReadoutKind.FIRST_SPIKE, ())).predicted == -1


def test_many_samples_are_as_each_of_them() -> None:
    of = small(ReadoutKind.SPIKE_COUNT, (0, 1))
    other = SPIKES[::-1, ::-1]
    both = result(of, spikes=np.stack([SPIKES, other]), potential=np.stack([POTENTIAL] * 2),
                  potential_sum=np.stack([SUM] * 2), input_events=np.array([5, 6]),
                  synaptic_operations=np.array([8, 8]))  # fmt: skip
    for number, (spikes, events) in enumerate(((SPIKES, 5), (other, 6))):
        one = result(of, spikes=spikes, input_events=events)
        for name in Result.__dataclass_fields__:
            assert np.array_equal(getattr(both, name)[number], getattr(one, name)), name


def test_no_steps() -> None:
    seen = result(small(ReadoutKind.FIRST_SPIKE), spikes=np.zeros((0, 3), bool))
    assert seen.first_spike.tolist() == [0, 0, 0]
    assert seen.predicted == 0
