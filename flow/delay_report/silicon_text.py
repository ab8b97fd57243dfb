# SPDX-License-Identifier: Apache-2.0
"""Area, share of the core and energy in words."""

from collections.abc import Iterator

from flow.delay_report.records import FpgaRecord, GridRecord, Report
from flow.delay_report.sections import UNITS, Section, Table, number
from flow.silicon.cost import CLOCK_MHZ
from flow.silicon.share import TARGET, ShareRecord
from model.delay.registry import DelayUnit


def silicon_sections(report: Report) -> Iterator[Section]:
    silicon = report["silicon"]
    assert silicon
    rows = []
    for part in ("delay", "core"):
        for unit, each in silicon["units"].items():
            area = each[part]
            rows.append(
                (f"{part} unit" if part == "delay" else part, unit, _count(area["luts"]), _count(area["flip_flops"]),
                 _count(area["block_rams"]), _count(area["dsps"]), _fmax(area),
                 _count(area["memory_bits"]))
            )  # fmt: skip
    yield Section(
        title="On an FPGA",
        text=(f"{silicon['image']} on {silicon['device']}, after routing; queues for the worst case.",),
        tables=(
            Table(
                head=("design", "unit", "LUTs", "flip-flops", "block RAM", "DSP", "Fmax MHz", "memory bits"),
                rows=tuple(rows), text_columns=2,
            ),
        ),
    )  # fmt: skip
    if report["liberty"]:
        yield _share(report)
        yield _logic(report)


def _share(report: Report) -> Section:
    silicon = report["silicon"]
    assert silicon
    rows = []
    for unit, each in silicon["units"].items():
        for index, share in enumerate(each["shares"]):
            rows.append(
                (unit if index == 0 else "", share["memories"], number(share["unit_logic_um2"]),
                 number(share["unit_memory_um2"]), number(share["core_um2"]), f"{share['share']:.2%}")
            )  # fmt: skip
    text = [
        f"{silicon['image']}: logic in standard cells of {report['liberty']} (Yosys, hierarchy kept, no wires), "
        f"memories on {report['macros']}, or as flip-flops where those are smaller. Published: 3 % of a core with "
        "SRAM, 17 % with flip-flops. The skip masks, which every unit looks up, count as the core's.",
    ]
    for unit, each in silicon["units"].items():
        # Queues are judged as they are by default, and with the capacity that the recordings need.
        judged = each["shares"][: 2 if DelayUnit(unit).has_queues else 1]
        text.append(f"{unit}: {'; '.join(verdict(share) for share in judged)}.")
    modules: dict[str, dict[str, float]] = {}
    for unit, each in silicon["units"].items():
        for name, area in each["modules"].items():
            part = name.partition(".")[2].split(".")[0] or "core itself"
            modules.setdefault(part, {}).setdefault(unit, 0.0)
            modules[part][unit] += area
    own = tuple(
        (part, *(number(areas.get(unit, 0.0)) for unit in silicon["units"])) for part, areas in sorted(modules.items())
    )
    alone = (
        "delay unit synthesised by itself",
        *(number(each["logic_alone_um2"]) for each in silicon["units"].values()),
    )
    return Section(
        title="The delay unit's share of the core",
        text=tuple(text),
        tables=(
            Table(
                head=("unit", "its memories", "its logic, um2", "its memories, um2", "core, um2", "share"),
                rows=tuple(rows), text_columns=2,
            ),
            Table(
                head=("logic by module, um2", *silicon["units"]), rows=(*own, alone),
                note="Modules with all inside them; the whole is the sum. The last row is not part of it.",
            ),
        ),
        pictures=("share",),
    )  # fmt: skip


def verdict(share: ShareRecord) -> str:
    """Whether a share is within the target; if not, by how much it is beyond, and why."""
    unit = share["unit_logic_um2"] + share["unit_memory_um2"]
    over = unit - TARGET * share["core_um2"]
    result = f"{share['share']:.2%} with {share['memories']}: "
    if over <= 0:
        return result + f"within {TARGET:.0%}"
    return (
        result + f"{(share['share'] - TARGET) * 100:.2f} points above {TARGET:.0%}, {number(over)} um2 too many, "
        f"{share['unit_memory_um2'] / unit:.0%} of the unit being memory"
    )


