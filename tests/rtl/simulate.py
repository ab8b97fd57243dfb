# SPDX-License-Identifier: Apache-2.0
"""One component on Amaranth's own simulator: for blocks so small that no build is worth it."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from amaranth.sim import Simulator

TestBench = Callable[[Any], Coroutine[Any, Any, None]]


def simulate(component: Any, *benches: TestBench, background: Sequence[TestBench] = ()) -> None:
    """Run test benches side by side, with a clock, until all have ended; those in the background need not end."""
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    for bench in background:
        simulator.add_testbench(bench, background=True)
    for bench in benches:
        simulator.add_testbench(bench)
    simulator.run()
