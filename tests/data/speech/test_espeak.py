# SPDX-License-Identifier: Apache-2.0
"""Speech from espeak-ng: reproducible, and different where the request is."""

from dataclasses import replace

import numpy as np
import pytest

from data.speech.espeak import RATE, Utterance, speak

SEVEN = Utterance(text="seven", voice="en+m3", seed=5)


def test_the_same_on_every_call() -> None:
    first = speak(SEVEN)
    speak(Utterance(text="drei", voice="de+f1"))
    np.testing.assert_array_equal(speak(SEVEN), first)
    assert 0.2 * RATE < len(first) < RATE
    assert np.abs(first.astype(int)).max() > 3000


def test_every_field_matters() -> None:
    # A breathy voice: the seed is heard in it.
    base = replace(SEVEN, voice="en+sandro")
    seen = {speak(base).tobytes()}
    for change in (
        {"text": "eight"},
        {"voice": "en-us+sandro"},
        {"voice": "en+f4"},
        {"speed": 120},
        {"pitch": 80},
        {"intonation": 10},
        {"seed": 6},
    ):
        seen.add(speak(replace(base, **change)).tobytes())
    assert len(seen) == 8


def test_slower_is_longer() -> None:
    assert len(speak(replace(SEVEN, speed=100))) > 1.3 * len(speak(replace(SEVEN, speed=200)))


def test_umlauts_are_spoken() -> None:
    five = speak(Utterance(text="fünf", voice="de+m3"))
    assert five.tobytes() != speak(Utterance(text="funf", voice="de+m3")).tobytes()
    assert len(five) < RATE


def test_unknown_voice() -> None:
    with pytest.raises(RuntimeError, match=r"espeak-ng could not say Utterance\(text='seven'.*no voice 'xx'"):
        speak(replace(SEVEN, voice="xx"))
