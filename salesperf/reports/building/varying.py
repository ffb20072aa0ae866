"""Removes from an executed notebook what varies from run to run, and returns it for the run log."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{6,16}\b")
_KERNEL_FILE = re.compile(r"/\S*?/ipykernel_\d+/\d+\.py")
_STYLER = re.compile(r'id="T_([0-9a-f]{5})"')
_STYLED = re.compile(r"\bT_([0-9a-f]{5})(?![0-9a-f])")


def without_what_varies(notebook: NotebookNode, source: Mapping[str, Any], folder: Path) -> str:
    """Removes from a notebook, in place, what the same code and data need not give again; returns a text for the log.

    Removed are papermill's and the kernel's metadata (times, paths), warnings, and in printed text the addresses of
    objects and the paths of the kernel's files and of ``folder``, which holds the client file. Generated ids of cells
    and of tables of a pandas Styler are replaced by fixed ones. The returned text holds the warnings, addresses and
    paths. ``source``: the JSON of the notebook file before the run.
    """
    notebook.metadata.pop("papermill", None)
    removed = _warnings(notebook)
    _name_cells(notebook, source)
    for cell in _code_cells(notebook):
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        cell.outputs = _joined(cell.outputs)
    removed += _without_places(notebook, folder)
    _number_styled_tables(notebook)
    return "".join(removed)


def _code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    yield from (cell for cell in notebook.cells if cell.cell_type == "code")


def _warnings(notebook: NotebookNode) -> list[str]:
    """Removes the outputs to standard error; returns their texts."""
    texts = []
    for cell in _code_cells(notebook):
        texts += [output.text for output in cell.outputs if _is_warning(output)]
        cell.outputs = [output for output in cell.outputs if not _is_warning(output)]
    return texts


def _is_warning(output: Mapping[str, Any]) -> bool:
    return bool(output["output_type"] == "stream" and output["name"] == "stderr")


def _name_cells(notebook: NotebookNode, source: Mapping[str, Any]) -> None:
    """Gives a fixed id to each cell whose id is not in the source, such as the injected cell of parameters."""
    source_ids = {cell.get("id") for cell in source["cells"]}
    for place, cell in enumerate(notebook.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        elif "id" in cell and cell["id"] not in source_ids:
            cell["id"] = f"cell-{place}"
        cell.metadata.pop("papermill", None)


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs with consecutive pieces of a stream joined: where the kernel cuts a stream depends on timing."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _without_places(notebook: NotebookNode, folder: Path) -> list[str]:
    """Replaces addresses and paths of this machine in printed text; returns them, one in each line."""
    lines: list[str] = []

    def keep(instead: str) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            lines.append(f"{match[0]}\n")
            return instead

        return replaced

    # A folder such as / or /tmp is left alone: it occurs in too much other text.
    client_folder = re.compile(re.escape(str(folder)) + r"(?![\w.-])") if len(folder.parts) > 2 else None
    for holder, name in _texts(notebook):
        text = _ADDRESS.sub(keep("0x…"), holder[name])
        text = _KERNEL_FILE.sub(keep("<cell>"), text)
        holder[name] = client_folder.sub(keep("."), text) if client_folder else text
    return lines


def _texts(notebook: NotebookNode) -> Iterator[tuple[dict[str, Any], str]]:
    """The texts of all outputs: the mapping that holds a text, and its key there."""
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream":
                yield output, "text"
            for kind in ("text/plain", "text/html", "text/markdown"):
                if isinstance(output.get("data", {}).get(kind), str):
                    yield output.data, kind


def _number_styled_tables(notebook: NotebookNode) -> None:
    """Numbers the ids of tables of a pandas Styler, which are random, by the order of the tables."""
    number = 0
    for holder, name in _texts(notebook):
        table_ids = dict.fromkeys(_STYLER.findall(holder[name]))
        names = {table_id: f"T_{place:05x}" for place, table_id in enumerate(table_ids, number)}
        holder[name] = _STYLED.sub(lambda match, names=names: names.get(match[1], match[0]), holder[name])  # type: ignore[misc]
        number += len(table_ids)
