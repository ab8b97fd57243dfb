# SPDX-License-Identifier: Apache-2.0
"""Looks into an elaborated component: its signals by name, and every word of its memories.

Inductive proofs speak of states that no port shows. The component itself stays as it is: its signals are read from
outside, and a memory gets one more asynchronous read port per word.
"""

import sys
from types import FrameType
from typing import Any

from amaranth.hdl import Const, Fragment, MemoryInstance, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.utils import ceil_log2

# Not in Amaranth's public names, but what EnableInserter and ResetInserter make of a component.
from amaranth.hdl._xfrm import TransformedElaboratable  # isort: skip


class _Platform:
    """Hands out memories with a read port per word; Amaranth asks a platform for each memory it elaborates."""

    def __init__(self) -> None:
        self.words: dict[int, list[Any]] = {}

    def get_memory(self, memory: Memory) -> MemoryInstance:
        instance = memory.elaborate(None)
        words = [Signal(memory.shape, name=f"word{index}") for index in range(memory.depth)]
        for index, word in enumerate(words):
            instance.read_port(
                domain="comb",
                data=Value.cast(word),
                addr=Const(index, ceil_log2(memory.depth)),
                en=Const(1),
                transparent_for=(),
            )
        self.words[id(memory)] = words
        return instance


class Elaborated:
    """A component as a fragment to add as a submodule, with access to what is inside.

    ``fragment`` is the design. Paths name submodules from the component down, joined by dots; empty for itself. A
    submodule itself does as well.
    """

    def __init__(self, component: wiring.Component) -> None:
        self._component, self._platform = component, _Platform()
        self._locals: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []  # so that no identity is used twice
        before = sys.getprofile()
        sys.setprofile(self._returning)
        try:
            self.fragment: Any = Fragment.get(component, self._platform)
        finally:
            sys.setprofile(before)

    def _returning(self, frame: FrameType, event: str, argument: object) -> None:
        """Keep the local variables of every method that builds a module: their names are those of the source."""
        names = frame.f_locals
        if event == "return" and isinstance(names.get("m"), Module) and "self" in names:
            self._kept.append(names["self"])
            self._locals.setdefault(id(names["self"]), {}).update(names)

    def signal(self, name: str, path: Any = "") -> Any:
        """The signal that is called ``name`` where the component at ``path`` is built, or its port of that name.

        Raises KeyError if there is none: the RTL has changed, and the property must follow.
        """
        component = self.component(path)
        found = self._locals.get(id(component), {}).get(name)
        if found is None:
            found = getattr(component, name, None)
        if found is None:
            raise KeyError(f"no signal {name!r} in {path or 'the component'!r}")
        return found

    def state(self, name: str, path: Any = "") -> Value:
        """Whether the state machine of the component at ``path`` is in the state ``name``."""
        machine = self._locals[id(self.component(path))]["m"]._generated["fsm"]
        return machine._data["signal"] == machine.encoding[name]

    def component(self, path: Any) -> Any:
        """The component at ``path``, without what adds an enable or a reset to it."""
        if not isinstance(path, str):
            return path
        component: Any = self._component
        for name in path.split(".") if path else ():
            component = self._locals[id(component)]["m"]._named_submodules[name][0]
            component = component._elaboratable_ if isinstance(component, TransformedElaboratable) else component
        return component

    def words(self, path: Any) -> list[Any]:
        """The words of the memory at ``path``."""
        return self._platform.words[id(self.component(path))]
