"""The properties of every delay unit of the core."""

from collections.abc import Callable
from functools import partial

from amaranth.hdl import Module

from model.config import CoreConfig, DelayUnit
from rtl.core import UNITS
from tb.formal.delay import DelayEnvironment
from tb.formal.invariants import INVARIANTS
from tb.formal.prop import Method, Property
from tb.formal.rankings import RANKINGS, longest

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
        "when the end of a step leaves, every row that is due in it has left; no end of step is made up",
        DelayEnvironment.nothing_is_lost,
    ),
    "handshake": ("what is offered on rows is held until it is taken", DelayEnvironment.rows_hold),
    "apart": (
        "a unit that holds events back takes nothing between the end of a step and its leaving",
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


def _build(unit: DelayUnit, state: Callable[[DelayEnvironment, Module], None], inductive: bool) -> Module:
    m = Module()
    env = DelayEnvironment(m, build_of(unit))
    state(env, m)
    if inductive:
        INVARIANTS[unit](m, env)
    return m


def _build_overflow(unit: DelayUnit, inductive: bool) -> Module:
    m = Module()
    env = DelayEnvironment(m, build_of(unit), worst_case=False)
    env.rows_are_due(m)
    env.rows_hold(m)
    env.losses_are_counted(m)
    return m


def build_of(unit: DelayUnit) -> CoreConfig:
    """The build in which a unit is proven."""
    config = BUILDS.get(unit, BUILDS[DelayUnit.SCDQ])
    return config.with_unit(unit, config.queue_depth)


def _says(config: CoreConfig) -> str:
    depth = f", {config.queue_depth} entries" if config.delay_unit is not DelayUnit.RING else ""
    return f"{config.sources} sources, {config.delays} delay levels{depth}"


def properties() -> list[Property]:
    """Of every unit of the core; a unit without invariants is checked up to a depth."""
    found = []
    for unit in UNITS:
        config, inductive = build_of(unit), unit in INVARIANTS
        for name, (states, state) in PROPERTIES.items():
            found.append(
                Property(
                    name=f"{unit}.{name}",
                    states=states,
                    build=partial(_build, unit, state),
                    method=Method.INDUCTION if inductive else Method.BOUNDED,
                    depth=1 if inductive else 16,
                    falsify_depth=16 if name != "progress" else 24,
                    covers=f"{_says(config)}; any number of steps" if inductive else f"{_says(config)}; two steps",
                )
            )
        if unit.has_queues:
            found.append(
                Property(
                    name=f"{unit}.overflow",
                    states="with any capacity: rows that leave are due, once, held; what is missing was counted",
                    build=partial(_build_overflow, unit),
                    method=Method.BOUNDED,
                    depth=16,
                    falsify_depth=16,
                    covers=f"{_says(config)}, capacity 0 to all; a step that overflows and the step after it",
                )
            )
    return found
