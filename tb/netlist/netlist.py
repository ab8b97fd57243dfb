# SPDX-License-Identifier: Apache-2.0
"""The netlist of a component, which is kept: Amaranth takes seconds for a core, and a minute for several."""

import os
import sys
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Signal, Value
from amaranth.lib import wiring

# Not in Amaranth's public names, but what its own back end hands over for a port's direction.
from amaranth.hdl._ir import PortDirection  # isort: skip

from support.errors import InputError
from support.folder_cache import cached_folder, digest
from tb.netlist.sources import code_digest
from tb.netlist.state import State, UnknownStateError

Port = tuple[Value, PortDirection]
ALWAYS = "CHRONAXIE_ELABORATE"
FILE = "design.il.z"


def ports(component: wiring.Component) -> dict[str, Port]:
    """Every port of the component's signature by its Verilog name (path joined by ``__``).

    Constants (the ready of an ``always_ready`` stream) and ports of no bits are none.
    """
    found = {}
    for path, member, value in component.signature.flatten(component):
        signal = Value.cast(value)
        if isinstance(signal, Signal) and len(signal):
            direction = PortDirection.Input if member.flow == wiring.In else PortDirection.Output
            found["__".join(map(str, path))] = (signal, direction)
    return found


def elaborated(component: wiring.Component, name: str, *, platform: object = None, sources: bool = False) -> str:
    """RTLIL of ``component`` as module ``name``, with ``ports`` as its ports; kept as ``elaborated_design`` does.

    ``sources``: things say which line of Python they are from; that is not kept.
    """
    if sources:
        return rtlil.convert(component, name=name, platform=platform, ports=ports(component), emit_src=True)
    return elaborated_design(component, name, ports(component), platform=platform)


def elaborated_design(design: Elaboratable, name: str, ports: Mapping[str, tuple[Any, Any]] | list[Signal], *,
                      platform: object = None) -> str:  # fmt: skip
    """RTLIL of ``design`` as module ``name`` with these ports, without the places in the sources that it comes from.

    ``platform``: what Amaranth hands to ``elaborate``.

    The text is kept under build/ by the hash of what decides it: what the object holds, the code of the project that
    it rests on, as it is written and as it is loaded, and the versions of Amaranth and Python. An object that holds
    what cannot be compared is elaborated each time, and so is all with CHRONAXIE_ELABORATE=1.
    """

    def convert() -> str:
        return rtlil.convert(design, name=name, platform=platform, ports=ports, emit_src=False)

    if os.environ.get(ALWAYS, "0") not in ("", "0"):
        return convert()
    state = State()
    try:
        state.add(design)
        state.add(ports)
        state.add(platform)
    except (UnknownStateError, RecursionError):
        return convert()
    code = code_digest(state.classes, state.functions)
    key = digest(state.text, code, name, version("amaranth"), sys.version)

    def make(folder: Path) -> None:
        (folder / FILE).write_bytes(zlib.compress(convert().encode(), 1))

    try:
        folder = cached_folder(f"netlist-{key}", make)
    except InputError:
        # Where nothing can be kept, such as in a checkout that belongs to someone else.
        return convert()
    state.used()
    return zlib.decompress((folder / FILE).read_bytes()).decode()
