# SPDX-License-Identifier: Apache-2.0
"""What is proven and what must be rejected belong together."""

from tb.formal.broken.all import FAMILIES, MUTANTS
from tb.formal.broken.variant import applied
from tb.formal.registry import BLOCKS, mutations, properties


def test_names_are_unique() -> None:
    assert len(properties()) == sum(len(block.properties()) for block in BLOCKS)
    assert len(mutations()) == len(MUTANTS) == sum(len(family) for family in FAMILIES.values())


def test_every_property_rejects_a_broken_variant() -> None:
    assert {mutation.breaks[0] for mutation in MUTANTS} == set(properties())
    assert {name for mutation in MUTANTS for name in mutation.breaks} <= set(properties())


def test_every_broken_variant_changes_the_rtl_as_it_is() -> None:
    for mutation in MUTANTS:
        with applied(mutation):
            pass


def test_every_property_says_what_it_is() -> None:
    for name, each in properties().items():
        assert each.name == name
        assert each.states
        assert each.covers
        assert each.depth >= 1
        assert each.falsify_depth >= 1
