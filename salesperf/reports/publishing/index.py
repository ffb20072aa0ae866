"""The index of a batch: a page with a card for each region that shows its headline, figures, trend and status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from salesperf.cover import cover
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.reports.keys import Key
from salesperf.reports.publishing.manifest import ReportEntry
from salesperf.reports.report import Identity
from salesperf.reports.stores.store import Store

Current = Mapping[Identity, Key]  # the key that each report would have if it were built now
WIDTH, HEIGHT = 240.0, 64.0  # of the chart on a card, in units of its SVG


@dataclass(frozen=True)
class Sheet:
    """A rep's sheet on the index. ``page``: its path, None where there is none; ``remarks``: on its status."""

    name: str
    page: str | None
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A region on the index.

    ``page``: its path, None where there is none; ``cover``: the parts of the report's cover (see
    `salesperf.cover.cover`); ``remarks``: on the report's status; ``bars``: x, y, width and height of a bar for each
    period's revenue, in units of the SVG, on one scale for all regions; ``chart``: the caption of the bars.
    """

    region: str
    page: str | None
    cover: dict[str, Any]
    remarks: tuple[str, ...]
    bars: tuple[tuple[float, float, float, float], ...]
    chart: str
    sheets: tuple[Sheet, ...]
    sheets_title: str


def index_page(client: Client, store: Store, reports: list[ReportEntry], *, current: Current) -> str:
    """The index as HTML, made from the entries of the manifest and the covers of the executed notebooks on the store.

    ``current``: the key that each report would have now; one published with another key is marked as older.
    """
    voice = client.voice
    regions = [entry for entry in reports if entry.kind == "region"]
    covers = {entry.region: _cover(store, entry) for entry in regions}
    known = [value for parts in covers.values() for _, value in parts.get("trend", []) if value is not None]
    top = max(known, default=0.0) or 1.0
    cards = [_card(voice, entry, covers[entry.region], top=top, reports=reports, current=current) for entry in regions]
    environment = Environment(
        loader=PackageLoader("salesperf.reports.building", "templates/salesperf"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
    )
    title = voice("index_title", client=client.name, period=client.period)
    intro = voice("index_intro", count=len(cards))
    dates = voice("dates", start=client.period.start, end=client.period.end)
    return environment.get_template("index.html.j2").render(
        voice=voice, title=title, intro=intro, dates=dates, cards=cards, width=WIDTH, height=HEIGHT
    )


def _cover(store: Store, entry: ReportEntry) -> dict[str, Any]:
    """The parts of the cover of a report's notebook; empty where the notebook is missing or damaged."""
    report = entry.report
    notebook = store.read(report.notebook) if report.file else None
    try:
        return cover(json.loads(notebook or b"{}").get("cells", []))
    except (ValueError, TypeError, AttributeError):  # the file has been damaged; the next run builds it again
        return {}


def _card(
    voice: Voice,
    entry: ReportEntry,
    cover_parts: dict[str, Any],
    *,
    top: float,
    reports: list[ReportEntry],
    current: Current,
) -> Card:
    trend = cover_parts.get("trend", [])
    chart = voice("index_revenue", first=trend[0][0], last=trend[-1][0]) if trend else ""
    sheets = _sheets(voice, entry.region, reports, current=current)
    remarks = _remarks(voice, entry, current)
    title = voice("index_sheets", n=len(sheets))
    return Card(entry.region, _page(entry), cover_parts, remarks, _bars(trend, top), chart, sheets, title)


def _sheets(voice: Voice, region: str, reports: list[ReportEntry], *, current: Current) -> tuple[Sheet, ...]:
    entries = [entry for entry in reports if entry.kind == "sheet" and entry.region == region]
    return tuple(Sheet(entry.name, _page(entry), _remarks(voice, entry, current)) for entry in entries)


def _page(entry: ReportEntry) -> str | None:
    report = entry.report
    return report.page if report.file else None


def _remarks(voice: Voice, entry: ReportEntry, current: Current) -> tuple[str, ...]:
    """Remarks on the status of a report: failed, missing, or made from older inputs; none for a current one."""
    if entry.status == "failed":
        kept = [voice("index_kept")] if entry.outputs else []
        return (voice("index_failed", error=entry.error), *kept)
    if entry.status == "missing":
        return (voice("index_none"),)
    now, then = current[entry.report.identity], entry.key or {}
    older = any(now[part] and then[part] != now[part] for part in now)
    return (voice("index_older"),) if older else ()


def _bars(trend: list[tuple[str, float | None]], top: float) -> tuple[tuple[float, float, float, float], ...]:
    step = WIDTH / max(len(trend), 1)
    heights = [max(value or 0.0, 0.0) / top * HEIGHT for _, value in trend]
    return tuple(
        (round(place * step, 2), round(HEIGHT - height, 2), round(step * 0.78, 2), round(height, 2))
        for place, height in enumerate(heights)
    )
