"""Ratings of people with the severity of their raters taken out (METHODS.md §3)."""

import numpy as np
import pandas as pd

_PASSES = 200


def fair_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """The mean rating of each rep (rows) in each period (columns), as if all had had the same raters.

    ``ratings``: rep_id, period, criterion, rating (points), rater; every criterion counts from its own mean. A rater's
    severity is a random effect beside the fixed effects of the reps rated, as in a mixed model, with a variance as
    large as everything else that makes two ratings differ (Scullen et al. 2000: 53–62 % of it). A rater whom nobody
    else crosses is told apart from the people rated by that assumption alone.
    """
    rows = ratings.dropna(subset=["rating"]).astype({"rating": "float64"}).fillna({"rater": ""})
    rows = rows.sort_values(["rep_id", "rater", "period", "criterion", "rating"])
    rows["rating"] -= rows.groupby("criterion")["rating"].transform("mean")
    pairs = rows.groupby(["rep_id", "rater"])[["rating"]].mean().reset_index()
    severity = _severity(pairs).reindex(rows["rater"]).to_numpy()
    fair = rows.assign(rating=rows["rating"] - severity)
    return fair.pivot_table(index="rep_id", columns="period", values="rating", aggfunc="mean")


def _severity(pairs: pd.DataFrame) -> pd.Series:
    """How far above the others each rater rates; ``pairs``: one row per rep and rater."""
    rep, _ = pd.factorize(pairs["rep_id"])
    rater, raters = pd.factorize(pairs["rater"])
    rating, severity = pairs["rating"].to_numpy(), np.zeros(len(raters))
    for _ in range(_PASSES):
        people = np.bincount(rep, rating - severity[rater]) / np.bincount(rep)
        severity = np.bincount(rater, rating - people[rep]) / (np.bincount(rater) + 1)
    return pd.Series(severity, index=raters)
