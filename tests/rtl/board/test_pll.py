# SPDX-License-Identifier: Apache-2.0
"""Settings of the PLL."""

import pytest

from rtl.board.pll import VCO_MHZ, fastest


@pytest.mark.parametrize("oscillator", [12, 16, 25, 48, 50, 100])
@pytest.mark.parametrize("limit", [5, 36, 38.1, 40, 75, 100])
def test_at_most_what_is_wanted_and_near_it(oscillator: float, limit: float) -> None:
    pll = fastest(oscillator, limit)
    assert 0.93 * limit < pll.mhz <= limit * (1 + 1e-9)
    assert VCO_MHZ[0] <= pll.oscillator_mhz * pll.multiplier <= VCO_MHZ[1]
    assert pll.mhz == pytest.approx(oscillator * pll.multiplier / pll.divider)


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"^oscillator must have 10 to 400 MHz, not 8$"):
        fastest(8, 40)
    with pytest.raises(ValueError, match=r"^clock must have at least 3.125 MHz, not 3$"):
        fastest(25, 3)
