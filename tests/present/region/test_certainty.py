"""How sure scores and ranks are, in words and pictures."""

import numpy as np
import pandas as pd

from salesperf.language import Voice
from salesperf.present.exhibit import NOTHING
from salesperf.present.region.certainty import ranks_by_kpi, score_intervals, told_apart
from salesperf.scoring.model import Model
from salesperf.scoring.scorecard import Scorecard, scorecard
from salesperf.scoring.separation import verdicts

NAN = float("nan")
ENGLISH = Voice("en")
ANCHORS = {"threshold": 0.6, "target": 1.0, "excellent": 1.2}
MODEL = Model.model_validate(
    {
        "perspectives": [
            {"name": "a", "weight": 1, "kpis": [{"kpi": "revenue_attainment", "weight": 1, "anchors": ANCHORS}]}
        ]
    }
)


def people(
    *ranks: tuple[float, float, float], first: tuple[int, ...] = (1, 1, 1), values: tuple[float, ...] = (0.9, 0.8, 0.7)
) -> tuple[pd.DataFrame, Scorecard, pd.DataFrame]:
    """Ann, Bo and Cy with their scorecard, and how sure it is; ``ranks``: of each the rank, the lowest and highest.

    ``first``: whether each could be the first.
    """
    index = pd.Index(["r1", "r2", "r3"], name="rep_id")
    reps = pd.DataFrame({"rep": ["Ann", "Bo <b>", "Cy"], "revenue_attainment": values}, index=index)
    columns = ["region_rank", "region_rank_low", "region_rank_high"]
    sure = pd.DataFrame(list(ranks), index=index, columns=columns, dtype="float64")
    sure["region_first"] = np.where(sure["region_rank"].notna(), first, NAN)
    return reps, scorecard(reps, MODEL), sure.assign(score_low=[85.0, 70.0, 60.0], score_high=[95.0, 90.0, 84.0])


def test_a_row_has_score_interval_and_rank_and_names_are_text() -> None:
    shown = score_intervals(ENGLISH, *people((1, 1, 1), (2, 2, 3), (3, 2, 3), first=(1, 0, 0)), apart=True)
    assert "Ann 90.0, expected 85.0 to 95.0, rank 1 (1)" in shown.plain
    assert "Bo <b> 80.0, expected 70.0 to 90.0, rank 2 (2–3)" in shown.plain
    assert "<b>" not in shown.html and "Bo &lt;b&gt;" in shown.html
    assert "1 of 3 could truly be the first." in shown.plain


def test_where_nobody_is_apart_it_says_so() -> None:
    shown = score_intervals(ENGLISH, *people((1, 1, 3), (2, 1, 3), (3, 1, 3)), apart=False)
    assert "nobody of these 3 is surely better than another" in shown.plain


def test_all_may_be_first_though_not_all_are_alike() -> None:
    shown = score_intervals(ENGLISH, *people((1, 1, 3), (2, 1, 3), (3, 1, 3)), apart=True)
    assert "Any of these 3 could truly be the first, yet not all are alike" in shown.plain


def test_who_could_be_first_is_counted_though_the_last_is_apart() -> None:
    shown = score_intervals(ENGLISH, *people((1, 1, 2), (2, 1, 2), (3, 3, 3), first=(1, 1, 0)), apart=True)
    assert "2 of 3 could truly be the first." in shown.plain


def test_who_is_too_new_has_an_interval_and_no_rank_and_one_person_nobody_beside() -> None:
    shown = score_intervals(ENGLISH, *people((1, 1, 1), (NAN, NAN, NAN), (NAN, NAN, NAN)), apart=False)
    assert "Bo <b> 80.0, expected 70.0 to 90.0, rank too new to say" in shown.plain
    assert "There is nobody to be compared with." in shown.plain


def test_who_is_left_out_is_left_out_and_without_intervals_nothing_is_shown() -> None:
    reps, card, sure = people((1, 1, 3), (2, 1, 3), (3, 1, 3))
    shown = score_intervals(ENGLISH, reps, card, sure, apart=False, without_deals=["Ann"])
    assert "Ann" not in shown.plain and "Cy" in shown.plain
    assert score_intervals(ENGLISH, reps, card, sure.assign(score_low=NAN), apart=False) == NOTHING
    assert score_intervals(ENGLISH, reps, card, sure.iloc[:0], apart=False) == NOTHING


def test_a_row_says_whether_a_kpi_tells_people_apart() -> None:
    numbers = {"people": [30.0, 30.0], "reliability": [0.9, 0.1], "p_value": [0.001, 0.4], "groups": [5.0, 1.0]}
    table = pd.DataFrame(numbers, index=["revenue", "win_rate"])
    shown = told_apart(ENGLISH, table, verdicts(table)).plain.splitlines()
    assert shown[1].split() == ["Revenue", "yes", "30", "90%", "<", "1%", "5"]
    assert shown[2].split() == ["Win", "rate", "no:", "could", "be", "chance", "alone", "30", "10%", "40%", "1"]
    unknown = pd.DataFrame({name: [NAN] for name in numbers}, index=["revenue"])
    assert told_apart(ENGLISH, unknown, verdicts(unknown)) == NOTHING
    # Beside much else that could be claimed, a p-value of 4 % is none, and nobody is told apart.
    assert verdicts(table.assign(p_value=[0.001, 0.03])).tolist() == ["yes", "hardly"]
    among_many = verdicts(table.assign(p_value=[0.02, 0.4]), others=1)
    assert among_many.tolist() == ["chance", "chance"]
    assert told_apart(ENGLISH, table, among_many).plain.splitlines()[1].split()[-1] == "1"


def test_ranks_stand_in_the_order_of_the_first_kpi_and_without_a_value_there_is_none() -> None:
    reps = people((1, 1, 3), (2, 1, 3), (3, 1, 3))[0]
    columns = ["value", "rank", "rank_low", "rank_high"]
    ranks = pd.DataFrame([[5, 2, 1, 2], [NAN] * 4, [9, 1, 1, 2]], index=reps.index, columns=columns)
    shown = ranks_by_kpi(ENGLISH, reps, {"revenue": ranks}).plain.splitlines()
    assert [line.split() for line in shown[1:4]] == [
        ["Cy", "9", "1", "(1–2)"], ["Ann", "5", "2", "(1–2)"], ["Bo", "<b>", "n/a", "n/a"],
    ]  # fmt: skip
    assert ranks_by_kpi(ENGLISH, reps, {}) == NOTHING
    assert "Ann" not in ranks_by_kpi(ENGLISH, reps, {"revenue": ranks}, without_deals=["Ann"]).plain
    assert np.isnan(ranks.loc["r2", "rank"])
