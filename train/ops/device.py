# SPDX-License-Identifier: Apache-2.0
"""The device that a network is trained on; what changes its form (pruning, integers, export) is done on the CPU."""

import torch

from support.errors import InputError


def pick_device(name: str) -> torch.device:
    """The device that ``TrainingConfig.device`` names. Raises InputError if torch sees no such GPU."""
    count = torch.cuda.device_count()
    if name == "auto":
        name = "cuda" if count else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= count:
        seen = f"{count} GPU{'s' if count > 1 else ''}" if count else "no GPU"
        raise InputError(f"training.device: no {name} here, torch sees {seen}; expected cpu or auto")
    return device
