# SPDX-License-Identifier: Apache-2.0
"""The frozen-noise task from start to finish: train, quantise, evaluate; what is done is kept and not done again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from model.dynap.configuration_file import save_configuration
from model.dynap.mapper import deploy
from model.dynap.network_file import save_analog
from model.dynap.rounding import rounded
from model.imperfect.autoencoder import auto_encoder
from model.imperfect.codes import Code, coded, k_means, subset_sum, uniform
from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from support.files import kept_json, make_folder
from train.mixed_signal.ablation import ablation
from train.mixed_signal.config import FrozenNoise
from train.mixed_signal.deployed import DEVIATING, WEIGHT, Simulated, for_chip
from train.mixed_signal.evaluate import Judge, rate_ratio, separates
from train.mixed_signal.fit import Fit
from train.mixed_signal.network import WEIGHT_IN, WEIGHT_REC, Weights
from train.ops.process import torch_threads

KINDS = {"plain": False, "noise": True}
"""Names of the networks of a seed, and whether they train with noise."""
NETWORK, CONFIGURATION = "network.json", "configuration.json"
"""Of a network for DYNAP-SE2, in its folder."""
REPEATS = 5
"""Of what is timed and takes milliseconds."""


def frozen_noise(config: FrozenNoise, folder: Path, progress: Callable[[str, int, int], Any] = lambda *_: None
                 ) -> dict[str, Any]:  # fmt: skip
    """All networks of a configuration and what they come to: the content of frozen_noise.json.

    ``folder`` gets a checkpoint of each network and the time that quantisation took; a run that was stopped goes on
    there. ``progress``: called with what is done, of which network how many epochs, of how many.
    """
    networks = []
    with torch_threads(1):
        for seed in config.seeds:
            for kind, noisy in KINDS.items():
                name = f"{kind}-s{seed}"
                networks.append(
                    {"training": kind, "seed": seed, **_network(config, folder / name, seed, noisy, progress)}
                )
    return {"config": config.model_dump(mode="json"), "networks": networks, "summary": summary(networks)}


def _network(config: FrozenNoise, folder: Path, seed: int, noisy: bool, progress: Callable[[str, int, int], Any]
             ) -> dict[str, Any]:  # fmt: skip
    fit, total = Fit(config, seed, noisy=noisy, folder=folder), config.training.epochs
    weights = fit.run(lambda: progress(folder.name, len(fit.losses), total))
    judge = Judge(config, seed)
    code, comparison = compared(weights.flat, config, seed, folder)
    quantised = weights.like(code.weights)
    designed, kept = judge.as_designed(weights), judge.as_designed(quantised)
    devices, kept_devices = judge.over_devices(weights), judge.over_devices(quantised)
    return {
        "loss": [fit.losses[0], fit.losses[-1]] if fit.losses else [],
        "float": designed,
        "quantised": kept | {"base": code.base.tolist(), "of_float": kept["ratio"] / max(designed["ratio"], 1e-9)},
        "devices": devices | {"of_float": devices["median"] / max(designed["ratio"], 1e-9)},
        "devices_quantised": kept_devices | {"of_float": kept_devices["median"] / max(designed["ratio"], 1e-9)},
        "other_input": judge.on_other_input(quantised),
        "chip": _on_chip(config, folder, seed, weights, designed["ratio"]),
        "quantisation": comparison,
        "weights": {"inward": weights.inward.tolist(), "recurrent": weights.recurrent.tolist()},
    }


def _on_chip(config: FrozenNoise, folder: Path, seed: int, weights: Weights, ratio: float) -> dict[str, Any]:
    """Ratios of the configuration of DYNAP-SE2 alone, which is kept beside its network; or why there is none."""
    try:
        network = for_chip(weights, config.parameters, folder.name)
        save_analog(make_folder(folder) / NETWORK, network)
        found = rounded(network, seed=seed)
        configuration = deploy(found.network)
    except InputError as error:
        return {"refused": str(error)}
    save_configuration(folder / CONFIGURATION, configuration)
    rasters, which = config.rasters(seed), range(config.evaluation.devices)
    mine = float(rate_ratio(Simulated(configuration).counts(rasters, config.dt))[0])
    names = config.device.names
    if names is not None:
        names = tuple({WEIGHT if name in {WEIGHT_IN, WEIGHT_REC} else name for name in names} & set(DEVIATING))
    family = Mismatch(sigma=config.device.sigma, names=names, seed=seed)
    seen = Simulated(configuration, family, which).counts(rasters, config.dt)
    devices = rate_ratio(seen)
    median = float(np.median(devices))
    return {
        "ratio": mine, "of_float": mine / max(ratio, 1e-9), "weights_lost": found.gone,
        "devices": {
            "median": median, "of_float": median / max(ratio, 1e-9), "separates": float(separates(seen).mean()),
            "ratios": devices.tolist(),
        },
        "ablation": ablation(configuration, rasters, family, which, dt=config.dt),
    }  # fmt: skip


def compared(weights: Any, config: FrozenNoise, seed: int, folder: Path) -> tuple[Code, dict[str, Any]]:
    """The weights in codes, and errors and times of other ways to find them, kept in ``folder``."""
    options = config.quantisation
    times, code = [], coded(weights, np.zeros(4))
    for _ in range(REPEATS):
        begin = time.perf_counter()
        code = subset_sum(weights, starts=options.starts, seed=seed)
        times.append(time.perf_counter() - begin)
    mark = [np.asarray(weights).tolist(), options.model_dump(), seed]
    return code, kept_json(
        folder / "quantisation.json", mark, lambda: _others(weights, code.error(weights), min(times), config, seed)
    )


def _others(weights: Any, error_of_code: float, seconds_of_code: float, config: FrozenNoise, seed: int
            ) -> dict[str, Any]:  # fmt: skip
    """Errors and times of the code that was found, and of other ways to find one."""
    begin = time.perf_counter()
    encoded = auto_encoder(weights, seed=seed, steps=config.quantisation.encoder_steps)
    seconds = time.perf_counter() - begin
    # The same base currents, each weight at its nearest level: what the encoder's masks alone cost.
    nearest = coded(weights, encoded.code.base)

    def error(found: Any) -> float:
        return float(np.square(found - weights).mean())

    return {
        "weights": int(np.size(weights)),
        "subset_sum": {"error": error_of_code, "seconds": seconds_of_code},
        "auto_encoder": {
            "error": encoded.code.error(weights), "error_nearest": nearest.error(weights), "seconds": seconds,
            "steps": encoded.steps, "ended": encoded.ended,
        },
        "uniform": {"error": error(uniform(weights))},
        "k_means": {"error": error(k_means(weights))},
    }  # fmt: skip


def summary(networks: list[dict[str, Any]]) -> dict[str, Any]:
    """The least that the networks of each training reach, and medians over seeds."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        mine = [each for each in networks if each["training"] == kind]
        found[kind] = {
            "ratio": float(np.median([each["float"]["ratio"] for each in mine])),
            **{
                name: {"median": float(np.median(values)), "least": float(min(values))}
                for name in ("quantised", "devices", "devices_quantised")
                if (values := [each[name]["of_float"] for each in mine])
            },
            "separates": float(np.mean([each["devices_quantised"]["separates"] for each in mine])),
        }
    both = [each["quantisation"] for each in networks]
    found["chip"] = {kind: of_chip([each for each in networks if each["training"] == kind]) for kind in KINDS}
    found["quantisation"] = {
        "error_of_auto_encoder": max(q["subset_sum"]["error"] / q["auto_encoder"]["error"] for q in both),
        "time_of_auto_encoder": max(q["subset_sum"]["seconds"] / q["auto_encoder"]["seconds"] for q in both),
    }
    return found


def of_chip(networks: list[dict[str, Any]]) -> dict[str, Any]:
    """Median and least over the networks that the chip takes, relative to the ratio of the float network.

    ``as_designed``, ``devices``: of their configurations; ``ablation``: median of the devices, by what deviates. Empty
    if the chip takes none.
    """
    taken = [(each["float"]["ratio"], each["chip"]) for each in networks if "refused" not in each["chip"]]
    if not taken:
        return {}

    def over(values: list[float]) -> dict[str, float]:
        return {"median": float(np.median(values)), "least": float(min(values))}

    groups = taken[0][1]["ablation"]
    return {
        "as_designed": over([chip["of_float"] for _, chip in taken]),
        "devices": over([chip["devices"]["of_float"] for _, chip in taken]),
        "ablation": {
            group: {which: over([chip["ablation"][group][which] / max(ratio, 1e-9) for ratio, chip in taken])
                    for which in ("alone", "without")}
            for group in groups
        },
    }  # fmt: skip


def of_weights(network: dict[str, Any]) -> Weights:
    """The weights of a network of the report."""
    return Weights(*(np.array(network["weights"][name]) for name in ("inward", "recurrent")))
