"""What runs in a worker of a Dask cluster: it unpacks a batch's files once and has a slot for each of its threads."""

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


def installation() -> dict[str, str]:
    """What this process builds reports with: the hash of salesperf as "code", and the versions of `environment`."""
    return {"code": package_code(), **environment()}


def mismatch(expected: Mapping[str, str], got: Mapping[str, str]) -> str:
    """The first difference of another machine's installation from the expected one, in words; "" if they are equal.

    >>> mismatch({"pandas": "3.0.1"}, {"pandas": "2.9"})
    'expected pandas 3.0.1 as here, got 2.9'
    """
    for name in dict.fromkeys([*expected, *got]):
        if expected.get(name) != got.get(name):
            if name == "code":
                return "expected the same files of the package salesperf as here, got others"
            return f"expected {name} {expected.get(name, 'not installed')} as here, got {got.get(name, 'none')}"
    return ""


def build_there(bundle: Bundle, job: Job) -> Built:
    """Builds a report of a batch on this worker.

    Raises OSError or EOFError where the process that builds it has ended, so that Dask tries again, or EOFError where
    the batch has ended; RequestError where this worker would not build the same bytes.
    """
    depot = _depot(bundle)
    slot = depot.slot()
    try:
        return slot.build(moved_job(job, depot.root))
    except (OSError, EOFError):
        depot.drop(slot)
        raise


def leave(batch: str) -> None:
    """Ends all that is being built for a batch here, removes its files, and refuses further jobs of it."""
    with _lock:
        _ended.add(batch)
    _close(batch)


class _Depot:
    """What this worker has of a batch: the unpacked files, and the slots of its threads."""

    def __init__(self, bundle: Bundle) -> None:
        folder = tempfile.mkdtemp(prefix="salesperf-", dir=get_worker().local_directory)
        self.root = Path(folder).resolve()
        self._notebooks = [moved(path, self.root) for path in bundle.notebooks]
        self._slots: dict[int, Slot] = {}
        unpack(bundle, self.root)

    def slot(self) -> Slot:
        """The slot of this thread, started if it has none."""
        thread = threading.get_ident()
        if thread not in self._slots:
            self._slots[thread] = Slot(self._notebooks)
        return self._slots[thread]

    def drop(self, slot: Slot) -> None:
        """Ends this thread's slot, whose process has failed; the thread's next job starts another one."""
        self._slots.pop(threading.get_ident(), None)
        slot.close()

    def close(self) -> None:
        """Ends the slots and removes the files."""
        for slot in list(self._slots.values()):
            slot.close()
        shutil.rmtree(self.root, ignore_errors=True)


_depots: dict[str, _Depot] = {}
_ended: set[str] = set()
_lock = threading.RLock()  # reentrant: while a bundle is unpacked another may be collected, which calls `_close`


def _depot(bundle: Bundle) -> _Depot:
    """The depot of the bundle's batch on this worker, made if there is none.

    Raises RequestError where this worker, which may have joined late, would not build the same bytes, EOFError where
    the batch has ended.
    """
    with _lock:
        if bundle.batch in _ended:
            raise EOFError("the batch has ended")
        if bundle.batch not in _depots:
            if difference := mismatch(bundle.installation, installation()):
                raise RequestError(f"{get_worker().address}: {difference}; install the same environment there")
            _depots[bundle.batch] = _Depot(bundle)
            # Dask drops the bundle when the batch's client is gone, also if that was killed and never called `leave`.
            weakref.finalize(bundle, _close, bundle.batch)
        return _depots[bundle.batch]


def _close(batch: str) -> None:
    with _lock:
        depot = _depots.pop(batch, None)
    if depot is not None:  # in the background: Dask's own thread must not wait
        threading.Thread(target=depot.close, daemon=True).start()
