# SPDX-License-Identifier: Apache-2.0
"""flow.delay_report.records: the keys of delay.json, which programs of others read, and that they are checked."""

import pytest

from flow.delay_report.records import AdviceRecord, LayerRecord, NetworkRecord, PointRecord, Report, UnitRecord
from tests.flow.delay_report.examples import differences

KEYS = {
    Report: "quick macros flip_flop liberty networks sweeps published large formulas ring_against_scdq crossings "
    "crossings_by_formula quantities silicon",
    PointRecord: "sources delays activity density targets activity_seen accumulator_bits event_bits units formulas",
    NetworkRecord: "image data samples steps correct axons neurons synapses delays lanes image_lane_fill capacity "
    "units options layers advice",
    UnitRecord: "provisioned_bits used_bits delay_memory_bits held_peak queue_depth lost cycles cycles_per_step "
    "synapse_cycles stalls_per_step word_rate lane_fill queue_writes queue_reads operations memory_area_um2 "
    "tight_memory_area_um2 memories",
    LayerRecord: "sources targets levels delays activity units",
    AdviceRecord: "activity unit why note clocks candidates losing",
}


@pytest.mark.parametrize("record", KEYS)
def test_keys_stay(record: type) -> None:
    assert " ".join(record.__annotations__) == KEYS[record]


def test_what_differs_is_seen() -> None:
    """A key too many, one that is missing, a value of another kind, anywhere inside."""
    unit = {"built_bits": 1, "memories": ["a"], "held_peak": 2, "used_bits": 3}
    layer = {"sources": 1, "targets": 2, "levels": 3, "delays": 4, "activity": 0.5, "units": {"ring": unit}}
    assert differences(layer, LayerRecord) == []
    assert differences({**layer, "more": 1}, LayerRecord) == ["record: keys {'more'}"]
    assert differences({**layer, "activity": None}, LayerRecord) == ["record.activity: None"]
    del unit["used_bits"]
    assert differences(layer, LayerRecord) == ["record.units.ring: keys {'used_bits'}"]
    unit |= {"used_bits": 1, "memories": [3]}
    assert differences(layer, LayerRecord) == ["record.units.ring.memories.0: 3"]
