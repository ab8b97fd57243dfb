# SPDX-License-Identifier: Apache-2.0
"""Numbers that the documents give and the code has: a number that moves in one place only fails here."""

import re

import pytest

from model.cost import timing
from model.cost.cycles import ENDING, FETCH, UPDATE
from model.cost.timing import SPIKE_FIFO
from support.paths import ROOT

WORDS = {word: number for number, word in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven"))}

NUMBERS = (
    ("microarchitecture.md", r"head of the row queue \((\d+) entries behind it\)", timing.ROW_QUEUE),
    ("microarchitecture.md", r"e\[n-1\] \+ 1, p\[n-(\d+)\] \+ 1\)", timing.ROW_QUEUE),
    ("microarchitecture.md", r"p\[n\] = max\(e\[n\] \+ (\d+), q\[n-1\]\)", timing.ROW_FETCH - 1),
    ("microarchitecture.md", r"Every look-up of a skip mask takes (\w+) stages", timing.LOOKUP),
    ("microarchitecture.md", r"every row number (\w+) \(", timing.NUMBER),
    ("microarchitecture.md", r"x\[i-1\] \+ 1, z\[i-(\d+)\] \+ 1\)", 1 + timing.READ + timing.LOOKUP),
    ("microarchitecture.md", r"z\[i\] = max\(x\[i\] \+ (\d+), z", timing.READ + timing.LOOKUP),
    ("microarchitecture.md", r"the row is offered from [rz]\S* \+ (\d+) on", timing.NUMBER),
    ("microarchitecture.md", r"those and the (\w+) stages of an update", timing.NEURON_STAGES),
    ("microarchitecture.md", r"neuron h is fetched in q \+ (\d+) \+ h", FETCH),
    ("microarchitecture.md", r"its spike is sent in q \+ (\d+) \+ h", UPDATE),
    ("microarchitecture.md", r"leaves the spike FIFO in q \+ (\d+) \+ h", UPDATE + SPIKE_FIFO),
    ("microarchitecture.md", r"EOS is sent in q \+ (\d+) \+ N", UPDATE),
    ("microarchitecture.md", r"the next synapse phase begins in q \+ (\d+) \+ N", UPDATE + 1),
    ("microarchitecture.md", r"(\w+) cycles of flush let the last word", timing.FLUSH),
    ("microarchitecture.md", r"END is sent (\d+) \+ max\(", ENDING),
    ("architecture.md", r"the row queue of the synapse engine \((\d+) rows\)", timing.ROW_QUEUE),
    ("delay-units.md", r"the row queue of (\d+) rows bounds how far", timing.ROW_QUEUE),
)
"""Document, where its number stands, and what it must be."""


@pytest.mark.parametrize(("name", "where", "number"), NUMBERS)
def test_a_number_is_that_of_the_code(name: str, where: str, number: int) -> None:
    text = " ".join((ROOT / "docs" / name).read_text().split())
    found = re.findall(where, text)
    assert found, f"{name} says nothing like {where}"
    assert {WORDS[each.lower()] if each.lower() in WORDS else int(each) for each in found} == {number}
