"""A folder of published reports that is to be verified: its manifest, and the client file that it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from salesperf.errors import RequestError, did_you_mean
from salesperf.params import client_file_near
from salesperf.reports.publishing.manifest import NAME, Manifest, ReportEntry, log_of, raw_manifest
from salesperf.reports.stores.store import LocalStore


@dataclass(frozen=True)
class Published:
    """Published reports in a folder of this machine, with their manifest. The folder is only read."""

    store: LocalStore
    manifest: Manifest

    @property
    def folder(self) -> Path:
        """The folder that holds them."""
        return self.store.folder

    @property
    def period(self) -> str:
        """The label of their period, such as 2025Q4."""
        return self.manifest.period

    @property
    def reports(self) -> list[ReportEntry]:
        """All entries of the manifest, also those of reports that failed or that no run has made."""
        return self.manifest.reports

    def chosen(self, only: Sequence[str] = ()) -> list[ReportEntry]:
        """The entries of the regions ``only``, all if that is empty. Raises RequestError for an unknown region."""
        regions = [entry.region for entry in self.reports]
        for region in only:
            if region not in regions:
                unknown = f"{region!r} is not in the manifest; {did_you_mean(region, dict.fromkeys(regions))}"
                raise RequestError(f"{self.folder / NAME}: region: {unknown}")
        return [entry for entry in self.reports if not only or entry.region in only]


def read_published(folder: Path) -> Published:
    """The reports in a folder. Raises RequestError where it has no manifest, or one without the keys of its reports."""
    store, path = LocalStore(folder), folder / NAME
    way_out = "name a folder that salesperf run published, such as reports/demo/2025Q4"
    if not path.is_file():
        raise RequestError(f"{path}: expected the manifest of published reports, got no such file; {way_out}")
    try:
        return Published(store, Manifest.model_validate(raw_manifest(store)))
    except ValidationError:
        raise RequestError(
            f"{path}: expected a manifest with the keys of its reports, got something else; {way_out}"
        ) from None


def client_file(published: Published) -> Path:
    """The client file that reports were published from: the one that their run log names, else the nearest of its name.

    Raises RequestError where there is none (see `client_file_near`).
    """
    logged = str(log_of(published.store).get("client_file", ""))
    if logged and Path(logged).is_file():
        return Path(logged)
    source = published.manifest.sources.get("client_file")
    return client_file_near(source.path if source else "", published.folder)
