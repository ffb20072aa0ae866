"""Compares the modules that the parent has loaded with the files that a new interpreter would load."""

import contextlib
import os
import sys
from pathlib import Path


def loaded_files() -> dict[str, tuple[int, int]]:
    """The files of all modules loaded so far: path → time of the last change (ns) and size (bytes)."""
    paths = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {path: mark for path in paths if path for mark in [_mark(path)] if mark}


def changed_file(files: dict[str, tuple[int, int]]) -> str:
    """The path of the first file whose time or size differs from that in ``files``; "" where none does."""
    return next((path for path, mark in files.items() if _mark(path) != mark), "")


def module_of_folder(folder: Path) -> str:
    """The name of a module that a new kernel in the folder would import in place of the loaded one; "" if none is."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(".py")
            loaded = getattr(sys.modules.get(name), "__file__", None)
            if loaded is None or name in sys.stdlib_module_names:  # the standard library comes before the folder
                continue
            path = Path(entry.path) if entry.name.endswith(".py") else Path(entry.path, "__init__.py")
            if path.is_file() and not path.samefile(loaded):
                return name
    return ""


def _mark(path: str) -> tuple[int, int] | None:
    """Time of the last change (ns) and size (bytes) of a file; None where it cannot be read."""
    try:
        status = os.stat(path)  # takes half the time of Path.stat; thousands of files for each kernel
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
