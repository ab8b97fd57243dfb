# SPDX-License-Identifier: Apache-2.0
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model.config import DelayUnit, preset
from model.cost.memories import MemoryName
from model.faults.faults import EventFault, EventKind, FaultList, Flip, Stuck, draw_events, draw_flips, draw_stuck
from model.faults.memories import shapes
from support.errors import InputError

CONFIG = preset("tiny")
ALL = FaultList(
    flips=(
        Flip(memory=MemoryName.WORDS, address=1, bit=2),
        Flip(memory=MemoryName.ACCUMULATORS, copy=1, address=3, bit=4, sample=5, step=6),
    ),
    stuck=(Stuck(lane=0, address=1, bit=2, value=1),),
    events=(EventFault(kind=EventKind.LATE, sample=1, step=2, axon=3),),
)


def test_a_list_comes_back_from_its_file(tmp_path: Path) -> None:
    ALL.save(tmp_path / "list.json")
    assert FaultList.load(tmp_path / "list.json") == ALL
    assert len(ALL) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected a fault list of version 1"),
        ('{"version": 2}', "expected a fault list of version 1"),
        ({"flips": [3]}, r"flips\[0\]: expected an object with memory, copy, address, bit, sample, step, not 3"),
        ({"flips": [{"memory": "words", "address": 1, "bit": 1}]}, "memory must be one of skip masks, .*, not 'words'"),
        ({"flips": [{"memory": "row table", "bit": 1}]}, r"flips\[0\]: expected an object with memory, copy, address"),
        ({"stuck": [{"lane": 0, "address": -1, "bit": 0, "value": 1}]}, "address must be an integer of at least 0"),
        (
            {"events": [{"kind": "early", "sample": 0, "step": 0, "axon": 0}]},
            "kind must be one of dropped, doubled, late",
        ),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: object, message: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(content if isinstance(content, str) else json.dumps({"version": 1, **content}))  # type: ignore[dict-item]
    with pytest.raises(InputError, match=message):
        FaultList.load(path)


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (FaultList(flips=(Flip(memory=MemoryName.WORDS, address=64, bit=0),)), "flip 0: address .* in 0..63, not 64"),
        (FaultList(flips=(Flip(memory=MemoryName.WORDS, address=0, bit=99),)), "flip 0: bit of synapse words must be"),
        (FaultList(flips=(Flip(memory=MemoryName.STATES, address=0, bit=0),)), "a sample and a step for neuron states"),
        (
            FaultList(flips=(Flip(memory=MemoryName.ROWS, address=0, bit=0, sample=0, step=0),)),
            "neither sample nor step",
        ),
        (FaultList(flips=ALL.flips[:1] * 2), "a bit can flip once at a time"),
        (FaultList(stuck=(Stuck(lane=2, address=0, bit=0, value=1),)), "stuck bit 0: lane must be in 0..1, not 2"),
        (
            FaultList(events=(EventFault(kind=EventKind.DROPPED, sample=1, step=2, axon=3), *ALL.events)),
            "one fault only",
        ),
    ],
)
def test_places_that_the_build_has_not(faults: FaultList, message: str) -> None:
    with pytest.raises(InputError, match=message):
        faults.check(CONFIG)


def test_events_as_they_arrive() -> None:
    """Axon 1 is lost, axon 2 comes twice, axon 0 a step late, behind those of that step; the last one never."""
    events = [np.array([0, 1, 2]), np.array([2, 0]), np.array([3])]
    faults = FaultList(
        events=tuple(
            EventFault(kind=kind, sample=4, step=step, axon=axon)
            for kind, step, axon in (
                (EventKind.LATE, 0, 0), (EventKind.DROPPED, 0, 1), (EventKind.DOUBLED, 0, 2), (EventKind.LATE, 2, 3),
                (EventKind.DROPPED, 1, 1),
            )
        )
    )  # fmt: skip
    assert [axons.tolist() for axons in faults.disturbed(events, 4)] == [[2, 2], [2, 0, 0], []]
    assert faults.disturbed(events, 3) is events


@pytest.mark.parametrize("memory", list(shapes(CONFIG.with_unit("scdq", 9))))
def test_flips_are_spread_over_all_bits(memory: MemoryName) -> None:
    """Each bit flips about as often as any other, once at most a moment, at the rate that was asked for."""
    config = CONFIG.with_unit("scdq", 9)
    shape = shapes(config)[memory]
    drawn: Counter[tuple[int, int, int]] = Counter()
    rounds = 400
    for seed in range(rounds):
        flips = draw_flips(config, memory, 0.1, np.random.default_rng(seed), steps=2, sample=3)
        assert FaultList(flips=flips).check(config).flips == flips
        drawn.update((flip.copy, flip.address, flip.bit) for flip in flips)
    moments = 1 if flips[0].step is None else 2
    assert len(drawn) == shape.bits
    assert abs(sum(drawn.values()) / (0.1 * rounds * moments * shape.bits) - 1) < 0.05
    assert max(drawn.values()) < 0.1 * rounds * moments + 6 * (0.09 * rounds * moments) ** 0.5


def test_same_seed_same_faults() -> None:
    one, two = (draw_stuck(CONFIG, 0.1, np.random.default_rng(3)) for _ in range(2))
    assert one == two
    assert {each.value for each in one} == {0, 1}
    assert draw_flips(CONFIG, MemoryName.WORDS, 0.0, np.random.default_rng(0)) == ()
    assert (
        len(draw_flips(CONFIG, MemoryName.WORDS, 1.0, np.random.default_rng(0)))
        == shapes(CONFIG)[MemoryName.WORDS].bits
    )


def test_event_faults_are_of_events_that_are_there() -> None:
    events = [np.array([3, 1]), np.array([], np.int64), np.array([2])]
    drawn = draw_events(EventKind.DOUBLED, events, 1.0, np.random.default_rng(0), sample=2)
    assert [(each.sample, each.step, each.axon) for each in drawn] == [(2, 0, 3), (2, 0, 1), (2, 2, 2)]


def test_rates_and_memories_that_cannot_be() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"fault rate must be in 0..1, not 1.5"):
        draw_stuck(CONFIG, 1.5, rng)
    with pytest.raises(InputError, match=f"a build with {DelayUnit.RING} has no spike history"):
        draw_flips(CONFIG, MemoryName.HISTORY, 0.5, rng)
