# SPDX-License-Identifier: Apache-2.0
"""What check bits cost."""

from flow.faults.protection import Cost, luts, total
from model.config import Protection
from rtl.core.protection import Checker, Encoder


def test_logic() -> None:
    """A parity of 4 bits is one table, and a table more with the stored bit; correcting takes much more."""
    assert luts(Encoder(4, Protection.PARITY)) == 1
    assert luts(Checker(4, Protection.PARITY)) == 2
    assert luts(Checker(4, Protection.SECDED)) > 8
    assert luts(Checker(4, Protection.NONE)) == 0


def test_total() -> None:
    cost = Cost(memory="a", protection="secded", width=4, check_bits=4, memory_bits=8, share=1, encoder_luts=3,
                checker_luts=5)  # fmt: skip
    assert total([cost, cost], Protection.SECDED) == (16, 16)
    assert total([cost], Protection.PARITY) == (0, 0)
