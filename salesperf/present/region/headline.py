"""The head of a report: whose it is, one sentence that says how the period went, and a row of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.availability import reason_not_available
from salesperf.measures.coverage import is_whole, last_day, reaches_end
from salesperf.measures.kpis import KPIS
from salesperf.measures.table import kpi_table
from salesperf.params import Client
from salesperf.periods import Period
from salesperf.present.exhibit import Exhibit
from salesperf.present.masthead import masthead
from salesperf.present.values import why_missing


def report_masthead(voice: Voice, client: Client, region: str) -> Exhibit:
    """The head of a region's report: region, period, client and dates."""
    title = voice("report_title", region=region, period=client.period)
    return masthead(voice, client, title, region=region)


@dataclass(frozen=True)
class Comparison:
    """A region's KPI rows of the period, of the one before and of the year before; a base without a row has None."""

    now: pd.Series
    before: tuple[Period, pd.Series | None]
    year_before: tuple[Period, pd.Series | None]


@dataclass(frozen=True)
class _Tile:
    """A figure of the headline: a name, a printed value, whether that is available, lines below it, and its n."""

    label: str
    value: str
    known: bool
    subs: tuple[str, ...]
    n: str = ""


def comparison(export: Export, history: pd.DataFrame) -> Comparison:
    """The rows to compare; a base has no row where it or the export's period is covered in part only.

    ``history``: rows of the KPI table of one entity, one per period. Raises KeyError where the export's period is
    not among them.
    """
    rows = {label: row for label, (_, row) in zip(history["period"], history.iterrows(), strict=True)}

    def base(period: Period) -> tuple[Period, pd.Series | None]:
        whole = is_whole(export, period) and is_whole(export, export.period)
        return period, rows.get(period.label) if whole else None

    return Comparison(rows[export.period.label], base(export.period.before()), base(export.period.year_before))


def headline(voice: Voice, export: Export, *, region: str, history: pd.DataFrame) -> Exhibit:
    """A sentence on a region's period and a row of figures; both and the trend of revenue are parts of the cover.

    ``history``: the region's rows of the KPI table, one per period, the export's among them.
    """
    compared = comparison(export, history)
    sentence, tiles = _sentence(voice, export, region, compared), _tiles(voice, export, compared=compared)
    shown = "".join(_tile_html(tile) for tile in tiles)
    html = f'<p class="sp-lead">{escape(sentence)}</p><div class="sp-tiles">{shown}</div>'
    plain = "\n".join([sentence, *(f"{tile.label}: {tile.value} ({'; '.join(tile.subs)})" for tile in tiles)])
    attainment = compared.now["revenue_attainment"]
    cover = {
        **_cover(voice, history, sentence, tiles),
        "incomplete": [voice.period(period) for period in export.period.history() if not is_whole(export, period)],
        "attainment": None if pd.isna(attainment) else float(attainment),
        "company": _of_company(voice, export),
    }
    return Exhibit(html, plain, cover)


def _of_company(voice: Voice, export: Export) -> dict[str, Any]:
    """The cover's part on the whole company, for the index."""
    history = kpi_table(export, export.period.history(), "company")
    compared, name = comparison(export, history), voice("company")
    return _cover(voice, history, _sentence(voice, export, name, compared), _tiles(voice, export, compared=compared))


def _cover(voice: Voice, history: pd.DataFrame, sentence: str, tiles: Sequence[_Tile]) -> dict[str, Any]:
    """The sentence, figures, trend and targets of a cover; ``history``: the rows of one entity, one per period."""

    def amounts(column: str) -> list[float | None]:
        values = history[column] if column in history else pd.Series(float("nan"), history.index)
        return [None if pd.isna(value) else float(value) for value in values]

    labels = map(voice.period, history["period"])
    return {
        "sentence": sentence,
        "figures": [{"label": tile.label, "value": tile.value, "known": tile.known, "n": tile.n} for tile in tiles],
        "trend": [list(point) for point in zip(labels, amounts("revenue"), strict=True)],
        "targets": amounts("revenue_target"),
    }


