"""What moved, what is wrong with the data, and how to rebuild the page: sentences around the figures."""

import numpy as np
import pandas as pd

from salesperf.data.quality import findings, reps_without_deals
from salesperf.data.tables import Tables
from salesperf.language import Voice
from salesperf.measures.availability import is_whole, reason_not_available
from salesperf.measures.change import largest, revenue_change, sold_at_home
from salesperf.measures.facts import column_behind
from salesperf.measures.kpis import registry
from salesperf.params import Client
from salesperf.present.exhibit import Exhibit, notes, paragraph, together
from salesperf.present.figures import MOST_BARS, moved
from salesperf.present.headline import because
from salesperf.present.rebuilding import rebuilding
from salesperf.rounding import adding_up


def what_moved(voice: Voice, tables: Tables, client: Client, region: pd.DataFrame, reps: pd.DataFrame) -> Exhibit:
    """The change of revenue against the period before, by cause and by rep. The frames hold the region's KPI rows."""
    before, now = client.period.before(), client.period
    if not (is_whole(tables, before) and is_whole(tables, now)):
        return paragraph(voice("moved_none", period=before))
    change = revenue_change(region, reps, before.label, now.label)
    if np.isnan(change.from_count):
        whole = adding_up(np.array([[change.total]]))[0]
        said = voice("moved_sentence_plain", change=voice.full_change(float(whole[0])), period=before)
    else:
        whole = adding_up(np.array([[change.from_count, change.from_size]]))[0]
        total, of_count, of_size = (voice.full_change(float(one)) for one in (whole.sum(), *whole))
        said = voice("moved_sentence", change=total, period=before, count_part=of_count, size_part=of_size)
    names = dict(zip(reps["rep_id"], reps["rep"], strict=True))
    bars = change.by_rep.rename(names)
    bars = bars[bars != 0]
    if abs(change.borders) >= 0.5:
        bars[voice("moved_borders")] = change.borders
    if bars.empty:
        return paragraph(said)
    return together(paragraph(said), moved(voice, largest(bars, MOST_BARS, voice("others")), before.label))


def across_borders(voice: Voice, tables: Tables, client: Client, region: pd.Series, reps: pd.DataFrame) -> Exhibit:
    """How the reps' revenue adds up to the region's where sales cross regions; empty where none do."""
    at_home = sold_at_home(tables, client.period, str(region["region"]))
    of_reps, of_region = float(reps["revenue"].sum()), float(region["revenue"])
    out, into = of_reps - at_home, of_region - at_home
    if not (abs(out) >= 0.5 or abs(into) >= 0.5):
        return Exhibit("", "")
    money = {"out": out, "into": into, "reps": of_reps, "region": of_region}
    return paragraph(voice("sales_elsewhere", **{name: voice.money(one) for name, one in money.items()}), "sp-caption")


def data_notes(voice: Voice, tables: Tables, client: Client, region: str) -> Exhibit:
    """What the export cannot tell, what is wrong with it, and how far it reaches."""
    said = [*_coverage(voice, tables, client), *_missing(voice, tables, client)]
    for one in findings(tables):
        words = {"n": voice.count(one.count), "examples": voice.listed(list(one.examples))}
        said.append(voice(f"data_{one.name}", **words, table=voice(f"tables_{one.table}") if one.table else ""))
    if idle := reps_without_deals(tables, region):
        said.append(voice("data_reps_without_deals", n=len(idle), examples=voice.listed(idle)))
    return notes(said) if said else paragraph(voice("data_none"))


def rebuild(voice: Voice, tables: Tables, client: Client, region: str) -> Exhibit:
    """The command that makes this page again, and the files it is made from."""
    return rebuilding(voice, tables, client, "run", "--only", region, "--period", client.period.label)


def _coverage(voice: Voice, tables: Tables, client: Client) -> list[str]:
    period, said = client.period, []
    if not tables.has("orders"):
        said.append(voice("stand_in"))
    span = tables.spans.get(column_behind("sales.date", tables))
    if span and not is_whole(tables, period) and period.start <= span[1] and period.end >= span[0]:
        late = span[0] > period.start
        said.append(
            voice("partial_start", first=span[0], period=period)
            if late
            else voice("partial", last=span[1], period=period)
        )
    return said


def _missing(voice: Voice, tables: Tables, client: Client) -> list[str]:
    """The KPIs that are not available, together where the reason is the same."""
    of_reason: dict[str, list[str]] = {}
    for kpi in registry(tables, client).values():
        if reason := reason_not_available(kpi, tables, client.period, client.settings.definitions):
            of_reason.setdefault(because(voice, reason), []).append(voice.kpi(kpi.id))
    return [voice("data_missing", kpis=voice.listed(kpis), reason=reason) for reason, kpis in of_reason.items()]
