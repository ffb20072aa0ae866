"""The commands that write the demo company's export and open JupyterLab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

VOILA = Path(__file__).parents[1] / "present" / "weights" / "share"  # holds the page's template


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the export files go.")] = Path("params/demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="The language of names.")] = "en",
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another company.")] = 7,
) -> None:
    """Write the demo company's export files."""
    from salesperf.data.demo import write_demo

    print(write_demo(folder, seed=seed, language=language))


def lab(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workbench.")] = Path(),
    page: Annotated[bool, typer.Option("--page", help="The weights lab alone, as a page served by Voilà.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Where to listen.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")] = True,
) -> None:
    """Open JupyterLab on the workbench, or serve the weights lab as a page."""
    import os
    import subprocess

    start = folder / "notebooks" if (folder / "notebooks").is_dir() else folder
    if page:
        from salesperf.errors import RequestError

        notebook = start / "weights_lab.ipynb"
        if not notebook.is_file():
            raise RequestError(f"{folder}: expected a workbench with {notebook}, found none; name another folder")
        command = ["voila", str(notebook), "--template=salesperf", *([] if browser else ["--no-browser"])]
        options = [f"--port={port}"] if port else []
        # Voilà has no option for where templates are.
        places = {"JUPYTER_PATH": os.pathsep.join([str(VOILA), *filter(None, [os.environ.get("JUPYTER_PATH")])])}
    else:
        default = f"/lab/tree/{start.name}" if start != folder else "/lab"
        command = ["jupyterlab", f"--ServerApp.root_dir={folder.resolve()}", f"--LabApp.default_url={default}"]
        options = [*([f"--ServerApp.port={port}"] if port else []), *([] if browser else ["--no-browser"])]
        places = {}
    sys.exit(subprocess.call([sys.executable, "-m", *command, *options], env={**os.environ, **places}))
