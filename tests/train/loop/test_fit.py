# SPDX-License-Identifier: Apache-2.0
"""train.loop.fit: determinism, resuming, what is learned."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.errors import InputError
from tests.train.helpers import CLASSES, run_config, write_recordings
from train.config.run import RunConfig
from train.data.dataset import load_events, load_spikes, split_by_speaker
from train.loop.checkpoint import CHECKPOINT
from train.loop.evaluate import Labelled, evaluate
from train.loop.fit import Fit
from train.loop.metrics import METRICS


def make(folder: Path, config: RunConfig, run: str, *, calibrated: bool = False) -> Fit:
    """A run; ``calibrated``: with the training samples for rates and scales, as a run of the command line has some."""
    if not config.data.train.exists():
        write_recordings(config.data.train)
    spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
    train, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    events, _ = load_events(config.data.train, config.data.cache, config.encoding.build())
    (folder / run).mkdir(exist_ok=True)
    samples = Labelled(events[train], spikes.labels[train]) if calibrated else None
    held = Labelled(events[held_out], spikes.labels[held_out])
    return Fit(config, spikes, train, held, folder / run, calibration=samples)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """An uninterrupted run: its network, its metrics, its folder, what each limit cost."""
    folder = tmp_path_factory.mktemp("whole")
    run = make(folder, run_config(folder, **LEARNED), "whole")
    return run.run().state_dict(), comparable(folder / "whole"), folder, run.stages


def comparable(path: Path) -> list[dict[str, Any]]:
    """The lines of metrics without the time they took."""
    lines = [json.loads(line) for line in (path / METRICS).read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def test_two_runs_are_equal_and_another_seed_is_not(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    other = run_config(tmp_path, training={"seed": 1})
    states = [make(tmp_path, c, run).run().state_dict() for run, c in (("a", config), ("b", config), ("c", other))]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    assert not torch.equal(states[0]["stack.0.synapses.weight"], states[2]["stack.0.synapses.weight"])
    assert comparable(tmp_path / "a") == comparable(tmp_path / "b")


LEARNED: dict[str, dict[str, Any]] = {
    "network": {
        "between": {"kind": "synapse", "first": 1, "last": 5},
        "recurrent": {"kind": "axon", "first": 1, "last": 4, "count": 2},
    },
    "training": {"dense_epochs": 2, "sparse_epochs": 3},
    "budget": {"keep": 2, "synapses": 150, "ramp": 1.0, "style": "lanes"},
    "quantisation": {"weight_bits": 4, "epochs": 2},
    "noise": {"weight_mismatch": 0.1, "threshold_mismatch": 0.1, "delay_jitter": 0.1, "dropped": 0.1, "spurious": 0.01},
}
"""Learned delays, a budget, noise, and training in integers."""


@pytest.mark.parametrize("stop_after", range(1, 8))
def test_a_resumed_run_ends_like_an_uninterrupted_one(tmp_path: Path, stop_after: int, whole: tuple[Any, ...]) -> None:
    """Stopped within each phase, at the end of each, and in the middle of the ramp of the budget."""
    config = run_config(whole[2], **LEARNED)
    make(tmp_path, config, "parts").run(stop_after=stop_after)
    second = make(tmp_path, config, "parts")
    assert second.resume()
    got = second.run().state_dict()
    assert got.keys() == whole[0].keys()
    assert all(torch.equal(value, got[name]) for name, value in whole[0].items())
    assert comparable(tmp_path / "parts") == whole[1]
    assert second.stages == whole[3]


def test_a_killed_save_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    make(tmp_path, config, "a").run(stop_after=2)
    path = tmp_path / "a" / CHECKPOINT
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"no checkpoint"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"checkpoint\.pt: not a checkpoint, or a damaged one"):
            make(tmp_path, config, "a").resume()


def test_a_run_starts_from_the_network_of_another(tmp_path: Path) -> None:
    first = make(tmp_path, run_config(tmp_path), "first")
    first.run()
    start = {"start": str(tmp_path / "first"), "sparse_epochs": 0}
    config = run_config(tmp_path, training=start, quantisation={"weight_bits": 4})
    second = make(tmp_path, config, "second")
    second.run()
    assert second.metrics == []
    float_states = [torch.load(tmp_path / run / "float.pt")["average"] for run in ("first", "second")]
    assert all(torch.equal(value, float_states[1][name]) for name, value in float_states[0].items())
    assert int(second.learner.average.groups[0].effective().abs().max()) <= 7


def test_a_start_that_is_no_run_or_another_network(tmp_path: Path) -> None:
    config = run_config(tmp_path, training={"start": str(tmp_path / "none")})
    with pytest.raises(InputError, match=re.escape("training.start: no float.pt in ")):
        make(tmp_path, config, "a").run()
    make(tmp_path, run_config(tmp_path), "first").run()
    other = run_config(tmp_path, training={"start": str(tmp_path / "first")}, network={"hidden": [5, 6]})
    with pytest.raises(InputError, match=r"first has another \[network\] or \[encoding\]; expected those of small"):
        make(tmp_path, other, "b").run()


def test_a_start_that_heard_the_speakers_that_are_held_out(tmp_path: Path) -> None:
    make(tmp_path, run_config(tmp_path), "first").run()
    start = {"start": str(tmp_path / "first")}
    other = run_config(tmp_path, training=start, data={"validation_speakers": [0, 3]})
    with pytest.raises(InputError, match="first learned from speakers 0, which are held out here"):
        make(tmp_path, other, "b").run()


def test_stages_tell_what_each_limit_cost(tmp_path: Path) -> None:
    run = make(tmp_path, run_config(tmp_path, quantisation={"weight_bits": 4, "epochs": 1}), "a")
    run.run()
    assert [stage.name for stage in run.stages] == [
        "trained", "delays settled", "2 synapses a pair", "trained on inside the budget", "4-bit weights",
        "18-bit accumulator, 20-bit state", "4-bit integers", "trained on in integers",
    ]  # fmt: skip
    assert all(0 <= (stage.after or 0) <= 1 and stage.measured == "validation_accuracy" for stage in run.stages)
    assert run.validation is not None
    seen = evaluate(run.learner.average, run.validation.events)
    assert run.stages[-1].after == (seen.predictions == run.validation.labels).mean()


def test_a_finished_run_resumes_to_itself(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    want = make(tmp_path, config, "a").run().state_dict()
    again = make(tmp_path, config, "a")
    assert again.resume()
    reports: list[Any] = []
    assert all(torch.equal(value, want[name]) for name, value in again.run(reports.append).state_dict().items())
    assert reports == []


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path: Path) -> None:
    make(tmp_path, run_config(tmp_path), "a").run(stop_after=1)
    other = make(tmp_path, run_config(tmp_path, training={"seed": 9}), "a")
    with pytest.raises(InputError, match=re.escape(f"{CHECKPOINT}: was made with another configuration")):
        other.resume()


def test_a_run_leaves_torch_as_it_was(tmp_path: Path) -> None:
    before, state = torch.get_num_threads(), torch.random.get_rng_state()
    make(tmp_path, run_config(tmp_path, training={"threads": before + 1}), "a").run(stop_after=1)
    assert torch.get_num_threads() == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_nothing_to_resume(tmp_path: Path) -> None:
    assert not make(tmp_path, run_config(tmp_path), "a").resume()


def test_it_learns_and_prunes(tmp_path: Path) -> None:
    config = run_config(tmp_path, training={
        "dense_epochs": 25, "sparse_epochs": 10, "average": 0.0, "learning_rate": 0.02, "sparse_learning_rate": 0.01,
        "dropout": 0.0,
    })  # fmt: skip
    run = make(tmp_path, config, "a")
    network = run.run()
    assert run.validation is not None
    seen = evaluate(network, run.validation.events)
    assert (seen.predictions == run.validation.labels).mean() > 2 / CLASSES
    assert comparable(tmp_path / "a")[-1]["validation_accuracy"] > 2 / CLASSES
    for group in network.groups[1:]:
        # Pruned to 2 a pair; rounding to integers may have made a few of them 0.
        left = (group.matrix() != 0).sum(0)
        assert (left <= 2).all()
        assert left.float().mean() > 1.9


def test_the_penalty_bounds_spikes(tmp_path: Path) -> None:
    rates = []
    for penalty in (0.0, 5.0):
        config = run_config(tmp_path, training={
            "spike_limit": 3, "spike_penalty": penalty, "dense_epochs": 20, "learning_rate": 0.02, "average": 0.0,
        })  # fmt: skip
        run = make(tmp_path, config, f"penalty-{penalty}")
        network = run.run()
        assert run.validation is not None
        rates.append(max(evaluate(network, run.validation.events).spikes))
    assert rates[0] > 8
    assert rates[1] < 6


def test_evaluation_does_not_depend_on_the_batch(tmp_path: Path) -> None:
    run = make(tmp_path, run_config(tmp_path), "a")
    network = run.run()
    events, _ = load_events(run.config.data.train, run.config.data.cache, run.config.encoding.build())
    one, many = (evaluate(network, events, batch=size) for size in (1, 64))
    assert np.array_equal(one.predictions, many.predictions)
    assert one.spikes == pytest.approx(many.spikes)


def test_an_infinite_loss_stops_the_run(tmp_path: Path) -> None:
    run = make(tmp_path, run_config(tmp_path), "a")
    with torch.no_grad():
        run.learner.network.layers[-1].neurons.bias.fill_(torch.nan)
    with pytest.raises(InputError, match="dense epoch 1: the loss is not finite; lower the learning rate"):
        run.run()


@pytest.mark.parametrize("batch", [12, 48])
def test_a_run_that_diverges_keeps_the_epochs_before(tmp_path: Path, batch: int) -> None:
    """In the middle of an epoch, and in its last step, of which no loss tells."""
    make(tmp_path, run_config(tmp_path), "a").run(stop_after=1)
    before = (tmp_path / "a" / CHECKPOINT).read_bytes()
    wild = make(tmp_path, run_config(tmp_path, training={"batch": batch, "learning_rate": 1e30}), "a")
    with pytest.raises(InputError, match=r"^dense epoch 1: .*; lower the learning rate$") as error:
        wild.run()
    assert "\n" not in str(error.value)
    assert (tmp_path / "a" / CHECKPOINT).read_bytes() == before
