# SPDX-License-Identifier: Apache-2.0
"""The properties of every delay unit of the core."""

from collections.abc import Callable
from functools import partial

from amaranth.hdl import Module

from model.config import CoreConfig, DelayUnit
from model.delay.spec import Holds
from tb.formal.delay.properties import DelayEnvironment
from tb.formal.delay.proven import build_of, proven, smallest, smallest_overflow
from tb.formal.prop import Method, Property

PROPERTIES: dict[str, tuple[str, Callable[[DelayEnvironment, Module], None]]] = {
    "rows": (
        "every row that leaves is due in this step, leaves once, and has its number",
        DelayEnvironment.rows_are_due,
    ),
    "complete": (
        "when the end of step leaves, every row that is due in it has left; no end of step is made up",
        DelayEnvironment.nothing_is_lost,
    ),
    "handshake": ("what is offered on rows is held until it is taken", DelayEnvironment.rows_hold),
    "apart": (
        "a unit that holds events back takes nothing between the end of step and its leaving",
        DelayEnvironment.steps_stay_apart,
    ),
    "capacity": (
        "with the capacity of the worst case no event is lost, and the peak stays within it",
        DelayEnvironment.nothing_is_counted_lost,
    ),
}


def _waits_end(env: DelayEnvironment, m: Module) -> None:
    env.waits_end(m, proven(env.config.delay_unit).ranking(env))


PROPERTIES["progress"] = ("with a ready consumer arrivals are taken, ends of step leave, in bounded time", _waits_end)


def _overflow(env: DelayEnvironment, m: Module) -> None:
    env.rows_are_due(m)
    env.rows_hold(m)
    held = proven(env.config.delay_unit).held
    if held is None:
        raise ValueError(f"{env.config.delay_unit} has no queue to lose events to")
    env.losses_are_counted(m, held(env))


ANY_CAPACITY = ("overflow", "progress")
"""Properties that hold with any capacity, of units with queues."""


def _build(unit: DelayUnit, name: str, inductive: bool) -> Module:
    m = Module()
    state = _overflow if name == "overflow" else PROPERTIES[name][1]
    # A counterexample needs no more than two sources and three levels, and is found sooner among them.
    small = smallest_overflow(unit) if name == "overflow" else smallest(unit)
    env = DelayEnvironment(m, build_of(unit) if inductive else small, worst_case=name not in ANY_CAPACITY)
    state(env, m)
    if inductive:
        proven(unit).invariants(m, env)
    return m


def _says(config: CoreConfig) -> str:
    depth = f", {config.queue_depth} entries" if config.spec.holds is not Holds.NOTHING else ""
    return f"{config.sources} sources, {config.delays} delay levels{depth}"


def properties() -> list[Property]:
    """Of every unit."""
    found = []
    for unit in DelayUnit:
        config = build_of(unit)
        states = {name: text for name, (text, _) in PROPERTIES.items()}
        if unit.spec.holds is Holds.NOTHING:
            del states["apart"]
        if unit.has_queues:
            states["overflow"] = "with any capacity: rows that leave are due, once, held; losses are counted"
        else:
            del states["capacity"]
        for name, text in states.items():
            any_capacity = ", any capacity" if unit.has_queues and name in ANY_CAPACITY else ""
            found.append(
                Property(
                    name=f"{unit}.{name}",
                    states=text,
                    build=partial(_build, unit, name),
                    method=Method.INDUCTION,
                    depth=1,
                    falsify_depth=30 if name == "progress" else 22,
                    covers=f"{_says(config)}{any_capacity}; any number of steps",
                )
            )
    return found
