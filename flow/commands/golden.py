"""``chronaxie golden``: the golden model alone."""

import time
from pathlib import Path

from rich.table import Table

from flow.commands.options import DATA, IMAGE, DataOption, ImageOption, JsonOption, SamplesOption, console, sample_count
from flow.dataset import load_samples
from flow.report import check_json, golden_report, write_json
from model.batch import GoldenBatch
from model.image import Image


def golden(
    *, image: ImageOption = IMAGE, data: DataOption = DATA, samples: SamplesOption = None, json: JsonOption = None
) -> None:
    """Run recordings through the golden model: accuracy, spikes and synaptic operations of an image."""
    check_json(json)
    network = Image.load(image).network()
    played = load_samples(Path(data), network, sample_count(samples))
    start = time.monotonic()
    result = GoldenBatch(network).run(played.rasters)
    report = golden_report(image.name, played, result, time.monotonic() - start)
    if json:
        write_json(json, report)
    table = Table(f"{image.name} on {played.name}")
    table.add_column("golden", justify="right")
    for title, key, form in (
        ("samples", "samples", "{:,}"),
        ("accuracy", "accuracy", "{:.2%}"),
        ("input events per sample", "input_events_mean", "{:,.0f}"),
        ("spikes per sample", "spikes_mean", "{:,.0f}"),
        ("synaptic operations per sample", "synaptic_operations_mean", "{:,.0f}"),
        ("samples a second", "samples_per_second", "{:,.0f}"),
    ):
        table.add_row(title, form.format(report[key]))
    console().print(table)
