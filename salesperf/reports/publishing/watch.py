"""A watch on the files that a batch is made from: whether they are as they were when the order was made."""

import os
from pathlib import Path

from salesperf.data.sources import Input, source_files
from salesperf.errors import DataError
from salesperf.reports.keys import SharedKey, dataset_hash
from salesperf.reports.publishing.order import Order, order_files, shared_key_now
from salesperf.reports.report import Report

_WORDS = {"dataset": "the export", "client": "the client file", "notebook": "the notebook"}
_State = tuple[tuple[str, int, int, int, int], ...]  # path, inode, size, times of last change of content and of status


class Watch:
    """Checks the files of an order repeatedly; they are hashed only if their size, times or inodes have changed."""

    def __init__(self, order: Order, inputs: tuple[Input, ...]) -> None:
        """``inputs``: the files of the export as they were read."""
        self._order = order
        self._was_read = _is_of(order, inputs)
        self._seen: _State | None = None
        self._now: SharedKey | None = order.shared_key

    def change(self, report: Report) -> str:
        """One line that says which files of a report have changed since the order was made; "" for none."""
        now, before = self._shared_key(), self._order.shared_key.key(report, self._order.period)
        if now is None:
            return _line("one of its files is gone")
        after = now.key(report, self._order.period)
        changed = [word for part, word in _WORDS.items() if before[part] != after[part]]
        if not self._was_read and _WORDS["dataset"] not in changed:
            changed.insert(0, _WORDS["dataset"])
        return _line(" and ".join(changed)) if changed else ""

    def _shared_key(self) -> SharedKey | None:
        """The shared key of the files as they are now; None where one is gone."""
        try:
            # Taken before the hashes, so that a change while they are computed is seen the next time.
            state = _state(order_files(self._order))
            if state != self._seen:
                self._seen, self._now = None, shared_key_now(self._order)
                self._seen = state
        except (DataError, OSError):
            self._seen, self._now = None, None
        return self._now


def _line(what: str) -> str:
    return f"changed while it was built: {what}; run again"


def _state(files: list[Path]) -> _State:
    """The state of files as the system knows it without reading them."""
    stats = [(path, os.stat(path)) for path in files]
    return tuple((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for path, stat in stats)


def _is_of(order: Order, inputs: tuple[Input, ...]) -> bool:
    """Whether the files of the export that were read (``inputs``) are those that the order's shared key has hashed."""
    try:
        files = source_files(order.client)
    except DataError:
        return False
    if [file.written for file in files] != [read.path for read in inputs]:
        return False
    as_read = ((file.table, file.written, read.sha256) for file, read in zip(files, inputs, strict=True))
    return dataset_hash(as_read) == order.shared_key.dataset
