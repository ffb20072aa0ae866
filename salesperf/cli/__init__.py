"""The command line: one verb per thing a person wants. Commands import what they need, so that --help is instant."""

import os
import sys
from io import TextIOWrapper

import typer

from salesperf.cli.cache import cache
from salesperf.cli.choose import choose
from salesperf.cli.numbers import kpis, potential, score
from salesperf.cli.payout import payout
from salesperf.cli.run import run
from salesperf.cli.targets import targets
from salesperf.cli.verify import verify
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
for command in (run, verify, kpis, targets, score, potential, choose, payout, cache, demo, lab):
    app.command()(command)


def main() -> None:
    """Runs the command line; a user's mistake ends in one line and its exit code, a bug keeps its traceback."""
    # No plugin of pydantic's has a say in what a client file means, and looking for one takes longer than reading it.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: a letter that a terminal lacks ends nothing
    try:
        app()
    except SalesperfError as error:
        print(f"salesperf: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def entry_point() -> None:
    """What the terminal calls: `main`, and a quick end. What nobody expected keeps its traceback."""
    code = 0
    try:
        main()
    except SystemExit as stop:
        if not isinstance(stop.code, int | None):
            raise
        code = stop.code or 0
    try:
        sys.stdout.flush()  # what cannot be written is an error to be seen
    except BrokenPipeError:  # nobody reads on
        code = code or 1
    end_process(code)
