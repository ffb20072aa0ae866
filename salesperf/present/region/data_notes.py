"""Remarks on the export: what is not available, and the findings of its checks (docs/methods.md §9)."""

from salesperf.data.export import Export
from salesperf.data.quality import Finding, findings, reps_without_deals
from salesperf.language import Voice
from salesperf.measures.availability import reason_not_available
from salesperf.measures.coverage import is_whole, last_day, reaches_end
from salesperf.measures.kpis import registry
from salesperf.measures.sales import column_behind
from salesperf.present.exhibit import Exhibit, notes, paragraph
from salesperf.present.values import why_missing

_USUAL_DIFFERENCE = 3  # days by which periods of one length differ in any calendar


def data_notes(voice: Voice, export: Export, *, region: str) -> Exhibit:
    """Remarks on the export's reach, KPIs that are not available, findings, and the region's reps without any deal.

    A sentence says so where there is none.
    """
    texts = [*_coverage(voice, export), *_missing(voice, export)]
    texts += [finding_text(voice, finding) for finding in findings(export.tables)]
    texts += _as_read(voice, export)
    if idle := reps_without_deals(export.tables, region):
        texts.append(voice("data_reps_without_deals", n=len(idle), examples=voice.listed(idle)))
    return notes(texts) if texts else paragraph(voice("data_none"))


def finding_text(voice: Voice, finding: Finding) -> str:
    """A finding in a sentence."""
    return voice(
        f"data_{finding.name}",
        n=voice.count(finding.count),
        examples=voice.listed(list(finding.examples)),
        table=voice(f"tables_{finding.table}") if finding.table else "",
        amount="" if finding.amount is None else voice.money(float(finding.amount)),
    )


def _as_read(voice: Voice, export: Export) -> list[str]:
    """By which rates amounts were converted, and by which zones times were dated, where any were."""
    given, texts = export.client.settings.source, []
    if given.rates:
        rates = voice.listed([f"{currency} {rate:f}" for currency, rate in given.rates.items()])
        texts.append(voice("data_rates", rates=rates))
    if zones := sorted({zone for file in export.tables.inputs for zone in file.zones}):
        texts.append(voice("data_zones", zones=voice.listed(zones)))
    return texts


def _coverage(voice: Voice, export: Export) -> list[str]:
    """Whether won opportunities stand in for orders, and the day at which sales begin or end within the period."""
    period, texts = export.period, []
    if not export.tables.has("orders"):
        texts.append(voice("stand_in"))
    span = export.tables.spans.get(column_behind("sales.date", export.tables))
    if span and not is_whole(export, period) and period.start <= span[1] and period.end >= span[0]:
        texts.append(
            voice("partial_start", first=span[0], period=period)
            if reaches_end(export, period)
            else voice("partial", last=last_day(export), period=period)
        )
    return [*texts, *_other_lengths(voice, export)]


def _other_lengths(voice: Voice, export: Export) -> list[str]:
    """A sentence for each period compared with that a calendar of the client's own makes longer or shorter by weeks."""
    period = export.period
    return [
        voice("other_length", period=period, days=period.days, other=other, other_days=other.days)
        for other in dict.fromkeys([period.before(), period.year_before])
        if period.calendar.starts and is_whole(export, other) and abs(period.days - other.days) > _USUAL_DIFFERENCE
    ]


def _missing(voice: Voice, export: Export) -> list[str]:
    """A sentence for each reason why KPIs are not available, with their names."""
    by_reason: dict[str, list[str]] = {}
    for kpi in registry(export).values():
        if reason := reason_not_available(kpi, export, export.period):
            by_reason.setdefault(why_missing(voice, reason), []).append(voice.kpi(kpi.id))
    return [voice("data_missing", kpis=voice.listed(kpis), reason=reason) for reason, kpis in by_reason.items()]
