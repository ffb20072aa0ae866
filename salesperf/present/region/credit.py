"""Whose a region's sales are: the rule of credit, sales across borders, and split sales (docs/methods.md, "Whose")."""

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.availability import reason_not_available
from salesperf.measures.borders import borders
from salesperf.measures.codebook import KPIS
from salesperf.measures.rows import counts_by_deal
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph


def whose_sales(voice: Voice, export: Export, *, region: str) -> Exhibit:
    """The rule by which sales count for a region, with the money that crosses its borders and that is split.

    NOTHING where revenue is not available.
    """
    if reason_not_available(KPIS["revenue"], export, export.period):
        return NOTHING
    found, by_deal = borders(export, export.period, region), counts_by_deal(export.tables)
    if by_deal:
        sentences = [voice("credit_deal")]
    else:
        sentences = [voice("credit_rep_moving" if export.tables.list_day else "credit_rep")]
    crossing = {name: getattr(found, name) for name in ("out", "into", "nobody")}
    shown = {name: voice.money(amount) for name, amount in crossing.items()}
    if abs(found.out) >= 0.5 or abs(found.into) >= 0.5:  # less rounds to 0 in print
        sentences.append(voice("credit_deal_across" if by_deal else "credit_rep_across", **shown, region=region))
    if abs(found.nobody) >= 0.5:
        sentences.append(voice("credit_nobody", **shown))
    if export.tables.has("splits"):
        sentences.append(voice("credit_splits"))
        if abs(found.credited - found.booked) >= 0.5:
            amounts = {"credited": voice.money(found.credited), "booked": voice.money(found.booked)}
            sentences.append(voice("credit_booked", **amounts, region=region))
    return paragraph(voice("targets_and").join(sentences), "sp-caption")
