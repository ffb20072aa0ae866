"""Whether what a batch is made from still is what it was when its reports were asked for."""

import os
from pathlib import Path

from salesperf.data.sources import Input, source_files
from salesperf.errors import DataError
from salesperf.reports.keys import SharedKey, dataset_hash
from salesperf.reports.publishing.order import Order, order_files, shared_key_now
from salesperf.reports.report import Report

_WORDS = {"dataset": "the export", "client": "the client file", "notebook": "the notebook"}
_State = tuple[tuple[str, int, int, int, int], ...]


class Watch:
    """The files of an order, looked at again and again: hashed only where the system says that one was touched."""

    def __init__(self, order: Order, inputs: tuple[Input, ...]) -> None:
        """``inputs``: the files of the export as they were read."""
        self._order = order
        self._was_read = _is_of(order, inputs)
        self._seen: _State | None = None
        self._now: SharedKey | None = order.shared_key

    def change(self, report: Report) -> str:
        """What is not as it was of what a report is made from, in one line; "" for nothing."""
        now, before = self._looked(), self._order.shared_key.key(report, self._order.period)
        if now is None:
            return _line("one of its files is gone")
        after = now.key(report, self._order.period)
        changed = [word for part, word in _WORDS.items() if before[part] != after[part]]
        if not self._was_read and _WORDS["dataset"] not in changed:
            changed.insert(0, _WORDS["dataset"])
        return _line(" and ".join(changed)) if changed else ""

    def _looked(self) -> SharedKey | None:
        """What the keys share now, None where a file is gone."""
        try:
            # Before the hashes, so that whatever is touched while they are worked out is seen the next time.
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
    """What the system knows of files without reading them."""
    known = [(path, os.stat(path)) for path in files]
    return tuple(
        (str(path), state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns) for path, state in known
    )


def _is_of(order: Order, inputs: tuple[Input, ...]) -> bool:
    """Whether the export that was read is the one that was hashed."""
    try:
        files = source_files(order.client)
    except DataError:
        return False
    if [file.written for file in files] != [source.path for source in inputs]:
        return False
    read = ((file.table, file.written, source.sha256) for file, source in zip(files, inputs, strict=True))
    return dataset_hash(read) == order.shared_key.dataset
