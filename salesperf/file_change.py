"""Changes of text files that are looked at before they are written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from salesperf.documents import write_whole
from salesperf.errors import RequestError


@dataclass(frozen=True)
class FileChange:
    """The text that a file is to have.

    ``before``: its present text, None for a file that is new; ``origin``: of a new file, what the diff compares it with
    (a name and a text).
    """

    path: Path
    before: str | None
    after: str
    origin: tuple[str, str] = ("/dev/null", "")

    @property
    def diff(self) -> str:
        """The unified diff; lines end as in the files, a line without an end is marked as such."""
        name, text = self.origin if self.before is None else (str(self.path), self.before)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in unified_diff(_lines(text), _lines(self.after), name, str(self.path))
        )

    def check(self) -> None:
        """Raises RequestError unless the file is as it was read, or still not there, and may be written."""
        if self.before is None:
            if os.path.lexists(self.path):
                raise RequestError(f"{self.path}: expected no file, got one; move it away or choose another with --out")
            return
        if text_of(self.path) != self.before:
            raise RequestError(f"{self.path}: expected the text that was read, got another since; begin again")
        if not self.path.stat().st_mode & 0o222 or not os.access(self.path, os.W_OK):
            raise RequestError(f"{self.path}: expected a file that may be changed, got a read-only one; use --out")

    def write(self) -> None:
        """Writes the file whole; a symbolic link stays one. Raises RequestError as `check` and where it cannot."""
        self.check()
        write_whole(Path(os.path.realpath(self.path)), self.after)


def write_together(changes: Sequence[FileChange]) -> None:
    """Writes all files in their order, after all have been checked; where one fails, new ones are taken away again.

    Raises RequestError as `FileChange.write`.
    """
    for change in changes:
        change.check()
    new: list[Path] = []
    try:
        for change in changes:
            change.write()
            new += [change.path] if change.before is None else []
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise


def text_of(path: Path) -> str:
    """The text of a UTF-8 file with its line ends and byte-order mark. Raises RequestError where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise RequestError(f"{path}: expected a readable file, got: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RequestError(f"{path}: expected UTF-8 text, got other bytes; save it as UTF-8") from None


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.split("\n")[-1]) else [])
