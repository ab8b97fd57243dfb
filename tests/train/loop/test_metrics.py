# SPDX-License-Identifier: Apache-2.0
"""train.loop.metrics: a line an epoch, and back."""

import json
from pathlib import Path
from typing import Any

from train.loop.metrics import METRICS, EpochMetrics, write_metrics

RECORD: dict[str, Any] = {
    "phase": "sparse", "epoch": 2, "epochs": 5, "loss": 0.25, "train_accuracy": 0.5, "train_spikes": [3.5, 0.0],
    "validation_accuracy": 0.0, "validation_spikes": [2.0, 1.0], "seconds": 1.5,
}  # fmt: skip


def test_a_record_is_read_and_written_alike() -> None:
    """Key by key and in their order; what is 0 is there, what there is not is not."""
    alone = {key: value for key, value in RECORD.items() if not key.startswith("validation")}
    for record in (RECORD, alone):
        assert json.dumps(EpochMetrics.of(record).record()) == json.dumps(record)
    assert EpochMetrics.of(alone).validation_accuracy is None


def test_what_another_version_notes_is_left_out() -> None:
    assert EpochMetrics.of({**RECORD, "weather": "fine"}) == EpochMetrics.of(RECORD)


def test_the_file_has_a_line_an_epoch(tmp_path: Path) -> None:
    metrics = [EpochMetrics.of({**RECORD, "epoch": epoch}) for epoch in (1, 2)]
    write_metrics(tmp_path, metrics)
    lines = (tmp_path / METRICS).read_text().splitlines()
    assert [EpochMetrics.of(json.loads(line)) for line in lines] == metrics
    write_metrics(tmp_path, metrics[:1])
    assert len((tmp_path / METRICS).read_text().splitlines()) == 1
