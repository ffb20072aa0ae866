"""What is asked of a batch, before the export is read: often enough to see that nothing is left to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesperf.data.sources import is_url, source_files
from salesperf.errors import RequestError
from salesperf.params import Client
from salesperf.reports.keys import PACKAGE, Grounds, grounds
from salesperf.reports.manifest import Entry, is_current, is_finished, read_manifest
from salesperf.reports.names import file_names
from salesperf.reports.report import NOTEBOOKS, Kind, Report
from salesperf.reports.shelf import Shelf, shelf_at

SOURCES: Mapping[Kind, str] = {"region": "notebook", "sheet": "sheet_notebook"}  # keys in client file and manifest


@dataclass(frozen=True)
class Order:
    """What to publish of a client, made from what, and where.

    ``only``: the regions asked for, all if there are none; ``kinds``: the kinds of reports; ``notebooks``: the notebook
    of each.
    """

    client: Client
    only: tuple[str, ...]
    kinds: tuple[Kind, ...]
    notebooks: Mapping[Kind, Path]
    grounds: Grounds
    shelf: Shelf

    @property
    def period(self) -> str:
        """The period's label."""
        return self.client.period.label


def ordered(client: Client, only: Sequence[str] = (), out: str | None = None, *, with_sheets: bool = False) -> Order:
    """The order for a client's regions, ``with_sheets`` also for a sheet of each of their reps.

    ``out``: the folder of all reports, of this machine or a URL; by default that of the workbench. Raises RequestError
    when there is no notebook to run, DataError when a file of the export is missing.
    """
    kinds: tuple[Kind, ...] = ("region", "sheet") if with_sheets else ("region",)
    notebooks = {kind: _notebook(client, kind) for kind in kinds}
    made_from = _grounds(client, notebooks)
    name = file_names([client.path.stem])[client.path.stem]
    shelf = shelf_at(out or _reports_folder(client), name, client.period.label)
    return Order(client, tuple(dict.fromkeys(only)), kinds, notebooks, made_from, shelf)


def grounds_now(order: Order) -> Grounds:
    """What the reports of an order would be made from now. Raises DataError or OSError where a file is gone."""
    return _grounds(order.client, order.notebooks)


def ground_files(order: Order) -> list[Path]:
    """The files that an order's reports are made from. Raises DataError where one of the export is gone."""
    exported = [one.path for one in source_files(order.client)]
    return [*exported, *order.client.files(), *order.notebooks.values()]


def all_current(order: Order) -> list[Report] | None:
    """The reports asked for, where each lies there as it would be made again; None where there is something to do.

    There also is where the last batch was killed before index and log were written, or before it had cleared away.

    The export is not read for this: a manifest from the same export knows its regions and reps.
    """
    found = read_manifest(order.shelf)
    known = [one for one in found["reports"] if one["kind"] in order.kinds]
    sheets = sum(one["kind"] == "sheet" for one in known)
    regions = [one["region"] for one in known if one["kind"] == "region"]
    if not regions or set(order.only) - set(regions) or ("sheet" in order.kinds and sheets != found.get("sheets")):
        return None
    wanted = [one for one in known if one["region"] in (order.only or regions)]
    reports = [_report(one) for one in wanted]
    keys = [order.grounds.key(report, order.period) for report in reports]
    there = all(is_current(one, key, order.shelf) for one, key in zip(wanted, keys, strict=True))
    ended = not order.shelf.is_littered() and is_finished(found, order.shelf)
    return reports if there and ended else None


def _report(entry: Entry) -> Report:
    file = entry["outputs"][0]["path"].removesuffix(".html") if entry.get("outputs") else ""
    return Report(entry["kind"], entry["region"], file, entry.get("rep", ""), entry.get("name", ""))


def _grounds(client: Client, notebooks: Mapping[Kind, Path]) -> Grounds:
    return grounds(client, source_files(client), notebooks)


def _reports_folder(client: Client) -> str:
    """Where reports go unless told otherwise: ``reports/`` of the workbench, which has the client file in params/."""
    if folder := client.settings.reports.folder:
        return folder if is_url(folder) else str(client.folder / folder)
    home = client.folder.resolve()
    return str((home.parent if home.name == "params" else home) / "reports")


def _notebook(client: Client, kind: Kind) -> Path:
    """The notebook to run: the client file's own, that of the workbench around it, else the one that comes along."""
    key = SOURCES[kind]
    if own := getattr(client.settings.reports, key):
        if not (client.folder / own).is_file():
            raise client.document.error(
                ("reports", key), f"{key}: expected a file, found none at {own!r}; check the path"
            )
        return client.folder / str(own)
    home = client.folder.resolve()
    for folder in (home, *home.parents, PACKAGE, PACKAGE.parent):
        if (folder / NOTEBOOKS[kind]).is_file():
            return folder / NOTEBOOKS[kind]
    raise RequestError(f"{NOTEBOOKS[kind]}: expected the notebook near {client.path}, found none; copy it there")
