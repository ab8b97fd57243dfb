# SPDX-License-Identifier: Apache-2.0
"""The command line ``chronaxie``: subcommands, and how they fail.

Exit status: 0 all right; 1 a run failed (a mismatch, a broken rule of the core, a tool that failed), or its output
could not be written; 2 a mistake of the user, told in one line; 130 interrupted; 143 terminated.
"""

import errno
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from importlib import import_module
from typing import Annotated, Any

import typer

from flow.commands.options import RunFailed, guarded
from flow.version import note_command, version_line
from support.console import one_line, show_every_character
from support.errors import InputError, InputWarning
from tb.errors import BuildError, SimulationError

COMMANDS = {
    "sim": "sim:sim",
    "golden": "golden:golden",
    "evaluate": "evaluate:evaluate",
    "area": "area:area",
    "verilog": "verilog:verilog",
    "fpga": "board.fpga:fpga",
    "energy": "energy.command:energy",
    "host": "board.host:host",
    "vectors": "verilog:vectors",
    "formal": "verify:formal",
    "mutation": "verify:mutation",
    "coverage": "verify:coverage",
    "delay-report": "delay:delay_report",
    "advise": "delay:advise",
    "map": "mapping:map_",
    "unmap": "mapping:unmap",
    "inspect": "inspection.command:inspect",
    "image": "image:app",
    "data": "data:app",
    "nir": "exchange.nir:app",
    "netx": "exchange.netx:app",
    "train": "train:train",
    "yinyang": "train:yinyang",
    "codebook": "mixed.codebook:codebook",
    "deploy": "mixed.deploy:deploy",
    "undeploy": "mixed.deploy:undeploy",
    "dynap": "mixed.deploy:dynap",
    "frozen-noise": "mixed.frozen_noise:frozen_noise",
    "crossvalidate": "train:crossvalidate",
    "quantise": "train:quantise",
    "sensitivity": "sensitivity:sensitivity",
    "faults": "faults.command:faults",
    "sweep": "sweep.command:sweep",
    "results": "results:results",
    "paper": "results:paper",
    "report": "results:report",
}
"""By name, the module in ``flow.commands`` and the function of each subcommand; ``app`` is a group of several."""


def _show_version(wanted: bool) -> None:
    if wanted:
        print(version_line())
        raise typer.Exit


def _start(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print version and commit, and end."),
    ] = False,
) -> None:
    pass


def _command(name: str) -> Any:
    module, _, function = COMMANDS[name].partition(":")
    return getattr(import_module(f"flow.commands.{module}"), function)


@cache
def _group(name: str) -> typer.Typer:
    """A group of subcommands, each of which is guarded, once."""
    group: typer.Typer = _command(name)
    for command in group.registered_commands:
        if command.callback:
            command.callback = guarded(command.callback)
    return group


@cache
def application(*names: str) -> typer.Typer:
    """The command line with these subcommands, or with all: a run needs one, and the modules of all take a second."""
    app = typer.Typer(
        name="chronaxie",
        help="Open hardware for spiking networks with synaptic delays.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_start)
    for name in names or COMMANDS:
        if COMMANDS[name].endswith(":app"):
            app.add_typer(_group(name), name=name)
        else:
            app.command(name)(guarded(_command(name)))
    return app


def app(*, args: list[str], **options: Any) -> Any:
    """Call the command line as a Typer: with the subcommand that comes first, or with all for help and mistakes."""
    chosen = args[:1] if args and args[0] in COMMANDS else []
    return application(*chosen)(args=args, **options)


def run(arguments: Sequence[str]) -> int:
    """Run the command line with some arguments and return its exit status; messages go to standard error."""
    show_every_character()
    note_command(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("always", InputWarning)
        warnings.showwarning = partial(_warn, warnings.showwarning)
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        status = app(args=list(arguments), prog_name="chronaxie", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        verdict = _verdict(error)
        if verdict is None:
            raise
        message, status = verdict
        if message:  # empty where the help was shown because no command was given, and after an interruption
            print(f"error: {message}", file=sys.stderr)
    return status if isinstance(status, int) else 0


def _verdict(error: BaseException) -> tuple[str, int] | None:
    """What is said of an error, maybe nothing, and the exit status; None of one that should not be."""
    found: tuple[str, int] | None = None
    match error:
        case typer.TyperException():
            # Wrong options; the message may have several lines, such as a list of choices.
            # Typer has its values checked by pydantic, which says that an error is one.
            found = " ".join(error.format_message().split()).replace(": Value error, ", ": "), 2
        case InputError():
            found = one_line(str(error)), 2
        case RunFailed() | BuildError() | SimulationError():
            found = str(error), 1
        case KeyboardInterrupt() | typer.Abort():
            found = "", 143 if isinstance(error, Terminated) or isinstance(error.__context__, Terminated) else 130
        case BrokenProcessPool():
            found = "a process that worked for this one was killed, maybe for want of memory", 1
        case BrokenPipeError():
            # Whoever read the output has seen enough, as in `chronaxie ... | head`.
            _drop_output()
            found = "", 1
        case SystemExit(code=int(status)):
            # So a console ends whose reader has gone.
            found = "", status
        case OSError():
            if error.filename is None:
                _drop_output()
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            found = one_line(f"{error.filename or 'output'}: {'disk full' if full else error.strerror or error}"), 1
    return found


class Terminated(KeyboardInterrupt):
    """The process was told to end (SIGTERM): whatever cleans up after Ctrl-C does so after this, too."""


def _terminate(*_: object) -> None:
    raise Terminated


def _drop_output() -> None:
    """Let nothing more be written, not what is buffered either, which Python would try, and complain of, as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    os.close(nowhere)


def _warn(
    other: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any, **more: Any
) -> None:
    if issubclass(category, InputWarning):
        print(f"warning: {one_line(str(message))}", file=sys.stderr)
    else:
        other(message, category, *where, **more)


def main() -> None:
    """The entry point of the installed command."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
