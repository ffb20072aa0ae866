"""The page on which weights are moved, as one HTML file that needs no server and asks for nothing."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.measures.kpis import spoken
from salesperf.people.weights.experiment import experiment, usable_presets
from salesperf.present.exhibit import NOTHING, Exhibit, stylesheet
from salesperf.present.rebuilding import command_of, rebuilding
from salesperf.present.weights.lab_data import lab_data

FOLDER = Path(__file__).parent
_DATA = re.compile(r'<script id="lab-data" type="application/json">(.*?)</script>', re.DOTALL)
_WORKED_OUT = ("scores", "agreement", "pairwise")  # plain functions, without a page
_SHOWN = ("kernel", "robust", "evidence", "judgements", "minds", "lab")
START = 'showLab(document.getElementById("lab"), JSON.parse(document.getElementById("lab-data").textContent));'


class Making(BaseModel):
    """What a page was made from, as the page itself says.

    ``client_file``: its name; ``as_of``: the day in place of the file's own, None without one; ``region`` and
    ``pseudonyms``: see `weights_page`; ``settings``: `Client.fingerprint`; ``inputs``: file → SHA-256.
    """

    client_file: str
    period: str
    as_of: str | None
    region: str
    pseudonyms: bool
    settings: str
    inputs: dict[str, str]


def making_of(export: Export, *, region: str = "", pseudonyms: bool = False) -> Making:
    """What the page of a client's period would be made from now (see `weights_page`)."""
    client = export.client
    return Making(
        client_file=client.path.name,
        period=client.period.label,
        as_of=client.options.get("as_of"),
        region=region,
        pseudonyms=pseudonyms,
        settings=client.fingerprint,
        inputs={file.path: file.sha256 for file in export.tables.inputs},
    )


def read_making(page: str) -> Making:
    """What a page says that it was made from. Raises ValueError for what is no page of `weights_page`."""
    data = _DATA.search(page)
    try:
        return Making.model_validate(json.loads(data[1])["made_from"] if data else None)
    except (ValidationError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from None


def script() -> str:
    """The code of the page: what it works out and what it shows, with the function ``showLab(element, data, host)``."""
    return "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in (*_WORKED_OUT, *_SHOWN))


def style() -> str:
    """The style of the page."""
    return (FOLDER / "lab.css").read_text(encoding="utf-8")


def weights_page(export: Export, *, region: str = "", pseudonyms: bool = False) -> str:
    """The page of a client's period, with the shipped models that the export can measure to start from.

    ``region``: "" for all people, else the only one whose people are in it; ``pseudonyms``: whether pseudonyms stand
    for names and ids. Raises RequestError for an unknown region, and for one under a forced distribution.
    """
    area = export.tables.check_region(region) if region else ""
    tried = experiment(export, usable_presets(export))
    if area and tried.model.forced:
        raise RequestError("region: expected all people for a forced distribution, got one region; leave it out")
    making = making_of(export, region=area, pseudonyms=pseudonyms)
    voice, hashes = spoken(export), [making.settings, *making.inputs.values()]
    data = lab_data(voice, export, tried, region=area, pseudonyms=pseudonyms, robust=True) | {
        "inputs": sha256(" ".join(hashes).encode()).hexdigest(),
        "made_from": making.model_dump(),
    }
    options = ["--region", area] * bool(area) + ["--pseudonyms"] * pseudonyms
    command = command_of(export.client, "weights", "--out", "weights.html", "--period", making.period, *options)
    return lab_page(data, rebuilding(voice, export, command))


def lab_page(data: dict[str, Any], below: Exhibit = NOTHING) -> str:
    """The page as one file. ``data``: see `lab_data`; ``below``: what stands under the lab.

    Its policy lets nothing be loaded from anywhere or sent, and no other script run than its own. The data stand in it
    as JSON in which no tag can end.
    """
    code = f"\n{script()}\n{START}\n"
    allowed = f"script-src 'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'; style-src 'unsafe-inline'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    title = data["title"]
    plain = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="{data["language"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
<style>
body {{ margin: 1rem 1.5rem; font: 14px/1.4 system-ui, "Noto Sans CJK SC", sans-serif; }}
h1 {{ font-size: 1.3rem; margin: 0 0 1rem; color: #1f2933; }}
{style()}</style>
{stylesheet()}
</head>
<body>
<main>
<h1>{escape(title)}</h1>
<div id="lab"></div>
{below.html}
</main>
<script id="lab-data" type="application/json">{plain}</script>
<script type="module">{code}</script>
</body>
</html>
"""
