# SPDX-License-Identifier: Apache-2.0
"""The small fabric whose blocks are tested one by one."""

from model.config import preset
from model.fabric.config import FabricConfig

CORE = preset("tiny")
CONFIG = FabricConfig(cores=(CORE,) * 4, routes=9, axons=6, input_depth=2)
NUMBER = 2
"""Of the core that a block is of."""
