"""Another scoring model put in force: what that changes in the client file and its model files (docs/weights.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from salesperf.data.export import Export
from salesperf.documents import Document, Place, parsed
from salesperf.errors import RequestError, one_line, quoted
from salesperf.file_change import FileChange, text_of, write_together
from salesperf.measures.availability import reason_not_available
from salesperf.measures.kpis import registry
from salesperf.periods import Period
from salesperf.scoring.model import (
    MEASURED_TOLERANCE,
    MODELS,
    SUM_TOLERANCE,
    Adopted,
    Model,
    WeightedKpi,
    checked_model,
    read_model,
    read_models,
)
from salesperf.scoring.reweighting import shares_of_score
from salesperf.yaml_edits import edited, leading_comments, part_of, with_head

_FIRST = ("from", "adopted")  # keys that stand before the perspectives


@dataclass(frozen=True, repr=False)
class Adoption:
    """A model that is to be put in force, and the files that change by it; none where it is in force already."""

    model: Model
    changes: tuple[FileChange, ...]

    def __repr__(self) -> str:
        return self.diff or "no change: this model is in force"

    @property
    def diff(self) -> str:
        """What changes in the files, as unified diffs."""
        return "".join(change.diff for change in self.changes)

    def write(self) -> None:
        """Writes the files, all or none.

        Raises RequestError where one has changed since it was read, is read-only or cannot be written.
        """
        write_together(self.changes)


@dataclass(frozen=True)
class _InFiles:
    """One of the models of a client in its files.

    ``given``: ``model`` of the client file; ``place``: that of the model in it; ``document``, ``at``: where it stands.
    """

    export: Export
    place: int
    document: Document
    at: Place

    @property
    def given(self) -> Any:
        return self.export.client.settings.model

    @property
    def in_client_file(self) -> bool:
        return self.document is self.export.client.document

    @property
    def is_shipped(self) -> bool:
        return self.document.path.parent == MODELS


def adopted(reason: str, author: str, day: str | date, remarks: Sequence[str] = ()) -> Adopted:
    """Who puts a model in force, when and why. Raises RequestError for an empty text and for what is not a day."""
    texts = {"reason": one_line(reason), "author": one_line(author)}
    for key, text in texts.items():
        if not text:
            raise RequestError(f"{key}: expected a text, got none; say it, as it is written beside the model")
    try:
        on = day if isinstance(day, date) else date.fromisoformat(day)
    except ValueError:
        raise RequestError(f"date: expected a day such as 2025-12-31, got {day!r}; correct it") from None
    return Adopted(reason=texts["reason"], author=texts["author"], date=on, remarks=[*map(one_line, remarks)])


def remarks_at(path: str, export: Export) -> list[str]:
    """The comments at the head of a model file, which say what was tried; none of a preset or a client file."""
    document, _ = export.client.written_at("model", MODELS, path, called="model")
    is_of_client = isinstance(document.content, dict) and "client" in document.content
    return [] if is_of_client or document.path.parent == MODELS else leading_comments(text_of(document.path))


def adoption(
    export: Export, wished: Model, by: Adopted, *, since: Period | None = None, out: Path | None = None
) -> Adoption:
    """What puts a model in force: in place of the one of the client's period, or beside it, ``since`` a later period.

    ``out``: a client file to write in place of changing the present one, in the same folder. The file of a model that
    is new is named after the client file, ``_model`` and the period, and starts from the text of the model before, of a
    preset without the comments at its head. The new model keeps the bounds (``between``) of the one before. Nothing is
    written.

    Raises RequestError for a model that the export cannot measure or that is outside these bounds, for a period before
    that of the last model, and for files that are in another folder or have a form that cannot be changed.
    """
    client, known = export.client, registry(export)
    models, place = read_models(client, known), _place(export, since)
    start, present = models[place]
    _check_measured(export, wished)
    wished = _with_bounds(wished, present)
    if _written(_bare(wished)) == _written(_bare(present)):
        return Adoption(present, ())
    later = "" if since is None or since == start else since.label
    new = wished.model_copy(update={"starts": later or present.starts, "adopted": by})
    in_files = _InFiles(export, place, *client.all_written("model", MODELS)[place])
    return Adoption(new, tuple(_changes(in_files, present, new, later, _client_file(export, out))))


def _place(export: Export, since: Period | None) -> int:
    """The place of the model that another one replaces or follows, among those of the client file."""
    known = registry(export)
    models = read_models(export.client, known)
    if since is None:
        return [model for _, model in models].index(read_model(export.client, known))
    last = models[-1][0]
    if last is not None and since.first < last.first:
        raise RequestError(f"from: expected {last} or later, from when there is a model, got {since}")
    return len(models) - 1


def _client_file(export: Export, out: Path | None) -> Path:
    """The client file that is to be written. Raises RequestError where its paths would not be those of the present."""
    path = export.client.path
    if out and out.resolve().parent != path.resolve().parent:
        raise RequestError(
            f"{out}: expected a file in {path.parent}, as paths in it are relative to it; choose another"
        )
    return out or path


def _changes(in_files: _InFiles, present: Model, new: Model, later: str, target: Path) -> list[FileChange]:
    """The changes of files, that of the client file last.

    ``later``: the period from which on the model is there beside the present one, "" where it replaces it. Raises
    RequestError where the files would not say what they are to say.
    """
    client, text = in_files.export.client, text_of(in_files.document.path)
    now, then = _written(present), _written(new)
    before = text_of(client.path)
    if parsed(client.path, before).content != client.document.content:
        raise RequestError(f"{client.path}: expected the text that was read, got another since; open it again")
    if in_files.in_client_file and not later:
        change = _of_client_file(client.path, target, before, edited(text, in_files.at, now, then, first=_FIRST))
        _check(change, in_files, new, in_files.at, _with(client.document.content, in_files.at, None))
        return [change]
    if not later and not in_files.is_shipped and target == client.path:
        change = FileChange(in_files.document.path, text, edited(text, (), now, then, first=_FIRST))
        _check(change, in_files, new, ())
        return [change]
    path = target.with_name(f"{target.stem}_model{later and '_'}{later}.yml")
    base = part_of(text, in_files.at) if in_files.in_client_file else text
    origin = in_files.document.path.stem if in_files.is_shipped else str(in_files.document.path)
    # The head of a preset describes the preset and says how to copy it.
    start = with_head(base, f"From the preset {origin}.") if in_files.is_shipped else base
    model_file = FileChange(path, None, edited(start, (), now, then, first=_FIRST), (origin, base))
    names = _named(in_files, path.name, later)
    after = edited(before, (), {"model": in_files.given}, {"model": names})
    client_file = _of_client_file(client.path, target, before, after)
    _check(model_file, in_files, new, ())
    _check_content(client_file, {**client.document.content, "model": names})
    return [model_file, client_file]


def _of_client_file(path: Path, target: Path, before: str, after: str) -> FileChange:
    if target == path:
        return FileChange(path, before, after)
    return FileChange(target, None, after, (str(path), before))


def _named(in_files: _InFiles, name: str, later: str) -> Any:
    """What the client file's ``model`` becomes where a model has a file that is new."""
    given, place = in_files.given, in_files.place
    models = given if isinstance(given, list) else [given]
    if later:
        return [*models, name]
    return [*models[:place], name, *models[place + 1 :]] if isinstance(given, list) else name


