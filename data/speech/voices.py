# SPDX-License-Identifier: Apache-2.0
"""The voices of the synthetic speech: which variants of espeak-ng speak, and in which set.

Human-sounding variants only: whispers, robots and echoes are left out. Variants that are small changes of one
another stand on one side, so that a voice of the test set is a voice that nothing was trained on.
"""

TRAIN_VOICES = (
    "m1", "m2", "m4", "m5", "m7", "m8", "f1", "f3", "f4", "f5",
    "klatt", "klatt3", "klatt4", "adam", "announcer", "benjamin", "david", "edward", "Reed", "Alex",
    "Alicia", "Andrea", "Andy", "AnxiousAndy", "Lee", "Denis", "Storm", "grandpa", "Diogo", "Hugo",
    "miguel", "anika", "Gene", "Jacky", "Marco", "Mario", "Michael", "gustave", "marcelo", "Nguyen",
    "antonio", "boris", "ed", "iven", "max", "norbert", "paul", "pedro", "sandro", "zac",
)  # fmt: skip
"""Variants that speak the training set."""

TEST_VOICES = (
    "f2", "Annie", "aunty", "belinda", "grandma", "linda", "shelby", "steph", "m3", "m6",
    "ian", "john", "Mike", "mike2", "pablo", "quincy", "rob", "robert", "travis", "victor",
)  # fmt: skip
"""Variants that speak the test set."""

SPEAKERS = TRAIN_VOICES + TEST_VOICES
"""``extra/speaker`` is the place of a voice here."""

LANGUAGES = (("en", "en-us", "en-gb-scotland", "en-gb-x-rp"), ("de",))
"""Accents of the two languages: English for the labels 0-9, German for 10-19."""

WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
)  # fmt: skip
"""What is said for each label."""
