# SPDX-License-Identifier: Apache-2.0
"""The voices exist, stand on one side, and have words for every label."""

from pathlib import Path

import espeakng_loader

from data.shd.reader import CLASSES
from data.speech.voices import LANGUAGES, SPEAKERS, TEST_VOICES, TRAIN_VOICES, WORDS


def test_sets_are_disjoint() -> None:
    assert not set(TRAIN_VOICES) & set(TEST_VOICES)
    assert len(set(SPEAKERS)) == len(SPEAKERS) == 70
    assert (len(TRAIN_VOICES), len(TEST_VOICES)) == (50, 20)


def test_voices_exist_and_sound_different() -> None:
    # espeak-ng takes an unknown variant silently for none.
    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    texts = {(folder / name).read_bytes() for name in SPEAKERS}
    assert len(texts) == len(SPEAKERS)


def test_words_are_those_of_the_classes() -> None:
    assert [word.replace("ü", "ue") for word in WORDS] == list(CLASSES)
    assert len(LANGUAGES) * 10 == len(WORDS)
