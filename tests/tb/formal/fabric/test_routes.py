# SPDX-License-Identifier: Apache-2.0
"""tb.formal.fabric.routes: every property elaborates, and is about this block."""

import pytest

from tb.formal.fabric.routes import properties
from tb.formal.prop import Property
from tests.tb.formal.elaborated import check

PROPERTIES = {each.name: each for each in properties()}


@pytest.mark.parametrize("each", PROPERTIES.values(), ids=PROPERTIES)
def test_it_elaborates(each: Property) -> None:
    check(each)
    assert each.name.startswith("routes.")
