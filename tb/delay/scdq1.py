# SPDX-License-Identifier: Apache-2.0
"""The single-queue SCDQ in the benches."""

from tb.delay.reference import OrbitModel
from tb.delay.timing import OrbitTiming
from tb.delay.unit import BenchedUnit

BENCH = BenchedUnit(model=OrbitModel, timing=OrbitTiming, depths={"odd": 20, "even": 8})
