# SPDX-License-Identifier: Apache-2.0
"""Synthetic speech: reproducible, split by voice, resumable; the committed set can be made again."""

import io
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from rich.console import Console

from data.cochlea.audio import HALF, RAMP_S
from data.shd import reader as shd
from data.speech import synth
from data.speech.synth import Request, plan, synthesise
from data.speech.voices import SPEAKERS, TEST_VOICES, TRAIN_VOICES
from flow.cli import run as command
from support.errors import InputError, InputWarning
from support.paths import ROOT

COMMITTED = ROOT / "data" / "synthetic_test.h5"


def run(folder: Path, **arguments: Any) -> list[Path]:
    return synthesise(folder, console=Console(file=io.StringIO()), **arguments)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Makes utterances cheap, and lists those that were made."""
    requests: list[Request] = []

    def utter(request: Request, seed: int, ramp: float) -> shd.Sample:
        requests.append(request)
        rng = np.random.default_rng((seed, int(min(ramp, 9) * 1000), request.speaker, request.label, request.take))
        return np.sort(rng.random(5)), rng.integers(0, 700, 5)

    monkeypatch.setattr(synth, "utter", utter)
    return requests


def test_plan_is_balanced() -> None:
    for split, count, voices in (("test", 200, TEST_VOICES), ("train", 3000, TRAIN_VOICES)):
        requests = plan(split, count)
        assert Counter(r.label for r in requests) == dict.fromkeys(range(20), count // 20)
        assert Counter(r.speaker for r in requests) == {SPEAKERS.index(v): count // len(voices) for v in voices}
        assert len(set(requests)) == count
        assert {r.label for r in requests[:20]} == set(range(20))
        # No voice says one language only.
        for voice in voices:
            assert {r.label // 10 for r in requests if r.speaker == SPEAKERS.index(voice)} == {0, 1}
    assert {r.take for r in plan("train", 3000)} == {0, 1, 2}
    assert plan("train", 3000)[:50] == plan("train", 50)


def test_real_utterances_do_not_depend_on_order(tmp_path: Path) -> None:
    run(tmp_path, train=0, test=3)
    (request,) = plan("test", 3)[2:]
    times, units = synth.utter(request, 1)
    with shd.Recordings.open(tmp_path / "synthetic_test.h5") as file:
        seen = file.sample(2)
        np.testing.assert_array_equal(seen[0], times.astype(np.float16))
        np.testing.assert_array_equal(seen[1], units)
        assert file.labels.tolist() == [0, 1, 2]
    assert len(times) > 1000
    assert not (tmp_path / "synthetic_train.h5").exists()


def test_committed_set_can_be_made_again() -> None:
    requests = plan("test", 200)
    with shd.Recordings.open(COMMITTED) as file:
        assert file.labels.tolist() == [r.label for r in requests]
        assert file.speakers.tolist() == [r.speaker for r in requests]
        for index in (63, 130):
            times, units = synth.utter(requests[index], 1)
            seen, expected = (
                Counter(zip(t.astype(np.float16).tolist(), u.tolist(), strict=True))
                for t, u in ((times, units), file.sample(index))
            )
            # Another processor may round differently in the Fourier transform and so tip a single draw.
            assert (seen & expected).total() > 0.99 * max(seen.total(), expected.total())


def test_committed_set_is_what_it_says() -> None:
    with shd.Recordings.open(COMMITTED) as file:
        assert len(file) == 200
        assert np.bincount(file.labels).tolist() == [10] * 20
        assert set(file.speakers.tolist()) == {SPEAKERS.index(voice) for voice in TEST_VOICES}
        for times, units in file:
            assert 500 < len(times) < 15_000
            assert 0.2 < times.max() < 1.5
            assert (np.diff(times) >= 0).all()
            assert len(np.unique(units)) > 200
    assert COMMITTED.stat().st_size < 7_000_000


def test_classes_can_be_told_apart_across_voices() -> None:
    """One nearest neighbour among the other voices: far above the 5 % of chance."""
    with shd.Recordings.open(COMMITTED) as file:
        maps = [np.histogram2d(u, t / t.max(), bins=(35, 12), range=((0, 700), (0, 1)))[0].ravel() for t, u in file]
        features = np.sqrt(np.stack(maps))
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        likeness = features @ features.T
        likeness[file.speakers[:, None] == file.speakers[None, :]] = -1
        assert (file.labels[likeness.argmax(axis=1)] == file.labels).mean() > 0.5


def test_processes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth, "_CHUNK", 1)
    one = run(tmp_path / "one", train=1, test=2)
    two = run(tmp_path / "two", train=1, test=2, jobs=2)
    assert [path.name for path in one] == ["synthetic_train.h5", "synthetic_test.h5"]
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_seed_matters(tmp_path: Path, made: list[Request]) -> None:
    (first,) = run(tmp_path, train=0, test=5)
    before = first.read_bytes()
    run(tmp_path, train=0, test=5, seed=2)
    assert first.read_bytes() != before
    assert len(made) == 10
    run(tmp_path, train=0, test=5)
    assert first.read_bytes() == before
    assert len(made) == 10


def test_parts_of_another_ramp_or_recipe_are_not_used(
    tmp_path: Path, made: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for ramp in ({}, {"ramp": RAMP_S}, {"ramp": HALF}, {"ramp": 0}):
        (path,) = run(tmp_path, train=0, test=5, **ramp)
        seen.append(path.read_bytes())
    assert len(made) == 15
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3
    assert synth._RECIPE > 1
    monkeypatch.setattr(synth, "_RECIPE", 1)
    run(tmp_path, train=0, test=5)
    assert len(made) == 20


def test_wrong_ramp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"ramp must be 0 to 5 seconds, or half, not 30$"):
        run(tmp_path / "a", ramp=30)
    assert command(["data", "synth", str(tmp_path / "a"), "--ramp", "long"]) == 2
    assert capsys.readouterr().err == "error: ramp must be 0 to 5 seconds, or half, not 'long'\n"
    assert not (tmp_path / "a").exists()


def test_ramp_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def synthesised(folder: Path, **settings: Any) -> list[Path]:
        asked.append(settings)
        return []

    monkeypatch.setattr("flow.commands.data.synthesise", synthesised)
    monkeypatch.setattr("flow.commands.data.cores", lambda: 11)
    for more in ([], ["--ramp", "0.01", "--jobs", "3"], ["--ramp", "half"]):
        assert command(["data", "synth", str(tmp_path), *more]) == 0
    assert [(each["ramp"], each["jobs"]) for each in asked] == [(RAMP_S, 11), (0.01, 3), (HALF, 11)]


def test_larger_set_contains_the_smaller(tmp_path: Path, made: list[Request]) -> None:
    (path,) = run(tmp_path, train=30, test=0)
    small = [units.tolist() for _, units in shd.Recordings.open(path)]
    run(tmp_path, train=70, test=0)
    large = [units.tolist() for _, units in shd.Recordings.open(path)]
    assert large[:30] == small
    assert len(large) == 70
    # Whole parts are used again.
    assert len(made) == 30 + 50


def test_goes_on_after_an_interruption(tmp_path: Path, made: list[Request], monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = synth.utter

    def interrupted(request: Request, seed: int, ramp: float) -> shd.Sample:
        if len(made) == 47:
            raise KeyboardInterrupt
        return cheap(request, seed, ramp)

    monkeypatch.setattr(synth, "utter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", train=60, test=0)
    assert not (tmp_path / "a" / "synthetic_train.h5").exists()
    assert not list(tmp_path.rglob("*.part"))
    monkeypatch.setattr(synth, "utter", cheap)
    (resumed,) = run(tmp_path / "a", train=60, test=0)
    assert made[47:] == plan("train", 60)[40:]
    (whole,) = run(tmp_path / "b", train=60, test=0)
    assert resumed.read_bytes() == whole.read_bytes()


def test_a_damaged_part_is_made_again(tmp_path: Path, made: list[Request]) -> None:
    (path,) = run(tmp_path, train=60, test=0)
    before = path.read_bytes()
    first, second, third = sorted((tmp_path / "parts").rglob("*.h5"))
    first.write_bytes(first.read_bytes()[:-100])
    second.write_bytes(third.read_bytes())
    with h5py.File(second, "a") as file:
        file["spikes/units"][7] = [700]
    del made[:]
    with pytest.warns(InputWarning) as said:
        run(tmp_path, train=60, test=0)
    assert [str(each.message) for each in said] == [f"{part}: damaged, it is made again" for part in (first, second)]
    assert made == plan("train", 40)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("name", "value", "low"), [("train", -1, 0), ("test", -5, 0), ("seed", -1, 0), ("jobs", 0, 1)])
def test_numbers_out_of_range(tmp_path: Path, name: str, value: int, low: int) -> None:
    with pytest.raises(InputError, match=f"data synth: {name} must be at least {low}, not {value}"):
        run(tmp_path, **{name: value})


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth, "find_spec", lambda name: None if name in ("numba", "scipy") else object())
    with pytest.raises(InputError, match="data synth: needs the packages numba, scipy: pip install"):
        run(tmp_path, train=1, test=1)


def test_data_is_imported_without_the_extra() -> None:
    code = (
        "import sys; missing = 'numba scipy espeakng_loader soundfile pooch requests';"
        "sys.modules.update(dict.fromkeys(missing.split()));"
        "import data.shd.reader, data.shd.info, data.shd.fetch, data.speech.synth, data.speech.espeak;"
        "import data.speech.voices, data.cochlea, data.encode"
    )
    root = ROOT
    child = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
