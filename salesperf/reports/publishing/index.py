"""The index of a batch: every region with its headline, its figures and its status, as small multiples."""

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

Current = Mapping[Identity, Key]
WIDTH, HEIGHT = 240.0, 64.0  # of a small chart, in its own units


@dataclass(frozen=True)
class Sheet:
    """One rep's sheet on the index: the name, the page where there is one, and what is to be said of its status."""

    name: str
    page: str | None
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One region on the index. ``bars``: x, y, width and height of each period's bar, on the scale of all regions."""

    region: str
    page: str | None
    cover: dict[str, Any]
    remarks: tuple[str, ...]
    bars: tuple[tuple[float, float, float, float], ...]
    chart: str
    sheets: tuple[Sheet, ...]
    sheets_title: str


def index_page(client: Client, store: Store, reports: list[ReportEntry], *, current: Current) -> str:
    """The index of the reports on a store, made from the covers of the executed notebooks that lie there.

    ``current``: what each report would be made from now.
    """
    voice = client.voice
    regions = [report for report in reports if report.kind == "region"]
    covers = {report.region: _cover(store, report) for report in regions}
    known = [value for content in covers.values() for _, value in content.get("trend", []) if value is not None]
    top = max(known, default=0.0) or 1.0
    cards = [
        _card(voice, report, covers[report.region], top=top, reports=reports, current=current) for report in regions
    ]
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
    report = entry.report
    notebook = store.read(report.notebook) if report.file else None
    try:
        return cover(json.loads(notebook or b"{}").get("cells", []))
    except (ValueError, TypeError, AttributeError):  # the file has been damaged; the next run builds it again
        return {}


def _card(
    voice: Voice,
    entry: ReportEntry,
    of_report: dict[str, Any],
    *,
    top: float,
    reports: list[ReportEntry],
    current: Current,
) -> Card:
    trend = of_report.get("trend", [])
    chart = voice("index_revenue", first=trend[0][0], last=trend[-1][0]) if trend else ""
    sheets = _sheets(voice, entry.region, reports, current=current)
    remarks = _remarks(voice, entry, current)
    title = voice("index_sheets", n=len(sheets))
    return Card(entry.region, _page(entry), of_report, remarks, _bars(trend, top), chart, sheets, title)


def _sheets(voice: Voice, region: str, reports: list[ReportEntry], *, current: Current) -> tuple[Sheet, ...]:
    own = [report for report in reports if report.kind == "sheet" and report.region == region]
    return tuple(Sheet(sheet.name, _page(sheet), _remarks(voice, sheet, current)) for sheet in own)


def _page(entry: ReportEntry) -> str | None:
    report = entry.report
    return report.page if report.file else None


def _remarks(voice: Voice, entry: ReportEntry, current: Current) -> tuple[str, ...]:
    """What is to be said of the status of a report; nothing of one that was just published."""
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
