# SPDX-License-Identifier: Apache-2.0
"""train.config.file: a file over those that it builds on, and what is said of one that is missing or goes round."""

import re
from pathlib import Path

import pytest

from support.errors import InputError
from train.config.file import merge, origin, read_files


def write(folder: Path, **texts: str) -> Path:
    """Files by stem; the path of the first."""
    for stem, text in texts.items():
        (folder / f"{stem}.toml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(texts))}.toml"


def test_own_keys_win_table_by_table(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    write(
        tmp_path / "common",
        low='name = "low"\n[data]\ntrain = "a"\ntest = "b"\n[network]\ntau = 1\nbetween = {first = 1, last = 9}\n',
    )
    path = write(
        tmp_path,
        top='base = "middle.toml"\nname = "top"\n[network]\nhidden = [4]\nbetween = {last = 5}\n',
        middle='base = "common/low.toml"\nname = "middle"\n[data]\ntest = "c"\n[network]\nhidden = [2, 2]\ntau = 3\n',
    )
    files = read_files(path)
    assert merge(files) == {
        "name": "top",
        "data": {"train": "a", "test": "c"},
        "network": {"hidden": [4], "tau": 3, "between": {"first": 1, "last": 5}},
    }
    assert origin(files, ("network", "between", "first")) == tmp_path / "common" / "low.toml"
    assert origin(files, ("network", "tau")) == tmp_path / "middle.toml"
    assert origin(files, ("training", "seed")) == path


def test_a_file_alone_is_itself(tmp_path: Path) -> None:
    path = write(tmp_path, one='name = "x"\n[data]\ntrain = "a"\n')
    assert merge(read_files(path)) == {"name": "x", "data": {"train": "a"}}


def test_a_name_is_not_taken_over(tmp_path: Path) -> None:
    """A run without a name would go on in the folder of the run that its file builds on."""
    assert merge(read_files(write(tmp_path, one='base = "two.toml"\n', two='name = "two"\n'))) == {}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"one": 'base = "none.toml"'}, "one.toml: base 'none.toml': cannot be read (No such file or directory)"),
        ({"one": "base = 3"}, "one.toml: base must be the name of a file, not 3"),
        ({"one": 'base = "one.toml"'}, "one.toml: base 'one.toml': a file cannot build on itself: "),
        ({"one": 'base = "two.toml"', "two": 'base = "./one.toml"'}, "two.toml: base './one.toml': a file cannot"),
        ({"one": 'base = "two.toml"', "two": "name ="}, "two.toml: not TOML: "),
    ],
)
def test_a_base_that_cannot_be(tmp_path: Path, texts: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as error:
        read_files(write(tmp_path, **texts))
    assert "\n" not in str(error.value)
