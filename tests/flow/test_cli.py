# SPDX-License-Identifier: Apache-2.0
"""The command line: what each subcommand does, and how a mistake is told."""

import json
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import pytest

from data.shd import reader as shd
from flow import cli
from flow.cli import run
from model.config import DelayUnit, preset
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network_file import load_network, save_network
from support.errors import InputWarning
from support.paths import ROOT
from tests.flow.examples import small_image, small_network, write_recordings
from tests.flow.run.test_simulate import KEYS

COMMANDS = [
    "sim",
    "golden",
    "evaluate",
    "area",
    "verilog",
    "vectors",
    "formal",
    "mutation",
    "delay-report",
    "advise",
    "image",
    "data",
    "train",
    "crossvalidate",
    "quantise",
    "results",
]


def test_no_command_needs_an_extra_to_be_named() -> None:
    """What `make sim` installs is enough for the command line; each command names what it needs besides."""
    code = (
        "import sys;"
        "missing = 'espeakng_loader jinja2 matplotlib numba pooch requests scipy soundfile tensorboard torch';"
        "sys.modules.update(dict.fromkeys(missing.split()));"
        "from flow.cli import run; sys.exit(run(['golden', '--samples', '1']))"
    )
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"chronaxie {command}" in out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    captured = capsys.readouterr()
    assert all(f" {command} " in captured.out for command in COMMANDS)
    assert captured.err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nope", "No such command 'nope'."),
        ("sim --bogus", "No such option: --bogus"),
        (
            "sim --unit loihi",
            "Invalid value for '--unit': 'loihi' is not one of 'ring', 'scdq', 'scdq1', 'bitmap', 'hybrid'.",
        ),
        ("sim --option slots=8", "--option says what one delay unit has; expected --unit with it"),
        (
            "verilog --preset tiny --unit hybrid --option slots=two",
            "--option must be a name and a number, as in slots=8",
        ),
        (
            "verilog --preset tiny --unit hybrid --option slots=3",
            "core configuration: slots of hybrid must be one of 2, ",
        ),
        ("verilog --preset tiny --unit ring --option slots=4", "core configuration: ring has no option 'slots'"),
        ("sim --samples many", "samples must be a number of at least 1, or all, not 'many'"),
        ("sim --samples 0", "samples must be a number of at least 1, or all, not '0'"),
        ("sim --jobs 0", "jobs must be at least 1, not 0"),
        ("sim --seed -1", "Invalid value for '--seed': "),
        ("sim --image none.chx", "none.chx: image cannot be read (No such file or directory)"),
        ("sim --image synthetic_small.h5", "synthetic_small.h5: BAD_MAGIC at byte 0: no Chronaxie image"),
        ("golden --image small.chx --data none.h5", "none.h5: no such file; expected an HDF5 file of the SHD format"),
        ("golden --image small.chx --data small.chx", "small.chx: not an HDF5 file, or a damaged one"),
        (
            "golden --image small.chx --data synthetic_small.h5 --samples 7",
            "synthetic_small.h5: samples must be in 1..6",
        ),
        ("golden --image small.chx --data synthetic_small.h5 --json small.chx/x", "small.chx: cannot be made"),
        ("golden --image small.chx --data synthetic_small.h5 --json .", ".: cannot be written, it is a folder"),
        ("verilog --preset tiny --output small.chx/x", "small.chx/x: cannot be made"),
        ("data synth small.chx/x --train 1 --test 1", "small.chx/x/parts/"),
        ("verilog --preset huge", "no preset 'huge': expected one of "),
        ("area --image none.chx", "none.chx: image cannot be read"),
        ("image info", "Missing argument 'IMAGE'."),
        ("image compile none.npz -o x.chx", "none.npz: network cannot be read"),
        ("image compile small.chx -o x.chx", "small.chx: no network file"),
        ("data info none.h5", "none.h5: no such file"),
        ("data info .", ".: a folder; expected an HDF5 file of the SHD format"),
        ("advise none.chx", "none.chx: image cannot be read"),
        ("advise small.chx --activity 2", "Invalid value for '--activity': "),
        (
            "advise small.chx --activity 0.1 --data synthetic_small.h5",
            "advise: --data and --activity both say how active the network is",
        ),
        ("advise small.chx --data none.h5", "none.h5: no such file"),
        ("advise small.chx --macros synthetic_small.h5", "synthetic_small.h5: no TOML"),
        ("advise small.chx --macro-lib small.chx", "small.chx: no liberty file"),
        ("delay-report", "tables: no images (*.chx); name some"),
        ("delay-report none.chx --quick", "none.chx: image cannot be read"),
        ("delay-report small.chx --data none.h5 --quick", "none.h5: no such file"),
        ("delay-report small.chx --output small.chx/x", "small.chx/x: cannot be made"),
        ("delay-report small.chx --liberty none.lib", "none.lib: liberty file cannot be read"),
        ("delay-report small.chx --liberty small.chx", "small.chx: no liberty file"),
        ("data synth there --test -1 --jobs 1", "data synth: test must be at least 0, not -1"),
        ("train none.toml", "none.toml: cannot be read"),
        ("crossvalidate none.toml", "none.toml: cannot be read"),
        ("quantise none --ternary", "none: no checkpoint.pt; expected the folder of a training run"),
        ("quantise none", "none: no checkpoint.pt; expected the folder of a training run"),
        (
            "quantise none --json x.json",
            "--json holds what --evaluate measures; expected --evaluate validation or test",
        ),
        ("quantise none --weight-bits 9", "Invalid value for '--weight-bits': "),
    ],
)
def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    assert run(arguments.split()) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {message}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_training_without_torch(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "train"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["train", "config.toml"]) == 2
    assert capsys.readouterr().err == ("error: training needs torch: run `make all`, or pip install -e '.[train]'\n")


