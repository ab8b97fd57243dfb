# SPDX-License-Identifier: Apache-2.0
"""What cocotb runs in the simulator of ``benchmarks.simulator`` for a bench that wakes Python in every clock cycle.

It reads one signal a cycle and drives none, so a driver in Python costs this at least.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from tb.player.player_test import JOB


@cocotb.test()
async def play(harness: Any) -> None:
    """Start each phase when the one before is over, as ``tb.player.player_test``, but look in each cycle."""
    job = json.loads(Path(os.environ[JOB]).read_text())
    for number in range(1, job["phases"] + 1):
        harness.controller.phase_go.value = number
        while True:
            await RisingEdge(harness.clk)
            if int(harness.controller.phase_done.value) == number:
                break
