# SPDX-License-Identifier: Apache-2.0
"""model.fabric.status: what fabric and core both say has one number."""

from model.fabric.status import FabricStatus
from model.image.image import Status


def test_where_nothing_is_wrong_the_numbers_are_those_of_a_core() -> None:
    for name in ("EMPTY", "LOADING", "ARMED"):
        assert FabricStatus[name].value == Status[name].value
    assert [status.value for status in FabricStatus] == list(range(14)), "a fault of a bundle has no number of a core's"
