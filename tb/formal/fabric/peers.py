# SPDX-License-Identifier: Apache-2.0
"""The peers of a core: one bit a peer and direction says what unbounded counts of steps would say."""

from functools import partial

from amaranth.asserts import AnyConst
from amaranth.hdl import Assume, Cat, Module, Signal, Value, signed

from rtl.fabric.peers import Peers
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, require

NODES = 3


def _build(what: str, inductive: bool) -> Module:
    """Peers under the rules of docs/multicore.md, beside a count of steps for each peer.

    Assumed: a peer completes no step two ahead of this core; this core completes none without those of all its peers,
    one that comes in the same cycle included.
    """
    m = Module()
    peers = Peers(NODES)
    inside = Elaborated(peers)
    m.submodules.peers = inside.fragment
    arbitrary(m, peers.arrived, peers.core, peers.completed)
    m.d.comb += [
        peers.senders.eq(AnyConst(NODES)),
        peers.listeners.eq(AnyConst(NODES)),
        Assume(peers.core < NODES),
    ]
    others = peers.senders | peers.listeners
    late_senders, late_listeners = [], []
    parity = Signal()
    m.d.sync += parity.eq(parity ^ peers.completed)
    for peer in range(NODES):
        # Steps that it has completed more than this core.
        ahead = Signal(signed(3), name=f"ahead_{peer}")
        comes = peers.arrived & (peers.core == peer) & others[peer]
        m.d.sync += ahead.eq(ahead + comes - (peers.completed & others[peer]))
        m.d.comb += [Assume(~comes | (ahead < 1)), Assume(~peers.completed | ~others[peer] | comes | (ahead >= 0))]
        late_senders.append(peers.senders[peer] & (ahead < 0))
        late_listeners.append(peers.listeners[peer] & (ahead < 0))
        if what == "half":
            # A spike of a step that this core is at already is for the next one.
            mine = (peers.core == peer) & peers.senders[peer]
            require(m, ~mine | (peers.half == (parity ^ (ahead >= 0))), "a spike goes to the half of its step")
        if inductive:
            bits: list[Value] = [inside.signal(name)[peer] for name in ("ahead", "behind")]
            require(m, (bits[0] == (ahead == 1)) & (bits[1] == (ahead == -1)), "the bits are the count")
            require(m, (ahead >= -1) & (ahead <= 1), "never more than one step apart")
            require(m, others[peer] | (ahead == 0), "who is no peer is not counted")
    if what == "go" or inductive:
        require(m, peers.may_begin == ~Cat(late_senders).any(), "it begins with the steps of all senders")
        require(m, peers.may_send == ~Cat(late_listeners).any(), "it sends with room in all listeners")
    require(m, peers.parity == parity, "parity is that of the steps")
    return m


def properties() -> list[Property]:
    """Of any set of senders and listeners."""
    covers = f"{NODES} nodes, any senders and listeners, any number of steps"
    return [
        Property(name=f"peers.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION, depth=2,
                 falsify_depth=8, covers=covers)
        for name, states in (
            ("go", "a core may begin when no sender is behind it, and send when no listener is: by unbounded counts"),
            ("half", "a spike is put into the half of the inbox of the step after the one in which it was fired"),
        )
    ]  # fmt: skip
