# SPDX-License-Identifier: Apache-2.0
"""Records of the fabric: widths that follow from the build, kinds that mean the same as those of a core."""

from dataclasses import replace

from rtl.fabric.layouts import HostKind, OutKind, chain_layout, host_layout, out_layout, ring_layout, span_layout
from rtl.layouts import Kind
from tests.rtl.fabric.builds import CONFIG


def test_the_first_kinds_are_those_of_a_core() -> None:
    for kinds in (HostKind, OutKind):
        assert {each.name: each.value for each in [*kinds][:3]} == {each.name: each.value for each in Kind}


def test_widths() -> None:
    """Four cores of six neurons, tables of nine routes."""
    assert {name: field.width for name, field in ring_layout(CONFIG)} == {"eos": 1, "hops": 2, "core": 2, "neuron": 3}
    assert {name: field.width for name, field in span_layout(CONFIG)} == {"base": 4, "first": 16, "count": 17}
    assert {name: field.width for name, field in host_layout()} == {"kind": 2, "data": 16, "last": 1}
    assert out_layout(CONFIG).size == 2 + 2 + 3 + CONFIG.geometry.state_bits + CONFIG.geometry.sum_bits


def test_an_address_of_a_large_route_table_fits() -> None:
    assert chain_layout(CONFIG)["data"].width == 16
    assert chain_layout(replace(CONFIG, routes=1 << 18))["data"].width == 18
