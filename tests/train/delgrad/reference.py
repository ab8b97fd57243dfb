# SPDX-License-Identifier: Apache-2.0
"""What the closed forms are compared with: the equations integrated step by step, sharing nothing with the sources."""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp


def integrated(arrivals: NDArray[np.float64], weights: NDArray[np.float64], level: float, ratio: int) -> float:
    """First crossing of one neuron; infinity: none. Current I and drive v with dI/dt = -I, dv/dt = -v/ratio + g I.

    g scales the current so that the drive of one input is exp(-s/2) - exp(-s) (ratio 2) or s exp(-s) (ratio 1). The
    equations are integrated from input to input, and on until everything has decayed.
    """
    gain = 0.5 if ratio == 2 else 1.0
    order = np.argsort(arrivals, kind="stable")
    times = [t for t in arrivals[order] if np.isfinite(t)]
    state = np.zeros(2)

    def crossing(t: float, y: NDArray[np.float64]) -> float:
        return float(y[1] - level)

    crossing.terminal = True  # type: ignore[attr-defined]
    crossing.direction = 1  # type: ignore[attr-defined]
    for k, t in enumerate(times):
        state = state + np.array([weights[order[k]], 0.0])
        until = times[k + 1] if k + 1 < len(times) else t + 40.0
        if until == t:
            continue
        solved = solve_ivp(
            lambda _, y: [-y[0], -y[1] / ratio + gain * y[0]], (t, until), state, events=crossing,
            rtol=1e-11, atol=1e-13, max_step=0.1,
        )  # fmt: skip
        if len(solved.t_events[0]):
            return float(solved.t_events[0][0])
        state = solved.y[:, -1]
    return float("inf")
