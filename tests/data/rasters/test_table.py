# SPDX-License-Identifier: Apache-2.0
"""CSV: what it may say, and one line for what it may not."""

import re
from pathlib import Path

import pytest

from data.rasters.reader import read_rasters
from support.errors import InputError


def write(path: Path, text: str) -> Path:
    path = path / "x.csv"
    path.write_text(text)
    return path


def test_events_in_any_order(tmp_path: Path) -> None:
    text = "# steps=9 axons=4\naxon,sample,step\n3,1,5\n\n0,0,8\n# no event\n1,0,2\n"
    rasters = read_rasters(write(tmp_path, text))
    assert (rasters.sample.tolist(), rasters.step.tolist(), rasters.axon.tolist()) == ([0, 0, 1], [2, 8, 5], [1, 0, 3])
    assert (len(rasters), rasters.steps, rasters.axons, rasters.labelled) == (2, 9, 4, False)


def test_labels(tmp_path: Path) -> None:
    numbers = read_rasters(write(tmp_path, "sample,step,axon,label\n0,1,0,2\n1,,,0\n"))
    assert (numbers.labels.tolist(), numbers.keys, numbers.names()) == ([2, 0], (), ("0", "1", "2"))
    names = read_rasters(write(tmp_path, "sample,step,axon,label,speaker\n1,1,0,cat,7\n0,0,1, ant,3\n1,2,0,cat,7\n"))
    assert (names.labels.tolist(), names.keys, names.speakers.tolist()) == ([0, 1], ("ant", "cat"), [3, 7])
    assert not read_rasters(write(tmp_path, "sample,step,axon,label\n0,1,0,\n")).labelled


def test_samples_without_events(tmp_path: Path) -> None:
    rasters = read_rasters(write(tmp_path, "# samples=4\nsample,step,axon\n2,0,1\n"))
    assert [raster.sum() for raster in rasters.rasters(1, 2)] == [0, 0, 1, 0]


HEAD = "sample,step,axon,label\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a table (CSV) of sample, step, axon and, if wanted, label and speaker"),
        (HEAD, "no samples, expected a line an event below the names of the columns"),
        ("sample,step\n0,1\n", "expected the columns sample, step, axon and, if wanted, label and speaker, not sam"),
        ("0,1,2\n", "expected the columns sample, step, axon and, if wanted, label and speaker, not 0, 1, 2"),
        ("sample,step,axon,axon\n0,1,2,3\n", "expected the columns"),
        ("sample,step,axon,weight\n0,1,2,3\n", "expected the columns"),
        (HEAD + "0,1,0\n", "line 2: 3 values, expected 4: sample, step, axon, label"),
        (HEAD + "0,-1,0,1\n", "line 2: step must be in 0..65534, not -1"),
        (HEAD + "0,0,0,1\n0,nan,0,1\n", "line 3: step must be a whole number, not 'nan'"),
        (HEAD + "0,1.5,0,1\n", "line 2: step must be a whole number, not '1.5'"),
        (HEAD + "0,1,,1\n", "line 2: axon must be a whole number, not ''"),
        (HEAD + "zero,1,0,1\n", "line 2: sample must be a whole number, not 'zero'"),
        (HEAD + f"0,1,{1 << 20},1\n", "line 2: axon must be in 0..1048575, not 1048576"),
        ("# axons=2\n" + HEAD + "0,1,2,1\n", "line 3: axon 2 is out of range; the file has 2 axons"),
        ("# steps=2\n" + HEAD + "0,2,0,1\n", "line 3: step 2 is out of range; the file has 2 steps"),
        ("# samples=1\n" + HEAD + "1,2,0,1\n0,0,0,1\n", "event 0: sample 1 is out of range; the file has 1"),
        ("# steps=x\n" + HEAD, "line 1: steps must be in 1..65535, not x"),
        (HEAD + "0,1,0,1\n0,1,0,1\n", "sample 0: axon 0 has two events in step 1, expected at most one"),
        (HEAD + "0,1,0,1\n0,2,0,0\n", "line 3: sample 0 has the label '0' here and '1' before"),
        (HEAD + "0,1,0,1\n1,2,0,\n", "sample 1 has no label, others have; expected one for each"),
        (HEAD + "0,1,0,1\n2,2,0,1\n", "sample 1 has no label, others have; expected one for each"),
        (HEAD + "0,1,0,1\n1,2,0,cat\n", "label 'cat' is a name, '1' a number; expected one kind"),
        (HEAD + "0,1,0,-1\n", "sample 0: label must be in 0..1048575, not -1"),
        ('sample,step,axon\n0,1,"a\0', "line"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"^{re.escape(str(tmp_path / 'x.csv'))}: {re.escape(message)}") as error:
        read_rasters(write(tmp_path, text))
    assert "\n" not in str(error.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"x\.csv: not text in UTF-8; expected a table"):
        read_rasters(tmp_path / "x.csv")
