"""What varies from run to run in an executed notebook: taken out of it, and told to the run log."""

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
    """Takes out of a notebook what the same code and data need not give again; returns what that was, for the log.

    Times and who ran it, warnings, ids made up by the way, addresses of objects, paths of the kernel and of the
    client's ``folder`` in printed text. ``source``: the notebook as it lies in its file.
    """
    notebook.metadata.pop("papermill", None)
    remarks = _warnings(notebook)
    _name_cells(notebook, source)
    for cell in _code_cells(notebook):
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        cell.outputs = _joined(cell.outputs)
    remarks += _without_places(notebook, folder)
    _number_styled_tables(notebook)
    return "".join(remarks)


def _code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    yield from (cell for cell in notebook.cells if cell.cell_type == "code")


def _warnings(notebook: NotebookNode) -> list[str]:
    """Takes the warnings out."""
    texts = []
    for cell in _code_cells(notebook):
        texts += [output.text for output in cell.outputs if _is_warning(output)]
        cell.outputs = [output for output in cell.outputs if not _is_warning(output)]
    return texts


def _is_warning(output: Mapping[str, Any]) -> bool:
    return bool(output["output_type"] == "stream" and output["name"] == "stderr")


def _name_cells(notebook: NotebookNode, source: Mapping[str, Any]) -> None:
    """A cell without an id of its own, such as the one that brings the parameters, gets one that stays."""
    own = {cell.get("id") for cell in source["cells"]}
    for place, cell in enumerate(notebook.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        elif "id" in cell and cell["id"] not in own:
            cell["id"] = f"cell-{place}"
        cell.metadata.pop("papermill", None)


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """What a cell printed, in one piece: where the kernel cuts it is a matter of time."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _without_places(notebook: NotebookNode, folder: Path) -> list[str]:
    """Takes addresses and paths of this machine out of printed text; returns them."""
    lines: list[str] = []

    def keep(instead: str) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            lines.append(f"{match[0]}\n")
            return instead

        return replaced

    # A folder such as / is part of too much text to be meant by it.
    own = re.compile(re.escape(str(folder)) + r"(?![\w.-])") if len(folder.parts) > 2 else None
    for holder, name in _texts(notebook):
        text = _ADDRESS.sub(keep("0x…"), holder[name])
        text = _KERNEL_FILE.sub(keep("<cell>"), text)
        holder[name] = own.sub(keep("."), text) if own else text
    return lines


def _texts(notebook: NotebookNode) -> Iterator[tuple[dict[str, Any], str]]:
    """Where printed text stands in the outputs."""
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream":
                yield output, "text"
            for kind in ("text/plain", "text/html", "text/markdown"):
                if isinstance(output.get("data", {}).get(kind), str):
                    yield output.data, kind


def _number_styled_tables(notebook: NotebookNode) -> None:
    """Gives the tables of a pandas Styler, which invents an id for each, ids by their order."""
    number = 0
    for holder, name in _texts(notebook):
        stylers = dict.fromkeys(_STYLER.findall(holder[name]))
        names = {styler: f"T_{place:05x}" for place, styler in enumerate(stylers, number)}
        holder[name] = _STYLED.sub(lambda match, names=names: names.get(match[1], match[0]), holder[name])  # type: ignore[misc]
        number += len(stylers)
