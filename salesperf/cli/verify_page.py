"""`salesperf verify` on one file: a page that `salesperf weights` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from salesperf.errors import Differences, RequestError, listed

if TYPE_CHECKING:
    from salesperf.present.weights.lab_page import Making


def verify_page(path: Path, params: Path | None, form: str) -> None:
    """Makes a page of weights again and compares every byte; the page is only read.

    ``params``: the client file, None for the nearest of the name that the page gives. Raises Differences where a byte
    differs, RequestError for another file, and where the client file is not there.
    """
    from salesperf.cli.options import checked_company
    from salesperf.params import client_file_near, read_client
    from salesperf.present.weights.lab_page import making_of, weights_page
    from salesperf.reports.verifying.location import in_bytes

    page = path.read_bytes()
    made = _making(path, page)
    company = checked_company(read_client(params or client_file_near(made.client_file, path), made.period, made.as_of))
    again = weights_page(company, region=made.region, pseudonyms=made.pseudonyms).encode()
    changed = _changed(made, making_of(company, region=made.region, pseudonyms=made.pseudonyms))
    difference = in_bytes(page, again) if page != again else None
    why = f"made from other inputs: {listed(changed)}" if changed else "altered, or made by another version"
    if form == "json":
        sides = {"published": difference.published, "rebuilt": difference.rebuilt} if difference else {}
        print(json.dumps({"file": str(path), "same": not difference, "changed": changed, **sides}, ensure_ascii=False))
    elif difference:
        print(f"{path.name}: {why}: there {difference.published!r}, made again {difference.rebuilt!r}")
    else:
        print(f"{path.name} is what its inputs give")
    if difference:
        raise Differences(f"{path}: expected what its inputs give, got another page ({why}); find out why before use")


def _making(path: Path, page: bytes) -> Making:
    from salesperf.present.weights.lab_page import read_making

    try:
        return read_making(page.decode())
    except ValueError:  # also where the file is not in UTF-8
        raise RequestError(
            f"{path}: expected a folder of published reports or a page of salesperf weights, got another file; "
            "name one of these"
        ) from None


def _changed(before: Making, now: Making) -> list[str]:
    """The names of the inputs that are others now."""
    settings = [before.client_file] if before.settings != now.settings else []
    files = before.inputs.keys() | now.inputs.keys()
    return settings + sorted(file for file in files if before.inputs.get(file) != now.inputs.get(file))
