"""Whose a region's sales are: the rule of credit, sales across borders, and split sales (docs/methods.md, "Whose")."""

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.measures.availability import reason_not_available
from salesperf.measures.borders import borders, sellers
from salesperf.measures.codebook import KPIS
from salesperf.measures.rows import counts_by_deal
from salesperf.present.exhibit import NOTHING, Exhibit, paragraph

_MOST_SELLERS = 5  # ids of whom who is not in the list of reps


def whose_sales(voice: Voice, export: Export, *, region: str) -> Exhibit:
    """The rule by which sales count for a region, with the money that crosses its borders and that is split.

    Of a region to which nobody in the list of reps belongs, it says who sold there: regions of people, and ids of whom
    who is not in the list. NOTHING where revenue is not available.
    """
    if reason_not_available(KPIS["revenue"], export, export.period):
        return NOTHING
    found, by_deal = borders(export, export.period, region), counts_by_deal(export.tables)
    if by_deal:
        sentences = [voice("credit_deal")]
    else:
        sentences = [voice("credit_rep_moving" if export.tables.list_day else "credit_rep")]
    if moved := _moved_here(voice, export, region):
        sentences.append(voice("credit_moved", names=voice.listed(moved)))
    if all(person["region"] != region for person in export.tables.staff()):
        sentences.insert(0, _sold_there(voice, export, region))
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
    return paragraph(voice.sentences(sentences), "sp-caption")


def _moved_here(voice: Voice, export: Export, region: str) -> list[str]:
    """The people of a region who came to it, or to their team, within the period, each with the day."""
    names = {person["rep_id"]: person["rep"] for person in export.tables.staff()}
    period = export.period
    return [
        voice("moved_here", rep=names[row["rep_id"]], day=row["since"])
        for row in export.tables.homes()
        if row["region"] == region and row["seat"] == row["rep_id"] and period.start < row["since"] <= period.end
    ]


def _sold_there(voice: Voice, export: Export, region: str) -> str:
    """Who sold in a region to which nobody in the list of reps belongs, in a sentence."""
    rows = sellers(export, export.period, region)
    strangers = [(rep, amount) for home, rep, amount in rows if not home]
    texts = [voice("seller_region", home=home, amount=voice.money(amount)) for home, _, amount in rows if home]
    for rep, amount in strangers[:_MOST_SELLERS]:
        texts.append(voice("seller_unknown", rep=rep, amount=voice.money(amount)))
    if rest := strangers[_MOST_SELLERS:]:
        total = voice.money(sum(amount for _, amount in rest))
        texts.append(voice("seller_others", n=voice.count(len(rest)), amount=total))
    if not texts:
        return voice("credit_empty_none", region=region)
    return voice("credit_empty", region=region, sellers=voice.listed(texts))
