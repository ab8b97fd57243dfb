"""The properties of every delay unit of the core."""

from collections.abc import Callable
from functools import partial
from typing import Any

from amaranth.hdl import Module

from model.config import CoreConfig, DelayUnit
from rtl.core.neurocore import UNITS
from tb.formal.delay.invariants import INVARIANTS
from tb.formal.delay.properties import DelayEnvironment
from tb.formal.delay.rankings import RANKINGS, longest
from tb.formal.prop import Method, Property

BUILDS: dict[DelayUnit, CoreConfig] = {
    DelayUnit.RING: CoreConfig(neurons=1, axons=2, delays=5, rows=6, synapse_words=6, lanes=1),
    DelayUnit.SCDQ: CoreConfig(neurons=1, axons=1, delays=3, rows=5, synapse_words=5, lanes=1, queue_depth=5),
    DelayUnit.SCDQ1: CoreConfig(neurons=1, axons=1, delays=3, rows=5, synapse_words=5, lanes=1, queue_depth=5),
    DelayUnit.BITMAP: CoreConfig(neurons=1, axons=2, delays=5, rows=6, synapse_words=6, lanes=1, queue_depth=2),
}
"""Small enough for the solver; odd numbers of sources, delay levels and queue entries where it can take them."""

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
    env.waits_end(m, RANKINGS.get(env.config.delay_unit, longest)(env))


PROPERTIES["progress"] = ("with a ready consumer arrivals are taken, ends of step leave, in bounded time", _waits_end)


def _overflow(env: DelayEnvironment, m: Module) -> None:
    env.rows_are_due(m)
    env.rows_hold(m)
    env.losses_are_counted(m, HELD[env.config.delay_unit](env))


HELD: dict[DelayUnit, Callable[[DelayEnvironment], Any]] = {
    DelayUnit.SCDQ: lambda env: env.inside.signal("poq_level"),
    DelayUnit.SCDQ1: lambda env: env.inside.signal("level", "queue"),
}
"""Events in the queue that events are lost to."""
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
        INVARIANTS[unit](m, env)
    return m


def build_of(unit: DelayUnit) -> CoreConfig:
    """The build in which a unit is proven."""
    config = BUILDS.get(unit, BUILDS[DelayUnit.SCDQ])
    return config.with_unit(unit, config.queue_depth)


def smallest(unit: DelayUnit) -> CoreConfig:
    """The build in which a counterexample is looked for."""
    config = BUILDS[DelayUnit.SCDQ]
    return config.with_unit(unit, 2 if unit is DelayUnit.BITMAP else config.queue_depth)


def smallest_overflow(unit: DelayUnit) -> CoreConfig:
    """The build in which an event that was lost is looked for: the next step ends without it."""
    return CoreConfig(neurons=1, axons=1, delays=2, rows=4, synapse_words=4, lanes=1).with_unit(unit, 2)


def _says(config: CoreConfig) -> str:
    depth = f", {config.queue_depth} entries" if config.delay_unit is not DelayUnit.RING else ""
    return f"{config.sources} sources, {config.delays} delay levels{depth}"


def properties() -> list[Property]:
    """Of every unit of the core; a unit without invariants is checked up to a depth."""
    found = []
    for unit in UNITS:
        config, inductive = build_of(unit), unit in INVARIANTS
        states = {name: text for name, (text, _) in PROPERTIES.items()}
        if config.slots > 1:
            del states["apart"]  # it holds nothing back
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
                    method=Method.INDUCTION if inductive else Method.BOUNDED,
                    depth=1 if inductive else 16,
                    falsify_depth=24 if name == "progress" else 16,
                    covers=f"{_says(config)}{any_capacity}; {'any number of' if inductive else 'two'} steps",
                )
            )
    return found