def test_nothing_but_training_needs_torch() -> None:
    """``make sim`` installs no torch, so nothing that the command line imports may import it."""
    code = "import sys, flow.cli; sys.exit(bool({'torch', 'tensorboard', 'scipy', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_golden(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "golden --image small.chx --data synthetic_small.h5 --samples 4 --json reports/golden.json"
    assert run(arguments.split()) == 0
    report = json.loads((folder / "reports" / "golden.json").read_text())
    assert report["dataset"] == "synthetic speech (synthetic_small.h5)"
    assert report["samples"] == 4
    assert 0 <= report["accuracy"] <= 1
    assert list(report["input"]) == ["spikes", "events", "merged", "dropped"]
    out = capsys.readouterr().out
    assert "synthetic speech (synthetic_small.h5)" in out
    assert f"input: {report['input']['spikes']} recorded spikes, " in out


ODD = ("[/x]", "[red]", "zwölf :x:")


@pytest.fixture
def odd(folder: Path) -> Path:
    """Names of images, data sets, networks, classes and paths that could be taken for markup, beyond ASCII too."""
    network = replace(small_network(), name="[/x]", labels=ODD)
    (folder / "[").mkdir()
    compile_network(network, preset("tiny")).save(folder / "[red]ä.chx")
    write_recordings(folder / "[b].h5", keys=ODD)
    with h5py.File(folder / "[b].h5", "a") as file:
        file.attrs["dataset"] = "[/y] dïgits"
    return folder


SHOWN = [
    ("golden --image [red]ä.chx --data [b].h5 --json [/j.json", "[red]ä.chx on [/y] dïgits"),
    (
        "sim --image [red]ä.chx --data [b].h5 --samples 1 --unit ring --json [/j.json",
        "[red]ä.chx on [/y] dïgits",
    ),
    ("evaluate [red]ä.chx --data [b].h5 --json [/j.json", "weakest class"),
    (
        "evaluate [red]ä.chx --data [b].h5 --noise --kind delay_jitter --level 0.1 --seeds 1 --json [/j.json "
        "--plot [/p$\\x$.svg",
        "plot: [/p$\\x$.svg",
    ),
    ("advise [red]ä.chx --data [b].h5 --json [/j.json", "recordings of [/y] dïgits"),
    ("image info [red]ä.chx --json [/j.json", "[/x]"),
    ("image network [red]ä.chx -o [/c.npz", "[/c.npz: 6 neurons"),
    ("image compile [/c.npz -o [/d.chx", "[/d.chx: "),
    ("data info [b].h5 --json [/j.json", "[/x] 2, [red] 2, zwölf :x: 2"),
]


