# SPDX-License-Identifier: Apache-2.0
"""model.dynap.chip: coarse and fine values of currents."""

import numpy as np
import pytest

from model.dynap.chip import DYNAP_SE2
from support.errors import InputError


def test_every_current_that_is_made_is_found_again() -> None:
    for current in np.unique(DYNAP_SE2.currents):
        assert DYNAP_SE2.current(DYNAP_SE2.bias("i_ref", float(current))) == current


def test_others_are_near() -> None:
    """Above the smallest range's lower part, a step is at most 1/32 of a current: half of that is lost."""
    for current in np.geomspace(10e-12, 2.25e-6, 500):
        assert DYNAP_SE2.current(DYNAP_SE2.bias("i_ref", current)) == pytest.approx(current, rel=0.02)


def test_the_lowest_range_is_taken() -> None:
    assert DYNAP_SE2.bias("i_ref", 34.9e-9) == (3, 254)
    assert DYNAP_SE2.bias("i_ref", 35e-9) == (3, 255)
    assert DYNAP_SE2.bias("i_ref", 35.1e-9)[0] == 4
    assert DYNAP_SE2.bias("i_dc", 0.5e-12) == (0, 0)


@pytest.mark.parametrize("current", [0.1e-12, 3e-6])
def test_out_of_reach(current: float) -> None:
    with pytest.raises(InputError, match=rf"^biases: i_ref: a core makes 5e-13 to 2\.25e-06 A, not {current:g} A"):
        DYNAP_SE2.bias("i_ref", current)
