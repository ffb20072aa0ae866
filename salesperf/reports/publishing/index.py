"""The index of a batch: a page with a card for each region that shows its headline, figures, trend and status."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from salesperf.cover import cover
from salesperf.language import Voice
from salesperf.params import Client
from salesperf.reports.keys import Key
from salesperf.reports.names import card_id
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
class Bar:
    """A bar of a card's chart, in units of its SVG.

    ``x``, ``y``, ``width``, ``height``: its place; ``target``: the height of the mark of its target, None without one;
    ``is_part``: whether the period is covered in part only, so that the bar is hatched.
    """

    x: float
    y: float
    width: float
    height: float
    target: float | None
    is_part: bool


@dataclass(frozen=True)
class Card:
    """A region on the index.

    Also the whole company, the first of all. ``page``: its path, None where there is none; ``id``: see `card_id`;
    ``cover``: the parts of the report's cover (see `salesperf.cover.cover`); ``remarks``: on the report's status;
    ``bars``: one for each period's revenue, on one scale for all regions; ``chart``: the caption of the bars;
    ``alternative``: what they show, as a text.
    """

    region: str
    page: str | None
    id: str
    cover: dict[str, Any]
    remarks: tuple[str, ...]
    bars: tuple[Bar, ...]
    chart: str
    alternative: str
    sheets: tuple[Sheet, ...]
    sheets_title: str


def index_page(client: Client, store: Store, reports: list[ReportEntry], *, current: Current) -> str:
    """The index as HTML, made from the entries of the manifest and the covers of the executed notebooks on the store.

    ``current``: the key that each report would have now; one published with another key is marked as older.
    """
    voice = client.voice
    regions = [entry for entry in reports if entry.kind == "region"]
    covers = {entry.region: _cover(store, entry) for entry in regions}
    begun = _begun(covers.values())
    top = _top(covers.values(), begun)
    cards = [
        _card(voice, entry, covers[entry.region], top=top, begun=begun, reports=reports, current=current)
        for entry in sorted(regions, key=lambda entry: _order(covers[entry.region]))
    ]
    whole = _whole(voice, [covers[entry.region] for entry in regions if _is_current(entry, current)], begun)
    environment = Environment(
        loader=PackageLoader("salesperf.reports.building", "templates/salesperf"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
    )
    title = voice("index_title", client=client.name, period=client.period)
    intro = voice("index_intro", count=len(cards))
    dates = voice("dates", start=client.period.start, end=client.period.end)
    return environment.get_template("index.html.j2").render(
        voice=voice, title=title, intro=intro, dates=dates, cards=[*whole, *cards], width=WIDTH, height=HEIGHT
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
    begun: int,
    reports: list[ReportEntry],
    current: Current,
) -> Card:
    sheets = _sheets(voice, entry.region, reports, current=current)
    return Card(
        entry.region,
        _page(entry),
        card_id(entry.region),
        cover_parts,
        _remarks(voice, entry, current),
        _bars(cover_parts, top, begun),
        *_texts(voice, entry.region, cover_parts, begun),
        sheets,
        voice("index_sheets", n=len(sheets)),
    )


def _whole(voice: Voice, covers: Sequence[dict[str, Any]], begun: int) -> list[Card]:
    """The card of the whole company, from the first of the covers of current reports that tells of it; none without."""
    told = next((parts for parts in covers if parts.get("company")), None)
    if told is None:
        return []
    parts = told["company"] | {"incomplete": told.get("incomplete", [])}
    name = voice("company")
    bars, texts = _bars(parts, _top([parts], begun), begun), _texts(voice, name, parts, begun)
    return [Card(name, None, "company", parts, (), bars, *texts, (), "")]


def _order(cover_parts: Mapping[str, Any]) -> tuple[bool, float]:
    """The place of a region: by attainment, the highest first; then those without one, as they were."""
    attainment = cover_parts.get("attainment")
    return attainment is None, -(attainment or 0.0)


def _begun(covers: Iterable[Mapping[str, Any]]) -> int:
    """The first place of the trends at which any region has a revenue: charts begin there."""
    sold = [place for parts in covers for place, (_, value) in enumerate(parts.get("trend", [])) if value is not None]
    return min(sold, default=0)


def _top(covers: Iterable[Mapping[str, Any]], begun: int) -> float:
    """The largest revenue or target of the covers' trends."""
    values = [value for parts in covers for value in _amounts(parts, begun)]
    return max(values, default=0.0) or 1.0


def _amounts(parts: Mapping[str, Any], begun: int) -> list[float]:
    """The revenues and targets of a cover's trend that are known."""
    values = [*(value for _, value in parts.get("trend", [])[begun:]), *parts.get("targets", [])[begun:]]
    return [value for value in values if value is not None]


def _texts(voice: Voice, name: str, parts: Mapping[str, Any], begun: int) -> tuple[str, str]:
    """The caption of a card's chart, and what it shows as a text; both "" without one."""
    trend = parts.get("trend", [])[begun:]
    if not trend:
        return "", ""
    caption = voice("index_revenue", first=trend[0][0], last=trend[-1][0])
    if any(target is not None for target in parts.get("targets", [])[begun:]):
        caption = voice("index_revenue_targets", first=trend[0][0], last=trend[-1][0])
    points = voice.listed([f"{label} {voice.short_money(nan if value is None else value)}" for label, value in trend])
    return caption, voice("trend_alt", region=name, points=points)


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
    return () if _is_current(entry, current) else (voice("index_older"),)


def _is_current(entry: ReportEntry, current: Current) -> bool:
    """Whether a report is published as it would be built now."""
    if entry.status != "published":
        return False
    now, then = current[entry.report.identity], entry.key or {}
    return not any(now[part] and then[part] != now[part] for part in now)


def _bars(parts: Mapping[str, Any], top: float, begun: int) -> tuple[Bar, ...]:
    trend, targets = parts.get("trend", [])[begun:], parts.get("targets", [])[begun:]
    step, incomplete, bars = WIDTH / max(len(trend), 1), parts.get("incomplete", []), []
    for place, (label, value) in enumerate(trend):
        height = max(value or 0.0, 0.0) / top * HEIGHT
        target = targets[place] if place < len(targets) else None  # a client's own notebook may give fewer, or none
        bars.append(
            Bar(
                round(place * step, 2),
                round(HEIGHT - height, 2),
                round(step * 0.78, 2),
                round(height, 2),
                None if target is None else round(HEIGHT - target / top * HEIGHT, 2),
                label in incomplete,
            )
        )
    return tuple(bars)
