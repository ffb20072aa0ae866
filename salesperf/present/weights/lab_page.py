"""The page on which weights are moved, as one HTML file that needs no server and asks for nothing."""

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from salesperf.data.export import Export
from salesperf.errors import RequestError
from salesperf.measures.kpis import spoken
from salesperf.people.weights.experiment import experiment, usable_presets
from salesperf.present.weights.lab_data import lab_data

FOLDER = Path(__file__).parent
START = 'showLab(document.getElementById("lab"), JSON.parse(document.getElementById("lab-data").textContent));'


def script() -> str:
    """The code of the page: scores and view, with the function ``showLab(element, data, host)``."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("scores.js", "lab.js"))


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
    hashes = [export.client.fingerprint, *(file.sha256 for file in export.tables.inputs)]
    data = lab_data(spoken(export), export.client, tried, region=area, pseudonyms=pseudonyms)
    return lab_page({**data, "inputs": sha256(" ".join(hashes).encode()).hexdigest()})


def lab_page(data: dict[str, Any]) -> str:
    """The page as one file. ``data``: see `lab_data`.

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
body {{ margin: 1rem 1.5rem; font-family: system-ui, "Noto Sans CJK SC", sans-serif; }}
h1 {{ font-size: 1.3rem; margin: 0 0 1rem; color: #1f2933; }}
{style()}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
<div id="lab"></div>
</main>
<script id="lab-data" type="application/json">{plain}</script>
<script type="module">{code}</script>
</body>
</html>
"""
