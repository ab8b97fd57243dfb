# SPDX-License-Identifier: Apache-2.0
"""From the reports of other commands and one recording to the page."""

from pathlib import Path

from flow.page.explorer import confusion_part, cores_part, memory_part, sample_part
from flow.page.measured import measured_parts
from flow.page.page import render
from flow.page.sample import as_content, look
from flow.run.outcomes import class_names
from flow.run.recordings import load_samples
from flow.version import provenance
from model.batch import GoldenBatch
from model.config import DelayUnit
from model.fabric.mapping import deal_out
from model.image.image import Image
from support.errors import InputError

REPORT = "make report"


def build(*, image: Path, data: Path, sample: int, unit: DelayUnit | None, cores: int, reports: Path) -> str:
    """The page. ``unit``: delay unit of the RTL that plays the recording; None: none does.

    Raises InputError, SimulationError.
    """
    measured = measured_parts(reports)
    loaded = Image.load(image)
    network = loaded.network()
    samples = load_samples(data, network)
    if sample >= len(samples):
        raise InputError(f"{data}: no recording {sample}, there are {len(samples)}, from 0")
    bundle = deal_out(loaded, cores)
    result = GoldenBatch(network).run(samples.rasters)
    seen = look(loaded, samples, result, sample, unit)
    made = provenance()
    own = [
        sample_part(seen, command=REPORT, made=made),
        confusion_part(samples, result, class_names(network), command=REPORT, made=made),
        memory_part(image.name, loaded, command=REPORT, made=made),
        cores_part(bundle, seen.spikes.sum(0), command=REPORT, made=made),
    ]
    return render(
        [*measured, *own], title="Chronaxie: what was measured", version=made["version"], sample=as_content(seen)
    )
