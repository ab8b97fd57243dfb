# SPDX-License-Identifier: Apache-2.0
"""Sets of the Yin-Yang task as tensors."""

import torch
from torch import Tensor

from data.yinyang import Split, yin_yang
from train.delgrad.config import DelGradConfig


class Samples:
    """A set: spikes of the axons and classes."""

    def __init__(self, split: Split, config: DelGradConfig, device: torch.device | str = "cpu") -> None:
        """A published set, as the input of ``config`` has it."""
        samples = yin_yang(split)
        dtype = getattr(torch, config.training.precision)
        times = samples.times(repeat=config.input.repeat, bias=config.input.bias)
        self.times: Tensor = torch.from_numpy(times).to(device, dtype)
        """(samples, axons)"""
        self.labels: Tensor = torch.from_numpy(samples.labels).to(device)
        """(samples)"""
