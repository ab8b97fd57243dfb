"""The command line ``chronaxie``: subcommands, and how they fail.

Exit status: 0 all right; 1 a run failed (a mismatch, a broken rule of the core, a tool that failed); 2 a mistake of
the user, told in one line; 130 interrupted.
"""

import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import typer

from flow.commands import (
    area,
    data,
    delay,
    evaluate,
    formal,
    golden,
    image,
    mutation,
    results,
    sensitivity,
    sim,
    train,
    verilog,
)
from flow.commands.options import RunFailed, guarded
from support.console import one_line, show_every_character
from support.errors import InputError, InputWarning
from tb.errors import BuildError, SimulationError

app = typer.Typer(
    name="chronaxie",
    help="Open hardware for spiking networks with synaptic delays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("sim")(sim.sim)
app.command("golden")(golden.golden)
app.command("evaluate")(evaluate.evaluate)
app.command("area")(area.area)
app.command("verilog")(verilog.verilog)
app.command("formal")(formal.formal)
app.command("mutation")(mutation.mutation)
app.command("delay-report")(delay.delay_report)
app.command("advise")(delay.advise)
app.add_typer(image.app, name="image")
app.add_typer(data.app, name="data")
app.command("train")(train.train)
app.command("crossvalidate")(train.crossvalidate)
app.command("quantise")(train.quantise)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("results")(results.results)
for group in (app, image.app, data.app):
    for command in group.registered_commands:
        if command.callback:
            command.callback = guarded(command.callback)


def run(arguments: Sequence[str]) -> int:
    """Run the command line with some arguments and return its exit status; messages go to standard error."""
    show_every_character()
    with warnings.catch_warnings():
        warnings.simplefilter("always", InputWarning)
        warnings.showwarning = partial(_warn, warnings.showwarning)
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        status = app(args=list(arguments), prog_name="chronaxie", standalone_mode=False)
    except typer.TyperException as error:
        # Wrong options; the message may have several lines, such as a list of choices.
        # Typer has its values checked by pydantic, which says that an error is one.
        return _fail(" ".join(error.format_message().split()).replace(": Value error, ", ": "), 2)
    except InputError as error:
        return _fail(one_line(str(error)), 2)
    except (RunFailed, BuildError, SimulationError) as error:
        return _fail(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough, as in `chronaxie ... | head`.
        sys.stderr.close()
        return 1
    return status if isinstance(status, int) else 0


def _warn(
    other: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any, **more: Any
) -> None:
    if issubclass(category, InputWarning):
        print(f"warning: {one_line(str(message))}", file=sys.stderr)
    else:
        other(message, category, *where, **more)


def _fail(message: str, status: int) -> int:
    if message:  # empty where the help was shown because no command was given
        print(f"error: {message}", file=sys.stderr)
    return status


def main() -> None:
    """The entry point of the installed command."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
