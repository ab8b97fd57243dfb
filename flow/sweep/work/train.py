# SPDX-License-Identifier: Apache-2.0
"""A training run, which goes on where it was if it was stopped: its folder is that of the task."""

from importlib import import_module
from pathlib import Path
from typing import Any

from flow.sweep.kinds import Train
from model.image.image import Image
from support.errors import InputError

IMAGE = "network.chx"


def files(options: Train) -> list[Path]:
    """The configuration with those that it builds on, the data, and the networks that it starts from or learns from."""
    config = _config(options)
    chain = [each.path for each in import_module("train.config.file").read_files(options.config)]
    if _is_delgrad(options):
        return chain  # its samples are drawn
    start, teachers = config.training.start, config.teachers.runs
    networks = [folder / "float.pt" for folder in (*([start] if start else []), *teachers)]
    test = [config.data.test] if options.split == "test" else []
    return [*chain, config.data.train, *test, *networks]


def measure(options: Train, folder: Path) -> dict[str, Any]:
    """Accuracy in real numbers and in integers, spikes of hidden neurons, size; with DelGrad the first of these."""
    if _is_delgrad(options):
        module, config = import_module("train.delgrad.run"), _config(options)
        exact = module.evaluate_run(module.train_config(config, folder), options.split)
        return {"samples": exact["samples"], "accuracy_float": exact["accuracy"],
                "hidden_neurons": sum(config.network.hidden), "run": str(folder)}  # fmt: skip
    run = import_module("train.loop.run").train_config(_config(options), folder)
    found = import_module("train.loop.accuracy").evaluate_run(run, split=options.split)
    image = Image.load(run / IMAGE)
    return {
        "samples": found.samples,
        "accuracy_float": found.accuracy_float,
        "accuracy_quantised": found.accuracy_quantised,
        "agreement": found.agreement,
        "spikes_mean": float(sum(found.spikes_quantised)),
        "synapses": image.synapses,
        "image_bytes": len(image.to_bytes()),
        "run": str(run),
    }


def _is_delgrad(options: Train) -> bool:
    method = import_module("train.config.method")
    return bool(method.method_of(options.config) is method.Method.DELGRAD)


def _config(options: Train) -> Any:
    """The configuration with the task's changes. Raises InputError, in one line."""
    changes: dict[str, Any] = {}
    for key, value in options.set.items():
        *path, last = key.split(".")
        place = changes
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise InputError(f"set: {key}: {part} has a value of its own besides")
        place[last] = value
    load = import_module("train.config.file").load_section
    if _is_delgrad(options):
        if options.seed is not None:
            changes.setdefault("training", {})["seed"] = options.seed
        return load(options.config, import_module("train.delgrad.config").DelGradConfig, changes)
    module = import_module("train.config.run")
    config = load(options.config, module.RunConfig, changes)
    return config if options.seed is None else module.with_seed(config, options.seed)
