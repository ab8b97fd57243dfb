# SPDX-License-Identifier: Apache-2.0
"""Class and speaker of sound files, by name, pattern and table."""

from pathlib import Path

import pytest

from data.labels import from_names, from_pattern, from_table
from data.shd.reader import CLASSES
from support.errors import InputError

SPOKEN = [
    Path("a/lang-english_speaker-00_trial-0_digit-1.flac"),
    Path("a/lang-german_speaker-11_trial-40_digit-0.flac"),
    Path("b/lang-german_speaker-04_trial-3_digit-7.wav"),
]
COMMANDS = [Path("set/yes/0a7c_nohash_0.wav"), Path("set/no/0132_nohash_1.wav"), Path("set/no/ffff_nohash_0.wav")]
PATTERN = r"(?P<label>\w+)/(?P<speaker>[0-9a-f]+)_nohash"


def test_names() -> None:
    seen = from_names(SPOKEN)
    assert seen.labels == (1, 10, 17)
    assert [CLASSES[label] for label in seen.labels] == ["one", "null", "sieben"]
    assert seen.speakers == (0, 11, 4)
    assert seen.keys == CLASSES


def test_names_of_some_classes() -> None:
    seen = from_names(SPOKEN[1:], ["sieben", "null"])
    assert seen.labels == (1, 0)
    assert seen.keys == ("sieben", "null")
    with pytest.raises(InputError, match=r"digit-1.flac: class 'one' is none of sieben, null$"):
        from_names(SPOKEN, ["sieben", "null"])


@pytest.mark.parametrize("name", ["seven.wav", "lang-french_speaker-00_trial-0_digit-1.flac", "lang-english.flac"])
def test_other_names(name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: the name does not say what it is, as in lang-english_speaker-00"):
        from_names([Path(name)])


def test_pattern() -> None:
    seen = from_pattern(COMMANDS, PATTERN)
    assert seen.keys == ("no", "yes")
    assert seen.labels == (1, 0, 0)
    # These are not all numbers, so they are numbered in their order: 0132, 0a7c, ffff.
    assert seen.speakers == (1, 0, 2)


def test_pattern_without_speaker() -> None:
    seen = from_pattern(COMMANDS, r"(?P<label>yes|no)", ["yes", "no", "maybe"])
    assert seen.keys == ("yes", "no", "maybe")
    assert seen.labels == (0, 1, 1)
    assert seen.speakers == (0, 0, 0)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", r"^--pattern: not a regular expression: missing \), unterminated subpattern"),
        (r"(\w+)", r"^--pattern: expected a group \(\?P<label>...\), not "),
        (r"(?P<label>yes)", r"^set/no/0132_nohash_1.wav: the pattern '\(\?P<label>yes\)' does not match; expected"),
        (r"(?P<label>yes)?", r"^set/yes/0a7c_nohash_0.wav: the pattern "),
    ],
)
def test_wrong_patterns(pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_pattern(COMMANDS, pattern)


def test_classes_are_there_once() -> None:
    with pytest.raises(InputError, match=r"^classes: 'no' is there 2 times, expected once$"):
        from_pattern(COMMANDS, PATTERN, ["no", "yes", "no"])


def write(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write(
        tmp_path, '\ufefffile,age,label,speaker\nx/1.wav,9,"zwölf, bitte",7\n2.wav,8,eins,70000\n9.wav,1,none,0\n'
    )
    # However the files are named: here from another folder than the table's.
    monkeypatch.chdir(tmp_path)
    seen = from_table([Path("2.wav"), tmp_path / "x" / "1.wav"], table)
    assert seen.keys == ("eins", "zwölf, bitte")
    assert seen.labels == (0, 1)
    # A number that the format cannot hold is a name.
    assert seen.speakers == (1, 0)


def test_table_without_speakers(tmp_path: Path) -> None:
    seen = from_table([tmp_path / "2.wav"], write(tmp_path, "label,file\neins,2.wav\n"), ["null", "eins"])
    assert (seen.labels, seen.speakers) == ((1,), (0,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\n1.wav,a\n", "labels.csv: expected the columns file, label, speaker, not path, label$"),
        ("", "labels.csv: expected the columns file, label, speaker, not none$"),
        ("file,label\n1.wav,\n", "labels.csv: line 2: file and label must not be empty$"),
        ("file,label\n1.wav\n", "labels.csv: line 2: file and label must not be empty$"),
        ("file,label\n1.wav,a\n1.wav,b\n", "labels.csv: line 3: 1.wav is there twice$"),
        ("file,label\n2.wav,a\n", r"1.wav: \S+labels.csv has no line for it$"),
    ],
)
def test_wrong_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_table([tmp_path / "1.wav"], write(tmp_path, text))


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.csv: table cannot be read \(No such file or directory\)"):
        from_table([], tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"file,label\n\xe4.wav,a\n")
    with pytest.raises(InputError, match=r"latin.csv: table cannot be read \('utf-8' codec"):
        from_table([], tmp_path / "latin.csv")
