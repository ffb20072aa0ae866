"""Safe file names for regions and clients, whatever they are called."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# What the batch itself publishes in the same folder, and names that Windows keeps for devices.
_TAKEN = {"index", "manifest", "run-log", "notebooks", "sheets", "failed", "con", "prn", "aux", "nul"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(10)
}
_LONGEST = 60
_HASHED = re.compile(r"^$|(^|-)[0-9a-f]{8}$")  # no plain name may look like one with a hash


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Name → file name without an ending; no two are the same, also where case does not count.

    A plain name stays as it is. One that cannot be a file name, or that another one equals but for case, keeps what
    it can and gets a part of its hash. A name has the same file in every run, unless one that equals it but for case
    comes or goes.
    """
    kept = {name: _plain(name) for name in set(names)}
    stay = {name for name, one in kept.items() if one == name and not _HASHED.search(name)}
    folded = Counter(name.casefold() for name in stay)
    return {
        name: name if name in stay and folded[name.casefold()] == 1 else f"{one}-{_hash(name)}".lstrip("-")
        for name, one in kept.items()
    }


def _plain(name: str) -> str:
    kept = re.sub(r"[^\w .-]+", "-", unicodedata.normalize("NFC", name)).strip(" .-_")
    kept = re.sub(r"\.{2,}", ".", kept)[:_LONGEST].rstrip(" .-")
    return f"{kept}-" if kept.partition(".")[0].casefold() in _TAKEN else kept


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
