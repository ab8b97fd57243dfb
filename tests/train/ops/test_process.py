# SPDX-License-Identifier: Apache-2.0
"""train.ops.process: what torch has once for a process is as before afterwards, whatever happens in between."""

import pytest
import torch

from train.ops.process import torch_seed, torch_threads

CPU = torch.device("cpu")


def test_threads_for_a_while() -> None:
    before = torch.get_num_threads()
    with torch_threads(before + 2):
        assert torch.get_num_threads() == before + 2
        with torch_threads(before + 1):
            assert torch.get_num_threads() == before + 1
        assert torch.get_num_threads() == before + 2
    assert torch.get_num_threads() == before


def test_threads_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), torch_threads(before + 1):
        raise ZeroDivisionError
    assert torch.get_num_threads() == before


def test_a_seed_decides_what_is_drawn_and_only_inside() -> None:
    torch.manual_seed(5)
    want = torch.rand(4), torch.rand(4)
    torch.manual_seed(5)
    drawn = []
    first = torch.rand(4)
    for seed in ((1, 0, 2), (1, 0, 2), (1, 0, 3)):
        with torch_seed(seed, CPU):
            drawn.append(torch.rand(8))
    assert torch.equal(first, want[0])
    assert torch.equal(torch.rand(4), want[1])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
