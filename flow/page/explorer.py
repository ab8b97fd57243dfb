# SPDX-License-Identifier: Apache-2.0
"""The parts of the page about one recording and its network; what moves in them is drawn by the page's script."""

from collections.abc import Mapping, Sequence

import numpy as np

from flow.page.parts import Grid, Part, Plot, count, percent
from flow.page.sample import SampleLook
from flow.run.recordings import Samples
from flow.run.report import image_report
from model.fabric.bundle import Bundle
from model.fabric.routes import distance
from model.image.image import Image
from model.network import IntArray
from model.result import Result


def sample_part(seen: SampleLook, *, command: str, made: Mapping[str, str]) -> Part:
    """What became of the recording; the raster, the potentials and the queues are drawn by the script."""
    steps = len(seen.raster)
    rtl = (
        "not simulated" if seen.mismatches is None else f"{count(seen.mismatches)} of {count(seen.golden.size)} differ"
    )
    expected = "no label" if seen.expected is None else f"expected {seen.expected}"
    rows: tuple[tuple[str, str], ...] = (
        ("recording", count(seen.number)),
        ("steps", count(steps)),
        ("class", f"{seen.predicted or 'no read-out'} ({expected})"),
        ("input events", count(int(seen.raster.sum()))),
        ("spikes", count(int(seen.spikes.sum()))),
        ("potentials, RTL against golden model", rtl),
    )
    cycles = [[int(each.synapse_cycles.sum()), each.cycles - int(each.synapse_cycles.sum())] for each in seen.units]
    names = [each.unit for each in seen.units]
    stacked = [
        {"type": "bar", "orientation": "h", "name": phase, "y": names, "x": [each[place] for each in cycles],
         "hovertemplate": "%{y}, %{fullData.name}: %{x:,} cycles<extra></extra>"}
        for place, phase in enumerate(("synapse phases", "neurons and end of sample"))
    ]  # fmt: skip
    plot = Plot(
        name="phases", label="Cycles of this recording by phase and delay unit", height=320,
        figure={"data": stacked, "layout": {"barmode": "stack", "xaxis": {"title": {"text": "cycles"}},
                                            "yaxis": {"autorange": "reversed"}, "legend": {"orientation": "h"}}},
    )  # fmt: skip
    return Part(
        key="sample", title="One recording", command=command, made=made,
        grids=(Grid(caption="What became of it", head=("recording", "value"), rows=rows),), plots=(plot,),
    )  # fmt: skip


def memory_part(name: str, image: Image, *, command: str, made: Mapping[str, str]) -> Part:
    """The image by section."""
    report = image_report(name, image)
    sections: dict[str, int] = report["sections"]
    rows = tuple((section, count(size), percent(size / report["bytes"])) for section, size in sections.items())
    facts = (
        f"{report['network'] or name}: {count(report['axons'])} axons, {count(report['neurons'])} neurons, "
        f"{count(report['synapses'])} synapses in {count(report['synapse_words'])} words of {image.geometry.lanes} "
        f"lanes, lane fill {percent(report['lane_fill'])}."
    )
    figure = {
        "data": [{"type": "bar", "orientation": "h", "y": list(sections), "x": list(sections.values()),
                  "hovertemplate": "%{y}: %{x:,} bytes<extra></extra>"}],
        "layout": {"xaxis": {"title": {"text": "bytes"}}, "yaxis": {"autorange": "reversed"}},
    }  # fmt: skip
    return Part(
        key="memory", title="Memory by section", command=command, made=made, text=(facts,),
        grids=(Grid(caption="Bytes of the image", head=("section", "bytes", "share"),
                    rows=(*rows, ("all", count(report["bytes"]), percent(1.0)))),),
        plots=(Plot(name="memory-bytes", label="Bytes of the image by section", figure=figure, height=300),),
    )  # fmt: skip


