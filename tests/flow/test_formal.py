"""Proofs: a few small ones hold, and a broken variant is rejected."""

from pathlib import Path

import pytest

from flow.cli import run
from flow.formal import prove, reject, select
from model.errors import InputError
from rtl.core import UNITS
from tb.formal.registry import mutations, properties


def test_small_proofs_hold(tmp_path: Path) -> None:
    names = ["ring.rows", "ring.complete", "ring.handshake", "scdq1.handshake"]
    proofs = list(prove(select(properties(), names, "property").values(), 1, root=tmp_path))
    assert {proof.name: proof.proven for proof in proofs} == dict.fromkeys(names, True)


def test_a_broken_variant_is_rejected(tmp_path: Path) -> None:
    [rejection] = reject(select(mutations(), ["scdq-counter-off-by-one"], "broken variant").values(), 1, root=tmp_path)
    assert rejection.rejected_by == "scdq.rows"


def test_every_unit_has_its_properties() -> None:
    for unit in UNITS:
        assert {f"{unit}.{name}" for name in ("rows", "complete", "handshake", "capacity", "progress")} <= set(
            properties()
        )


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"no property 'fifo': expected one of ring.rows, "):
        select(properties(), ["fifo"], "property")
    assert run(["formal", "fifo", "--json", "build/none.json"]) == 2
    assert capsys.readouterr().err.startswith("error: no property 'fifo'")
