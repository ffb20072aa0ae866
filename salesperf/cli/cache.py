"""The command that lists what the user's cache keeps of exports, and deletes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def cache(
    params: Annotated[Path | None, typer.Argument(metavar="[PARAMS]", help="Only what is kept of this client.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget it.")] = False,
) -> None:
    """What is kept of exports, so that a command does not read the same files again."""
    from salesperf.data.cache import forget, remembered_clients
    from salesperf.errors import counted
    from salesperf.params import find_upwards

    client_file = find_upwards(params) if params else None
    if clear:
        forget(client_file)
        return
    for client in remembered_clients():
        if client_file is None or client.path == str(client_file.resolve()):
            print(f"{client.path}: {counted(client.exports, 'export')}, {client.size / 1e6:.1f} MB")
