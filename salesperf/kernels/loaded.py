"""The modules that the parent has loaded, against the files: whether a fresh kernel would load others."""

import contextlib
import os
import sys
from pathlib import Path


def loaded_files() -> dict[str, tuple[int, int]]:
    """The files of all modules loaded so far, with time and size: what is compared to see whether code has changed."""
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {path: mark for path in paths if path for mark in [_mark(path)] if mark}


def changed_file(files: dict[str, tuple[int, int]]) -> str:
    """The first of the files that is not as it was; empty if all are."""
    return next((path for path, mark in files.items() if _mark(path) != mark), "")


def module_of_folder(folder: Path) -> str:
    """A module that a fresh kernel in the folder would import in place of the loaded one; empty if there is none."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(".py")
            loaded = getattr(sys.modules.get(name), "__file__", None)
            if loaded is None or name in sys.stdlib_module_names:  # the folder comes behind the standard library
                continue
            path = Path(entry.path) if entry.name.endswith(".py") else Path(entry.path, "__init__.py")
            if path.is_file() and not path.samefile(loaded):
                return name
    return ""


def _mark(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # of thousands of files, for every kernel: half the time of Path.stat
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
