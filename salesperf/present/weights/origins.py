"""Where weights may come from, beside the present ones: tables and what is to be said of them (docs/weights.md)."""

from math import isnan

import pandas as pd

from salesperf.language import Voice
from salesperf.people.weights.origins import WeightOrigins
from salesperf.present.exhibit import NOTHING, Exhibit, notes, table, together
from salesperf.present.weights.robustness import tau
from salesperf.weighting.ahp import ACCEPTABLE


def origins_table(voice: Voice, found: WeightOrigins) -> Exhibit:
    """A row per origin: the weights, Kendall's τ to the present order, how many grades change; and remarks."""
    columns = {voice("origin"): [voice(f"origin_{origin}") for origin in found.weights]}
    for kpi, shares in found.weights.iterrows():
        columns[voice.kpi(str(kpi))] = [voice.share(share) for share in shares]
    columns[voice("robust_tau")] = [tau(voice, value) for value in found.effects["tau"]]
    columns[voice("robust_regraded")] = [voice.count(count) for count in found.effects["regraded"]]
    remarks = [_learned(voice, found), *_consistency(voice, found)]
    shown = table(pd.DataFrame(columns), "origins", caption=voice("origin_caption"))
    return together(shown, notes([remark for remark in remarks if remark]))


def learned_table(voice: Voice, found: WeightOrigins) -> Exhibit:
    """The learned weights with their 95 % intervals; NOTHING where none could be learned."""
    if found.learned is None or pd.isna(found.learned.lower).any():
        return NOTHING
    ends = zip(found.learned.lower, found.learned.upper, strict=True)
    columns = {
        voice("sheet_kpi"): [voice.kpi(str(kpi)) for kpi in found.weights.index],
        voice("origin_present"): [voice.share(share) for share in found.weights["present"]],
        voice("origin_learned"): [voice.share(share) for share in found.weights["learned"]],
        voice("origin_interval"): [f"{voice.share(low)} – {voice.share(high)}" for low, high in ends],
    }
    return table(pd.DataFrame(columns), "learned")


def _learned(voice: Voice, found: WeightOrigins) -> str:
    if found.learned is None:
        return voice("origin_not_learned")
    outcome, learned = voice.kpi(found.outcome), found.learned
    if isnan(learned.explained) or learned.explained <= 0:
        return voice("origin_predicts_nothing", outcome=outcome, n=voice.count(learned.people))
    explained = voice.share(learned.explained, 0)
    return voice("origin_predicts", outcome=outcome, n=voice.count(learned.people), explained=explained)


def _consistency(voice: Voice, found: WeightOrigins) -> list[str]:
    """What is to be said of pairs and of best and worst."""
    said = []
    if found.pairs and not isnan(found.pairs.ratio):
        ratio, limit = f"{found.pairs.ratio:.2f}", f"{ACCEPTABLE:.2f}"
        if found.pairs.ratio <= ACCEPTABLE or found.pairs.reconsider is None:
            said.append(voice("origin_consistent", ratio=ratio, limit=limit))
        else:
            one = found.pairs.reconsider
            names = [voice.kpi(str(found.weights.index[place])) for place in (one.first, one.second)]
            numbers = {"given": _times(one.given), "consistent": _times(one.consistent)}
            said.append(
                voice("origin_reconsider", ratio=ratio, limit=limit, first=names[0], second=names[1], **numbers)
            )
    if found.best_worst:
        said.append(voice("origin_best_worst_ratio", ratio=f"{found.best_worst.ratio:.2f}"))
    return said


def _times(value: float) -> str:
    """How many times as important, such as 3, 2.5 or 1/4."""
    return f"{value:.3g}" if value >= 1 else f"1/{1 / value:.3g}"
