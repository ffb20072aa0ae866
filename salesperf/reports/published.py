"""A folder of published reports, as whoever got it finds it: its manifest, and the client file that it came from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesperf.errors import RequestError, did_you_mean
from salesperf.params import find_upwards
from salesperf.reports.manifest import LOG, NAME, Entry, found_manifest, has, is_entry
from salesperf.reports.report import Report
from salesperf.reports.shelf import LocalShelf

_PARTS: Mapping[str, type] = {
    "client": str,
    "period": str,
    "sources": dict,
    "inputs": list,
    "environment": dict,
    "reports": list,
}


@dataclass(frozen=True)
class Published:
    """Reports in a folder of this machine, and what their manifest says; nothing is ever written there."""

    shelf: LocalShelf
    manifest: Entry

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.shelf.folder

    @property
    def period(self) -> str:
        """The label of their period."""
        return str(self.manifest["period"])

    @property
    def reports(self) -> list[Entry]:
        """The manifest's entries, whether published or not."""
        return list(self.manifest["reports"])

    def chosen(self, only: Sequence[str] = ()) -> list[Entry]:
        """The entries of some regions, all if there are none. Raises RequestError for one that is not there."""
        regions = [one["region"] for one in self.reports]
        for region in only:
            if region not in regions:
                unknown = f"{region!r} is not in the manifest; {did_you_mean(region, dict.fromkeys(regions))}"
                raise RequestError(f"{self.folder / NAME}: region: {unknown}")
        return [one for one in self.reports if not only or one["region"] in only]


def read_published(folder: Path) -> Published:
    """The reports in a folder. Raises RequestError where it has no manifest that reports can be rebuilt from."""
    shelf = LocalShelf(folder)
    manifest, path = found_manifest(shelf), folder / NAME
    way_out = "name a folder that salesperf run published, such as reports/demo/2025Q4"
    if not path.is_file():
        raise RequestError(f"{path}: expected the manifest of published reports, got no such file; {way_out}")
    if not _is_whole(manifest):
        raise RequestError(f"{path}: expected a manifest with the keys of its reports, got something else; {way_out}")
    return Published(shelf, manifest)


def client_file(published: Published) -> Path:
    """The client file that reports were published from: as their log has it, else the nearest one of its name.

    Raises RequestError where there is none.
    """
    logged = _logged(published)
    if logged and Path(logged).is_file():
        return Path(logged)
    name = Path(published.manifest["sources"].get("client_file", {}).get("path", "")).name
    for written in (Path("params", name), Path(name)):
        near = find_upwards(written, published.folder.resolve())
        if near != written:
            return near
    raise RequestError(
        f"{published.folder}: expected its client file {name!r} there or in a folder above, got none; "
        "name it with --params"
    )


def report_of(entry: Entry) -> Report:
    """Which report an entry is about; where it lies is not told."""
    return Report(entry["kind"], entry["region"], "", entry.get("rep", ""), entry.get("name", ""))


def _logged(published: Published) -> str:
    try:
        found = json.loads(published.shelf.read(LOG) or b"{}")
    except ValueError:
        return ""
    return str(found.get("client_file", "")) if isinstance(found, dict) else ""


def _is_whole(manifest: Entry) -> bool:
    return (
        has(manifest, _PARTS)
        and all(has(one, {"path": str, "sha256": str}) for one in manifest["inputs"])
        and all(is_entry(one) for one in manifest["reports"])
    )
