"""How a page is made again: the command, and the files it is made from."""

import json
import shlex
from collections.abc import Mapping
from html import escape

import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit, folded, paragraph, table, together


def command_of(client: Client, verb: str, *options: str) -> str:
    """The command ``salesperf <verb> <client file> <options>``, for a shell in the folder above the client file's.

    What was given in place of the client file's own settings is among the options.
    """
    given = [part for name, value in client.options.items() for part in (f"--{name.replace('_', '-')}", value)]
    return shlex.join(["salesperf", verb, _path(client), *options, *given])


def notebook_command(client: Client, name: str, parameters: Mapping[str, object]) -> str:
    """The command that runs a notebook of the workbench with these parameters, from the folder above the client file's.

    ``parameters``: beside client, period and what was given in place of the client file's own settings.
    """
    given = {"client": _path(client), "period": client.period.label, **client.options, **parameters}
    text = json.dumps(given, ensure_ascii=False)  # which is YAML, too
    return shlex.join(["papermill", f"notebooks/{name}.ipynb", f"{name}.ipynb", "--parameters_yaml", text])


def _path(client: Client) -> str:
    return f"{client.folder.resolve().name}/{client.path.name}"


def rebuilding(voice: Voice, export: Export, command: str) -> Exhibit:
    """The command that makes a page again, and the export's files with their rows and SHA-256 hashes.

    The remark that decisions stay with people stands before them. The files are folded away until somebody opens them.
    """
    files = pd.DataFrame(
        {
            voice("rebuild_file"): [file.path for file in export.tables.inputs],
            voice("rebuild_rows"): [voice.count(file.rows) for file in export.tables.inputs],
            voice("rebuild_hash"): [file.sha256 for file in export.tables.inputs],
        }
    )
    whole = together(
        paragraph(voice("decisions")),
        paragraph(voice("rebuild_text")),
        Exhibit(f"<code>{escape(command)}</code>", command),
        folded(
            voice("rebuild_files", n=voice.count(len(files))), table(files, "inputs", left=(voice("rebuild_hash"),))
        ),
    )
    return Exhibit(f'<div class="sp-rebuild">{whole.html}</div>', whole.plain)
