"""The order: what a batch is asked to publish. With the manifest it often shows that there is nothing to do."""

import json
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

# The name of each kind's notebook in the client file (under ``reports``) and in the manifest (under ``sources``).
NOTEBOOK_SETTINGS: Mapping[Kind, str] = {"region": "notebook", "sheet": "sheet_notebook"}


@dataclass(frozen=True)
class Order:
    """What to publish of a client, and on which store.

    ``only``: the regions asked for, all if it is empty; ``kinds``: the kinds of reports asked for; ``notebooks``: the
    notebook of each kind; ``shared_key``: what the keys of the reports have in common.
    """

    client: Client
    only: tuple[str, ...]
    kinds: tuple[Kind, ...]
    notebooks: Mapping[Kind, Path]
    shared_key: SharedKey
    store: Store

    @property
    def period(self) -> str:
        """The label of the client's period, such as 2025Q4."""
        return self.client.period.label


def order_for(client: Client, only: Sequence[str] = (), out: str | None = None, *, with_sheets: bool = False) -> Order:
    """The order for a client's regions; with ``with_sheets`` also for a sheet of each of their reps.

    ``out``: a folder or URL for the reports of all clients; by default that of the client file, else that of the
    workbench. Raises RequestError where there is no notebook to run, DataError where a file of the export is missing.
    """
    if out == "":
        raise RequestError("--out: expected a folder or a URL, got ''; leave it out for the workbench's reports/")
    kinds: tuple[Kind, ...] = ("region", "sheet") if with_sheets else ("region",)
    notebooks = {kind: _notebook(client, kind) for kind in kinds}
    _check_parameters(notebooks.values(), client)
    shared = _shared_key(client, notebooks)
    name = file_names([client.path.stem])[client.path.stem]
    store = store_at(out or _reports_folder(client), name, client.period.label)
    return Order(client, tuple(dict.fromkeys(only)), kinds, notebooks, shared, store)


def shared_key_now(order: Order) -> SharedKey:
    """The shared key of an order, from the files as they are now. Raises DataError or OSError where one is gone."""
    return _shared_key(order.client, order.notebooks)


def order_files(order: Order) -> list[Path]:
    """The files that an order's reports are made from: export, client file, notebooks, the user's own modules.

    Raises DataError where a file of the export is gone.
    """
    exported = [file.path for file in source_files(order.client)]
    notebooks = order.notebooks.values()
    modules = [path for notebook in notebooks for path in modules_behind(notebook, order.client.folder).user_files]
    return [*exported, *order.client.files(), *notebooks, *modules]


def all_current(order: Order) -> list[Report] | None:
    """The reports asked for, if all of them are current; None if there is something to do.

    None also if the last batch was killed before it had written index and log and cleaned up. The tables of the export
    are not read: the manifest of the same export has its regions and reps.
    """
    earlier = earlier_runs(order.store)
    known = [entry for entry in earlier.reports if entry.kind in order.kinds]
    sheets = sum(entry.kind == "sheet" for entry in known)
    regions = [entry.region for entry in known if entry.kind == "region"]
    if not regions or len(regions) != earlier.regions or set(order.only) - set(regions):
        return None
    if "sheet" in order.kinds and sheets != earlier.sheets:
        return None
    wanted = [entry for entry in known if entry.region in (order.only or regions)]
    keys = [order.shared_key.key(entry.report, order.period) for entry in wanted]
    current = all(is_current(entry, key, order.store) for entry, key in zip(wanted, keys, strict=True))
    finished = not order.store.is_littered() and is_finished(earlier, order.store)
    return [entry.report for entry in wanted] if current and finished else None


def _shared_key(client: Client, notebooks: Mapping[Kind, Path]) -> SharedKey:
    return shared_key(client, source_files(client), notebooks)


def _reports_folder(client: Client) -> str:
    """The default folder or URL of all reports: the one that the client file names, else that of the workbench.

    The latter is ``reports/`` beside the folder params/ that the client file is in, else beside the client file.
    """
    if folder := client.settings.reports.folder:
        return folder if is_url(folder) else str(client.folder / folder)
    home = client.folder.resolve()
    return str((home.parent if home.name == "params" else home) / "reports")


def _notebook(client: Client, kind: Kind) -> Path:
    """The notebook to run: the one that the client file names, else that of the workbench, else salesperf's own."""
    key = NOTEBOOK_SETTINGS[kind]
    if written := getattr(client.settings.reports, key):
        if not (client.folder / written).is_file():
            raise client.document.error(
                ("reports", key), f"{key}: expected a file, found none at {written!r}; check the path"
            )
        return client.folder / str(written)
    return notebook_near(client, NOTEBOOKS[kind])


def notebook_near(client: Client, name: Path) -> Path:
    """The notebook of this name, such as notebooks/targets.ipynb: that of the workbench, else salesperf's own."""
    for folder in (*_around(client.folder.resolve()), PACKAGE, PACKAGE.parent):
        if (folder / name).is_file():
            return folder / name
    raise RequestError(f"{name}: expected the notebook near {client.path}, found none; copy it there")


def _check_parameters(notebooks: Iterable[Path], client: Client) -> None:
    """Raises RequestError for a notebook without the parameter of an option that was given: it would ignore it."""
    for notebook in notebooks:
        cells = json.loads(notebook.read_text(encoding="utf-8")).get("cells", []) if client.options else []
        marked = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
        source = "\n".join("".join(cell["source"]) for cell in marked)
        for name in client.options:
            if not re.search(rf"^{name}\b", source, re.MULTILINE):
                raise RequestError(
                    f'{notebook}: expected the parameter {name}, found none; add {name}: str = "" to its parameters, '
                    f"and pass it to open_company"
                )


def _around(folder: Path) -> Iterator[Path]:
    """A folder and those above it, but none from a folder like /tmp on, in which anybody may have put a notebook."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & (stat.S_ISVTX | stat.S_IWOTH) == stat.S_ISVTX | stat.S_IWOTH:
            return
        yield parent
