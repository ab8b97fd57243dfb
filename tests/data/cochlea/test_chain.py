# SPDX-License-Identifier: Apache-2.0
"""The whole cochlea: order, seeds, padding, and how many spikes the reference has."""

import numpy as np
import pytest
import soundfile

from data.cochlea.audio import HALF, conditioned
from data.cochlea.bushy import cell_spikes
from data.cochlea.chain import encode
from data.cochlea.hair import spike_probability
from data.cochlea.membrane import Membrane
from data.cochlea.nerve import fibre_spikes
from support.paths import ROOT
from tests.data.cochlea.test_membrane import chirp

SHARED = ROOT.parent / "shared" / "data" / "cochlea"


def test_form_and_seed() -> None:
    sound = chirp(4800)
    times, channels = encode(sound, np.random.default_rng(1))
    assert len(times) == len(channels) > 100
    steps = times * 24_000
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    keys = list(zip(np.rint(steps).tolist(), channels.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert times.min() >= 0
    assert times.max() <= 2400 / 24_000
    assert channels.min() >= 0
    assert channels.max() < 700
    again = encode(sound, np.random.default_rng(1))
    np.testing.assert_array_equal(again[0], times)
    np.testing.assert_array_equal(again[1], channels)
    assert len(encode(sound, np.random.default_rng(2))[0]) != len(times)


def test_a_tone_excites_its_place() -> None:
    def loudest(hertz: float) -> float:
        sound = np.sin(2 * np.pi * hertz * np.arange(4800) / 48_000)
        return float(np.median(encode(sound, np.random.default_rng(1))[1]))

    high, low = loudest(6000), loudest(500)
    assert 100 < high < 300
    assert 400 < low < 650


def test_padding_changes_little() -> None:
    sound = chirp(4800)
    seeds = range(3)
    exact, padded = (
        np.mean(
            [np.bincount(encode(sound, np.random.default_rng(s), pad=pad)[1] // 100, minlength=7) for s in seeds], 0
        )
        for pad in (False, True)
    )
    assert padded.sum() == pytest.approx(exact.sum(), rel=0.05)
    assert np.abs(padded - exact).max() < 0.05 * exact.sum()
    assert encode(sound, np.random.default_rng(1), pad=True)[0].max() <= 2400 / 24_000


def test_ramp() -> None:
    """Half of the sound as ramp takes the spikes at both ends away; 30 ms are what is taken unless said."""
    sound, times = np.random.default_rng(1).standard_normal(24_000), {}
    for name, ramp in (("default", {}), ("30 ms", {"ramp": 0.03}), ("half", {"ramp": HALF})):
        times[name] = encode(sound, np.random.default_rng(1), pad=True, **ramp)[0]
    np.testing.assert_array_equal(times["default"], times["30 ms"])
    first = {name: np.searchsorted(each, 0.06) / len(each) for name, each in times.items()}
    assert first["half"] < 0.5 * first["default"]


@pytest.mark.shared
def test_reference_spikes() -> None:
    name = "lang-english_speaker-00_trial-0_digit-1"
    audio, _ = soundfile.read(SHARED / "audio" / f"{name}.flac")
    reference = np.load(SHARED / f"spikes700_{name}.npz")["arr_0"][1].astype(int)
    membrane = Membrane(len(audio))
    probability = spike_probability(np.concatenate(list(membrane.velocities(conditioned(audio, ramp=HALF)))))
    draws = [np.nonzero(cell_spikes(fibre_spikes(probability, np.random.default_rng(s))))[0] for s in range(8)]
    fast = [encode(audio, np.random.default_rng(s), pad=True, ramp=HALF)[1] for s in range(16)]
    # 65 spikes standard deviation a draw.
    for some in (draws, fast):
        assert np.mean([len(channels) for channels in some]) == pytest.approx(5945, rel=0.015)
    draws += fast
    for channels in draws:
        assert len(channels) == pytest.approx(5945, rel=0.05)
        assert len(np.unique(channels)) == pytest.approx(543, rel=0.05)
    groups = np.mean([np.bincount(channels // 100, minlength=7) for channels in draws], axis=0)
    expected = np.bincount(reference // 100, minlength=7)
    assert (np.abs(groups - expected) < 4 * np.sqrt(expected)).all()
