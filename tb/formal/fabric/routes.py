# SPDX-License-Identifier: Apache-2.0
"""The route table: any tables, any queries, one a cycle; each answer against the words of both memories."""

from amaranth.hdl import Array, Assume, Cat, Module, Mux, Signal

from model.config import preset
from model.fabric.config import FabricConfig
from rtl.fabric.routes import RouteTable
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, require

CONFIG = FabricConfig(cores=(preset("tiny"),) * 3, routes=8, axons=4, input_depth=2)


def _build(inductive: bool) -> Module:
    """A route table whose words are arbitrary, and are written at any time but under a query.

    The axon that a query finds is looked up in the cycle of the query, in one piece and in numbers that do not wrap.
    """
    m = Module()
    table = RouteTable(CONFIG)
    inside = Elaborated(table)
    m.submodules.table = inside.fragment
    query, stages = table.query, range(RouteTable.LATENCY)
    arbitrary(m, query.valid, query.payload)
    for write in (table.span_write, table.entry_write):
        arbitrary(m, write.en, write.addr, write.data)
    asked = [Signal(name=f"asked_{stage}") for stage in stages]
    wanted = [Signal.like(table.answer, name=f"wanted_{stage}") for stage in stages]
    under_way = query.valid | Cat(asked).any()
    m.d.comb += Assume(~under_way | ~(table.span_write.en | table.entry_write.en))

    span = Array(inside.words("spans"))[query.payload.sender]
    source, past = query.payload.source, Signal(range(2 << 17))
    m.d.comb += past.eq(span["first"] + span["count"])
    heard = (source >= span["first"]) & (source < past)
    place = (span["base"] + source - span["first"])[: CONFIG.route_bits]
    found = Mux(heard, Array(inside.words("entries"))[place], 0)
    for values, now in ((asked, query.valid), (wanted, found)):
        m.d.sync += [after.eq(before) for before, after in zip([now, *values], values, strict=False)]
    require(m, ~asked[-1] | (table.answer == wanted[-1]), "the entry of the source, or 0 outside of the span")
    return m


def properties() -> list[Property]:
    """Of a table of eight entries for three cores and the host."""
    return [
        Property(
            name="routes.answer", build=_build, method=Method.INDUCTION, depth=4, falsify_depth=8,
            states="two cycles after each query the answer is the axon that the tables give the source, or none",
            covers="3 nodes and the host, 8 entries, any tables and sources, a query in every cycle",
        )
    ]  # fmt: skip
