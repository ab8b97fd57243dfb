# SPDX-License-Identifier: Apache-2.0
"""tb.formal.delay.ring: its invariants and its ranking name what is in the unit."""

import pytest

from tb.formal.delay.ring import PROOF
from tb.formal.delay.units import properties
from tb.formal.prop import Property
from tests.tb.formal.elaborated import check

PROPERTIES = {each.name: each for each in properties() if each.name.startswith("ring.")}


@pytest.mark.parametrize("each", PROPERTIES.values(), ids=PROPERTIES)
def test_it_elaborates(each: Property) -> None:
    check(each)


def test_a_queue_is_what_events_are_lost_to() -> None:
    assert (PROOF.held is not None) == ("ring.overflow" in PROPERTIES)
