# SPDX-License-Identifier: Apache-2.0
"""Training on frozen noise. What an epoch draws follows from seed and number: a killed run ends like a whole one."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from support.errors import InputError
from support.files import make_folder
from train.loop.checkpoint import save_checkpoint
from train.mixed_signal.config import FrozenNoise, Loss
from train.mixed_signal.network import Devices, Weights, fabricated, nominal, respond
from train.mixed_signal.patterns import target

CHECKPOINT = "mixed_signal.pt"
SAVE_EVERY = 200
"""Epochs."""
TARGET_SHARE = 0.5
"""Of the spikes of the raster, the target of the loss of rates: about as many as training on the raster reaches."""


class Fit:
    """One network: of a seed, with or without noise in training."""

    def __init__(self, config: FrozenNoise, seed: int, *, noisy: bool, folder: Path | None = None) -> None:
        """``folder``: where its checkpoint is kept; None: nowhere. Raises InputError for a damaged checkpoint."""
        self.config, self.seed, self.noisy, self.folder = config, seed, noisy, folder
        self.rasters = config.rasters(seed)
        patterns, steps, channels = self.rasters.shape
        rng, layer = np.random.default_rng((seed, 1)), config.layer
        self.inward = torch.from_numpy(
            layer.weight_mean + layer.weight_spread * rng.standard_normal((patterns, channels))
        ).requires_grad_()
        self.recurrent = torch.from_numpy(
            layer.recurrent_spread * rng.standard_normal((patterns, patterns))
        ).requires_grad_()
        self.target = torch.from_numpy(target(patterns, steps, config.training.target_every))
        self.adam = torch.optim.AdamW(
            [self.inward, self.recurrent], config.training.learning_rate, weight_decay=config.training.weight_decay
        )
        self.losses: list[float] = []
        self._devices: tuple[int, Devices] | None = None
        self._resume()

    @property
    def mark(self) -> str:
        """Tells runs of other configurations, and of other patterns, apart."""
        parts = [each.model_dump_json() for each in (self.config.layer, self.config.training, self.config.noise)]
        text = "\n".join([*parts, f"{self.seed} {self.noisy} {self.rasters.shape}"])
        return hashlib.sha256(text.encode() + np.packbits(self.rasters).tobytes()).hexdigest()

    @property
    def weights(self) -> Weights:
        """As they are now."""
        return Weights(self.inward.detach().numpy().copy(), self.recurrent.detach().numpy().copy())

    def run(self, progress: Callable[[], Any] = lambda: None, *, stop_after: int | None = None) -> Weights:
        """Train to the end, or for ``stop_after`` epochs; ``progress`` is called after each."""
        rasters = torch.from_numpy(self.rasters.astype(np.float64))
        for done in range(self.config.training.epochs - len(self.losses)):
            if done == stop_after:
                break
            self._epoch(rasters)
            progress()
            if len(self.losses) % SAVE_EVERY == 0:
                self._save()
        self._save()
        return self.weights

    def _epoch(self, rasters: torch.Tensor) -> None:
        options, epoch = self.config.training, len(self.losses)
        share = 0.5 + 0.5 * math.cos(math.pi * epoch / options.epochs)
        for group in self.adam.param_groups:
            group["lr"] = options.learning_rate * (0.1 + 0.9 * share)
        spikes = respond(
            rasters, self.inward, self.recurrent, self._drawn(epoch), self.config.dt, truncate=options.truncate
        )
        loss = self._loss(spikes)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        if not all(bool(each.isfinite().all()) for each in (self.inward, self.recurrent)):
            raise InputError(f"epoch {epoch + 1}: a weight is not finite; lower training.learning_rate")
        self.losses.append(float(loss.detach()))

    def _loss(self, spikes: torch.Tensor) -> torch.Tensor:
        """Of spikes (steps, devices, patterns, neurons)."""
        options = self.config.training
        if options.loss is Loss.RASTER:
            return (spikes - self.target).square().mean()
        count = spikes.sum(0) / (len(spikes) / options.target_every * TARGET_SHARE)
        right = torch.diagonal(count, dim1=1, dim2=2)
        wrong = count.sum(2) - right
        return (right - 1).square().mean() + options.wrong * wrong.square().mean()

    def _drawn(self, epoch: int) -> Devices:
        """The devices of an epoch."""
        noise = self.config.noise
        turn = epoch // noise.every if self.noisy else 0
        if self._devices is None or self._devices[0] != turn:
            if self.noisy:
                # Other devices than those of any evaluation, whose seeds are small numbers.
                family, first = noise.mismatch((1 << 40) + self.seed), turn * noise.devices
                which = range(first, first + noise.devices)
                found = fabricated(
                    self.weights, self.config.parameters, family, which, separate=self.config.noise.separate
                )
            else:
                found = nominal(self.weights, self.config.parameters)
            self._devices = turn, found
        return self._devices[1]

    def _save(self) -> None:
        if self.folder is not None:
            state = {
                "mark": self.mark, "inward": self.inward.detach(), "recurrent": self.recurrent.detach(),
                "adam": self.adam.state_dict(), "losses": self.losses,
            }  # fmt: skip
            save_checkpoint(make_folder(self.folder) / CHECKPOINT, state)

    def _resume(self) -> None:
        path = None if self.folder is None else self.folder / CHECKPOINT
        if path is None or not path.is_file():
            return
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if state["mark"] != self.mark:
                return  # of another configuration: begun anew
            with torch.no_grad():
                self.inward.copy_(state["inward"])
                self.recurrent.copy_(state["recurrent"])
            self.adam.load_state_dict(state["adam"])
            self.losses = list(state["losses"])
        except (OSError, RuntimeError, EOFError, UnpicklingError, KeyError, TypeError, ValueError):
            raise InputError(f"{path}: not a checkpoint, or a damaged one; remove it") from None
