# SPDX-License-Identifier: Apache-2.0
"""The branch of the Lambert function that first crossings need, in a form that neither overflows nor cancels.

With equal time constants a neuron fires at b/a - W(-(c/a) exp(b/a)), where a, c > 0. The argument lies in [-1/e, 0);
the rising side of the drive is the principal branch, W >= -1. Written with u = -W and q = -1 - b/a - ln(c/a):

    u - ln u = 1 + q,   0 < u <= 1,   q >= 0

The peak of the drive is q = 0, where u is 1 - sqrt(2q) + ..; an argument of the usual form is 1/e less next to nothing
there, and half of its digits are lost.
"""

import torch
from torch import Tensor

SERIES = 0.03
"""Of sqrt(2q): below it the series is good to the last digit, above it Newton's method is."""
STEPS = 4
"""Of Newton's method, from a start that is good to two digits everywhere."""
SPLIT = 2.0
"""Of q: below it the start is the series around the peak, above it that of small arguments."""


def near_peak(p: Tensor) -> Tensor:
    """The series of u in p = sqrt(2q) (the expansion of W around its branch point, in the logarithm)."""
    return 1 - p * (1 - p * (1 / 3 - p * (1 / 36 + p * (1 / 270 + p / 4320))))


def first_root(q: Tensor) -> Tensor:
    """The u of 0 < u <= 1 with u - ln u = 1 + q, element by element; NaN where q < 0.

    It is -W0(-exp(-1 - q)). Float32 or float64; very large q give 0.
    """
    p = (2 * q).sqrt()
    z = (-1 - q).exp()
    series = near_peak(p)
    u = torch.where(q < SPLIT, series, z * (1 + z * (1 + 1.5 * z)))
    for _ in range(STEPS):
        # ln u - u rises from -inf to -1: Newton on it in ln u, which stays positive whatever the step.
        step = (u.log() - u + 1 + q) / (1 - u)
        u = u * torch.exp(-step.clamp(-1, 1))
    u = torch.where(p < SERIES, series, u)
    return torch.where(z > 0, u, z)