def _logic(report: Report) -> Section:
    silicon = report["silicon"]
    assert silicon
    rows = tuple(
        (each["unit"], number(each["sources"]), number(each["delays"]), number(each["logic_um2"]), _count(each["luts"]),
         _count(each["flip_flops"]), _count(each["block_rams"]), _fmax(each))
        for each in sorted(silicon["grid"], key=_by_size)
    )  # fmt: skip
    model = tuple(
        (unit, number(each["base"], 1), number(each["per_delay"], 1), number(each["per_source"], 1))
        for unit, each in silicon["logic_model"].items()
    )
    flop = silicon["flip_flop"]
    return Section(
        title="Logic of the units",
        text=(
            "Delay units by themselves, for the layers of the sweeps (all neurons in one layer, queues for the worst "
            "case), without their memories.",
            f"A bit of a memory of flip-flops: {flop['area_um2']:.1f} um2, {flop['clock_pj']:.4f} pJ a cycle, "
            f"{flop['access_pj']:.4f} pJ an access (flow/silicon/sram_ihp130.toml carries these).",
        ),
        tables=(
            Table(
                head=("unit", "sources", "delays", "logic, um2", "LUTs", "flip-flops", "block RAM", "Fmax MHz"),
                rows=rows,
            ),
            Table(
                head=("unit", "base, um2", "per delay level", "per source with a history"), rows=model,
                note="Least squares; flow/delay_report/logic/ carries it for `chronaxie advise`.",
            ),
        ),
    )  # fmt: skip


def _fmax(area: FpgaRecord) -> str:
    if area["luts"] is None:
        return "tool failed"
    return "does not fit" if area["fmax_mhz"] is None else f"{area['fmax_mhz']:.1f}"


def _count(value: int | None) -> str:
    return "-" if value is None else number(value)


def _by_size(each: GridRecord) -> tuple[int, int, int]:
    return UNITS.index(each["unit"]), each["sources"], each["delays"]


def energy_section(report: Report) -> Section:
    silicon, tables = report["silicon"], []
    for network in report["networks"]:
        units = network["units"]
        names = list(dict.fromkeys(each["name"] for unit in units.values() for each in unit["memories"]))
        found = {
            (unit, each["name"]): each for unit, value in units.items() for each in value["memories"]
        }  # fmt: skip
        rows = []
        for name in names:
            cells = []
            for unit in units:
                each = found.get((unit, name))
                cells += (
                    ["", ""] if each is None else [number(each["reads"] + each["writes"]), number(each["energy_uj"], 3)]
                )
            rows.append((name, *cells))
        total = [sum(each["energy_uj"] for each in value["memories"]) for value in units.values()]
        rows.append(("all memories", *(cell for value in total for cell in ("", number(value, 3)))))
        if silicon and report["liberty"] and network["image"] == silicon["image"]:
            estimates = silicon["units"].values()
            for title, values in (
                ("logic of the delay unit, estimate", [each["unit_logic_uj"] for each in estimates]),
                ("logic of the core, estimate", [each["core_logic_uj"] for each in estimates]),
            ):
                rows.append((title, *(cell for value in values for cell in ("", number(value, 3)))))
        head = (network["image"], *(cell for unit in units for cell in (f"{unit}: accesses", "uJ")))
        tables.append(Table(head=head, rows=tuple(rows)))
    return Section(
        title="Energy per inference",
        text=(
            f"Reads and writes of each memory are counted exactly; energy per access, leakage ({CLOCK_MHZ:.0f} MHz) "
            f"and area are those of {report['macros']}. Memories smaller as flip-flops are those: their energy, clock "
            "included, is an estimate.",
            "Logic is an estimate from the capacitance of the cells' inputs: each clock pin every cycle, a tenth of "
            "the other inputs changing in a cycle, no wires, nothing inside cells."
            if silicon and report["liberty"]
            else "The energy of logic is left out: it needs a liberty file and synthesis.",
        ),
        tables=tuple(tables),
    )
