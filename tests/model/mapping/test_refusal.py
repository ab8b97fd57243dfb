# SPDX-License-Identifier: Apache-2.0
"""model.mapping.refusal: what does not fit is told, with the nearest builds."""

import pytest

from model.mapping.demand import Room, Task
from model.mapping.partition import dealt
from model.mapping.refusal import check_room, check_widths, more_cores
from support.errors import InputError
from tests.model.mapping.examples import chain


def test_refusals() -> None:
    task = Task(chain())
    use = task.demand(dealt(task.network, 2), 2, 2).use
    with pytest.raises(InputError) as caught:
        check_room(task, use, Room(neurons=5))
    assert str(caught.value) == (
        "network 'chain' does not fit 2 cores: core 0: neurons: needs 6, room for 5; nearest build: 3 cores with these "
        "limits, or 2 cores with neurons of 6"
    )
    with pytest.raises(InputError) as caught:
        check_widths(task, Room(accumulator_bits=7))
    assert str(caught.value) == (
        "network 'chain' does not fit: accumulator_bits: neuron 0 needs 8, the cores have 7, on any core; "
        "nearest build: accumulator_bits of 8"
    )
    assert more_cores(task, 2, Room(neurons=5)) == 3
    assert more_cores(task, 2, Room(image_bytes=10)) is None
    check_room(task, use, Room(neurons=6))


def test_every_limit_with_its_neediest_core() -> None:
    """No number of cores helps where a limit is below what a neuron needs: only higher limits are offered."""
    task = Task(chain())
    use = task.demand(dealt(task.network, 2), 2, 2).use
    with pytest.raises(InputError) as caught:
        check_room(task, use, Room(neurons=4, image_bytes=60))
    said = str(caught.value)
    assert said.startswith(
        "network 'chain' does not fit 2 cores: core 0: neurons: needs 6, room for 4; core 0: image_bytes: "
    )
    assert "nearest build: 2 cores with neurons of 6, image_bytes of " in said


def test_what_fits_says_nothing() -> None:
    task = Task(chain())
    check_widths(task, Room(accumulator_bits=8))
    check_room(task, task.demand(dealt(task.network, 3), 3, 3).use, Room())
