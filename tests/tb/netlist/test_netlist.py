# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""tb.netlist: a netlist is kept as long as nothing that decides it changes, and no longer."""

import gc
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

import rtl.arith
from model.config import preset
from model.delay.registry import DelayUnit
from rtl.core.neurocore import Core
from rtl.memories import Banked
from support import folder_cache
from support.paths import ROOT
from tb.netlist import netlist as netlists
from tb.netlist.netlist import elaborated, elaborated_design, ports
from tb.netlist.sources import code_digest, imports
from tb.netlist.state import State, UnknownStateError

STEP = 1


class Counter(wiring.Component):
    """Counts by something, or what a function says."""

    def __init__(self, width: int, by: Any = 1) -> None:
        self._by = by
        super().__init__({"on": In(1), "count": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        by = self._by() if callable(self._by) else int(np.sum(self._by)) * STEP
        with m.If(self.on):
            m.d.sync += self.count.eq(self.count + by)
        return m


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Names of designs that were elaborated, with nothing kept before."""
    names: list[str] = []

    def convert(design: Any, **options: Any) -> str:
        names.append(options["name"])
        text: str = rtlil.convert(design, **options)
        return text

    monkeypatch.setattr(netlists, "rtlil", SimpleNamespace(convert=convert))
    monkeypatch.setattr(folder_cache, "BUILD_ROOT", tmp_path)
    return names


def test_another_platform_is_another_netlist(made: list[str]) -> None:
    for platform in (None, Banked(words=2), Banked(words=4), Banked(words=2)):
        elaborated(Counter(8), "a", platform=platform)
    assert made == ["a", "a", "a"]


def test_an_equal_component_is_elaborated_once(made: list[str]) -> None:
    assert elaborated(Counter(8), "a") == elaborated(Counter(8), "a")
    assert made == ["a"]
    plain = Counter(8)
    assert elaborated(Counter(8), "a") == rtlil.convert(plain, name="a", ports=ports(plain), emit_src=False)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_what_is_kept_of_a_core_is_its_netlist(unit: DelayUnit) -> None:
    """Whatever build/ has of it, of this run or of an earlier one."""
    core = Core(preset("tiny", delay_unit=unit), simulation=True)
    expected = rtlil.convert(core, name="core", ports=ports(core), emit_src=False)
    assert elaborated(Core(preset("tiny", delay_unit=unit), simulation=True), "core") == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: Counter(8), lambda: Counter(9)),
        (lambda: Counter(8), lambda: Counter(8, 2)),
        (lambda: Counter(8, np.array([1, 2])), lambda: Counter(8, np.array([1, 3]))),
        (lambda: Counter(8, lambda: 1), lambda: Counter(8, lambda: 2)),
    ],
    ids=["shape", "value", "array", "function"],
)
def test_another_state_is_another_netlist(
    one: Callable[[], Counter], other: Callable[[], Counter], made: list[str]
) -> None:
    assert elaborated(one(), "a") != elaborated(other(), "a")
    assert elaborated(one(), "a") != elaborated(other(), "a")
    assert made == ["a", "a"]


def test_what_a_function_has_closed_over(made: list[str]) -> None:
    def by(number: int) -> Callable[[], int]:
        return lambda: number

    assert elaborated(Counter(8, by(1)), "a") != elaborated(Counter(8, by(2)), "a")


def test_other_names_are_other_netlists(made: list[str]) -> None:
    assert elaborated(Counter(8), "a") != elaborated(Counter(8), "b")


def test_code_that_was_replaced(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As broken variants of tests are: a method, a value, a function in a module below."""
    texts = [elaborated(Counter(8), "a")]
    with monkeypatch.context() as context:
        right = Counter.elaborate

        def stuck(self: Counter, platform: object) -> Module:
            m = right(self, platform)
            m.d.sync += self.count.eq(0)
            return m

        context.setattr(Counter, "elaborate", stuck)
        texts.append(elaborated(Counter(8), "a"))
    assert len(set(texts)) == 2
    assert elaborated(Counter(8), "a") == texts[0]
    assert made == ["a", "a"]


@pytest.mark.parametrize("replaced", [lambda *_: None, type("Other", (), {})])
def test_code_below_that_was_replaced(replaced: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the classes' modules import counts as well, however far below."""
    name = next(name for name, each in vars(rtl.arith).items() if callable(each) and each.__module__ == "rtl.arith")
    before = code_digest([Core], [])
    assert code_digest([Core], []) == before
    monkeypatch.setattr(rtl.arith, name, replaced)
    assert code_digest([Core], []) != before


def test_the_same_in_another_process() -> None:
    """Whatever else is loaded there."""
    code = (
        "from rtl.core.neurocore import Core; from tb.netlist.sources import code_digest;print(code_digest([Core], []))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == code_digest([Core], [])


def test_what_cannot_be_compared_is_elaborated_each_time(made: list[str]) -> None:
    assert elaborated(Counter(8, iter([1]).__next__), "a") != elaborated(Counter(8, iter([2]).__next__), "a")
    assert made == ["a", "a"]


def test_always_elaborated_where_that_is_asked_for(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(netlists.ALWAYS, "1")
    elaborated(Counter(8), "a")
    elaborated(Counter(8), "a")
    assert made == ["a", "a"]


def test_where_nothing_can_be_kept(made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(folder_cache, "BUILD_ROOT", tmp_path / "file" / "sim")
    assert "module \\a" in elaborated(Counter(8), "a")
    assert made == ["a"]


def test_places_in_the_sources_are_those_of_this_run(made: list[str]) -> None:
    assert "src" in elaborated(Counter(8), "a", sources=True)
    assert made == ["a"]


def test_a_signal_is_itself() -> None:
    """Two ports that are one signal are another design than two equal signals."""
    shared, other = Signal(name="x"), Signal(name="x")
    texts = set()
    for pair in ([shared, shared], [shared, other]):
        state = State()
        state.add(pair)
        texts.add(state.text)
    assert len(texts) == 2


@pytest.mark.parametrize("value", [iter([1]), (each for each in "a"), {frozenset()}, object()])
def test_unknown(value: object) -> None:
    with pytest.raises(UnknownStateError):
        State().add(value)


def test_nobody_is_told_that_what_was_kept_was_never_used(made: list[str]) -> None:
    elaborated(Counter(8), "a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        elaborated(Counter(8), "a")
        gc.collect()


def test_a_design_without_a_signature(made: list[str]) -> None:
    def design() -> tuple[Module, list[Signal]]:
        m, bit = Module(), Signal(name="bit")
        m.d.sync += bit.eq(~bit)
        return m, [bit]

    (one, of_one), (other, of_other) = design(), design()
    assert elaborated_design(one, "top", of_one) == elaborated_design(other, "top", of_other)
    assert made == ["top"]


def test_imports() -> None:
    text = "import a.b, c as d\nfrom e import (\n    f,\n    g as h,\n)\n\ndef x():\n    from i.j import k  # why\n"
    assert list(imports(text)) == ["a.b", "c", "e", "e.f", "e", "e.g", "e", "i.j", "i.j.k"]
