# SPDX-License-Identifier: Apache-2.0
"""The report of the frozen-noise task: a table for people, a picture with how ratios spread over devices."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from support.console import name_column
from support.files import make_folder
from support.plots import COLOURS, GREY, STYLE, write_picture
from train.mixed_signal.config import FrozenNoise
from train.mixed_signal.evaluate import respond_nominal
from train.mixed_signal.task import KINDS, of_weights

QUICK: dict[str, Any] = {
    "seeds": (0,), "training": {"epochs": 400}, "noise": {"devices": 4}, "evaluation": {"devices": 50, "unseen": 20},
    "quantisation": {"encoder_steps": 100_000},
}  # fmt: skip
"""Of a quick run, over the configuration."""
TITLES = {"plain": "trained without noise", "noise": "trained with noise"}


def as_table(content: dict[str, Any]) -> Table:
    """The report for people: a row a network."""
    table = Table(name_column("network"), title="Frozen noise: rate ratio right / wrong")
    for title in ("float", "4 bits", "of float", "devices, median", "of float", "4 bits on devices", "of float",
                  "separate"):  # fmt: skip
        table.add_column(title, justify="right")
    for each in content["networks"]:
        table.add_row(
            f"{TITLES[each['training']]}, seed {each['seed']}", f"{each['float']['ratio']:.2f}",
            f"{each['quantised']['ratio']:.2f}", f"{each['quantised']['of_float']:.2f}",
            f"{each['devices']['median']:.2f}", f"{each['devices']['of_float']:.2f}",
            f"{each['devices_quantised']['median']:.2f}", f"{each['devices_quantised']['of_float']:.2f}",
            f"{each['devices_quantised']['separates']:.0%}",
        )  # fmt: skip
    return table


def chip_table(content: dict[str, Any]) -> Table:
    """What the configurations of the chip do by themselves, for people: a row a network."""
    table = Table(name_column("configuration of DYNAP-SE2"), "ratio", "of float", "devices, median", "of float",
                  "separate")  # fmt: skip
    for each in content["networks"]:
        name, found = f"{TITLES[each['training']]}, seed {each['seed']}", each["chip"]
        if "refused" in found:
            table.add_row(name, Text(found["refused"]))
        else:
            pairs = [(found["ratio"], found["of_float"]), (found["devices"]["median"], found["devices"]["of_float"])]
            share = f"{found['devices']['separates']:.0%}"
            table.add_row(name, *(f"{value:.2f}" for pair in pairs for value in pair), share)
    return table


def ablation_table(content: dict[str, Any]) -> Table:
    """What of the chip's devices costs the ratio, for people: a row a group of parameters."""
    table = Table(name_column("devices of DYNAP-SE2, median ratio of float"))
    for title in ("alone", "least", "all but it", "least"):
        table.add_column(title, justify="right")
    for kind in KINDS:
        found = content["summary"]["chip"][kind]
        table.add_section()
        rows = {"nothing deviates": {"alone": found["as_designed"]}, "everything deviates": {"alone": found["devices"]},
                **found["ablation"]} if found else {}  # fmt: skip
        for group, each in rows.items():
            values = [value for of in each.values() for value in (of["median"], of["least"])]
            table.add_row(f"{TITLES[kind]}: {group}", *(f"{value:.2f}" for value in values))
    return table


def codes_table(content: dict[str, Any]) -> Table:
    """Quantisation for people: a row a network."""
    table = Table(name_column("4 bits: mean squared error"), "k-means, 16 levels", "subset sums", "uniform",
                  "auto-encoder", "ms", "auto-encoder, s")  # fmt: skip
    for each in content["networks"]:
        found = each["quantisation"]
        table.add_row(
            f"{TITLES[each['training']]}, seed {each['seed']}",
            *(f"{found[name]['error']:.3g}" for name in ("k_means", "subset_sum", "uniform", "auto_encoder")),
            f"{found['subset_sum']['seconds'] * 1e3:.1f}", f"{found['auto_encoder']['seconds']:.1f}",
        )  # fmt: skip
    return table


def save_picture(path: Path, config: FrozenNoise, content: dict[str, Any]) -> None:
    """Spikes of the first seed's network that knew of noise, and how ratios spread over devices, as a PNG.

    Equal content gives equal bytes.
    """
    seed = content["networks"][0]["seed"]
    first = {each["training"]: each for each in content["networks"] if each["seed"] == seed}
    rasters = config.rasters(seed)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 7.2), layout="constrained")
        grid = figure.subplot_mosaic(
            [["in0", "in1"], ["out0", "out1"], ["plain", "noise"]], height_ratios=[2, 1.2, 1.6]
        )
        for k in range(2):
            step, channel = np.nonzero(rasters[k])
            axes = grid[f"in{k}"]
            axes.plot(step * config.layer.dt, channel, "|", color=COLOURS[0], markersize=2, markeredgewidth=0.6)
            axes.set_title(f"pattern {k}")
            axes.set_ylabel("channel")
        _outputs(grid, config, first["noise"], rasters)
        for place, kind in enumerate(KINDS):
            _spread(grid[kind], [each for each in content["networks"] if each["training"] == kind], TITLES[kind], place)
        limits = [grid[kind].get_xlim() for kind in KINDS]
        for kind in KINDS:
            grid[kind].set_xlim(0, max(high for _, high in limits))
        make_folder(path.parent)
        write_picture(figure, path)


def _outputs(grid: Any, config: FrozenNoise, network: dict[str, Any], rasters: Any) -> None:
    spikes = respond_nominal(config, of_weights(network), rasters)
    for k in range(2):
        axes = grid[f"out{k}"]
        for neuron in range(spikes.shape[-1]):
            at = np.flatnonzero(spikes[:, k, neuron]) * config.layer.dt
            axes.eventplot(
                at, lineoffsets=neuron, linelengths=0.7, linewidths=0.8, colors=COLOURS[0 if neuron == k else 1]
            )
        axes.set_yticks(range(spikes.shape[-1]), [f"neuron {n}" for n in range(spikes.shape[-1])])
        axes.set_xlabel("time in ms")
        axes.grid(visible=False)
        axes.sharex(grid[f"in{k}"])


def _spread(axes: Any, networks: list[dict[str, Any]], title: str, place: int) -> None:
    """Ratios of all devices relative to the float network's, before and after quantisation."""
    sets = {
        name: np.concatenate([np.array(each[key]["ratios"]) / each["float"]["ratio"] for each in networks])
        for name, key in (("float weights", "devices"), ("4 bits", "devices_quantised"))
    }  # fmt: skip
    bins = np.linspace(0, 3, 31)
    for colour, (name, ratios) in zip(COLOURS, sets.items(), strict=False):
        median = float(np.median(ratios))
        axes.hist(np.clip(ratios, 0, bins[-1]), bins, histtype="step", color=colour, linewidth=1.5,
                  label=f"{name}, median {median:.2f}")  # fmt: skip
        axes.axvline(median, color=colour, linestyle="--", linewidth=0.9)
    axes.axvline(0.9, color=GREY, linewidth=0.9)
    axes.set_title(f"{title}: {len(networks) * len(networks[0]['devices']['ratios'])} devices")
    axes.set_xlabel("rate ratio / that of the float network (3: and above)")
    if place == 0:
        axes.set_ylabel("devices")
    axes.legend(fontsize=8)
