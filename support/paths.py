# SPDX-License-Identifier: Apache-2.0
"""Where the checkout is: what is built, and what a hash of the sources covers."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The top folder of the project."""
BUILD = ROOT / "build"
"""Everything that is made; deleting it costs time only."""
