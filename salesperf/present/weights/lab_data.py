"""What the page on which weights are moved knows: people, what they are judged by, models, payouts, words."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesperf.data.export import Export
from salesperf.language import Voice
from salesperf.people.weights.experiment import Experiment
from salesperf.people.weights.robustness import ALLOWED, allowed_weights, robustness_of
from salesperf.people.weights.sensitivity import order_by_period, scores_by_period
from salesperf.scoring.model import Model

SHARED_WORDS = (  # beside those that are the page's own, lab_…
    "grade", "not_available", "rep", "team", "minds_who", "minds_tau", "minds_payouts", "minds_hurt", "robust_tau",
    "robust_up", "robust_down", "robust_correlations", "robust_period", "robust_people", "robust_tau_mean",
)  # fmt: skip


def lab_data(
    voice: Voice,
    export: Export,
    tried: Experiment,
    *,
    region: str = "",
    pseudonyms: bool = False,
    robust: bool = False,
) -> dict[str, Any]:
    """All that the page needs, as plain values for JSON; nothing of a person but what it draws.

    ``region``: "" for all, else only its people are in it; ``pseudonyms``: whether pseudonyms stand for names;
    ``robust``: whether it says how robust the order under the model in force is. Values that are not available are
    None. A forced distribution is worked out among the people that are in it.
    """
    there = np.ones(len(tried.rows), dtype=bool) if not region else (tried.rows["region"] == region).to_numpy()
    rows, models = tried.rows[there], {"": tried.model, **tried.models}
    kpis = dict.fromkeys(kpi for model in models.values() for kpi in model.kpi_ids)
    hidden = [pseudonym(export.client.name, str(rep)) for rep in rows.index]
    return {
        "title": f"{voice('weights_title', period=export.period)} · {export.client.name}",
        "client": export.client.name,
        "period": voice.period(export.period),
        "language": voice.language,
        "currency": voice.currency,
        "is_over": tried.is_over,
        "pseudonyms_only": pseudonyms,
        "words": voice.templates("lab_") | {word: voice(word) for word in SHARED_WORDS},
        "kpis": {kpi: {"label": voice.kpi(kpi)} for kpi in kpis},
        "people": {
            "id": hidden if pseudonyms else [str(rep) for rep in rows.index],
            "name": hidden if pseudonyms else rows["rep"].tolist(),
            "pseudonym": hidden,
            "region": rows["region"].tolist(),
            "team": rows["team"].tolist(),
            "too_new": rows["too_new"].astype(int).tolist(),
        },
        "judged": {kpi: _numbers(_judged(tried, rows, kpi)) for kpi in kpis},
        "known": {kpi: rows[kpi].notna().astype(int).tolist() for kpi in kpis},
        "sure": _numbers(tried.sure[there].round(3)),
        "payouts": _cents(tried.payouts, rows.index),
        "robust": {allowed: robust_data(tried, tried.model, allowed, rows.index) for allowed in ALLOWED * robust}
        or None,
        "periods": periods_data(voice, export, tried.model, rows.index),
        "model": _model(voice, tried.model, ""),
        "models": {name: _model(voice, model, voice(f"choice_model_{name}")) for name, model in tried.models.items()},
    }


def robust_data(tried: Experiment, model: Model, allowed: str, reps: pd.Index) -> dict[str, list[float | None]]:
    """How often each person keeps the grade, and between which ranks 95 % of theirs lie, under `allowed_weights`.

    ``reps``: the ids of the people wanted, in their order. None for who is too new, and where not available.
    """
    found = robustness_of(tried, model, allowed_weights(model, allowed)).people.reindex(reps)
    return {
        "kept": _numbers(found["kept"].round(3)),
        "low": _numbers(found["rank_low"]),
        "high": _numbers(found["rank_high"]),
    }


def periods_data(voice: Voice, export: Export, model: Model, reps: pd.Index) -> list[dict[str, str | float | None]]:
    """How alike the orders of the last periods under a model are, oldest first (see `order_by_period`).

    ``reps``: the ids of the people who are looked at. Raises RequestError for a KPI that the export cannot measure.
    """
    scores = scores_by_period(export, model)
    found = order_by_period(scores[scores.index.isin(reps)])
    labels = [voice.period(period) for period in export.period.trailing(len(found))]
    columns = {str(name): _numbers(values.round(4)) for name, values in found.items()}
    rows = zip(labels, *columns.values(), strict=True)
    return [dict(zip(("period", *columns), row, strict=True)) for row in rows]


def pseudonym(client: str, rep: str) -> str:
    """A short name that stands for a person, the same in all periods of a client. It hides names, not identities."""
    digest = hashlib.sha256(f"{client}\n{rep}".encode()).digest()
    return f"P-{b32encode(digest)[:5].decode()}"


def _judged(tried: Experiment, rows: pd.DataFrame, kpi: str) -> pd.Series:
    """The value that counts: one drawn to its prior, what stands in where there are no cases, or the KPI itself.

    Of models with other ``least_cases`` of the KPI, the model in force decides, or else the first.
    """
    models = [tried.model, *tried.models.values()]
    least = next(own.least_cases for model in models for _, own in model.kpis() if own.kpi == kpi)
    columns = tried.stand_ins.get((kpi, least), pd.DataFrame(index=rows.index))
    columns = columns.reindex(index=rows.index, columns=[f"{kpi}_drawn", f"{kpi}_neutral"])
    value = columns[f"{kpi}_drawn"].fillna(rows[kpi])
    return value.where(rows[kpi].notna(), columns[f"{kpi}_neutral"])


def _numbers(values: pd.Series) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values.to_numpy(np.float64)]


def _cents(payouts: pd.DataFrame | None, reps: pd.Index) -> dict[str, list[int | None]] | None:
    """Grade → what each person would be paid for it, in hundredths of the currency's unit."""
    if payouts is None:
        return None
    amounts: Mapping[Any, Mapping[Any, Any]] = payouts.to_dict()
    of_grades = {str(grade): [of_grade.get(rep) for rep in reps] for grade, of_grade in amounts.items()}
    return {
        grade: [None if amount is None else int(amount * 100) for amount in of_reps]
        for grade, of_reps in of_grades.items()
    }


def _model(voice: Voice, model: Model, label: str) -> dict[str, Any]:
    """A model as plain values, with what its perspectives are called."""
    plain = model.model_dump(mode="json", exclude={"starts", "adopted"})
    for perspective in plain["perspectives"]:
        perspective["label"] = voice.perspective(perspective["name"])
    return {**plain, "label": label}
