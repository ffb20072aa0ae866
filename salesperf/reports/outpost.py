"""What runs in a worker of a Dask cluster: the batch's files, unpacked once, and a slot for each of its threads."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

from distributed import get_worker

from salesperf.errors import RequestError
from salesperf.reports.bundle import Bundle, moved, moved_job, unpack
from salesperf.reports.execute import Job
from salesperf.reports.keys import environment, package_code
from salesperf.reports.result import Built
from salesperf.reports.slot import Slot


def standing() -> dict[str, str]:
    """What this process builds reports with: code and environment, as in a report's key."""
    return {"code": package_code(), **environment()}


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The first difference between two standings, in words; "" where there is none.

    >>> difference({"pandas": "3.0.1"}, {"pandas": "2.9"})
    'expected pandas 3.0.1 as here, got 2.9'
    """
    for name in dict.fromkeys([*here, *there]):
        if here.get(name) != there.get(name):
            if name == "code":
                return "expected the same files of the package salesperf as here, got others"
            return f"expected {name} {here.get(name, 'not installed')} as here, got {there.get(name, 'none')}"
    return ""


def build_there(bundle: Bundle, job: Job) -> Built:
    """Builds a report of a batch. Raises OSError or EOFError where the process that builds it has ended."""
    site = _site(bundle)
    slot = site.slot()
    try:
        return slot.build(moved_job(job, site.root))
    except (OSError, EOFError):
        site.drop(slot)
        raise


def leave(batch: str) -> None:
    """Ends what is being built for a batch, for good, and takes its files away."""
    with _lock:
        _over.add(batch)
    _close(batch)


class _Site:
    """A batch in this worker: its files under a root, and the slots of the threads."""

    def __init__(self, bundle: Bundle) -> None:
        folder = tempfile.mkdtemp(prefix="salesperf-", dir=get_worker().local_directory)
        self.root = Path(folder).resolve()
        self._notebooks = [moved(path, self.root) for path in bundle.notebooks]
        self._slots: dict[int, Slot] = {}
        unpack(bundle, self.root)

    def slot(self) -> Slot:
        """The slot of this thread."""
        own = threading.get_ident()
        if own not in self._slots:
            self._slots[own] = Slot(self._notebooks)
        return self._slots[own]

    def drop(self, slot: Slot) -> None:
        """Does without a slot, which has ended."""
        self._slots.pop(threading.get_ident(), None)
        slot.close()

    def close(self) -> None:
        """Ends the slots and takes the files away."""
        for slot in list(self._slots.values()):
            slot.close()
        shutil.rmtree(self.root, ignore_errors=True)


_sites: dict[str, _Site] = {}
_over: set[str] = set()
_lock = threading.RLock()  # a bundle may end, and be cleared away, while another one is being unpacked


def _site(bundle: Bundle) -> _Site:
    """The batch's place here. Raises RequestError where this worker, which may be new, would not build the same."""
    with _lock:
        if bundle.batch in _over:
            raise EOFError("the batch has ended")
        if bundle.batch not in _sites:
            if found := difference(bundle.standing, standing()):
                raise RequestError(f"{get_worker().address}: {found}; install the same environment there")
            _sites[bundle.batch] = _Site(bundle)
            # Dask forgets the bundle when the batch is gone, also when that could not take its leave.
            weakref.finalize(bundle, _close, bundle.batch)
        return _sites[bundle.batch]


def _close(batch: str) -> None:
    with _lock:
        site = _sites.pop(batch, None)
    if site is not None:  # in the background: Dask's own thread must not wait
        threading.Thread(target=site.close, daemon=True).start()
