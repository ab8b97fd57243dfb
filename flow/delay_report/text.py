# SPDX-License-Identifier: Apache-2.0
"""The comparison in words: sections of sentences, tables and pictures, which every kind of page shows alike."""

from collections.abc import Iterator, Sequence

from flow.delay_report.published import published_section
from flow.delay_report.records import Quantity, Report
from flow.delay_report.sections import UNITS, Section, Table, number
from flow.delay_report.silicon_text import energy_section, silicon_sections
from flow.delay_report.sweep import AT, AXES, BASE


def sections(report: Report) -> list[Section]:
    """All sections of a report."""
    found = [
        _networks(report),
        _options(report),
        _advice(report),
        _layers(report),
        published_section(report),
        _crossings(report),
        _large(report),
    ]
    found += _sweeps(report)
    if report["silicon"]:
        found += list(silicon_sections(report))
    found.append(energy_section(report))
    found.append(_method(report))
    return found


def _networks(report: Report) -> Section:
    rows = []
    for network in report["networks"]:
        for unit, each in network["units"].items():
            rows.append(
                (
                    network["image"],
                    unit,
                    number(each["cycles"]),
                    number(each["cycles_per_step"], 1),
                    number(each["stalls_per_step"], 2),
                    f"{each['word_rate']:.2%}",
                    f"{each['lane_fill']:.1%}",
                    *map(number, (each["delay_memory_bits"], each["provisioned_bits"], each["used_bits"])),
                    *map(number, (each["queue_writes"], each["queue_reads"], each["held_peak"], each["queue_depth"])),
                    number(each["lost"]),
                )
            )
    worst = min(each["word_rate"] for network in report["networks"] for each in network["units"].values())
    data = sorted({network["data"] for network in report["networks"]})
    fills = ", ".join(f"{network['image']} {network['image_lane_fill']:.1%}" for network in report["networks"])
    return Section(
        title="Trained networks",
        text=(
            f"Played: {'; '.join(data)}. All figures are means of an inference by the exact models, peaks over all.",
            f"Lowest word rate: {worst:.2%} (asked for: at least 95 %). Synapses per entry of the images: {fills}.",
        ),
        tables=(
            Table(
                head=("network", "unit", "cycles", "cycles / step", "stalls / step", "word rate", "lane fill",
                      "delay memory, bits", "bits added", "of these used, peak", "writes", "reads", "events held, peak",
                      "queue", "lost"),
                rows=tuple(rows),
                text_columns=2,
                note="Delay memory: as built, all accumulators, and queues or history for the worst case. Bits added: "
                "the same without the accumulators of a core without delays. Writes, reads: of "
                "queue or history; the ring moves no events. Stalls: cycles of the synapse phase without a word.",
            ),
        ),
        pictures=("networks",),
    )  # fmt: skip


def _options(report: Report) -> Section:
    rows = []
    for network in report["networks"]:
        for place, each in enumerate(network["options"]):
            chosen = ", ".join(f"{name} {value}" for name, value in each["options"].items())
            rows.append(
                (network["image"] if place == 0 else "", each["unit"], chosen, number(each["cycles"]),
                 f"{each['word_rate']:.2%}", number(each["lookups"]), number(each["queue_writes"]),
                 number(each["queue_reads"]), number(each["held_peak"]), number(each["queue_bits"]),
                 number(each["accumulator_bits"]), number(each["provisioned_bits"]), number(each["energy_uj"], 2))
            )  # fmt: skip
    return Section(
        title="What a unit leaves to choose",
        text=(
            "The trained networks with each choice; queues for the capacity that the image declares. Delay bits: queue "
            "and all slots of the accumulators but one.",
        ),
        tables=(
            Table(
                head=("network", "unit", "choice", "cycles", "word rate", "look-ups", "queue writes", "queue reads",
                      "events held, peak", "queue bits", "accumulator bits", "delay bits", "energy of memories, uJ"),
                rows=tuple(rows), text_columns=3,
            ),
        ),
    )  # fmt: skip


