"""What the demo company has planted is found again, by nothing that the reports may not see."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from salesperf import open_company
from salesperf.inference.standardisation import standardised_rates
from salesperf.measures.segment_mix import segment_mix
from salesperf.params import Client
from salesperf.people.features import FEATURES, Features, features
from salesperf.people.potential import Potential
from salesperf.people.potential_ranking import potential


@pytest.fixture(scope="module")
def told(demo_client: Client) -> Features:
    return features(open_company(demo_client.path))


@pytest.fixture(scope="module")
def found(told: Features) -> Potential:
    return potential(told)


@pytest.fixture(scope="module")
def planted(demo_client: Client) -> set[str]:
    return set(json.loads((demo_client.folder / "demo" / "truth.json").read_text("utf-8"))["high_potential"])


def test_the_planted_high_potentials_are_named_and_few_others(found: Potential, planted: set[str]) -> None:
    named = set(found.people.index[found.people["named"]])
    assert found.groups >= 2
    assert len(named & planted) / len(named) >= 0.7
    assert len(named & planted) / len(planted) >= 0.7


def test_the_ranking_puts_the_planted_first(found: Potential, planted: set[str]) -> None:
    assert roc_auc_score(found.people.index.isin(planted), found.people["potential"]) > 0.9


def test_everyone_named_has_reasons_in_growth_and_not_in_the_present_level(found: Potential) -> None:
    for reasons in found.people.loc[found.people["named"], "reasons"]:
        assert 1 <= len(reasons) <= 3
        assert set(reasons) <= set(FEATURES[1:])


def test_the_order_of_people_changes_nothing(told: Features, found: Potential) -> None:
    mixed = told.values.sample(frac=1, random_state=1)
    again = potential(Features(mixed, told.people.loc[mixed.index], told.missing, told.too_new))
    columns = ["potential", "group", "named", "reasons"]
    pd.testing.assert_frame_equal(again.people.sort_index()[columns], found.people[columns])


def test_the_order_of_rows_in_the_export_and_protected_attributes_change_nothing(
    demo_client: Client, found: Potential, tmp_path: Path
) -> None:
    (tmp_path / "demo").mkdir()
    for path in (demo_client.folder / "demo").glob("*.csv"):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False).sample(frac=1, random_state=3)
        groups = [name for name in rows if name.startswith("group_")]
        rows[groups] = rows[groups].sample(frac=1, random_state=4).to_numpy()
        rows.to_csv(tmp_path / "demo" / path.name, index=False)
    (tmp_path / "demo.yml").write_text(demo_client.path.read_text("utf-8"), "utf-8")
    again = potential(features(open_company(tmp_path / "demo.yml")))
    assert again.people["named"].equals(found.people["named"])
    np.testing.assert_allclose(again.people["potential"], found.people["potential"], atol=1e-9)


def test_who_joined_in_the_last_year_is_too_new_to_judge(told: Features) -> None:
    assert len(told.too_new) > 0
    assert not set(told.too_new.index) & set(told.values.index)
    assert (told.people["quarters"] >= 4).all()


def test_the_planted_mix_of_customers_is_found_by_the_win_rate_with_the_mix_of_all(demo_client: Client) -> None:
    planted = json.loads((demo_client.folder / "demo" / "truth.json").read_text("utf-8"))["mix_effect"]
    mix = segment_mix(open_company(demo_client.path))
    assert mix is not None
    rates, place = standardised_rates(mix.won, mix.closed), mix.regions.index(planted["region"])
    assert rates.raw[place] < mix.won.sum() / mix.closed.sum()
    assert rates.rate[place] > rates.raw[place] + 0.05
    truth = np.array([planted["win_rates"][region]["standardised"] for region in mix.regions])
    assert ((rates.lower <= truth) & (truth <= rates.upper)).sum() >= 6  # of 8; bench/planted.py has how often


def test_the_bottleneck_shows_in_cycles_and_cohorts_as_planted(demo_client: Client) -> None:
    """Within 4 standard deviations, as bench/planted.py measures them: of days 0.94, of the rate 0.0115."""
    planted = json.loads((demo_client.folder / "demo" / "truth.json").read_text("utf-8"))["bottleneck"]
    seen = open_company(demo_client.path).kpis("region", only=["cycle_days", "win_rate_cohort"]).set_index("region")
    assert seen["cycle_days"].to_dict() == pytest.approx(planted["cycle_days"], abs=3.8)
    assert seen["win_rate_cohort"].to_dict() == pytest.approx(planted["win_rate_cohort"], abs=0.046)
    assert seen["cycle_days"].idxmax() == planted["region"]


def test_the_pilot_shows_in_the_win_rates_of_teams_as_planted(demo_client: Client) -> None:
    """Within 4 standard deviations (0.019); win rates of quarters together are those of their cases."""
    planted = json.loads((demo_client.folder / "demo" / "truth.json").read_text("utf-8"))["pilot"]
    rows = open_company(demo_client.path).kpis("team", "2024Q2:2025Q4", only=["win_rate"])
    counts = rows.assign(won=rows["win_rate"] * rows["win_rate_n"])
    keys = [counts["team"].isin(planted["teams"]), counts["period"] >= "2025Q2"]
    sums = counts.groupby(keys)[["won", "win_rate_n"]].sum()
    rates = sums["won"] / sums["win_rate_n"]
    change = (rates[True, True] - rates[True, False]) - (rates[False, True] - rates[False, False])
    assert change == pytest.approx(planted["difference"], abs=0.076)
