# SPDX-License-Identifier: Apache-2.0
"""Sound files into spikes: rates, channels, order, seeds, resumption; the recordings whose spikes are known."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from rich.console import Console

from data import encode as encoding
from data.cochlea.audio import HALF
from data.encode import encode_files, load_sound, sound_files
from data.labels import Labels, from_names
from data.shd.reader import Recordings, Sample
from flow.cli import run
from support.errors import InputError
from support.paths import ROOT

SHARED = ROOT.parent / "shared" / "data" / "cochlea"
NAME = "lang-english_speaker-{:02}_trial-0_digit-{}"


def tone(hertz: float, rate: int = 48_000, seconds: float = 0.12) -> NDArray[np.float64]:
    """A tone with overtones that comes and goes, below 5 kHz."""
    t = np.arange(round(rate * seconds)) / rate
    sound = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 5) if hertz * k < 5000)
    return np.asarray(0.2 * np.sin(np.pi * t / seconds) * sound)


def save(path: Path, sound: NDArray[np.float64], rate: int = 48_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate)
    return path


def speakers(folder: Path, count: int = 3) -> list[Path]:
    return [save(folder / f"{NAME.format(i, i)}.wav", tone(400 + 200 * i)) for i in range(count)]


def call(paths: list[Path], out: Path, **arguments: Any) -> list[Sample]:
    encode_files(paths, from_names(paths), out, console=Console(file=io.StringIO()), **arguments)
    with Recordings.open(out) as recordings:
        return list(recordings)


def same(one: Sample, other: Sample) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def bands(sample: Sample) -> NDArray[np.int64]:
    return np.bincount(sample[1] // 100, minlength=7)


def test_what_is_written(tmp_path: Path) -> None:
    samples = call(speakers(tmp_path / "sound"), tmp_path / "new" / "out.h5")
    with Recordings.open(tmp_path / "new" / "out.h5") as recordings:
        assert recordings.labels.tolist() == [0, 1, 2]
        assert recordings.speakers.tolist() == [0, 1, 2]
        assert len(recordings.keys) == 20
    for times, units in samples:
        assert len(units) > 100
        assert times.max() < 0.12
    # The higher the tone, the nearer to the base, whose numbers are low.
    places = [np.median(units) for _, units in samples]
    assert places == sorted(places, reverse=True)
    # Nothing else is left.
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out.h5"]


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_any_rate(tmp_path: Path, rate: int) -> None:
    sound = load_sound(save(tmp_path / "a.wav", tone(700, rate), rate).read_bytes(), "a.wav")
    expected = tone(700)
    assert abs(len(sound) - len(expected)) <= 6
    count = min(len(sound), len(expected))
    # The ends of the filter apart. 16 bits and a filter for 8 kHz leave errors of about 1 %.
    error = (sound[:count] - expected[:count])[200:-200]
    assert np.sqrt(np.mean(error**2)) < 0.02 * np.sqrt(np.mean(expected**2))


def test_rates_and_formats_give_nearly_the_same_spikes(tmp_path: Path) -> None:
    files = [
        save(tmp_path / f"{NAME.format(0, 0)}.wav", tone(700)),
        save(tmp_path / f"{NAME.format(1, 0)}.flac", tone(700, 16_000), 16_000),
        save(tmp_path / f"{NAME.format(2, 0)}.wav", tone(700, 44_100), 44_100),
    ]
    first, *others = map(bands, call(files, tmp_path / "out.h5"))
    for other in others:
        assert np.abs(other - first).sum() < 0.15 * first.sum()


def test_stereo_is_averaged(tmp_path: Path) -> None:
    left, right = tone(500), tone(900)
    both = load_sound(save(tmp_path / "a.wav", np.stack([left, right], 1)).read_bytes(), "a")
    one, other = (load_sound(save(tmp_path / "b.wav", side).read_bytes(), "b") for side in (left, right))
    np.testing.assert_allclose(both, (one + other) / 2, atol=1e-12)


def test_the_rate_of_the_cochlea_is_not_touched(tmp_path: Path) -> None:
    path = save(tmp_path / "a.flac", tone(500))
    np.testing.assert_array_equal(load_sound(path.read_bytes(), "a"), soundfile.read(path)[0])


def test_spikes_depend_on_seed_and_sound_alone(tmp_path: Path) -> None:
    paths = speakers(tmp_path / "sound")
    first = call(paths, tmp_path / "first.h5")
    assert not same(first[0], first[1])
    # Another order, another name, other company, more processes.
    renamed = save(tmp_path / "other" / f"{NAME.format(9, 9)}.wav", tone(400))
    assert renamed.read_bytes() == paths[0].read_bytes()
    second = call([paths[2], renamed], tmp_path / "second.h5", jobs=2)
    assert same(second[0], first[2])
    assert same(second[1], first[0])
    assert not same(call(paths[:1], tmp_path / "third.h5", seed=2)[0], first[0])
    call(paths, tmp_path / "fourth.h5")
    assert (tmp_path / "fourth.h5").read_bytes() == (tmp_path / "first.h5").read_bytes()


def test_exact_is_a_little_different(tmp_path: Path) -> None:
    paths = speakers(tmp_path / "sound", 1)
    padded, exact = (call(paths, tmp_path / "out.h5", exact=exact)[0] for exact in (False, True))
    assert not same(padded, exact)
    assert np.abs(bands(padded) - bands(exact)).sum() < 0.2 * len(exact[0])


def test_ramp_is_30_ms_unless_said(tmp_path: Path) -> None:
    paths = [save(tmp_path / f"{NAME.format(0, 0)}.wav", np.random.default_rng(1).standard_normal(9600) / 10)]
    plain, said, half = (call(paths, tmp_path / "out.h5", **ramp)[0] for ramp in ({}, {"ramp": 0.03}, {"ramp": HALF}))
    assert same(plain, said)
    assert np.searchsorted(half[0], 0.03) < 0.5 * np.searchsorted(plain[0], 0.03)


def test_parts_of_other_settings_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of another ramp, seed or grid nor those of an older recipe."""
    (path,) = speakers(tmp_path / "sound", 1)
    settings: dict[str, Any] = {"path": path, "parts": tmp_path, "seed": 1, "exact": False, "ramp": 0.03}
    made = [encoding._Task(**settings).run(), encoding._Task(**settings).run()]
    assert made[0] == made[1]
    for other in ({"ramp": HALF}, {"ramp": 0.02}, {"seed": 2}, {"exact": True}):
        made.append(encoding._Task(**{**settings, **other}).run())
    assert encoding._RECIPE > 1
    monkeypatch.setattr(encoding, "_RECIPE", 1)
    made.append(encoding._Task(**settings).run())
    assert len(set(made)) == len(made) - 1