def _advice(report: Report) -> Section:
    rows = []
    for network in report["networks"]:
        for index, each in enumerate(network["advice"]["candidates"]):
            rows.append(
                (network["image"] if index == 0 else "", each["name"], number(each["area_um2"]),
                 number(each["energy_uj"], 2), number(each["cycles"]),
                 *("-" if one is None else number(one, 2) for one in (each["clock_mhz"], each["time_ms"])),
                 number(each["score"], 2))
            )  # fmt: skip
    return Section(
        title="Which unit",
        text=(
            *(f"{network['image']}: {network['advice']['why']}" for network in report["networks"]),
            *sorted({network["advice"]["note"] for network in report["networks"]} - {""}),
        ),
        tables=(
            Table(
                head=("network", "unit", "area, um2", "energy, uJ", "cycles", "clock, MHz", "time, ms", "score"),
                rows=tuple(rows), text_columns=2,
                note="Area: logic and memories that the unit adds to a core. Energy: memories whose accesses differ, "
                "per inference. Score: area x energy x time (cycles where a clock is not known), over the least. "
                "`chronaxie advise IMAGE` says the same.",
            ),
        ),
    )  # fmt: skip


def _layers(report: Report) -> Section:
    tables, text = [], []
    for network in report["networks"]:
        rows = []
        for index, layer in enumerate(network["layers"]):
            for place, (unit, each) in enumerate(layer["units"].items()):
                rows.append(
                    (
                        f"hidden layer {index + 1}: {layer['sources']} to {layer['targets']}, "
                        f"{layer['levels']} of {layer['delays']} levels" if place == 0 else "",
                        unit, ", ".join(_shapes(each["memories"])), number(each["built_bits"]),
                        number(each["held_peak"]), number(each["used_bits"]),
                    )
                )  # fmt: skip
            units = layer["units"]
            bits = ", ".join(f"{unit} {number(each['built_bits'])}" for unit, each in units.items())
            text.append(
                f"{network['image']}, hidden layer {index + 1}, whose neurons fire in {layer['activity']:.1%} of the "
                f"steps: {bits} bits."
            )
        tables.append(
            Table(
                head=(network["image"], "unit", "memories, words x bits", "bits as built", "events held, peak",
                      "bits used, peak"),
                rows=tuple(rows), text_columns=3,
            )
        )  # fmt: skip
    return Section(
        title="Delay memory of each hidden layer",
        text=(
            "A build for the sources of one layer, queues for the worst case. Bits are counted by Yosys in the "
            "exported Verilog; of a unit with more slots than one, its accumulators are in them. Published for 48 "
            "sources: SCDQ SRAM 32,768 bits, ring 24,576.",
            *text,
        ),
        tables=tuple(tables),
    )


def _shapes(memories: Sequence[str]) -> list[str]:
    """Memories in words, those of equal size counted."""
    sizes: dict[str, list[str]] = {}
    for each in memories:
        name, size = each.rstrip().rsplit(" ", 3)[0], " ".join(each.split(" ")[-3:])
        sizes.setdefault(size, []).append(name)
    return [f"{len(names)} of {size}" if len(names) > 1 else f"{names[0]} {size}" for size, names in sizes.items()]


def _crossings(report: Report) -> Section:
    rows = []
    formula = {(each["first"], each["second"]): each["at"] for each in report["crossings_by_formula"]}
    for each in report["crossings"]:
        pair = {each["first"], each["second"]}
        by = next((at for names, at in formula.items() if set(names) == pair), None)
        rows.append(
            (
                report["quantities"][each["quantity"]],
                f"{each['first']} below, {each['second']} above" if each["at"]
                else f"{each['first']} below {each['second']} everywhere",
                ", ".join(f"{at:.3f}" for at in each["at"]) or "-",
                f"{by:.3f}" if by is not None and each["quantity"] == "needed_bits" else "",
            )
        )  # fmt: skip
    return Section(
        title="Crossovers as measured",
        text=(
            f"{BASE.sources} sources, {BASE.delays} delay levels, {BASE.targets} targets, {BASE.density:.0%} of the "
            "skip mask set; the share of sources that fire in a step at which one unit begins to need more than the "
            "other. Memory is that of queues just deep enough for the most that was held; ring and history do not "
            "depend on activity. By formula: the published ones with the widths of the build; the built ring rounds "
            "the neurons of a lane up to a power of two.",
        ),
        tables=(
            Table(head=("quantity", "less needed by", "measured at a", "by formula"), rows=tuple(rows), text_columns=2),
        ),
    )


