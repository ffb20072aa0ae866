"""The commands that write the demo company's export and open JupyterLab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the export files go.")] = Path("params/demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="The language of names.")] = "en",
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another company.")] = 7,
) -> None:
    """Write the demo company's export files."""
    from salesperf.data.demo import write_demo

    print(write_demo(folder, seed=seed, language=language))


def lab(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workbench.")] = Path()) -> None:
    """Open JupyterLab on the workbench."""
    import subprocess

    start = folder / "notebooks" if (folder / "notebooks").is_dir() else folder
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    default = f"--LabApp.default_url=/lab/tree/{start.name}" if start != folder else "--LabApp.default_url=/lab"
    sys.exit(subprocess.call([*command, default]))
