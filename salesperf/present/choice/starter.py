"""A starter client file: the client's own settings with the chosen model, commented in the client's language."""

import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from salesperf.documents import Document
from salesperf.errors import RequestError
from salesperf.language import Language, Voice
from salesperf.params import TABLE_NAMES, Client, ClientFile
from salesperf.periods import parse_period
from salesperf.present.choice.recommendation import model_name, reasons
from salesperf.present.exhibit import Exhibit, paragraph, together
from salesperf.scoring.choice import Choice
from salesperf.scoring.readiness import needs, preset

_PATHS = ("folder", "notebook", "sheet_notebook")  # the settings under reports that are paths


def example(language: Language) -> Client:
    """A client with the settings of an example, for a company that has no client file yet."""
    voice = Voice(language)
    source = {"reps": "export/reps.csv", "orders": "export/orders.csv"}
    content = {"client": voice("starter_client"), "language": language, "period": "2025Q4", "source": source}
    return Client(Document(Path("client.yml"), content, {}), ClientFile.model_validate(content), parse_period("2025Q4"))


def starter(voice: Voice, choice: Choice, model: str, *, client: Client | None, folder: Path | None = None) -> str:
    """The text of a client file with the model type of that name, with comments on why and what the export lacks.

    It has all settings of the client's own file except the model; paths are relative to ``folder`` (default: the folder
    of the client's file). Without a client it has example settings and names the tables that the model needs.
    """
    comments = [voice("starter_head", model=model_name(voice, model))]
    comments += reasons(voice, choice) if model == choice.recommended else []
    if client is None:
        settings = _for_model(voice, model)
        comments.append(voice("starter_fill"))
    else:
        settings = _moved(client, folder or client.folder)
    if model in choice.readiness:
        lacking = [voice.kpi(kpi) for kpi, gaps in choice.readiness[model].gaps.items() if gaps]
        comments += [voice("starter_lacking", kpis=voice.listed(lacking))] if lacking else []
    return f"{_comment(comments)}{_yaml(settings)}{_comment([voice('starter_model')])}{_yaml({'model': model})}"


def starter_file(voice: Voice, choice: Choice, client: Client) -> Exhibit:
    """The text of `starter` for the recommended model, to be saved beside the client's file; or that there is none."""
    if choice.recommended is None:
        return paragraph(voice("starter_none"))
    text = starter(voice, choice, choice.recommended, client=client)
    shown = Exhibit(f'<div class="sp-rebuild"><code>{escape(text)}</code></div>', text)
    return together(paragraph(voice("starter_save")), shown)


def write_starter(path: Path, text: str) -> None:
    """Writes a new file. Raises RequestError where there is one already, or where none can be written."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise RequestError(f"{path}: expected a new file, got one that exists; choose another name") from None
    except OSError as error:
        raise RequestError(f"{path}: expected a place to write a file, got: {error.strerror}") from None


def _for_model(voice: Voice, model: str) -> dict[str, Any]:
    """The example company's settings, with every table that the model needs."""
    wanted = {"reps", "orders", *needs(preset(model))}
    source = {name: f"export/{name}.csv" for name in TABLE_NAMES if name in wanted}
    return {**example(voice.language).document.content, "source": source}


def _moved(client: Client, folder: Path) -> dict[str, Any]:
    """The client file's content without its model, with relative paths that lead from ``folder`` to the same places."""
    content = {key: value for key, value in client.document.content.items() if key != "model"}
    old, new = client.folder.resolve(), folder.resolve()
    if old == new:
        return content
    content["source"] = _with_paths(content["source"], TABLE_NAMES, old=old, new=new)
    if isinstance(content.get("reports"), dict):
        content["reports"] = _with_paths(content["reports"], _PATHS, old=old, new=new)
    plan = content.get("incentives")
    if isinstance(plan, str) and plan.endswith((".yml", ".yaml")):
        content["incentives"] = _rebased(plan, old, new)
    return content


def _with_paths(section: Mapping[str, Any], keys: tuple[str, ...], *, old: Path, new: Path) -> dict[str, Any]:
    return {key: _rebased(value, old, new) if key in keys else value for key, value in section.items()}


def _rebased(value: Any, old: Path, new: Path) -> Any:
    """A path relative to the old folder, or a list of them, made relative to the new one; all else stays as it is."""
    if isinstance(value, list):
        return [_rebased(path, old, new) for path in value]
    if not isinstance(value, str) or os.path.isabs(value):
        return value
    return Path(os.path.relpath(old / value, new)).as_posix()


def _comment(lines: list[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)
