# SPDX-License-Identifier: Apache-2.0
"""flow.silicon.jobs: what a job is called, and which design it is of."""

from pathlib import Path

import pytest

from flow.silicon.jobs import REGISTER_QUEUE, Job
from model.config import CoreConfig, QueueMemory, preset
from model.fabric.config import FabricConfig
from rtl.delay.queue import EventQueue
from rtl.delay.unit import DelayUnitBase

TINY = preset("tiny", delay_unit="scdq")


@pytest.mark.parametrize(
    ("design", "config", "liberty", "text"),
    [
        ("delay_scdq", TINY, None, "delay_scdq 10 sources, 4 delays on ECP5"),
        ("core_scdq", TINY, Path("a.lib"), "core_scdq 10 sources, 4 delays on standard cells"),
        ("fabric_scdq", FabricConfig(cores=(TINY,) * 3, routes=4, axons=4), None, "fabric_scdq 3 cores on ECP5"),
        ("registers", None, Path("a.lib"), "registers on standard cells"),
    ],
)
def test_a_line_of_progress(design: str, config: CoreConfig | None, liberty: Path | None, text: str) -> None:
    assert Job(design=design, config=config, liberty=liberty).text == text


def test_designs() -> None:
    unit = Job(design="delay_scdq", config=TINY).component()
    unit._MustUse__silence = True
    assert isinstance(unit, DelayUnitBase)


@pytest.mark.parametrize(
    ("design", "memory"), [("registers", QueueMemory.REGISTERS), ("no_registers", QueueMemory.RAM)]
)
def test_the_queue_that_is_measured(design: str, memory: QueueMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, object]] = []

    def queue(**options: object) -> EventQueue:
        made.append(options)
        return None  # type: ignore[return-value]

    monkeypatch.setattr("flow.silicon.jobs.EventQueue", queue)
    Job(design=design, liberty=Path("a.lib")).component()
    assert made == [{"shape": REGISTER_QUEUE[1], "depth": REGISTER_QUEUE[0], "memory": memory}]
