# SPDX-License-Identifier: Apache-2.0
"""Names of the states of a component's state machine, which its Verilog has lost."""

from amaranth.hdl import Fragment
from amaranth.lib import wiring


def state_names(component: wiring.Component, machine: str = "fsm_state") -> tuple[str, ...]:
    """Names of the states of a component's machine, by number. Raises KeyError if it has none of that name."""
    statements = Fragment.get(component, None).statements
    signals = (signal for each in statements.values() for one in each for signal in one._lhs_signals())
    found = next((signal for signal in signals if signal.name == machine), None)
    if found is None or found.decoder is None:
        raise KeyError(machine)
    # Amaranth names a state "NAME/number", and knows no numbers beyond the last.
    names: list[str] = []
    while len(names) < 1 << len(found):
        try:
            names.append(found.decoder(len(names)).rpartition("/")[0])
        except KeyError:
            break
    return tuple(names)
