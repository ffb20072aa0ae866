"""What runs in a worker of a Dask cluster: the batch's files, unpacked once, and a slot for each of its threads."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

from distributed import get_worker

from salesperf.errors import RequestError
from salesperf.reports.building.job import Job
from salesperf.reports.cluster.bundle import Bundle, moved, moved_job, unpack
from salesperf.reports.cluster.slot import Slot
from salesperf.reports.keys import environment, package_code
from salesperf.reports.result import Built


def standing() -> dict[str, str]:
    """What this process builds reports with: code and environment, as in a report's key."""
    return {"code": package_code(), **environment()}


def unlike(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The first difference between two standings, in words; "" where there is none.

    >>> unlike({"pandas": "3.0.1"}, {"pandas": "2.9"})
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
    depot = _depot(bundle)
    slot = depot.slot()
    try:
        return slot.build(moved_job(job, depot.root))
    except (OSError, EOFError):
        depot.drop(slot)
        raise


def leave(batch: str) -> None:
    """Ends what is being built for a batch, for good, and takes its files away."""
    with _lock:
        _over.add(batch)
    _close(batch)


class _Depot:
    """What this worker has of a batch: its files under a root, and the slots of the threads."""

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
        """Forgets this thread's slot, whose process has died; the next job starts another."""
        self._slots.pop(threading.get_ident(), None)
        slot.close()

    def close(self) -> None:
        """Ends the slots and takes the files away."""
        for slot in list(self._slots.values()):
            slot.close()
        shutil.rmtree(self.root, ignore_errors=True)


_depots: dict[str, _Depot] = {}
_over: set[str] = set()
_lock = threading.RLock()  # a bundle may end, and be cleared away, while another one is being unpacked


def _depot(bundle: Bundle) -> _Depot:
    """The batch's depot here. Raises RequestError where this worker, which may be new, would not build the same."""
    with _lock:
        if bundle.batch in _over:
            raise EOFError("the batch has ended")
        if bundle.batch not in _depots:
            if difference := unlike(bundle.standing, standing()):
                raise RequestError(f"{get_worker().address}: {difference}; install the same environment there")
            _depots[bundle.batch] = _Depot(bundle)
            # Dask forgets the bundle when the batch is gone, also when that could not take its leave.
            weakref.finalize(bundle, _close, bundle.batch)
        return _depots[bundle.batch]


def _close(batch: str) -> None:
    with _lock:
        depot = _depots.pop(batch, None)
    if depot is not None:  # in the background: Dask's own thread must not wait
        threading.Thread(target=depot.close, daemon=True).start()
