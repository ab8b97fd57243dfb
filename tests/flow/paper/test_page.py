# SPDX-License-Identifier: Apache-2.0
"""flow.paper.page: what was not run is said so; published columns stand beside ours."""

import json
from pathlib import Path
from typing import Any

from flow.paper.networks import networks
from flow.paper.page import FILES, cost_rows, delay_rows, markdown, summary, write


def row(name: int, cores: int, unit: str, **changes: Any) -> dict[str, Any]:
    network = networks()[name]
    return {
        "network": network.title, "cores": cores, "unit": unit, "accuracy": 0.92, "accuracy_std": 0.01,
        "agreement": 1.0, "samples_rtl": 20, "mismatches": 0, "synapses": 80_000, "spikes_by_layer": [300.0, 200.0],
        "cycles_mean": 71_000.0, "clock_mhz": None, "latency_ms": None, "memory_bits": 1_500_000, "area_um2": None,
        "energy_uj": None,
        "memory": {"energy_uj": 10.25, "delay_uj": 0.5},
        "published": network.model_dump(exclude_none=True, exclude={"name", "title"}), **changes,
    }  # fmt: skip


def report(**changes: Any) -> dict[str, Any]:
    emulated = {"samples_rtl": 20, "mismatches": 0, "cycles_mean": 72_000.0, "axons": 3_000, "host_events": 13_000.0,
                "input_events": 4_700.0, "spikes": 500.0, "memory_bits": 1_400_000, "memory_uj": 8.8}  # fmt: skip
    return {
        "seeds": [0], "device": None, "macros": "some macros", "liberty": None, "toggles": 0.1, "cost_samples": 100,
        "rows": [row(0, 1, "first", **changes), row(0, 3, "first", **changes), row(3, 1, "first", **changes)],
        "emulated": [{"network": networks()[0].title, **emulated}],
    }  # fmt: skip


def test_published_columns() -> None:
    rows = cost_rows(report())
    named = {each[1]: each for each in rows if each[0] == "700-48-48-20"}
    assert named["Loihi, 1 core (published)"][7] == "28.4"
    assert named["Seneca, 3 cores (published)"][4] == "4.25"
    # Of the axonal network no costs were published.
    assert [each[1] for each in rows if each[0] == "700-48-48-20, axonal"] == ["1 core, first"]


def test_what_was_not_run_is_no_figure() -> None:
    text = markdown(report())
    first = next(line for line in text.splitlines() if "1 core, first" in line)
    assert first.split(" | ")[3:5] == ["not run", "not run"]
    assert "Clock: not run." in text
    assert "without logic, for no library of cells was given" in text


def test_what_was_run() -> None:
    rows = cost_rows(report(clock_mhz=40.0, latency_ms=1.775, area_um2=9.5e6, energy_uj=12.5))
    assert rows[1][2:9] == ["71,000", "40.0", "1.77", "1.50", "9.50", "12.5", "10.2"]


def test_emulated_delays_beside_those_in_hardware() -> None:
    rows = delay_rows(report())
    assert [each[1:3] for each in rows[1:]] == [["in hardware (first)", "4,700"], ["by the host", "13,000"]]


def test_files(tmp_path: Path) -> None:
    content = report(clock_mhz=40.0, latency_ms=1.775, area_um2=9.5e6, energy_uj=12.5)
    assert [path.name for path in write(tmp_path, content)] == list(FILES)
    written = json.loads((tmp_path / "paper.json").read_text())
    assert set(written.pop("made")) == {"command", "version"}
    assert written == json.loads(json.dumps(content))
    for name in FILES[2:]:
        assert (tmp_path / name).read_text().startswith("<svg")
    assert summary(content).row_count == 3
