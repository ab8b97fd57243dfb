# SPDX-License-Identifier: Apache-2.0
"""train.config.run: what is accepted, and what is said about what is not."""

import re
from pathlib import Path

import pytest

from model.limits import LEAK_ONE
from support.errors import InputError
from support.paths import ROOT
from train.config.network import leak_factor
from train.config.run import load_config

CONFIGS = ROOT / "train" / "configs"
GOOD = 'name = "x"\n[data]\ntrain = "a.h5"\ntest = "b.h5"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_the_network_of_the_paper(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD))
    assert config.network.hidden == (48, 48)
    assert config.network.between.levels == tuple(d + 1 for d in range(0, 60, 2))
    assert config.encoding.build().total_steps == 66


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_committed_configurations_load(path: Path) -> None:
    assert load_config(path).name == path.stem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "x"\n', "data: Field required"),
        ("name = ", "not TOML: "),
        (GOOD.replace('"x"', '"a/b"'), "name: String should match pattern"),
        (GOOD + "[network]\nhiden = [4]\n", "network.hiden: Extra inputs are not permitted, not [4]"),
        (GOOD + "[network.between]\nfirst = 3\nlast = 1\n", "network.between: last must be at least first (3)"),
        (GOOD + "[network.between]\nfirst = 0\nlast = 1\n", "network: between.first must be at least 1"),
        (GOOD + "[network.recurrent]\nfirst = 0\nlast = 1\n", "network: recurrent.first must be at least 1"),
        (GOOD + '[network.input]\nfirst = 0\nlast = 1\nkind = "dcls"\n', "network.input.kind: Input should be 'par"),
        (GOOD + "[quantisation]\nweight_bits = 9\n", "quantisation.weight_bits: Input should be less than or equal"),
        (GOOD + "[quantisation]\nternary = true\n", "quantisation: ternary needs weight_bits = 2, not 8"),
        (GOOD + '[budget]\nstyle = "rows"\n', "budget.style: Input should be 'synaptic', 'axonal' or 'lanes'"),
        (GOOD + "[budget]\nlanes = 33\n", "budget.lanes: Input should be less than or equal to 32, not 33"),
        (GOOD + "[budget]\naccumulator_bits = 21\n", "budget: accumulator_bits must be at most state_bits (20), not"),
        (GOOD + "[noise]\ndropped = 1\n", "noise.dropped: Input should be less than 1, not 1"),
        (GOOD + "[network]\nsynaptic_tau = 3.0\n", "network: normalise needs delta synapses"),
        (GOOD + "[training]\nseed = -1\n", "training.seed: Input should be greater than or equal to 0, not -1"),
        (
            GOOD + "[network]\nbetween = {first = 1, last = 256}\n",
            "network.between.last: Input should be less than 256",
        ),
        (
            GOOD + "[network]\nbetween = {first = 1, last = 9, count = 2}\n",
            "network.between: count is for learned delays; parallel synapses have all levels, not 2",
        ),
        (
            GOOD + '[network.input]\nfirst = 0\nlast = 3\nkind = "axon"\nfade = 2\n',
            "network.input: fade is for kind = 'parallel', not 'axon'",
        ),
        (
            GOOD + "[encoding]\naxons = 351\ncounts = [1, 3]\n",
            "encoding: axons must be a multiple of the 2 counts, not 351",
        ),
        (GOOD + "[training]\ndropout = 1.0\n", "training.dropout: Input should be less than 1, not 1.0"),
        (GOOD + '[network]\nreadout = "spike_count"\n', "network.readout: Input should be 'last_potential'"),
    ],
)
def test_errors_name_the_file_and_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")) as error:
        load_config(path)
    assert "\n" not in str(error.value)


def test_what_a_base_says_counts_and_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'base = "common.toml"\nname = "x"\n[network]\nhidden = [4]\n')
    common = tmp_path / "common.toml"
    common.write_text(GOOD + "[network]\nclasses = 7\n", encoding="utf-8")
    config = load_config(path)
    assert (config.name, config.network.hidden, config.network.classes) == ("x", (4,), 7)
    common.write_text(GOOD + "[network]\nclasses = 0\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{common}: network.classes: Input should be greater")):
        load_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file or directory\)$"):
        load_config(tmp_path / "none.toml")


def test_leak_factor() -> None:
    assert leak_factor(10) == pytest.approx(0.904837)
    assert leak_factor(1e9) == (LEAK_ONE - 1) / LEAK_ONE