def _check_measured(export: Export, model: Model) -> None:
    """Raises RequestError where the export measures less of the model than a score needs."""
    known, shares = registry(export), shares_of_score(model)
    missing = [kpi for kpi in shares if kpi in known and reason_not_available(known[kpi], export, export.period)]
    measured = 1 - sum(shares[kpi] for kpi in missing)
    if measured < model.measured_at_least - MEASURED_TOLERANCE:
        expected = f"{model.measured_at_least:g} of its weight that the export measures in {export.period}"
        raise RequestError(f"model: expected {expected}, got {measured:g}, without {quoted(missing)}; choose another")


def _with_bounds(model: Model, present: Model) -> Model:
    """The model with the bounds of the present one. Raises RequestError where it is outside of them."""
    shares, bounds = shares_of_score(model), {kpi.kpi: kpi.between for _, kpi in present.kpis() if kpi.between}
    for kpi, (least, most) in bounds.items():
        share = shares.get(kpi, 0.0)
        if not least - SUM_TOLERANCE <= share <= most + SUM_TOLERANCE:
            expected = f"{least:g} to {most:g} of the score for {kpi!r}, as the model in force has it 'between'"
            raise RequestError(f"model: expected {expected}, got {share:g}; change 'between' in its file first")

    def bounded(kpi: WeightedKpi) -> WeightedKpi:
        return kpi.model_copy(update={"between": bounds.get(kpi.kpi, kpi.between)})

    perspectives = [one.model_copy(update={"kpis": [bounded(kpi) for kpi in one.kpis]}) for one in model.perspectives]
    return model.model_copy(update={"perspectives": perspectives})


def _bare(model: Model) -> Model:
    """The model without who put it in force and from when on."""
    return model.model_copy(update={"starts": None, "adopted": None})


def _written(model: Model) -> Any:
    """The model as the plain values of its file, without those that need not be written."""
    return _plain(model.model_dump())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {key: _plain(part) for key, part in value.items()}
        least = WeightedKpi.model_fields["least_cases"].default  # must not stand beside a KPI without cases
        return {
            key: part
            for key, part in parts.items()
            if part is not None and part is not False and part not in ([], {}) and (key, part) != ("least_cases", least)
        }
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check(change: FileChange, in_files: _InFiles, new: Model, at: Place, rest: Any = None) -> None:
    """Raises RequestError unless a changed file has the new model under ``at``, and all else as it was.

    ``rest``: what the file has, with None under ``at``; None where it has nothing else.
    """
    document = parsed(change.path, change.after)
    is_rest_kept = rest is None or _with(document.content, at, None) == rest
    if not is_rest_kept or _written(checked_model(document, at, registry(in_files.export))) != _written(new):
        raise _not_changeable(change)


def _check_content(change: FileChange, content: Any) -> None:
    if parsed(change.path, change.after).content != content:
        raise _not_changeable(change)


def _not_changeable(change: FileChange) -> RequestError:
    return RequestError(f"{change.path}: expected YAML in the form of docs/models.md, got another; change it by hand")


def _with(content: Any, at: Place, value: Any) -> Any:
    """Plain values with another one under ``at``."""
    if not at:
        return value
    changed = content.copy()
    changed[at[0]] = _with(content[at[0]], at[1:], value)
    return changed
