# SPDX-License-Identifier: Apache-2.0
"""The Makefile hands variables on as they are, whatever is in them."""

import json
import subprocess
from pathlib import Path

import pytest

from support.paths import ROOT

ODD = ["my data.h5", "a(1).chx", "it's.h5", 'say "x".h5', "a;b&c|d>e.h5", "#1 *?.h5", "`id`.h5", "zwölf\\.h5", "--odd"]


def made(folder: Path, *arguments: str) -> list[list[str]]:
    """What the programs in an environment that only notes it are called with by ``make``."""
    programs = folder / "an environment" / "bin"
    programs.mkdir(parents=True)
    for name in ("chronaxie", "python"):
        program = programs / name
        program.write_text(f'#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps(["{name}", *sys.argv[1:]]))\n')
        program.chmod(0o755)
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments, "PYTHON=true", f"VENV={programs.parent}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", ODD)
def test_files_may_have_any_name(name: str, tmp_path: Path) -> None:
    # make takes a backslash before # only; a name for make has # as it is on its command line.
    sim, golden, area, verilog = made(tmp_path, "sim", "golden", "area", "verilog", f"DATA={name}", f"IMAGE={name}")
    assert sim == ["chronaxie", "sim", "--image", name, "--data", name, "--json", "build/reports/sim.json"]
    assert golden[1:6] == ["golden", "--image", name, "--data", name]
    assert area[1:4] == ["area", "--image", name]
    assert verilog[1:4] == ["verilog", "--image", name]


def test_every_variable_of_sim(tmp_path: Path) -> None:
    values = {"UNIT": "scdq;", "SAMPLES": "a ll", "JOBS": "2 3", "SEED": "(4)"}
    [seen] = made(tmp_path, "sim", *(f"{name}={value}" for name, value in values.items()), "WAVES=1", "TRACE=1")
    for name, value in values.items():
        assert seen[seen.index(f"--{name.lower()}") + 1] == value
    assert seen[-4:-2] == ["--waves", "--trace"]


def test_protections(tmp_path: Path) -> None:
    area, sim = made(tmp_path, "area", "sim", "PROTECTION=none secded", "LIBERTY=my cells.lib")
    assert area[area.index("--protection") :][:6] == ["--protection", "none", "--protection", "secded", "--liberty",
                                                      "my cells.lib"]  # fmt: skip
    assert sim[sim.index("--protection") + 1] == "none secded", "which it refuses"


def test_the_report(tmp_path: Path) -> None:
    variables = ("NETWORKS=a(1).chx b.chx", "LIBERTY=my cells.lib", "DATA=my data.h5", "QUICK=1")
    [seen] = made(tmp_path, "delay-report", *variables)
    assert seen[:4] == ["chronaxie", "delay-report", "a(1).chx", "b.chx"]
    assert seen[4:] == ["--data", "my data.h5", "--liberty", "my cells.lib", "--quick"]


def test_training_and_mutants(tmp_path: Path) -> None:
    *runs, results, mutation = made(tmp_path, "accuracy", "mutation", "NETWORK=o'ne", "UNIT=ring", "SAMPLE=3 4")
    assert [each[2:] for each in runs] == [["train/configs/o'ne.toml", "--seed", f"{seed}"] for seed in range(3)]
    assert results[1:] == ["results", "runs/o'ne-s0", "runs/o'ne-s1", "runs/o'ne-s2"]
    assert mutation[1:] == ["mutation", "--unit", "ring", "--sample", "3 4"]


def test_frozen_noise(tmp_path: Path) -> None:
    [seen] = made(tmp_path, "frozen-noise", "QUICK=1")
    assert seen == ["chronaxie", "frozen-noise", "--quick", "--json", "build/reports/frozen_noise.json"]


def test_yinyang(tmp_path: Path) -> None:
    [seen] = made(tmp_path, "yinyang", "QUICK=1", "JOBS=2")
    assert seen == ["chronaxie", "yinyang", "--jobs", "2", "--quick", "--json", "build/reports/yinyang.json"]


def test_the_tables_of_the_paper_with_fewer_seeds(tmp_path: Path) -> None:
    teacher, *runs, paper = made(tmp_path, "paper", "SEEDS=2", "SAMPLES=9")
    assert teacher[2:] == ["train/configs/hd_5x56_56_20.toml", "--seed", "0"]
    assert [each[2:] for each in runs[:2]] == [
        ["train/configs/hd_48_48_20.toml", "--seed", f"{seed}"] for seed in range(2)
    ]
    assert {each[4] for each in runs} == {"0", "1"}
    assert paper[1:] == ["paper", "--samples", "9", "--seeds", "2"]


def test_sweep(tmp_path: Path) -> None:
    [seen] = made(tmp_path, "sweep", "SPEC=my sweep.toml", "SCHEDULER=tcp://host:8786", "JOBS=2")
    assert seen == ["chronaxie", "sweep", "my sweep.toml", "--scheduler", "tcp://host:8786", "--jobs", "2",
                    "--json", "build/reports/sweep.json"]  # fmt: skip


def test_bench(tmp_path: Path) -> None:
    [seen] = made(tmp_path, "bench", "REPEATS=3")
    assert seen == ["python", "-m", "benchmarks.run", "--repeats", "3"]