def _large(report: Report) -> Section:
    rows = []
    for point in report["large"]:
        for place, unit in enumerate(UNITS):
            each = point["units"][unit]
            layer = (
                f"{point['sources']} sources x {point['delays']} levels, a = {point['activity']:g}, "
                f"{point['density']:.0%} of the mask set"
            )
            rows.append(
                (layer if place == 0 else "", unit, number(each["needed_bits"]), number(each["cycles_per_step"], 1),
                 number(each["writes_per_step"], 1), number(each["reads_per_step"], 1),
                 number(each["energy_nj_per_step"], 1))
            )  # fmt: skip
    return Section(
        title="Large layers",
        text=("Random layers as in the sweeps, with queues just deep enough for the most that was held.",),
        tables=(
            Table(
                head=("layer", "unit", "bits needed", "cycles / step", "writes / step", "reads / step", "nJ / step"),
                rows=tuple(rows), text_columns=2,
            ),
        ),
    )  # fmt: skip


SWEPT: tuple[tuple[Quantity, str, str, str, str], ...] = (
    ("needed_bits", "memory", "Delay memory", "bits",
     "Points: the units as built, queues just deep enough. Dashed: the published formulas, widths of the build."),
    ("cycles_per_step", "cycles", "Cycles per step", "cycles per step",
     "With 48 targets on 8 lanes a row is 6 words; all units fetch the same rows, the ring also those that are due "
     "after the sample's end."),
    ("energy_nj_per_step", "energy", "Energy of the memories that differ", "nJ per step",
     "Queue or history, skip masks and accumulators: accesses counted exactly, times the energy of the macros."),
    ("memory_area_um2", "area", "Area of the delay memory", "um2",
     "Queues for the worst case, on the macros that take the least area."),
)  # fmt: skip
"""Quantity, picture, title, unit and what there is to say."""


def _sweeps(report: Report) -> Iterator[Section]:
    for _, picture, title, unit, note in SWEPT:
        yield Section(title=f"{title} over the sweeps", text=(f"In {unit}. {note}",), pictures=(picture,))
    rows = []
    for axis, points in report["sweeps"].items():
        for point in points:
            for place, unit in enumerate(UNITS):
                each = point["units"][unit]
                rows.append(
                    (
                        AXES[axis] if place == 0 and point is points[0] else "",
                        f"{AT[axis](point):g}" if place == 0 else "", unit,
                        number(each["provisioned_bits"]), number(each["used_bits"]), number(each["cycles_per_step"], 1),
                        number(each["stalls_per_step"], 2), number(each["writes_per_step"], 1),
                        number(each["reads_per_step"], 1),
                        number(each["memory_area_um2"]), number(each["energy_nj_per_step"], 1),
                    )
                )  # fmt: skip
    yield Section(
        title="Every point of the sweeps",
        tables=(
            Table(
                head=("varied", "value", "unit", "bits provisioned", "bits used", "cycles / step", "stalls / step",
                      "writes / step", "reads / step", "memory um2", "nJ / step"),
                rows=tuple(rows), text_columns=3,
            ),
        ),
    )  # fmt: skip


def _method(report: Report) -> Section:
    left_out = []
    if report["quick"]:
        left_out.append("This is the quick report: fewer points, no synthesis: no FPGA, no standard cells, no shares.")
    elif not report["liberty"]:
        left_out.append(
            "No liberty file was given: standard-cell area, the share of the core and the energy of logic are left "
            "out. `make delay-report LIBERTY=FILE` adds them."
        )
    return Section(
        title="How it was made, and what to mind",
        text=(
            *left_out,
            "Cycles and accesses come from the exact models, which the tests compare with the RTL cycle by cycle and "
            "port by port. What a unit begins after a sample's last step, before END stops it, is not counted.",
            "The macros have one port. Memories that are read and written in one cycle (queue, history, accumulators, "
            "states, spike FIFO) would need two banks or two ports; the share is also given with those counted twice.",
            "The units are compared behind one interface with the same row table and synapse memory; a design made "
            "for one of them alone could save some of it.",
            "Sweeps are random layers at random activity, the same each time; recordings are bursty, so the trained "
            "networks' peaks are higher above their means than the sweeps'.",
        ),
    )