def _sentence(voice: Voice, export: Export, region: str, compared: Comparison) -> str:
    now, period = compared.now, export.period
    if reason := reason_not_available(KPIS["revenue"], export, period):
        return voice("headline_nothing", region=region, period=period, reason=why_missing(voice, reason))
    sold = {"region": region, "revenue": voice.short_money(now["revenue"]), "period": period}
    is_over = reaches_end(export, period)
    text = voice("headline_sold", **sold) if is_over else voice("headline_so_far", **sold, last=last_day(export))
    if pd.notna(now["revenue_attainment"]):
        text += voice("headline_attainment", share=voice.of_target(now["revenue_attainment"]))
    else:
        has_target = pd.notna(now["revenue_target"])
        text += voice("headline_not_comparable" if has_target else "headline_no_target")
    if not is_over:
        return text + voice("headline_running", period=period)
    bases = [(base, row["revenue"]) for base, row in (compared.before, compared.year_before) if row is not None]
    changes = [_more_or_less(voice, now["revenue"] / sold - 1, base) for base, sold in bases if sold > 0]
    if changes:
        text += voice("headline_compared", comparisons=voice("headline_and").join(dict.fromkeys(changes)))
    if periods := [base.label for base, sold in bases if sold == 0]:
        text += voice("headline_sold_nothing", periods=_listed(voice, periods))
    if periods := [base.label for base, sold in bases if sold < 0]:
        text += voice("headline_took_back", periods=_listed(voice, periods))
    return text + voice("headline_end" if bases else "headline_not_compared")


def _listed(voice: Voice, periods: list[str]) -> str:
    return voice("headline_periods").join(dict.fromkeys(map(voice.period, periods)))


def _more_or_less(voice: Voice, change: float, base: Period) -> str:
    if voice.share(abs(change)) == voice.share(0.0):
        return voice("headline_same", period=base)
    return voice("headline_more" if change > 0 else "headline_less", share=voice.share(abs(change)), period=base)


def _tiles(voice: Voice, export: Export, *, compared: Comparison) -> list[_Tile]:
    now, period = compared.now, export.period
    behind = {
        "revenue_attainment": lambda: [voice("tile_target", target=voice.short_money(now["revenue_target"]))],
        "win_rate": lambda: [voice("tile_n", n=voice.count(now["win_rate_n"]))],
        "gross_margin": lambda: [voice("tile_orders", n=voice.count(now["gross_margin_n"]))],
        "satisfaction": lambda: [_answers(voice, now)],
    }
    tiles = []
    for name in ("revenue_attainment", "revenue", "win_rate", "new_customers", "satisfaction", "gross_margin"):
        kpi, label = KPIS[name], voice("attainment") if name == "revenue_attainment" else voice.kpi(name)
        reason = reason_not_available(kpi, export, period)
        value = now[name]
        if reason:
            tiles.append(_Tile(label, voice.missing, False, (why_missing(voice, reason),)))
        elif pd.isna(value):
            text = voice.missing
            if name == "revenue_attainment":
                has_target = pd.notna(now["revenue_target"])
                text = voice("not_comparable" if has_target else "no_target")
            tiles.append(_Tile(label, text, False, ()))
        else:
            text = voice.short_money(value) if kpi.unit == "money" else voice.value(kpi.unit, value)
            if name == "revenue_attainment":
                text = voice.of_target(value)
            changes = _changes(voice, name, compared) if reaches_end(export, period) else []
            subs = [*behind.get(name, list)(), *changes]
            n = voice("n", n=voice.count(now[f"{name}_n"])) if f"{name}_n" in now else ""
            tiles.append(_Tile(label, text, True, tuple(subs), n))
    return tiles


def _changes(voice: Voice, name: str, compared: Comparison) -> list[str]:
    """The change of a KPI against each base; of money relative to a base above 0, else as a difference."""
    texts = {}  # by label: of a year, the period before is the year before, too
    for base, row in (compared.before, compared.year_before):
        if row is None:
            texts[base.label] = voice("not_covered", period=base)
        elif pd.notna(row[name]):
            difference = compared.now[name] - row[name]
            relative = KPIS[name].unit == "money" and row[name] > 0
            change = voice.ratio(difference / row[name]) if relative else voice.change(KPIS[name].unit, difference)
            texts[base.label] = voice("against", change=change, period=base)
    return list(texts.values())


def _answers(voice: Voice, now: pd.Series) -> str:
    """The answers behind satisfaction, and how many were asked where the export tells."""
    answered, sent = now["satisfaction_n"], now["surveys_sent"]
    if sent > answered:
        return voice("tile_answers", n=voice.count(answered), sent=voice.count(sent))
    return voice("tile_answers_only", n=voice.count(answered))


def _tile_html(tile: _Tile) -> str:
    kind = "sp-value" if tile.known else "sp-value sp-none"
    lines = [("sp-label", tile.label), (kind, tile.value), *(("sp-sub", sub) for sub in tile.subs)]
    return (
        '<div class="sp-tile">'
        + "".join(f'<div class="{css_class}">{escape(text)}</div>' for css_class, text in lines)
        + "</div>"
    )
