# SPDX-License-Identifier: Apache-2.0
"""One delayed spike on a waveform: where it is sent, where it waits, and where it is delivered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from amaranth.lib.data import StructLayout

from model.config import CoreConfig
from model.network import IntArray
from rtl.layouts import Kind, arrival_layout, row_layout, spike_layout
from tb.player.packing import unpack
from tb.player.view import Transfers
from tb.player.viewers import Mark

LEAST = 2
"""The least delay in the unit, in steps, that is worth a look."""


@dataclass(frozen=True, kw_only=True)
class _Token:
    """A transfer with the step in which it happens."""

    time: int
    step: int
    ends: bool
    """End of the step."""
    fields: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class _Streams:
    """The streams of the first sample."""

    spikes: list[_Token]
    arrivals: list[_Token]
    rows: list[_Token]


def delayed_spike(config: CoreConfig, order: IntArray, transfers: Transfers) -> list[Mark]:
    """Places in order of time that show one spike of the first sample on its way; none if no spike waited.

    ``transfers`` are those of ``core_view``, ``order[h]`` is the number of the neuron at hardware address h. It is the
    first neuron's spike that has a synapse with two or more steps to wait in the delay unit, and of its synapses those
    with the longest delay; an axon's event if there is no such spike.
    """
    streams = _first_sample(config, transfers)
    ends = {token.step: token.time for token in streams.rows if token.ends}
    chosen = (
        found
        for of_neurons in (True, False)
        for arrival in streams.arrivals
        if not arrival.ends and (arrival.fields["source"] >= config.axons) == of_neurons
        for found in _last_row(config, arrival, streams.rows, ends)
    )
    arrival, row = next(chosen, (None, None))
    if arrival is None or row is None:
        return []
    level, due = row.fields["level"], arrival.step + row.fields["level"]
    return [
        *_origin(config, order, arrival, streams.spikes),
        Mark(time=arrival.time, name="taken", text=f"step {arrival.step}: the delay unit takes it"),
        Mark(time=row.time, name="row leaves", text=f"step {row.step}: its row of level {level} leaves"),
        Mark(time=ends[due], name="added", text=f"step {due}: its weights are added"),
    ]


def _first_sample(config: CoreConfig, transfers: Transfers) -> _Streams:
    spikes = list(_tokens(transfers.get("spikes", ()), spike_layout(config)))
    end = next((token.time for token in spikes if token.fields["kind"] == Kind.END), None)
    arrivals, rows = (
        [token for token in _tokens(transfers.get(name, ()), layout) if end is None or token.time < end]
        for name, layout in (("arrivals", arrival_layout(config)), ("rows", row_layout(config)))
    )
    return _Streams(spikes=spikes, arrivals=arrivals, rows=rows)


def _tokens(transfers: Sequence[tuple[int, int]], layout: StructLayout) -> Iterator[_Token]:
    step = 0
    for time, payload in transfers:
        fields = unpack(layout, payload)
        ends = bool(fields.get("eos")) or fields.get("kind") == Kind.EOS
        yield _Token(time=time, step=step, ends=ends, fields=fields)
        step += ends


def _last_row(config: CoreConfig, arrival: _Token, rows: list[_Token],
              ends: dict[int, int]) -> Iterator[tuple[_Token, _Token]]:  # fmt: skip
    """The arrival and its row of the longest delay that is due within the sample, if that is long enough."""
    found = [
        row
        for row in rows
        if not row.ends
        and row.fields["source"] == arrival.fields["source"]
        # A unit of S slots sends the row of level l after S * (l div S) steps.
        and row.step == arrival.step + row.fields["level"] // config.slots * config.slots
        and row.time >= arrival.time
        and row.fields["level"] >= LEAST
        and arrival.step + row.fields["level"] in ends
    ]
    if found:
        yield arrival, max(found, key=lambda row: row.fields["level"])


def _origin(config: CoreConfig, order: IntArray, arrival: _Token, spikes: list[_Token]) -> list[Mark]:
    """Where a neuron fired, which is in the step before its spike arrives at the delay unit."""
    address = arrival.fields["source"] - config.axons
    if address < 0:
        return []
    neuron = int(np.asarray(order)[address])
    fired = (
        token
        for token in spikes
        if token.fields["kind"] == Kind.EVENT and token.step == arrival.step - 1 and token.fields["neuron"] == address
    )
    return [Mark(time=token.time, name="fires", text=f"step {token.step}: neuron {neuron} fires") for token in fired]
