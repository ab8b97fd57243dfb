# SPDX-License-Identifier: Apache-2.0
"""Mutants of a small ring, and verdicts on them, that the tests of mutation share."""

from dataclasses import replace

from flow.verify.mutants import Mutated, mutated
from flow.verify.mutation import Verdict
from model.config import DelayUnit
from tb.delay.scenarios import builds

SAME = "const0 $ternary B[0] @ assign _060_ = _signal_24 [2] ? 2'h2 : _059_;"
"""Changes a 0 to 0."""
DIFFERS = "const0 $ternary B[1] @ assign _060_ = _signal_24 [2] ? 2'h2 : _059_;"
"""Level 2 becomes 0."""


def ring(sample: int | None = None, seed: int = 1) -> Mutated:
    """The mutants of a ring."""
    return mutated("ring.even", builds(DelayUnit.RING)["even"], sample=sample, seed=seed)


def chosen(*keys: str) -> Mutated:
    """The ring with these mutants."""
    design = ring()
    by_key = {each.key: each for each in design.mutants}
    return replace(design, mutants=tuple(by_key[key] for key in keys))


def verdict(**changes: object) -> Verdict:
    """A survivor, with these changes."""
    made = Verdict(build="ring.odd", mutant="inv $and Y[0]", command="mutate -mode inv", killed=False, by="",
                   sources=["rtl/delay/ring.py:1"])  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]