def confusion_part(samples: Samples, result: Result, classes: Sequence[str], *, command: str,
                   made: Mapping[str, str]) -> Part:  # fmt: skip
    """Which class is taken for which, in the golden model, over all recordings of the file.

    Of recordings without labels only what they are taken for. ``classes``: their names.
    """
    names = list(classes)
    if not samples.labelled:
        taken = np.bincount(result.predicted, minlength=len(names))
        counts = tuple((name, count(int(times))) for name, times in zip(names, taken, strict=False))
        return Part(
            key="confusion", title="Confusion", command=command, made=made,
            text=(f"{samples.name}: {count(len(samples))} recordings without labels.",),
            grids=(Grid(caption="What they are taken for", head=("class", "recordings"), rows=counts),),
        )  # fmt: skip
    matrix = np.zeros((len(names), len(names)), np.int64)
    np.add.at(matrix, (samples.classes, result.predicted), 1)
    right, total = int(np.trace(matrix)), len(samples)
    worst = sorted(
        ((int(matrix[a, b]), names[a], names[b]) for a in range(len(names)) for b in range(len(names)) if a != b),
        key=lambda each: (-each[0], each[1:]),
    )[:5]
    figure = {
        "data": [{"type": "heatmap", "z": matrix.tolist(), "x": names, "y": names, "colorscale": "Viridis",
                  "hovertemplate": "%{y} taken for %{x}: %{z}<extra></extra>"}],
        "layout": {"xaxis": {"title": {"text": "taken for"}, "type": "category"},
                   "yaxis": {"title": {"text": "class"}, "type": "category", "autorange": "reversed"}},
    }  # fmt: skip
    rows = tuple((name, taken, count(times)) for times, name, taken in worst if times)
    grids = (Grid(caption="Most often taken for another", head=("class", "taken for", "recordings"), rows=rows,
                  text_columns=2),) if rows else ()  # fmt: skip
    return Part(
        key="confusion", title="Confusion", command=command, made=made,
        text=(f"{samples.name}: {count(right)} of {count(total)} right, {percent(right / max(1, total))}.",),
        grids=grids,
        plots=(Plot(name="confusion-matrix", label="Classes, and what they are taken for", figure=figure, height=560),),
    )  # fmt: skip


def cores_part(bundle: Bundle, spikes: IntArray, *, command: str, made: Mapping[str, str]) -> Part:
    """Where the network's neurons lie if it is spread over cores, and what goes over the ring.

    ``spikes``: of each neuron in the recording, shape (neurons,).
    """
    network, cores = bundle.network(), bundle.cores
    core = np.zeros(network.neurons.count, np.int64)
    for number in range(cores):
        core[bundle.neurons(number)] = number
    inner = network.source >= network.axons
    sender, receiver = network.source[inner] - network.axons, core[network.target[inner]]
    pairs = np.unique(np.stack([sender, receiver]), axis=1)
    sent = np.zeros((cores, cores), np.int64)
    np.add.at(sent, (core[pairs[0]], pairs[1]), spikes[pairs[0]])
    hops = sum(int(sent[a, b]) * distance(a, b, bundle.nodes) for a in range(cores) for b in range(cores) if a != b)
    rows = tuple(
        (f"core {number}", count(len(bundle.neurons(number))), count(image.axons_used), count(image.words_used),
         percent(image.lane_fill), count(len(image.to_bytes())))
        for number, image in enumerate(bundle.images)
    )  # fmt: skip
    names = [f"core {number}" for number in range(cores)]
    figure = {
        "data": [{"type": "heatmap", "z": sent.tolist(), "x": names, "y": names, "colorscale": "Viridis",
                  "hovertemplate": "%{y} to %{x}: %{z} spikes<extra></extra>"}],
        "layout": {"xaxis": {"title": {"text": "to"}}, "yaxis": {"title": {"text": "from"}, "autorange": "reversed"}},
    }  # fmt: skip
    head = ("core", "neurons", "axons", "synapse words", "lane fill", "image, bytes")
    return Part(
        key="cores", title="Placement on cores", command=command, made=made,
        text=(f"The network dealt out over {cores} cores. Hops x spikes of this recording, if each spike went to each "
              f"core by itself: {count(hops)}.",),
        grids=(Grid(caption="What each core holds", head=head, rows=rows),),
        plots=(Plot(name="cores-traffic", label="Spikes from core to core", figure=figure, height=380),),
    )  # fmt: skip
