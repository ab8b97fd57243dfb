# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.parameters: published time constants, units, refusals."""

import numpy as np
import pytest

from support.errors import InputError
from train.mixed_signal.parameters import KINDS, NAMES, UNITS, Parameters, Synapse, Unit


def test_the_published_defaults() -> None:
    usual = Parameters()
    assert usual.kappa == pytest.approx(0.705)
    assert usual.tau("mem") == pytest.approx(20e-3)
    assert usual.tau("ahp") == pytest.approx(50e-3)
    assert [usual.tau(kind) for kind in Synapse] == pytest.approx([10e-3] * 5)
    assert [usual.gain(node) for node in ("mem", "ahp", *KINDS)] == pytest.approx([4, 1, 100, 100, 100, 100])
    assert (usual.pulse, usual.pulse_ahp, usual.refractory) == pytest.approx((10e-6, 1e-6, 1e-3))
    # C U_T / (kappa tau), by hand
    assert usual.i_tau_mem == pytest.approx(3e-12 * 25e-3 / (0.705 * 20e-3))


def test_every_parameter_has_a_unit() -> None:
    assert set(UNITS) == set(NAMES) == set(Parameters.__dataclass_fields__)
    assert {name: UNITS[name] for name in ("c_mem", "i_o", "u_t", "kappa_n")} == {
        "c_mem": Unit.FARAD, "i_o": Unit.AMPERE, "u_t": Unit.VOLT, "kappa_n": Unit.NONE,
    }  # fmt: skip
    for name, unit in UNITS.items():
        letter = {"c": Unit.FARAD, "i": Unit.AMPERE}.get(name[0])
        assert letter is None or letter is unit, name


def test_parameters_from_time_constants() -> None:
    other = Parameters.of_times(mem=5e-3, syn=3e-3, ahp=0.1, refractory=2e-3, c_mem=6e-12)
    assert (other.tau("mem"), other.tau("gaba"), other.tau("ahp")) == pytest.approx((5e-3, 3e-3, 0.1))
    assert (other.refractory, other.c_mem) == pytest.approx((2e-3, 6e-12))
    assert (other.gain("mem"), other.gain("syn")) == pytest.approx((4, 100))


def test_scaling() -> None:
    factor = np.array([[[0.5, 2.0]]])
    scaled = Parameters().scaled({"i_tau_mem": factor})
    assert np.allclose(scaled.tau("mem"), 20e-3 / factor)
    assert scaled.tau("syn") == pytest.approx(10e-3)
    with pytest.raises(InputError, match=r"^mixed signal: no parameter c_memm; expected one of c_mem, "):
        Parameters().scaled({"c_memm": 1.0})


@pytest.mark.parametrize("value", [0.0, -1e-12, float("nan"), float("inf"), np.array([1e-12, -2.0])])
def test_a_parameter_is_positive(value: object) -> None:
    with pytest.raises(InputError, match=r"^mixed signal: c_mem must be above 0 F and finite, not "):
        Parameters(c_mem=value)