def test_goes_on_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = speakers(tmp_path / "sound", 4)
    made: list[Path] = []
    task = encoding._Task._encode

    def interrupted(self: encoding._Task, content: bytes, rng: np.random.Generator) -> Sample:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(self.path)
        return task(self, content, rng)

    monkeypatch.setattr(encoding._Task, "_encode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call(paths, tmp_path / "out.h5")
    assert not (tmp_path / "out.h5").exists()
    made.clear()
    made.append(Path("one more may be made"))
    # A sound that was changed in between is another one.
    save(paths[0], tone(3000))
    with pytest.raises(KeyboardInterrupt):
        call(paths, tmp_path / "out.h5")
    assert made[1:] == paths[:1]
    made[:] = [Path()] * 3
    resumed = call(paths, tmp_path / "out.h5")
    assert made[3:] == paths[2:]
    monkeypatch.setattr(encoding._Task, "_encode", task)
    whole = call(paths, tmp_path / "whole.h5")
    assert all(map(same, resumed, whole))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.h5", "sound", "whole.h5"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_damaged_part_is_made_again(tmp_path: Path, capfd: pytest.CaptureFixture[str], jobs: int) -> None:
    paths = speakers(tmp_path / "sound", 2)
    expected = call(paths, tmp_path / "whole.h5")
    parts = tmp_path / "out.h5.parts"
    parts.mkdir()
    settings: dict[str, Any] = {"parts": parts, "seed": 1, "exact": False, "ramp": 0.03}
    cut, other = (encoding._Task(path=path, **settings).run() for path in paths)
    cut.write_bytes(cut.read_bytes()[:-30])
    other.write_bytes(b"")
    # The command line, for what a process of its own has to say goes past the test.
    status = run(["data", "encode", str(tmp_path / "sound"), "-o", str(tmp_path / "out.h5"), "--jobs", str(jobs)])
    said = sorted(line for line in capfd.readouterr().err.splitlines() if "damaged" in line)
    assert status == 0
    assert said == sorted(f"warning: {part}: damaged, it is made again" for part in (cut, other))
    with Recordings.open(tmp_path / "out.h5") as recordings:
        assert all(map(same, recordings, expected))
    assert not parts.exists()


def test_what_lies_among_the_parts_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out.h5.parts").mkdir()
    (tmp_path / "out.h5.parts" / "mine.txt").touch()
    call(speakers(tmp_path / "sound", 1), tmp_path / "out.h5")
    assert [path.name for path in (tmp_path / "out.h5.parts").iterdir()] == ["mine.txt"]


def test_files(tmp_path: Path) -> None:
    names = ["b/2.FLAC", "b/1.wav", "b/c/0.wav", "b/notes.txt", "a.ogg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = sound_files([tmp_path / "a.ogg", tmp_path / "b", tmp_path / "b" / "1.wav"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.ogg", "b/1.wav", "b/2.FLAC", "b/c/0.wav"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("none", "none: no such file or folder"), (".", "no sound in this folder, expected files that")],
)
def test_no_files(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sound_files([tmp_path / name])


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros(4800), "digit-0.wav: audio must be finite and not silent throughout"),
        (np.zeros(0), r"digit-0.wav: holds 0.00 s of sound, expected more than 0 and at most 10 s"),
        (np.ones(2), r"digit-0.wav: audio must be one channel of at least 4 samples"),
        (np.ones(480_001), r"digit-0.wav: holds 10.00 s of sound, expected more than 0 and at most 10 s"),
    ],
)
def test_sound_that_cannot_be_encoded(tmp_path: Path, sound: NDArray[np.float64], message: str) -> None:
    path = save(tmp_path / f"{NAME.format(0, 0)}.wav", sound)
    with pytest.raises(InputError, match=message):
        call([path], tmp_path / "out.h5")
    assert not (tmp_path / "out.h5").exists()


