# SPDX-License-Identifier: Apache-2.0
"""flow.verify.equivalent_mutants: a proof, or none, and no verdict where the tool gave none."""

from dataclasses import replace

import pytest

from flow.verify.equivalent_mutants import equivalent
from tb.errors import BuildError
from tests.flow.verify.examples import DIFFERS, SAME, chosen


def test_equivalence_is_proven_not_assumed() -> None:
    design = chosen(SAME, DIFFERS)
    assert [equivalent(design, each) for each in design.mutants] == [True, False]


def test_a_tool_that_fails_is_no_verdict() -> None:
    design = chosen(SAME)
    with pytest.raises(BuildError, match=r"yosys came to no verdict on mutate .*; its log ends:"):
        equivalent(replace(design, base="no RTLIL"), design.mutants[0])
