# SPDX-License-Identifier: Apache-2.0
"""What a mixed-signal neuron is made of: currents in ampere, capacitances in farad, voltages in volt.

The circuits are those of Bartolozzi and Indiveri 2007 (DPI synapse) and Chicca et al. 2014 (neuron); names and defaults
are those of the model of DYNAP-SE2 in arXiv 2303.12167. kappa = (kappa_n + kappa_p) / 2. The time constant of a node is
tau = C U_T / (kappa I_tau), the width of a pulse t = V_th C / I.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Self, get_type_hints

import numpy as np

from support.errors import InputError

KAPPA_N, KAPPA_P, U_T, V_TH = 0.75, 0.66, 25e-3, 0.7
I_O = 0.5e-12


class Unit(StrEnum):
    """Of a parameter."""

    AMPERE = "A"
    FARAD = "F"
    VOLT = "V"
    NONE = "1"


class Synapse(StrEnum):
    """A kind of DPI synapse: what a name of its parameters ends in."""

    AMPA = "ampa"
    """Excites: adds to the input current."""
    GABA = "gaba"
    """Inhibits: subtracts from the input current."""
    NMDA = "nmda"
    """Excites, the more the larger the membrane current is."""
    SHUNT = "shunt"
    """Inhibits, with a capacitor, a time constant and a gain of its own."""
    LUMPED = "syn"
    """AMPA less GABA, in one signed current: the simplified neuron."""


KINDS = (Synapse.AMPA, Synapse.GABA, Synapse.NMDA, Synapse.SHUNT)
"""Of a neuron that is not simplified, in the order of axes."""


def leak_current(capacitance: float, tau: float) -> float:
    """The current in ampere that gives a node of so many farad a time constant in seconds, at nominal kappa and U_T."""
    return capacitance * U_T / ((KAPPA_N + KAPPA_P) / 2 * tau)


def pulse_current(capacitance: float, seconds: float) -> float:
    """The current in ampere that charges a capacitor to the nominal V_th in so many seconds."""
    return V_TH * capacitance / seconds


Ampere = Annotated[Any, Unit.AMPERE]
Farad = Annotated[Any, Unit.FARAD]
Volt = Annotated[Any, Unit.VOLT]
Number = Annotated[Any, Unit.NONE]
TAU_MEM, TAU_SYN, TAU_AHP = 20e-3, 10e-3, 50e-3
_MEM, _SYN = leak_current(3e-12, TAU_MEM), leak_current(25e-12, TAU_SYN)
_SHUNT, _AHP = leak_current(24.5e-12, TAU_SYN), leak_current(40e-12, TAU_AHP)
_PULSE, _PULSE_AHP, _REF = (pulse_current(c, t) for c, t in ((0.5e-12, 10e-6), (0.5e-12, 1e-6), (1.5e-12, 1e-3)))


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Each a number, or an array or tensor whose last axis is the neurons, such as (devices, 1, neurons).

    All are positive and finite; InputError names the one that is not.
    """

    c_mem: Farad = 3e-12
    c_ampa: Farad = 24.5e-12
    c_gaba: Farad = 25e-12
    c_nmda: Farad = 25e-12
    c_shunt: Farad = 24.5e-12
    c_syn: Farad = 25e-12
    c_ahp: Farad = 40e-12
    c_pulse: Farad = 0.5e-12
    """Of the pulse extender of the synapses."""
    c_pulse_ahp: Farad = 0.5e-12
    c_ref: Farad = 1.5e-12
    i_o: Ampere = I_O
    """Dark current: no current is below it."""
    i_tau_mem: Ampere = _MEM
    i_tau_ampa: Ampere = _SHUNT
    i_tau_gaba: Ampere = _SYN
    i_tau_nmda: Ampere = _SYN
    i_tau_shunt: Ampere = _SHUNT
    i_tau_syn: Ampere = _SYN
    i_tau_ahp: Ampere = _AHP
    i_gain_mem: Ampere = 4 * _MEM
    i_gain_ampa: Ampere = 100 * _SHUNT
    i_gain_gaba: Ampere = 100 * _SYN
    i_gain_nmda: Ampere = 100 * _SYN
    i_gain_shunt: Ampere = 100 * _SHUNT
    i_gain_syn: Ampere = 100 * _SYN
    i_gain_ahp: Ampere = _AHP
    i_pulse: Ampere = _PULSE
    i_pulse_ahp: Ampere = _PULSE_AHP
    i_ref: Ampere = _REF
    i_spkthr: Ampere = 0.1e-6
    """Membrane current above which the neuron spikes."""
    i_scale: Ampere = 10e-9
    """Current of a weight of 1."""
    i_w_ahp: Ampere = I_O
    """What a spike of its own adds to the adaptation, before its gain."""
    i_dc: Ampere = I_O
    i_if_nmda: Ampere = I_O
    """Membrane current at which half of an NMDA current passes."""
    kappa_n: Number = KAPPA_N
    kappa_p: Number = KAPPA_P
    u_t: Volt = U_T
    v_th: Volt = V_TH

    def __post_init__(self) -> None:
        for name in NAMES:
            value = getattr(self, name)
            value = np.asarray(value.detach() if hasattr(value, "detach") else value, np.float64)
            if not (np.isfinite(value) & (value > 0)).all():
                bad = value[~(np.isfinite(value) & (value > 0))].flat[0]
                raise InputError(f"mixed signal: {name} must be above 0 {UNITS[name]} and finite, not {bad:g}")

    @classmethod
    def of_times(cls, *, mem: float = TAU_MEM, syn: float = TAU_SYN, ahp: float = TAU_AHP, refractory: float = 1e-3,
                 **rest: Any) -> Self:  # fmt: skip
        """With these time constants and this refractory period, in seconds; gain ratios stay 4, 100 and 1.

        ``syn``: of every kind of synapse. ``rest``: any other parameter.
        """
        usual = cls(**rest)
        found: dict[str, Any] = {
            "i_tau_mem": leak_current(usual.c_mem, mem),
            "i_tau_ahp": leak_current(usual.c_ahp, ahp),
        }
        found |= {f"i_tau_{kind}": leak_current(getattr(usual, f"c_{kind}"), syn) for kind in Synapse}
        ratios = {"mem": 4, "ahp": 1} | dict.fromkeys(Synapse, 100)
        found |= {f"i_gain_{node}": ratio * found[f"i_tau_{node}"] for node, ratio in ratios.items()}
        return cls(**{**found, "i_ref": pulse_current(usual.c_ref, refractory), **rest})

    @property
    def kappa(self) -> Any:
        """Slope factor of the transistors."""
        return (self.kappa_n + self.kappa_p) / 2

    def tau(self, node: str) -> Any:
        """Time constant in seconds of a node: mem, ahp or a kind of synapse."""
        return getattr(self, f"c_{node}") * self.u_t / (self.kappa * getattr(self, f"i_tau_{node}"))

    def gain(self, node: str) -> Any:
        """Ratio of gain and leak current of a node."""
        return getattr(self, f"i_gain_{node}") / getattr(self, f"i_tau_{node}")

    @property
    def pulse(self) -> Any:
        """Width in seconds of the pulse that a spike becomes at a synapse."""
        return self.v_th * self.c_pulse / self.i_pulse

    @property
    def pulse_ahp(self) -> Any:
        """Width in seconds of the pulse that a spike becomes at the neuron's own adaptation."""
        return self.v_th * self.c_pulse_ahp / self.i_pulse_ahp

    @property
    def refractory(self) -> Any:
        """Refractory period in seconds."""
        return self.v_th * self.c_ref / self.i_ref

    def scaled(self, factors: Mapping[str, Any]) -> Self:
        """With some parameters multiplied. Raises InputError for a name that there is not."""
        unknown = sorted(set(factors) - set(NAMES))
        if unknown:
            raise InputError(f"mixed signal: no parameter {unknown[0]}; expected one of {', '.join(NAMES)}")
        return replace(self, **{name: getattr(self, name) * factor for name, factor in factors.items()})


UNITS: dict[str, Unit] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Parameters, include_extras=True).items()
}
"""Of each parameter."""
NAMES = tuple(UNITS)