@pytest.mark.parametrize(("arguments", "shown"), SHOWN)
def test_names_are_no_markup(odd: Path, capsys: pytest.CaptureFixture[str], arguments: str, shown: str) -> None:
    save_network(odd / "[" / "c.npz", replace(small_network(), name="[/x]", labels=ODD))
    assert run(arguments.split()) == 0
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "options", "said"), [(6, "", 6), (52, "", 50), (52, "--samples all", 52), (6, "--samples 4", 4)]
)
def test_advise_takes_the_recordings_that_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str], count: int, options: str, said: int
) -> None:
    write_recordings(folder / "own.h5", count=count)
    assert run(f"advise small.chx --data own.h5 {options}".split()) == 0
    assert f"activity: {said} recordings of own.h5" in capsys.readouterr().out
    assert run(["advise", "small.chx", "--data", "own.h5", "--samples", "60"]) == 2
    assert capsys.readouterr().err == f"error: own.h5: samples must be in 1..{count}, not 60\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_any_terminal_will_do(odd: Path, encoding: str) -> None:
    """What a terminal cannot show is escaped; nothing fails after the work is done."""
    for arguments, said in (
        ("evaluate [red]ä.chx --data [b].h5 --noise --kind delay_jitter --level 0.1 --seeds 2", "±"),
        ("golden --image nönε.chx", "nönε.chx: image cannot be read"),
    ):
        child = subprocess.run(
            [sys.executable, "-m", "flow.cli", *arguments.split()], capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert child.returncode == (2 if "nön" in arguments else 0), child.stderr
        assert said.encode(encoding, "backslashreplace") in child.stdout + child.stderr


@pytest.mark.parametrize("arguments", [each for each, _ in SHOWN if "--json" in each])
def test_the_report_is_written_before_anything_is_printed(
    odd: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    class Broken(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise Broken

    monkeypatch.setattr("rich.console.Console.print", fail)
    with pytest.raises(Broken):
        run(arguments.split())
    assert json.loads((odd / "[" / "j.json").read_text())


@pytest.mark.parametrize("command", ["golden", "sim", "evaluate", "image info", "advise"])
def test_a_hostile_image_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    image = small_image()
    info = {**image.info, "encoding": {**image.info["encoding"], "steps": 10**12}}
    replace(image, info=info).save(folder / "small.chx")
    option = "--image " if command in ("golden", "sim") else ""
    assert run(f"{command} {option}small.chx".split()) == 2
    expected = "error: small.chx: encoding: steps must be at most 65535, not 1000000000000\n"
    assert capsys.readouterr().err == expected


def test_offenders_in_a_few_recordings_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = replace(small_network(), encoding=replace(small_network().encoding, units=500))  # type: ignore[type-var]
    compile_network(network, preset("tiny")).save(folder / "few.chx")
    spikes = [([0.5], [499]), ([0.1, 0.5], [0, 500])]
    shd.write(folder / "few.h5", spikes, labels=[0, 1], speakers=[0, 0], keys=("red", "green"))
    for command in ("golden --image", "sim --image", "evaluate"):
        assert run(f"{command} few.chx --data few.h5".split()) == 2
        assert capsys.readouterr().err == "error: few.h5: recording 1: unit of spike 1 must be in 0..499, not 500\n"


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*_: object, **__: object) -> None:
        warnings.warn("x.npz: made again", InputWarning, stacklevel=1)
        warnings.warn("of others", UserWarning, stacklevel=1)

    monkeypatch.setattr(cli, "app", warn)
    with pytest.warns(UserWarning, match="of others"):
        assert run([]) == 0
    assert capsys.readouterr().err == "warning: x.npz: made again\n"


def test_sim(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "sim --image small.chx --data synthetic_small.h5 --samples all --unit scdq --jobs 1 --json sim.json"
    assert run(arguments.split()) == 0
    report = json.loads((folder / "sim.json").read_text())
    assert report["image"] == "small.chx"
    assert report["input"]["events"] + report["input"]["merged"] == report["input"]["spikes"] > 0
    assert [list(each) for each in report["runs"]] == [KEYS]
    assert report["runs"][0]["unit"] == "scdq"
    assert report["runs"][0]["samples"] == 6
    assert report["runs"][0]["mismatches"] == report["runs"][0]["cycle_model_errors"] == 0
    out = capsys.readouterr().out
    assert "SHD" not in out
    assert out.splitlines()[-1].startswith("input: ")


def test_sim_on_several_cores(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The network of an image spread over cores, and the bundle of the same: the same results as on one core."""
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "small.chxb"]) == 0
    capsys.readouterr()
    common = "--data synthetic_small.h5 --samples all --unit scdq --jobs 1 --json sim.json"
    records = []
    for arguments in ("--image small.chx --cores 2", "--image small.chxb"):
        assert run(f"sim {arguments} {common}".split()) == 0
        assert "│ cores " in capsys.readouterr().out
        records.append(json.loads((folder / "sim.json").read_text())["runs"][0])
        assert records[-1]["cores"] == 2
        assert records[-1]["mismatches"] == records[-1]["cycle_model_errors"] == 0
        assert records[-1]["spikes_compared"] > 0
    assert records[0]["cycles_mean"] == records[1]["cycles_mean"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--image small.chxb --cores 2", "small.chxb: a bundle says how many cores there are; give no --cores"),
        ("--image small.chx --cores 0", "cores must be in 1..6, the number of neurons, not 0"),
        ("--image small.chx --cores 7", "cores must be in 1..6, the number of neurons, not 7"),
        ("--image small.chx --cores 2 --trace", "--trace is for one core; expected no --cores and no bundle with it"),
        ("--image none.chxb", "none.chxb: "),
    ],
)
def test_sim_on_several_cores_refuses(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "small.chxb"]) == 0
    assert run(f"sim --data synthetic_small.h5 --unit scdq {arguments}".split()) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_sim_waves_and_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A waveform is of one sample unless more are asked for; the message says where it is."""
    arguments = "sim --image small.chx --data synthetic_small.h5 --unit ring --waves --trace"
    assert run(arguments.split()) == 0
    waves, trace = Path("build/waves/ring.vcd"), Path("build/traces/ring.csv")
    out = capsys.readouterr().out
    assert f"waveform: {waves}" in out
    assert f"trace: {trace}" in out
    text = (folder / waves).read_text()
    assert "$enddefinitions" in text
    assert "synaptic_operations" in text
    assert len((folder / trace).read_text().splitlines()) == 1 + 11 * 6


def test_sim_fails(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden model that is wrong in one spike: status 1, the place, and a report of what was compared."""
    from flow.commands import sim  # noqa: PLC0415

    class Wrong(sim.GoldenBatch):
        def run(self, rasters):  # type: ignore[no-untyped-def]
            result = super().run(rasters)
            result.spikes[1, 2, 3] ^= True
            return result

    monkeypatch.setattr(sim, "GoldenBatch", Wrong)
    arguments = "sim --image small.chx --data synthetic_small.h5 --unit ring --jobs 1 --json sim.json"
    assert run(arguments.split()) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ring: sample 1, step 2, neuron 3: spike is ")
    record = json.loads((folder / "sim.json").read_text())["runs"][0]
    assert (record["samples"], record["mismatches"]) == (2, 1)


def test_image_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "network", "small.chx", "-o", "small.npz"]) == 0
    assert load_network(folder / "small.npz") == small_network()
    assert run(["image", "compile", "small.npz", "-o", "again.chx", "--preset", "tiny"]) == 0
    assert (folder / "again.chx").read_bytes() == (folder / "small.chx").read_bytes()
    assert run(["image", "compile", "small.npz", "-o", "wide.chx", "--lanes", "3"]) == 0
    assert Image.load(folder / "wide.chx").geometry.lanes == 3
    assert Image.load(folder / "wide.chx").network() == small_network()


def test_image_info(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "info", "small.chx", "--json", "info.json"]) == 0
    report = json.loads((folder / "info.json").read_text())
    image = small_image()
    assert report["bytes"] == (folder / "small.chx").stat().st_size == sum(report["sections"].values())
    assert report["sections"]["header, codebook, CRC"] == 56 + 4
    assert report["synapses"] == small_network().synapses
    assert report["lane_fill"] == image.lane_fill
    assert run(["advise", "small.chx", "--json", "advice.json"]) == 0
    advice = json.loads((folder / "advice.json").read_text())
    candidates = {each["unit"]: each for each in advice["candidates"] + advice["losing"]}
    # Everywhere the same, by one name; a unit with options is weighed with its best choice of them.
    plain = [str(unit) for unit in DelayUnit if not unit.spec.options]
    assert {unit: candidates[unit]["delay_memory_bits"] for unit in plain} == {
        unit: report["delay_memory_bits"][unit] for unit in plain
    }
    ring = image.config("ring")
    assert candidates["ring"]["added_bits"] == ring.delay_memory_bits * 3 // 4
    assert report["delay_memory_bits"]["ring"] == image.config("ring").delay_memory_bits
    assert f"{report['bytes']:,}" in capsys.readouterr().out


def test_data_info(folder: Path) -> None:
    assert run(["data", "info", "synthetic_small.h5", "--json", "info.json"]) == 0
    assert json.loads((folder / "info.json").read_text())["samples"] == 6
