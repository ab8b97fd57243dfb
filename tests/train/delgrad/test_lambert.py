# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.lambert: the root satisfies its equation everywhere, from the peak of the drive to tiny arguments."""

import pytest
import torch
from scipy.special import lambertw

from train.delgrad.lambert import first_root


def test_it_is_the_principal_branch() -> None:
    q = torch.logspace(-10, 2.5, 500, dtype=torch.float64)
    expected = torch.from_numpy(-lambertw(-(-1 - q).exp().numpy(), 0).real)
    # Next to the branch point the argument itself has lost half of its digits: there scipy is less exact.
    torch.testing.assert_close(first_root(q), expected, rtol=1e-6, atol=0)
    far = q > 1e-2
    torch.testing.assert_close(first_root(q)[far], expected[far], rtol=1e-12, atol=0)


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-14), (torch.float32, 1e-6)])
def test_the_equation_holds(dtype: torch.dtype, limit: float) -> None:
    q = torch.logspace(-16, 1.9, 1000, dtype=dtype)
    u = first_root(q)
    assert ((u > 0) & (u <= 1)).all()
    assert float(((u - u.log() - 1 - q) / (1 + q)).abs().max()) < limit


def test_ends_of_the_range() -> None:
    q = torch.tensor([0.0, 1e4, -1e-9], dtype=torch.float64)
    peak, far, none = first_root(q)
    assert (peak, far) == (1, 0)
    assert none.isnan()


def test_near_the_peak_no_digits_are_lost() -> None:
    p = torch.tensor(1e-7, dtype=torch.float64)
    assert float(1 - first_root(p * p / 2)) == pytest.approx(1e-7, rel=1e-6)
