# SPDX-License-Identifier: Apache-2.0
"""The sweep: what is drawn, how sure it is, and that nothing is measured twice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from flow.faults import sweep as module
from flow.faults.curves import STUCK, Curve, bit_curves, curves
from flow.faults.report import tolerated
from flow.faults.sweep import Point, clean, interval, open_job, sweep
from flow.faults.verify import verify
from model.cost.memories import MemoryName
from model.delay.registry import DEFAULT
from model.faults.faults import EventKind
from model.faults.memories import fields
from support.errors import InputError
from tests.flow.examples import small_image, write_recordings


@pytest.fixture
def job(tmp_path: Path) -> module.Job:
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "x.h5")
    return open_job(tmp_path / "small.chx", tmp_path / "x.h5", None)


def test_interval() -> None:
    """Certain if all agree; wider with few draws that differ than with many samples that differ."""
    assert interval(np.ones((3, 20), np.bool_)) == (1.0, 1.0)
    rng = np.random.default_rng(1)
    low, high = interval(rng.random((3, 400)) < 0.8)
    assert 0.72 < low < 0.8 < high < 0.88
    seeds = np.zeros((2, 400), np.bool_)
    seeds[0] = True
    assert interval(seeds) == (0.0, 1.0)


def test_every_memory_and_event_has_a_curve(job: module.Job) -> None:
    found = list(curves(job.image))
    assert len({curve.name for curve in found}) == len(found)
    held = {*(name for name in MemoryName if name in
              {"skip masks", "row table", "synapse words", "parameters", "neuron states", "accumulators", "event queue",
               "spike history"}), STUCK, *EventKind}  # fmt: skip
    assert {curve.what for curve in found} == set(map(str, held))


def test_single_bits(job: module.Job) -> None:
    """A curve of one bit flips that bit alone, in every lane of a word."""
    found = [curve for curve in bit_curves(job.image) if (curve.what, curve.field) == (MemoryName.WORDS, "weight")]
    config = job.image.config(DEFAULT)
    assert [curve.bit for curve in found] == list(range(config.weight_bits))
    flips = found[1].draw(0.5, (0,), job.events).flips
    assert {flip.bit for flip in flips} == {lane * config.entry_bits + 1 for lane in range(config.lanes)}
    assert dict(fields(config, MemoryName.WORDS))["weight"] == config.weight_bits


def test_a_sweep_goes_on_where_it_was(job: module.Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells are kept: the second time no core runs, and the same comes out. Another seed is another draw."""
    chosen = [replace(curve, rates=curve.rates[-1:]) for curve in curves(job.image)]
    work = tmp_path / "work"
    count = []
    first = sweep(job, chosen, seeds=2, seed=0, work=work, progress=lambda: count.append(1))
    assert len(count) == 2 * len(chosen) == len(list(work.glob("*.npz")))
    assert all(point.low <= point.accuracy <= point.high for point in first)
    assert any(point.faults > 0 for point in first)

    def broken(*_: object) -> None:
        raise AssertionError("measured again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "FaultyCore", broken)
        assert sweep(job, chosen, seeds=2, seed=0, work=work) == first
    assert [point.faults for point in sweep(job, chosen, seeds=2, seed=1, work=work)] != [p.faults for p in first]


def test_rate_0_is_the_network_itself(job: module.Job, tmp_path: Path) -> None:
    curve = Curve(what=MemoryName.WORDS, config=job.image.config(), rates=(1e-12,))
    (point,) = sweep(job, [curve], seeds=1, seed=0, work=tmp_path / "work")
    assert (point.accuracy, point.faults) == (float(clean(job).mean()), 0)


def test_tolerated() -> None:
    curve = Curve(what=STUCK, config=small_image().config(), rates=(1e-3, 1e-2, 1e-1))
    points = [Point(curve=curve, rate=rate, accuracy=accuracy, low=0, high=1, faults=1)
              for rate, accuracy in ((1e-3, 0.9), (1e-2, 0.86), (1e-1, 0.9))]  # fmt: skip
    assert tolerated(points, 0.9, 0.05) == 1e-1
    assert tolerated(points, 0.9, 0.01) == 1e-3
    assert tolerated(points, 0.99, 0.01) is None


def test_a_sample_in_rtl(job: module.Job) -> None:
    (seen,) = verify(job, [DEFAULT], 2, 0)
    assert (seen.samples, seen.mismatches, seen.first) == (2, 0, None)
    assert seen.faults > 0


def test_more_samples_than_there_are(tmp_path: Path, job: module.Job) -> None:
    with pytest.raises(InputError, match=r"x\.h5: has \d+ recordings, not 1000"):
        open_job(job.path, tmp_path / "x.h5", 1000)


def test_samples_without_labels(tmp_path: Path, job: module.Job) -> None:
    """They are not all wrong."""
    np.savez(tmp_path / "u.npz", raster=job.samples.rasters[:2])
    with pytest.raises(InputError, match=r"u\.npz: its samples have no labels: there is no accuracy that faults could"):
        open_job(job.path, tmp_path / "u.npz", 2)


def test_command(
    job: module.Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = "faults small.chx --data x.h5 --samples 4 --quick --json r.json --plot p.png"
    assert run(arguments.split()) == 0
    assert "0 mismatches" in capsys.readouterr().out
    report = json.loads(Path("r.json").read_text())
    (network,) = report["networks"]
    assert (network["name"], report["samples"], len(network["rtl"])) == ("small", 4, 1)
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    before = Path("r.json").read_text()
    assert run(arguments.split()) == 0
    assert Path("r.json").read_text() == before
    assert run(["faults", "small.chx", "--data", "x.h5", "--plot", "p.pdf"]) == 2
    assert "expected a picture that ends in .png" in capsys.readouterr().err
