# SPDX-License-Identifier: Apache-2.0
"""model.cost.memories: bits of several memories alike, and names that nobody shares."""

from model.cost.memories import MemoryName, MemoryShape


def test_bits_of_all_copies() -> None:
    assert MemoryShape(name=MemoryName.QUEUE, copies=2, depth=40, width=7).bits == 560
    assert MemoryShape(name=MemoryName.ROWS, depth=9, width=5).bits == 45
    assert not MemoryShape(name=MemoryName.ROWS, depth=9, width=5).two_port


def test_names_are_words_that_a_table_can_show() -> None:
    names = [str(name) for name in MemoryName]
    assert len(set(names)) == len(names)
    assert all(name == name.strip() and "_" not in name for name in names)
