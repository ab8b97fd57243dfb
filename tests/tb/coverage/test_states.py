# SPDX-License-Identifier: Apache-2.0
"""The numbers of states: as Amaranth counts them."""

import pytest
from amaranth.hdl import Fragment, Module

from tb.coverage.states import states


@pytest.mark.parametrize("path", ["rtl/core/control.py", "rtl/core/neurons.py", "rtl/fabric/feeder.py"])
def test_states_are_numbered_as_amaranth_does(path: str) -> None:
    """Against a state machine that names them in the same order."""
    found = states(path)
    m = Module()
    with m.FSM() as machine:
        names = list(found)
        with m.State(names[0]):
            for name in names[1:]:
                m.next = name
        for name in names[1:]:
            with m.State(name):
                m.next = names[0]
    Fragment.get(m, None)
    assert dict(machine.encoding) == found
    assert len(found) > 4