def test_no_sound(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME.format(0, 0)}.wav"
    path.write_bytes(b"RIFF, or so")
    with pytest.raises(InputError, match=r"digit-0.wav: no sound file that can be read \(.+\)$"):
        call([path], tmp_path / "out.h5")


def test_wrong_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = speakers(tmp_path / "sound", 1)
    with pytest.raises(InputError, match=r"data encode: seed must be at least 0 and jobs at least 1, not -1 and 1"):
        call(paths, tmp_path / "out.h5", seed=-1)
    with pytest.raises(InputError, match=r"ramp must be 0 to 5 seconds, or half, not -1$"):
        call(paths, tmp_path / "out.h5", ramp=-1)
    assert not (tmp_path / "out.h5.parts").exists()
    with pytest.raises(InputError, match=r"sound: cannot be written, it is a folder"):
        call(paths, tmp_path / "sound")
    monkeypatch.setattr(encoding, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"data encode: needs the packages numba, scipy, soundfile: pip install"):
        encode_files([], Labels(labels=(), speakers=(), keys=()), tmp_path / "out.h5")


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    speakers(tmp_path / "digits", 2)
    for name in ("yes/a.wav", "no/b.wav"):
        save(tmp_path / "words" / name, tone(600))
    (tmp_path / "words" / "t.csv").write_text("file,label,speaker\nyes/a.wav,ja,3\nno/b.wav,nein,4\n")
    assert run(["data", "encode", "digits", "-o", "digits.h5", "--jobs", "1"]) == 0
    assert "2" in capsys.readouterr().out
    assert run(["data", "encode", "words", "-o", "a.h5", "--pattern", "(?P<label>yes|no)/", "--jobs", "1"]) == 0
    assert (
        run(["data", "encode", "words", "-o", "b.h5", "--table", "words/t.csv", "--classes", "nein,ja", "--jobs", "1"])
        == 0
    )
    assert "samples per class" in capsys.readouterr().out
    with Recordings.open("a.h5") as one, Recordings.open("b.h5") as other:
        assert (one.keys, one.labels.tolist()) == (("no", "yes"), [0, 1])
        assert (other.keys, other.labels.tolist(), other.speakers.tolist()) == (("nein", "ja"), [0, 1], [4, 3])
    assert run(["data", "encode", "digits", "-o", "half.h5", "--ramp", "half"]) == 0
    with Recordings.open("digits.h5") as one, Recordings.open("half.h5") as other:
        # Of the tone, 30 ms at each end are a quarter, and half is all.
        assert sum(map(len, (units for _, units in other))) < sum(map(len, (units for _, units in one)))
    capsys.readouterr()
    assert run(["data", "info", "b.h5"]) == 0
    assert "nein 1, ja 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("words -o x.h5", "words/yes/a.wav: the name does not say what it is"),
        ("none -o x.h5", "none: no such file or folder"),
        ("words -o x.h5 --pattern a --table t.csv", "labels come from a --pattern or from a --table, not from both"),
        ("words -o x.h5 --pattern (?P<label>yes) --classes no", "words/yes/a.wav: class 'yes' is none of no"),
        ("words -o words/yes/a.wav/x.h5 --pattern (?P<label>yes)", "words/yes/a.wav: cannot be made"),
        ("words -o words/yes/a.wav --pattern (?P<label>yes)", "words/yes/a.wav: would be written over what is read"),
        ("words -o x.h5 --ramp 30", "ramp must be 0 to 5 seconds, or half, not 30"),
        ("words -o x.h5 --ramp short", "ramp must be 0 to 5 seconds, or half, not 'short'"),
        ("words", "Missing option '--output' / '-o'."),
    ],
)
def test_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "words" / "yes" / "a.wav", tone(600))
    assert run(["data", "encode", *arguments.split(), "--jobs", "1"]) == 2
    seen = capsys.readouterr().err
    assert seen.startswith(f"error: {message}")
    assert seen.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.wav", "words", "yes"]
    assert load_sound((tmp_path / "words" / "yes" / "a.wav").read_bytes(), "a.wav").size


@pytest.mark.shared
def test_recordings_of_the_heidelberg_digits(tmp_path: Path) -> None:
    """The recording whose spikes are known, by file, on the original's grid: as many spikes, in the same places."""
    name = "lang-english_speaker-00_trial-0_digit-1"
    files = [SHARED / "audio" / f"{each}.flac" for each in (name, "lang-german_speaker-04_trial-3_digit-7")]
    known, _ = call(files, tmp_path / "out.h5", exact=True, ramp=HALF)
    reference = np.load(SHARED / f"spikes700_{name}.npz")["arr_0"]
    # One draw against another; 30 draws had a standard deviation of 66.
    assert abs(len(known[0]) - 5945) < 4 * 66
    expected = np.bincount(reference[1].astype(int) // 100, minlength=7)
    assert np.abs(bands(known) - expected).sum() < 0.08 * expected.sum()
    early, late = (np.histogram(times, bins=8, range=(0, 0.68))[0] for times in (known[0], reference[0]))
    assert np.abs(early - late).sum() < 0.08 * expected.sum()
    with Recordings.open(tmp_path / "out.h5") as recordings:
        assert [recordings.keys[label] for label in recordings.labels] == ["one", "sieben"]
        assert recordings.speakers.tolist() == [0, 4]
