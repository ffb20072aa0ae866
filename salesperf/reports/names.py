"""Safe file names and ids for regions, reps and clients with any name."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

# Names of what the batch itself publishes in the same folder, and names that Windows reserves for devices.
_TAKEN = {"index", "manifest", "run-log", "notebooks", "sheets", "failed", "con", "prn", "aux", "nul"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(10)
}
_LONGEST = 60  # characters
_HASHED = re.compile(r"^$|(^|-)[0-9a-f]{8}$")  # "" or a name that ends like one with a hash


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Name → file name without an ending; the file names differ by more than case.

    A name that is a safe file name is kept. One that is not, or that differs from another one only in case, is
    reduced to its safe characters and gets 8 hexadecimal digits of its hash. So a name has the same file in every
    run, unless a name that differs from it only in case is added or removed.
    """
    safe_names = {name: _safe(name) for name in set(names)}
    unchanged = {name for name, safe in safe_names.items() if safe == name and not _HASHED.search(name)}
    folded = Counter(name.casefold() for name in unchanged)
    return {
        name: name if name in unchanged and folded[name.casefold()] == 1 else f"{safe}-{_hash(name)}".lstrip("-")
        for name, safe in safe_names.items()
    }


def card_id(region: str) -> str:
    """The id of a region's card on the index, and the fragment that leads to it."""
    return f"region-{quote(region, safe='')}"


def _safe(name: str) -> str:
    """The name without what a file name may not hold; "" where nothing is left."""
    kept = re.sub(r"[^\w .-]+", "-", unicodedata.normalize("NFC", name)).strip(" .-_")
    kept = re.sub(r"\.{2,}", ".", kept)[:_LONGEST].rstrip(" .-")
    return f"{kept}-" if kept.partition(".")[0].casefold() in _TAKEN else kept


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
