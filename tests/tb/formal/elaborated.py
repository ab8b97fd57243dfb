# SPDX-License-Identifier: Apache-2.0
"""A property without a solver: its design elaborates, its invariants find what they name."""

import re

from tb.formal.prop import Method, Property


def assertions(each: Property, *, falsify: bool) -> list[str]:
    """Messages of the assertions of a property's netlist. Raises KeyError for a name that the RTL does not have."""
    return re.findall(r'cell \$check \S+\n    parameter \\FORMAT "([^"\n]+)"', each.netlist(falsify=falsify))


def check(each: Property) -> None:
    """It asserts something, with and without the invariants of an induction; a bounded search has none of those."""
    whole, bounded = (set(assertions(each, falsify=falsify)) for falsify in (False, True))
    assert whole
    assert bounded
    if each.method is Method.BOUNDED:
        assert whole == bounded
