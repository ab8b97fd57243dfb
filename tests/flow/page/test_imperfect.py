# SPDX-License-Identifier: Apache-2.0
"""The parts about imperfect hardware: figures of the reports as they are, what was not tried said so."""

from typing import Any

from flow.page.imperfect import faults, frozen_noise
from flow.page.parts import Report

REPORT = Report(key="x", title="X", file="x.json", command="make x")


def curve(what: str, unit: str, bits: int, **rates: float | None) -> dict[str, Any]:
    points = [
        {"rate": 1e-4, "accuracy": 0.9, "interval": [0.85, 0.92], "faults": 3},
        {"rate": 1e-3, "accuracy": 0.5, "interval": [0.4, 0.6], "faults": 30},
    ]
    return {"what": what, "unit": unit, "memory_bits": bits, "points": points, **rates}


def test_faults() -> None:
    content = {
        "data": "words.h5", "seeds": 3, "made": {"command": "chronaxie faults", "version": "9"},
        "networks": [{
            "name": "small", "accuracy": 0.91,
            "rtl": [{"faults": 1000, "mismatches": 2}, {"faults": 234, "mismatches": 0}],
            "curves": [
                curve("weights", "", 4096, rate_within_1_points=1e-4, rate_within_5_points=None),
                curve("queue", "scdq", 0, rate_within_1_points=0.0, rate_within_5_points=0.5),
            ],
        }],
    }  # fmt: skip
    part = faults(REPORT, content)
    assert part.grids[0].rows == (
        ("small", "weights", "", "4,096", "0.0001", "none tried", "50.0 % at 0.001"),
        ("small", "queue", "scdq", "n/a", "0", "0.5", "50.0 % at 0.001"),
    )
    assert "small 91.0 %" in part.text[0]
    assert "1,234 faults played, 2 mismatches" in part.text[0]
    [plot] = part.plots
    first, second = plot.figure["data"]
    assert (first["name"], second["name"]) == ("weights", "queue scdq")
    assert (first["x"], first["y"]) == ([1e-4, 1e-3], [90, 50])
    assert [round(value, 9) for value in first["error_y"]["array"]] == [2, 10]
    assert [round(value, 9) for value in first["error_y"]["arrayminus"]] == [5, 10]


def test_frozen_noise() -> None:
    def network(training: str, ratio: float) -> dict[str, Any]:
        spread = {"of_float": 0.75, "ratios": [ratio / 2, ratio], "separates": 0.99}
        return {"training": training, "seed": 4, "float": {"ratio": ratio}, "quantised": {"of_float": 1.2},
                "devices": spread, "devices_quantised": spread}  # fmt: skip

    part = frozen_noise(REPORT, {"networks": [network("plain", 8.0), network("noise", 3.0)]})
    assert part.grids[0].rows[1] == ("with noise, seed 4", "3.00", "1.20", "0.75", "0.75", "99 %")
    boxes = part.plots[0].figure["data"]
    assert [box["x"] for box in boxes] == [[0.5, 1.0]] * 4
    assert boxes[0]["name"] == "without noise, float weights"


def test_configurations_of_the_chip() -> None:
    """Refused ones have no row; without any there is no grid."""
    spread = {"of_float": 0.75, "ratios": [1.0], "separates": 0.99}
    base = {"seed": 4, "float": {"ratio": 4.0}, "quantised": {"of_float": 1.2}, "devices": spread,
            "devices_quantised": spread}  # fmt: skip
    taken = {"ratio": 5.0, "of_float": 1.25, "devices": {"median": 3.0, "of_float": 0.75, "separates": 0.5}}
    networks = [base | {"training": "plain", "chip": {"refused": "synapses: neuron 0 has 72"}},
                base | {"training": "noise", "chip": taken}]  # fmt: skip
    over = {"median": 0.8, "least": 0.7}
    summary = {"chip": {"plain": {}, "noise": {"ablation": {"weights": {"alone": over, "without": over}}}}}
    part = frozen_noise(REPORT, {"networks": networks, "summary": summary})
    assert part.grids[1].rows == (("with noise, seed 4", "5.00", "1.25", "3.00", "0.75", "50 %"),)
    assert part.grids[2].rows == (("with noise: weights", "0.80", "0.70", "0.80", "0.70"),)
    assert len(frozen_noise(REPORT, {"networks": networks[:1], "summary": summary}).grids) == 1
