# SPDX-License-Identifier: Apache-2.0
"""What cocotb runs inside a simulator: it starts one phase after the other. The job stands in a JSON file."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import ValueChange

from tb.player import JOB


@cocotb.test()
async def play(harness: Any) -> None:
    """Start each phase when the one before is over; a phase that is late ends the run."""
    job = json.loads(Path(os.environ[JOB]).read_text())
    for number in range(1, job["phases"] + 1):
        harness.controller.phase_go.value = number
        await ValueChange(harness.controller.phase_done)
        if int(harness.controller.late.value):
            return
