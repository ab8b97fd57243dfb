# SPDX-License-Identifier: Apache-2.0
"""The part of the page that shows a sweep: how its tasks ended, and its Pareto fronts."""

from collections.abc import Mapping
from typing import Any

from flow.page.parts import Grid, Part, Plot, Report, count

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def sweep_part(report: Report, content: Mapping[str, Any]) -> Part:
    """A figure for each front, what lies on it, and what failed or was refused."""
    said = (
        f"{content['name']}: {count(content['tasks'])} tasks, {count(content['done'])} done, "
        f"{count(content['refused'])} refused, {count(content['failed'])} failed.",
    )
    fronts = content["pareto"]
    rows = tuple(
        (f"{front['x']}, {front['y']}", point["task"], count(point["x"], 3), count(point["y"], 3))
        for front in fronts for point in front["points"] if point["best"]
    )  # fmt: skip
    ended = tuple((name, count(content[name])) for name in ("tasks", "kept", "done", "refused", "failed"))
    grids = [Grid(caption="Tasks of the sweep", head=("how it ended", "tasks"), rows=ended)]
    if rows:
        grids.append(Grid(caption="On the fronts", head=("figures", "task", "first", "second"), rows=rows,
                          text_columns=2))  # fmt: skip
    if content["problems"]:
        wrong = tuple((each["status"], each["task"], each["error"]) for each in content["problems"])
        grids.append(Grid(caption="Failed and refused", head=("status", "task", "why"), rows=wrong, text_columns=3))
    plots = tuple(_plot(number, front) for number, front in enumerate(fronts) if front["points"])
    return report.part(content, text=said, grids=tuple(grids), plots=plots)


def _plot(number: int, front: Mapping[str, Any]) -> Plot:
    points = front["points"]
    data: list[dict[str, Any]] = []
    line = sorted((point["x"], point["y"]) for point in points if point["best"])
    data.append({"type": "scatter", "mode": "lines", "name": "front", "x": [x for x, _ in line],
                 "y": [y for _, y in line], "hoverinfo": "skip"})  # fmt: skip
    groups = list(dict.fromkeys(point["group"] for point in points))
    for place, group in enumerate(groups):
        mine = [point for point in points if point["group"] == group]
        symbol = SYMBOLS[place % len(SYMBOLS)]
        data.append({
            "type": "scatter", "mode": "markers", "name": group or "results",
            "x": [point["x"] for point in mine], "y": [point["y"] for point in mine],
            "text": [point["task"] for point in mine],
            "marker": {"size": 9, "symbol": [symbol if point["best"] else f"{symbol}-open" for point in mine]},
            "hovertemplate": "%{text}<br>%{x:,}, %{y:,}<extra></extra>",
        })  # fmt: skip
    way = {True: "less", False: "more"}
    layout = {
        "xaxis": {"title": {"text": f"{front['x']} ({way[front['lower_x']]} is better)"}},
        "yaxis": {"title": {"text": f"{front['y']} ({way[front['lower_y']]} is better)"}},
        "legend": {"orientation": "h", "y": -0.25},
    }
    label = f"{front['y']} over {front['x']}: each task, those on the front filled"
    return Plot(name=f"sweep-front-{number}", label=label, figure={"data": data, "layout": layout}, height=420)
