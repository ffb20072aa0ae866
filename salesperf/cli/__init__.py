"""The command line: a function for each command. It imports what it needs when called, so that --help is instant."""

import os
import sys
from io import TextIOWrapper

import typer

from salesperf.cli.adopt import adopt
from salesperf.cli.cache import cache
from salesperf.cli.choose import choose
from salesperf.cli.compare import compare
from salesperf.cli.numbers import kpis, potential, score
from salesperf.cli.payout import payout
from salesperf.cli.run import run
from salesperf.cli.targets import targets
from salesperf.cli.verify import verify
from salesperf.cli.weights import weights
from salesperf.cli.workbench import demo, lab
from salesperf.errors import SalesperfError
from salesperf.kernels.ending import end_process

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Sales-performance management with reproducible reports.",
)
for command in (
    run,
    verify,
    kpis,
    targets,
    score,
    potential,
    choose,
    compare,
    weights,
    adopt,
    payout,
    cache,
    demo,
    lab,
):
    app.command()(command)


def main() -> None:
    """Runs the command line with the arguments of `sys.argv`.

    A `SalesperfError` is printed to standard error in one line and ends the process with its exit code; any other
    exception is a bug and passes with its traceback. Like typer, raises SystemExit also where all went well.
    """
    # No plugin of pydantic's may change how a client file is read, and to look for one takes longer than reading it.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a letter that the encoding lacks is escaped, as on stderr
    try:
        app()
    except SalesperfError as error:
        print(f"salesperf: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def entry_point() -> None:
    """The console script ``salesperf``: runs `main` and ends the process by `end_process`, with the same exit code."""
    code = 0
    try:
        main()
    except SystemExit as stop:
        if not isinstance(stop.code, int | None):
            raise
        code = stop.code or 0
    try:
        sys.stdout.flush()  # here, so that output that cannot be written raises an error
    except BrokenPipeError:  # the reader, such as head, has ended
        code = code or 1
    end_process(code)
