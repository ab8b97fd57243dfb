# SPDX-License-Identifier: Apache-2.0
"""The parts about imperfect hardware: faults in the core, and mixed-signal networks on devices with mismatch."""

from collections.abc import Mapping
from typing import Any

from flow.page.parts import Grid, Part, Plot, Report, count, percent

Content = Mapping[str, Any]
DASHES, SYMBOLS = ("solid", "dash", "dot", "dashdot"), ("circle", "square", "diamond", "triangle-up")
"""Of curves whose colours repeat."""
COLOURS = 5
"""Of the page."""
TRAINING = {"plain": "without noise", "noise": "with noise"}


def faults(report: Report, content: Content) -> Part:
    """Accuracy over the rate of faults: what a network bears, and a figure each."""
    rows, plots = [], []
    for network in content["networks"]:
        for curve in network["curves"]:
            borne = [curve[f"rate_within_{points}_points"] for points in (1, 5)]
            rows.append((
                network["name"], curve["what"], curve["unit"], count(curve["memory_bits"] or None),
                *("none tried" if rate is None else f"{rate:g}" for rate in borne),
                f"{percent(curve['points'][-1]['accuracy'])} at {curve['points'][-1]['rate']:g}",
            ))  # fmt: skip
        plots.append(_curves(network))
    played = [each for network in content["networks"] for each in network["rtl"]]
    said = (
        f"On {content['data']}, {content['seeds']} draws a rate; without a fault "
        + ", ".join(f"{each['name']} {percent(each['accuracy'])}" for each in content["networks"])
        + f". Golden model against RTL: {sum(each['faults'] for each in played):,} faults played, "
        f"{sum(each['mismatches'] for each in played):,} mismatches."
    )
    head = ("network", "fault", "delay unit", "bits", "rate within 1 point", "rate within 5 points",
            "accuracy at the highest rate")  # fmt: skip
    grid = Grid(caption="Rates of faults that cost little", head=head, rows=tuple(rows), text_columns=3)
    return report.part(content, text=(said,), grids=(grid,), plots=tuple(plots))


def _curves(network: Mapping[str, Any]) -> Plot:
    data: list[dict[str, Any]] = []
    for number, curve in enumerate(network["curves"]):
        turn = number // COLOURS % len(DASHES)
        accuracy = [100 * point["accuracy"] for point in curve["points"]]
        above, below = ([100 * abs(point["interval"][side] - point["accuracy"]) for point in curve["points"]]
                        for side in (1, 0))  # fmt: skip
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": " ".join(filter(None, (curve["what"], curve["unit"]))),
            "x": [point["rate"] for point in curve["points"]], "y": accuracy,
            "error_y": {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1},
            "line": {"dash": DASHES[turn]}, "marker": {"symbol": SYMBOLS[turn]},
            "hovertemplate": "%{fullData.name}, rate %{x:g}: %{y:.1f} %<extra></extra>",
        })  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "rate of faults"}, "type": "log", "exponentformat": "power"},
        "yaxis": {"title": {"text": "accuracy, %"}, "range": [0, 100]}, "legend": {"orientation": "h", "y": -0.2},
    }  # fmt: skip
    label = f"{network['name']}: accuracy over the rate of faults, with 95 % intervals"
    return Plot(name=f"faults-{network['name']}", label=label, figure={"data": data, "layout": layout}, height=640)


def frozen_noise(report: Report, content: Content) -> Part:
    """Rate ratios of mixed-signal networks relative to the float network, and how they spread over devices."""
    rows = tuple(
        (
            f"{TRAINING[each['training']]}, seed {each['seed']}", count(each["float"]["ratio"], 2),
            *(count(each[name]["of_float"], 2) for name in ("quantised", "devices", "devices_quantised")),
            percent(each["devices_quantised"]["separates"], 0),
        )
        for each in content["networks"]
    )  # fmt: skip
    head = ("trained", "ratio, float", "4 bits / float", "devices / float", "4 bits on devices / float", "tell apart")
    data = [
        {
            "type": "box", "name": f"{TRAINING[kind]}, {title}", "boxpoints": False,
            "x": [ratio / each["float"]["ratio"] for each in content["networks"] if each["training"] == kind
                  for ratio in each[key]["ratios"]],
        }
        for kind in TRAINING
        for key, title in (("devices", "float weights"), ("devices_quantised", "4 bits"))
    ]  # fmt: skip
    layout = {"xaxis": {"title": {"text": "rate ratio / that of the float network"}, "range": [0, 3]},
              "yaxis": {"autorange": "reversed"}, "showlegend": False}  # fmt: skip
    return report.part(
        content,
        text=("Two neurons tell two patterns of noise apart: how much more the right one fires. Devices: medians.",),
        grids=(Grid(caption="Rate of the right neuron over that of the wrong one", head=head, rows=rows),
               *_chip(content)),
        plots=(Plot(name="frozen-ratios", label="Ratios over devices with mismatch",
                    figure={"data": data, "layout": layout}),),
    )  # fmt: skip


def _chip(content: Content) -> tuple[Grid, ...]:
    """What configurations of DYNAP-SE2 do, and which deviations cost what; nothing where the chip takes no network."""
    taken = [each for each in content["networks"] if "ratio" in each.get("chip", {})]
    if not taken:
        return ()
    rows = tuple(
        (
            f"{TRAINING[each['training']]}, seed {each['seed']}", count(each["chip"]["ratio"], 2),
            count(each["chip"]["of_float"], 2), count(each["chip"]["devices"]["median"], 2),
            count(each["chip"]["devices"]["of_float"], 2), percent(each["chip"]["devices"]["separates"], 0),
        )
        for each in taken
    )  # fmt: skip
    head = ("trained", "ratio", "/ float", "devices", "devices / float", "tell apart")
    grids = [Grid(caption="Configuration of DYNAP-SE2 alone", head=head, rows=rows)]
    parts = tuple(
        (f"{TRAINING[kind]}: {group}", *(count(of[name], 2) for of in each.values() for name in ("median", "least")))
        for kind, found in content["summary"].get("chip", {}).items() if found
        for group, each in found["ablation"].items()
    )  # fmt: skip
    if parts:
        titles = ("what deviates on the devices of the chip", "alone, / float", "least", "all but it, / float", "least")
        grids.append(Grid(caption="Which deviations cost the ratio", head=titles, rows=parts))
    return tuple(grids)
