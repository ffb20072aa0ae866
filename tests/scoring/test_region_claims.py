"""What a region's page claims is one family."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesperf.measures.kpis import registry
from salesperf.measures.table import kpi_table
from salesperf.scoring import region_claims as room
from salesperf.scoring.region_claims import RegionClaims, region_claims

PEOPLE = pd.Index(["r0", "r1"], name="rep_id")
QUARTERS = [f"{year}Q{quarter}" for year in (2024, 2025) for quarter in range(1, 5)]


@pytest.fixture
def claims(company_of: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The claims on a region whose revenue doubles in the last quarter, with other p-values of KPIs and scores."""

    def made(of_kpis: list[float], of_scores: float, *, whole: bool = True) -> RegionClaims:
        rows = [
            f"{rep}-{quarter},r{rep},a{rep},{quarter[:4]}-{3 * int(quarter[-1]):02}-20,{amount}\n"
            for rep in range(2)
            for place, quarter in enumerate(QUARTERS)
            for amount in [100 + 9 * (place % 3) + (130 if place == 7 else 0)]
        ]
        reps = "rep_id,rep,region\nr0,Ann,East\nr1,Bo,West\n"
        company = company_of({"reps": reps, "orders": "order_id,rep_id,account_id,date,amount\n" + "".join(rows)})
        table = pd.DataFrame({"p_value": of_kpis, "reliability": 0.9}, index=["revenue", "win_rate"])
        monkeypatch.setattr(room, "separation", lambda export: table)
        alike = pd.DataFrame({"region_alike": [np.nan, of_scores]}, index=PEOPLE)
        monkeypatch.setattr(room, "score_certainty", lambda export, by: alike)
        history = kpi_table(company, company.period.history(), "region", list(registry(company)))
        labels = [period.label for period in company.period.history()][1:]
        return region_claims(company, "East", history, PEOPLE, labels if whole else labels[:-1])

    return made


def test_what_is_beyond_chance_is_so_among_all_that_the_page_could_claim(claims: Any) -> None:
    weak, strong = claims([0.03, 0.5], 0.2), claims([0.03, 0.5], 0.001)
    assert (weak.scores_apart, strong.scores_apart) == (False, True)
    assert [finding.kpi.id for finding in strong.findings.found] == ["revenue"]
    assert claims([0.03, 0.5], 0.03, whole=False).scores_apart  # beside 0.03, 0.03 is beyond chance
    assert not claims([0.3, 0.5], 0.03, whole=False).scores_apart


def test_all_pages_say_the_same_of_the_companys_people(claims: Any) -> None:
    # The least of 2 p-values beside 8 others is beyond chance up to 0.005.
    for of_scores, whole in ((0.0001, True), (0.9, True), (0.0001, False)):
        assert claims([0.005, 0.5], of_scores, whole=whole).verdicts.to_dict() == {
            "revenue": "yes",
            "win_rate": "chance",
        }
        assert claims([0.0051, 0.5], of_scores, whole=whole).verdicts.tolist() == ["chance", "chance"]


def test_a_period_that_is_not_whole_has_no_findings(claims: Any) -> None:
    assert claims([0.024, 0.5], 0.03, whole=False).findings is None
