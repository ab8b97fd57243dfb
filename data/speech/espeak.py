# SPDX-License-Identifier: Apache-2.0
"""Speech from espeak-ng, the same bytes for the same request on every run.

espeak-ng keeps oscillator phases, flutter and a random state from one utterance to the next, none of which can be
set back. So each utterance is spoken by a fresh process, ``espeak_child.py``.
"""

import subprocess
import sys
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
"""Samples per second of the speech."""

_CHILD = Path(__file__).with_name("espeak_child.py")
_TIME_LIMIT_S = 60


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What to say, and how."""

    text: str
    """The words, plain text."""
    voice: str
    """An espeak-ng voice, with a variant if wanted: ``language+variant``."""
    speed: int = 160
    """Words per minute (80 to 450)."""
    pitch: int = 50
    """Base pitch relative to the voice (0 to 99)."""
    intonation: int = 50
    """Range of the pitch (0 to 99)."""
    seed: int = 1
    """For what is random in a voice: breath, flutter (1 to 2**31 - 1)."""


def speak(utterance: Utterance) -> NDArray[np.int16]:
    """The samples of ``utterance`` at ``RATE``; RuntimeError when espeak-ng refuses or fails."""
    arguments = [str(value) for value in astuple(utterance)]
    run = subprocess.run(
        # -P: the folder of the child must not hide modules that it imports.
        [sys.executable, "-P", str(_CHILD), *arguments],
        capture_output=True,
        timeout=_TIME_LIMIT_S,
        check=False,
    )
    if run.returncode or not run.stdout:
        reason = run.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"exit status {run.returncode}"
        raise RuntimeError(f"espeak-ng could not say {utterance}: {reason}")
    return np.frombuffer(run.stdout, "<i2")
