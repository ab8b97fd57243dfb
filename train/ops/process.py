# SPDX-License-Identifier: Apache-2.0
"""What torch has once for the whole process, set for a while: the number of its threads, the state of its generator."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch compute in ``count`` threads; sums in real numbers may depend on it in their last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def torch_seed(seed: Sequence[int], device: torch.device) -> Iterator[None]:
    """Let torch's own generators, of the CPU and of ``device``, begin at a seed; afterwards they are as before."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        yield
