# SPDX-License-Identifier: Apache-2.0
"""The PLL of an ECP5: from an oscillator to the clock of a design (Lattice FPGA-DS-02012, sysCLOCK PLL timing)."""

from dataclasses import dataclass

from amaranth.hdl import Instance, Signal

VCO_MHZ = (400.0, 800.0)
REFERENCE_MHZ = (10.0, 400.0)
OUTPUT_MHZ = (3.125, 400.0)
DIVIDER = 128
"""Largest divider of an output."""


@dataclass(frozen=True, kw_only=True)
class Pll:
    """A PLL whose first output is fed back and has the frequency of the oscillator; the second one is the clock."""

    oscillator_mhz: float
    multiplier: int
    """The VCO runs at ``oscillator_mhz * multiplier``."""
    divider: int
    """The clock is the VCO's by this."""

    @property
    def mhz(self) -> float:
        """Frequency of the clock."""
        return self.oscillator_mhz * self.multiplier / self.divider

    def instance(self, *, oscillator: Signal, clock: Signal, locked: Signal) -> Instance:
        """The cell: ``locked`` is high once the clock is what it should be."""
        feedback = Signal()
        return Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{self.oscillator_mhz:g}",
            a_FREQUENCY_PIN_CLKOP=f"{self.oscillator_mhz:g}",
            a_FREQUENCY_PIN_CLKOS=f"{self.mhz:g}",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_CLKI_DIV=1,
            p_CLKFB_DIV=1,
            p_FEEDBK_PATH="CLKOP",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=self.multiplier,
            p_CLKOP_CPHASE=self.multiplier - 1,
            p_CLKOP_FPHASE=0,
            p_CLKOS_ENABLE="ENABLED",
            p_CLKOS_DIV=self.divider,
            p_CLKOS_CPHASE=self.divider - 1,
            p_CLKOS_FPHASE=0,
            i_CLKI=oscillator,
            i_CLKFB=feedback,
            i_RST=0,
            i_STDBY=0,
            i_PHASESEL0=0,
            i_PHASESEL1=0,
            i_PHASEDIR=0,
            i_PHASESTEP=0,
            i_PHASELOADREG=0,
            i_PLLWAKESYNC=0,
            i_ENCLKOP=0,
            i_ENCLKOS=0,
            o_CLKOP=feedback,
            o_CLKOS=clock,
            o_LOCK=locked,
        )


def fastest(oscillator_mhz: float, limit_mhz: float) -> Pll:
    """The fastest clock of at most ``limit_mhz`` that a PLL makes of another. Raises ValueError if there is none."""
    low, high = REFERENCE_MHZ
    if not low <= oscillator_mhz <= high:
        raise ValueError(f"oscillator must have {low:g} to {high:g} MHz, not {oscillator_mhz:g}")
    if limit_mhz < OUTPUT_MHZ[0]:
        raise ValueError(f"clock must have at least {OUTPUT_MHZ[0]:g} MHz, not {limit_mhz:g}")
    found = [
        Pll(oscillator_mhz=oscillator_mhz, multiplier=multiplier, divider=divider)
        for multiplier in range(1, DIVIDER + 1)
        if VCO_MHZ[0] <= oscillator_mhz * multiplier <= VCO_MHZ[1]
        for divider in range(1, DIVIDER + 1)
    ]
    highest = min(limit_mhz, OUTPUT_MHZ[1]) * (1 + 1e-9)
    return max((each for each in found if each.mhz <= highest), key=lambda each: (each.mhz, -each.multiplier))
