"""What a batch is asked to publish; often that and the manifest show, without the export, that nothing has changed."""

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesperf.data.sources import is_url, source_files
from salesperf.errors import RequestError
from salesperf.params import Client
from salesperf.reports.keys import PACKAGE, SharedKey, shared_key
from salesperf.reports.modules import modules_behind
from salesperf.reports.names import file_names
from salesperf.reports.publishing.manifest import earlier_runs, is_current, is_finished
from salesperf.reports.report import NOTEBOOKS, Kind, Report
from salesperf.reports.stores.store import Store, store_at

# Under what names the client file, and the sources in the manifest, have the notebook of each kind.
NOTEBOOK_SETTINGS: Mapping[Kind, str] = {"region": "notebook", "sheet": "sheet_notebook"}


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
    shared_key: SharedKey
    store: Store

    @property
    def period(self) -> str:
        """The period's label."""
        return self.client.period.label


def order_for(client: Client, only: Sequence[str] = (), out: str | None = None, *, with_sheets: bool = False) -> Order:
    """The order for a client's regions, ``with_sheets`` also for a sheet of each of their reps.

    ``out``: the folder of all reports, of this machine or a URL; by default that of the workbench. Raises RequestError
    when there is no notebook to run, DataError when a file of the export is missing.
    """
    if out == "":
        raise RequestError("--out: expected a folder or a URL, got ''; leave it out for the workbench's reports/")
    kinds: tuple[Kind, ...] = ("region", "sheet") if with_sheets else ("region",)
    notebooks = {kind: _notebook(client, kind) for kind in kinds}
    made_from = _shared_key(client, notebooks)
    name = file_names([client.path.stem])[client.path.stem]
    store = store_at(out or _reports_folder(client), name, client.period.label)
    return Order(client, tuple(dict.fromkeys(only)), kinds, notebooks, made_from, store)


def shared_key_now(order: Order) -> SharedKey:
    """What the keys of an order share now. Raises DataError or OSError where a file is gone."""
    return _shared_key(order.client, order.notebooks)


def order_files(order: Order) -> list[Path]:
    """The files that an order's reports are made from. Raises DataError where one of the export is gone."""
    exported = [file.path for file in source_files(order.client)]
    notebooks = order.notebooks.values()
    modules = [path for notebook in notebooks for path in modules_behind(notebook, order.client.folder).user_files]
    return [*exported, *order.client.files(), *notebooks, *modules]


def all_current(order: Order) -> list[Report] | None:
    """The reports asked for, where each lies there as it would be made again; None where there is something to do.

    None as well if the last batch was killed before it wrote index and log or had cleaned up.

    The export is not read for this: a manifest from the same export knows its regions and reps.
    """
    earlier = earlier_runs(order.store)
    known = [report for report in earlier.reports if report.kind in order.kinds]
    sheets = sum(entry.kind == "sheet" for entry in known)
    regions = [entry.region for entry in known if entry.kind == "region"]
    if not regions or len(regions) != earlier.regions or set(order.only) - set(regions):
        return None
    if "sheet" in order.kinds and sheets != earlier.sheets:
        return None
    wanted = [entry for entry in known if entry.region in (order.only or regions)]
    keys = [order.shared_key.key(entry.report, order.period) for entry in wanted]
    there = all(is_current(entry, key, order.store) for entry, key in zip(wanted, keys, strict=True))
    ended = not order.store.is_littered() and is_finished(earlier, order.store)
    return [entry.report for entry in wanted] if there and ended else None


def _shared_key(client: Client, notebooks: Mapping[Kind, Path]) -> SharedKey:
    return shared_key(client, source_files(client), notebooks)


def _reports_folder(client: Client) -> str:
    """Where reports go unless told otherwise: ``reports/`` of the workbench, which has the client file in params/."""
    if folder := client.settings.reports.folder:
        return folder if is_url(folder) else str(client.folder / folder)
    home = client.folder.resolve()
    return str((home.parent if home.name == "params" else home) / "reports")


def _notebook(client: Client, kind: Kind) -> Path:
    """The notebook to run: the client file's own, that of the workbench around it, else the one that comes along."""
    key = NOTEBOOK_SETTINGS[kind]
    if own := getattr(client.settings.reports, key):
        if not (client.folder / own).is_file():
            raise client.document.error(
                ("reports", key), f"{key}: expected a file, found none at {own!r}; check the path"
            )
        return client.folder / str(own)
    for folder in (*_around(client.folder.resolve()), PACKAGE, PACKAGE.parent):
        if (folder / NOTEBOOKS[kind]).is_file():
            return folder / NOTEBOOKS[kind]
    raise RequestError(f"{NOTEBOOKS[kind]}: expected the notebook near {client.path}, found none; copy it there")


def _around(folder: Path) -> Iterator[Path]:
    """A folder and those above it, up to one like /tmp, where anybody may have put a notebook."""
    for place in (folder, *folder.parents):
        if place.stat().st_mode & (stat.S_ISVTX | stat.S_IWOTH) == stat.S_ISVTX | stat.S_IWOTH:
            return
        yield place
