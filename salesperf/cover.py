"""The cover of a report: what an executed notebook says of itself to the page and to the index.

A notebook's exhibits carry parts of it as an output of their own type: title, client, region, period, language, dates,
sentence, figures (label, value, known, n) and trend (period and revenue or None).
"""

from collections.abc import Iterable, Mapping
from typing import Any

COVER_TYPE = "application/vnd.salesperf.cover+json"


def cover(cells: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of the cover in the outputs of notebook cells, as one; a later part goes before an earlier one."""
    parts: dict[str, Any] = {}
    for cell in cells:
        for output in cell.get("outputs", []):
            parts |= output.get("data", {}).get(COVER_TYPE, {})
    return parts
