# SPDX-License-Identifier: Apache-2.0
"""Which deviations cost what: a configuration of the chip on devices of which only some parameters deviate, or all
but these."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from model.dynap.configuration import Configuration
from model.imperfect.mismatch import Mismatch
from train.mixed_signal.deployed import DEVIATING, WEIGHT, Simulated
from train.mixed_signal.evaluate import rate_ratio

_KINDS = ("ampa", "gaba", "nmda", "shunt")
GROUPS = {
    "gains and time constants of synapses": tuple(f"{name}_{kind}" for name in ("i_gain", "i_tau", "c")
                                                  for kind in _KINDS),
    "weights": (WEIGHT,),
    "membrane": ("c_mem", "i_tau_mem", "i_gain_mem", "i_dc", "i_if_nmda", "i_spkthr"),
    "adaptation": ("c_ahp", "i_tau_ahp", "i_gain_ahp", "i_w_ahp", "c_pulse_ahp", "i_pulse_ahp"),
    "pulses and refractory period": ("c_pulse", "i_pulse", "c_ref", "i_ref", "v_th"),
    "what all circuits of a neuron share": ("i_o", "kappa_n", "kappa_p", "u_t"),
}  # fmt: skip
"""Parameters of a device by what they belong to; each of ``DEVIATING`` is in one group."""


def ablation(configuration: Configuration, rasters: Any, family: Mismatch, which: Sequence[int], *, dt: float
             ) -> dict[str, dict[str, float]]:  # fmt: skip
    """Of each of ``GROUPS``: the median ratio over devices on which it deviates ``alone``, and ``without`` it.

    The deviations are those of the devices ``which`` of ``family``, whose other parameters are as designed. A group of
    which nothing deviates in the family is left out.
    """

    def median(names: Sequence[str]) -> float:
        devices = Simulated(configuration, replace(family, names=tuple(names)), which)
        return float(np.median(rate_ratio(devices.counts(rasters, dt))))

    known = [name for name in DEVIATING if family.deviates(name)]
    found = {}
    for group, names in GROUPS.items():
        mine = [name for name in known if name in names]
        if mine:
            found[group] = {"alone": median(mine), "without": median([name for name in known if name not in mine])}
    return found
