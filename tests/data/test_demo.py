"""The demo company keeps its word: sound tables, and every planted truth found in the CSV files alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesperf.data.demo import write_demo

START, END = pd.Timestamp("2023-07-01"), pd.Timestamp("2025-12-31")
STAGES = ["qualification", "discovery", "proposal", "negotiation"]
DATES = {"created", "closed", "entered", "date", "start_date", "end_date", "due"}
COLUMNS = {
    "reps": "rep_id rep region team manager start_date end_date group_gender group_age",
    "opportunities": "opportunity_id rep_id status stage account_id product created closed amount region",
    "orders": "order_id rep_id account_id date amount cost product region refund_of",
    "accounts": "account_id account segment",
    "stage_history": "opportunity_id stage entered",
    "activities": "rep_id date kind count quality",
    "surveys": "date score rep_id account_id",
    "assessments": "rep_id period criterion rating rater rater_role",
    "key_results": "rep_id period objective key_result start target actual",
    "targets": "level name period kpi target",
    "splits": "sale_id rep_id share",
    "actions": "rep_id date action due status",
}
NAMES = ["rep", "region", "team", "manager", "account", "rater", "objective", "key_result", "action"]

Tables = dict[str, pd.DataFrame]


def read(folder: Path) -> Tables:
    tables = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    for table in tables.values():
        for column in DATES & set(table):
            table[column] = pd.to_datetime(table[column], format="%Y-%m-%d")
    return tables


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def log_odds(rate: Any) -> Any:
    return np.log(rate / (1 - rate))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return read(folder)


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def closed(tables: Tables) -> pd.DataFrame:
    """Closed deals with segment, team and whether they were won."""
    deals = tables["opportunities"].query("status != 'open'").assign(won=lambda d: d["status"] == "won")
    deals = deals.merge(tables["accounts"], on="account_id").merge(tables["reps"][["rep_id", "team"]], on="rep_id")
    return deals


@pytest.fixture(scope="module")
def stages(tables: Tables) -> pd.DataFrame:
    """Finished stages of deals with region, whether they led on, and their days."""
    history = tables["stage_history"].merge(tables["opportunities"][["opportunity_id", "region"]])
    after = history.groupby("opportunity_id")[["stage", "entered"]].shift(-1)
    history = history.assign(ok=after["stage"] != "lost", days=(after["entered"] - history["entered"]).dt.days)
    return history[history["stage"].isin(STAGES) & after["stage"].notna()]


@pytest.fixture(scope="module")
def revenue(tables: Tables) -> pd.DataFrame:
    """Revenue of each rep (rows) in each quarter (columns)."""
    orders = tables["orders"].assign(quarter=lambda o: o["date"].dt.to_period("Q"))
    return orders.pivot_table(index="rep_id", columns="quarter", values="amount", aggfunc="sum", fill_value=0)


@pytest.fixture(scope="module")
def firsts(tables: Tables) -> pd.DataFrame:
    """Orders that made an account a new customer: the first ever or in 12 months."""
    sold = tables["orders"].query("amount > 0").sort_values(["account_id", "date"])
    gap = sold.groupby("account_id")["date"].diff()
    return sold[gap.isna() | (gap > pd.Timedelta(days=365))]


# The files


def test_the_same_seed_gives_the_same_bytes_anywhere(folder: Path, tmp_path: Path) -> None:
    code = "from pathlib import Path; from salesperf.data.demo import write_demo; write_demo(Path('out'))"
    places = [("Asia/Shanghai", "1", "C"), ("America/Los_Angeles", "2", "C.UTF-8")]
    for zone, hashseed, locale in places:
        there = tmp_path / hashseed
        there.mkdir()
        setting = {"TZ": zone, "PYTHONHASHSEED": hashseed, "LC_ALL": locale}
        root = {"PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run([sys.executable, "-c", code], cwd=there, env=os.environ | setting | root, check=True)
        assert files(there / "out") == files(folder)


def test_another_seed_tells_another_story_of_the_same_kind(folder: Path, tmp_path: Path) -> None:
    other = files(write_demo(tmp_path, seed=8))
    assert set(other) == set(files(folder))
    assert all(other[name] != text for name, text in files(folder).items())


def test_languages_differ_in_names_and_in_nothing_else(tables: Tables, tmp_path: Path) -> None:
    chinese = read(write_demo(tmp_path, language="zh"))
    for name, table in tables.items():
        same = [column for column in table if column not in [*NAMES, "name"]]
        pd.testing.assert_frame_equal(table[same], chinese[name][same])
        for column in set(table) & set(NAMES):
            pairs = pd.DataFrame({"en": table[column], "zh": chinese[name][column]}).drop_duplicates()
            assert pairs["en"].is_unique and pairs["zh"].is_unique
            assert not pairs["zh"].str.contains("[A-Za-z]").any()
    assert chinese["reps"]["region"].unique().tolist()[2] == "华东"


def test_an_interrupted_run_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_are_plain_utf8_with_canonical_columns(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{name}.csv" for name in COLUMNS} | {"truth.json"}
    for name, columns in COLUMNS.items():
        text = (folder / f"{name}.csv").read_bytes()
        assert text.splitlines()[0].decode("utf-8") == columns.replace(" ", ",")
        assert b"\r" not in text and text.endswith(b"\n")


# The tables


@pytest.mark.parametrize("key", ["rep_id", "account_id", "opportunity_id"])
def test_every_id_joins(tables: Tables, key: str) -> None:
    home = {"rep_id": "reps", "account_id": "accounts", "opportunity_id": "opportunities"}[key]
    assert tables[home][key].is_unique
    for table in tables.values():
        if key in table:
            assert table[key].isin(tables[home][key]).all()


def test_keys_are_unique_and_names_are_too(tables: Tables) -> None:
    reps = tables["reps"]
    people = [*reps["rep"], *reps["manager"].unique()]
    assert len(people) == len(set(people))
    assert tables["accounts"]["account"].is_unique
    assert tables["orders"]["order_id"].is_unique
    assert not tables["stage_history"].duplicated(["opportunity_id", "stage"]).any()
    assert not tables["activities"].duplicated(["rep_id", "date", "kind"]).any()
    assert not tables["assessments"].duplicated(["rep_id", "period", "criterion", "rater"]).any()
    assert not tables["targets"].duplicated(["level", "name", "period", "kpi"]).any()


def test_the_company_has_its_regions_teams_and_people(tables: Tables) -> None:
    reps = tables["reps"]
    assert reps["region"].nunique() == 8
    assert reps.groupby("region")["team"].nunique().between(2, 3).all()
    assert (reps.groupby("team")["manager"].nunique() == 1).all()
    assert reps["manager"].nunique() == reps["team"].nunique() == 20
    assert 110 <= len(reps) <= 130
    assert reps["start_date"].gt(START).sum() == 20 and reps["end_date"].notna().sum() == 16
    assert not (reps["end_date"] <= reps["start_date"]).any()


def test_three_reps_hired_in_the_last_quarter_have_closed_nothing_yet(tables: Tables) -> None:
    deals, reps = tables["opportunities"], tables["reps"]
    late = reps[reps["start_date"] >= "2025-10-01"]["rep_id"]
    assert len(late) == 3
    assert set(deals[deals["rep_id"].isin(late)]["status"]) == {"open"}
    assert set(late) <= set(deals["rep_id"])
    assert not tables["orders"]["rep_id"].isin(late).any()


def test_the_deals_are_those_of_a_healthy_company(tables: Tables, closed: pd.DataFrame) -> None:
    deals = tables["opportunities"]
    assert 36_000 <= len(deals) <= 44_000
    assert 0.45 <= closed["won"].mean() <= 0.60
    assert 45 <= (closed["closed"] - closed["created"]).dt.days.median() <= 75
    full = deals[deals["created"] >= START]
    count = full.groupby(["rep_id", full["created"].dt.to_period("Q")]).size()
    assert 30 <= count.median() <= 40
    assert count.between(20, 50).mean() > 0.85
    assert deals["amount"].gt(0).all()
    home = deals["rep_id"].map(tables["reps"].set_index("rep_id")["region"])
    assert 0.007 <= (home != deals["region"]).mean() <= 0.013


def test_dates_come_in_a_possible_order(tables: Tables, closed: pd.DataFrame) -> None:
    deals, reps = tables["opportunities"], tables["reps"].set_index("rep_id")
    assert deals["created"].between("2023-03-01", END).all()
    assert closed["closed"].between(START, END).all()
    assert (closed["closed"] > closed["created"]).all()
    assert (closed["closed"].dt.day_of_week < 5).all()
    assert deals[deals["status"] == "open"]["closed"].isna().all()
    assert (deals["created"] >= deals["rep_id"].map(reps["start_date"])).all()
    assert not (deals["closed"] > deals["rep_id"].map(reps["end_date"])).any()
    for name in ("orders", "surveys", "activities"):
        assert tables[name]["date"].between(START, END).all()


def test_some_open_deals_are_older_than_any_closed_deal_took(tables: Tables, closed: pd.DataFrame) -> None:
    waiting = tables["opportunities"].query("status == 'open'")
    longest = (closed["closed"] - closed["created"]).max()
    assert 0.05 < ((END - waiting["created"]) > longest).mean() < 0.25


def test_the_stage_history_leads_from_creation_to_the_end(tables: Tables) -> None:
    deals = tables["opportunities"].set_index("opportunity_id")
    history = tables["stage_history"].set_index(["opportunity_id", "stage"])["entered"]
    wide = history.unstack().loc[deals.index]
    days = wide[[*STAGES, "won", "lost"]].ffill(axis=1).to_numpy()
    assert (days[:, 1:] >= days[:, :-1]).all()
    assert (wide["qualification"] == deals["created"]).all()
    for status in ("won", "lost"):
        pd.testing.assert_series_equal(
            wide[status].dropna(), deals[deals["status"] == status]["closed"], check_names=False
        )
    depth = wide[STAGES].notna().sum(axis=1)
    assert (wide[STAGES].notna().cumprod(axis=1).sum(axis=1) == depth).all()
    assert (np.array(STAGES)[depth - 1] == deals["stage"]).all()
    assert depth[deals["status"] == "won"].eq(4).all()


def test_every_won_deal_is_one_order_and_about_one_in_a_hundred_is_paid_back(tables: Tables) -> None:
    won, orders = tables["opportunities"].query("status == 'won'"), tables["orders"]
    sold, back = orders[orders["amount"] > 0], orders[orders["amount"] < 0]
    same = ["rep_id", "account_id", "amount", "region"]
    pairs = won.assign(order_id="S" + won["opportunity_id"].str[1:]).merge(sold, on=["order_id", *same])
    assert len(pairs) == len(won) == len(sold)
    assert (pairs["closed"] == pairs["date"]).all()
    first = back.assign(order_id=back["order_id"].str.removesuffix("R")).merge(sold, on="order_id")
    assert len(first) == len(back) and 0.005 < len(back) / len(sold) < 0.015
    assert (first["date_x"] > first["date_y"]).all() and (first["cost_x"] < 0).all()
    full = first["amount_x"] == -first["amount_y"]
    assert 0.3 < full.mean() < 0.7 and (first["amount_x"] >= -first["amount_y"]).all()


def test_every_refund_names_the_order_that_it_pays_back(tables: Tables) -> None:
    back = (
        tables["orders"]
        .query("amount < 0")
        .merge(tables["orders"], left_on="refund_of", right_on="order_id", suffixes=("", "_sold"))
    )
    assert len(back) == (tables["orders"]["amount"] < 0).sum()
    assert (back["rep_id"] == back["rep_id_sold"]).all()
    assert (-back["amount"] <= back["amount_sold"]).all()


def test_splits_of_an_order_sum_to_100_percent_within_a_team(tables: Tables) -> None:
    shared = tables["splits"].merge(tables["reps"][["rep_id", "team"]], on="rep_id")
    of_sale = shared.groupby("sale_id")
    assert set(tables["splits"]["sale_id"]) <= set(tables["orders"]["order_id"])
    assert (of_sale["share"].sum() == 100).all()
    assert (of_sale["rep_id"].nunique() == 2).all() and (of_sale["team"].nunique() == 1).all()


def test_margins_go_with_the_product_and_discounts_with_the_rep(tables: Tables) -> None:
    sold = tables["orders"].query("amount > 0").reset_index(drop=True)
    sums = tables["orders"].groupby("product")[["amount", "cost"]].sum()
    assert (1 - sums["cost"] / sums["amount"]).between(0.30, 0.45).all()
    ratio = sold["cost"] / sold["amount"]
    rest = ratio - ratio.groupby(sold["product"]).transform("mean")
    halves = [rest[part].groupby(sold["rep_id"]).mean() for part in (sold.index % 2 == 0, sold.index % 2 == 1)]
    assert halves[0].corr(halves[1]) > 0.8


def test_new_customers_come_in_every_quarter(firsts: pd.DataFrame) -> None:
    later = firsts[firsts["date"] >= "2024-01-01"]
    assert later.groupby(later["date"].dt.to_period("Q")).size().min() > 100


def test_more_skilful_reps_sell_again_within_ninety_days(tables: Tables, truth: dict[str, Any]) -> None:
    sold = tables["orders"].query("amount > 0").sort_values(["account_id", "date"])
    place = sold.groupby("account_id").cumcount()
    first, second = sold[place == 0].set_index("account_id"), sold[place == 1].set_index("account_id")["date"]
    first = first[first["date"] <= END - pd.Timedelta(days=90)]
    again = second.reindex(first.index) - first["date"] <= pd.Timedelta(days=90)
    skill = first["rep_id"].map({rep: trait["skill"] for rep, trait in truth["traits"].items()})
    assert 0.3 < again.mean() < 0.7
    assert again[skill > 0.5].mean() > again[skill < -0.5].mean() + 0.03


def test_activities_cover_every_week_of_employment(tables: Tables) -> None:
    weeks, reps = tables["activities"], tables["reps"].set_index("rep_id")
    assert set(weeks["kind"]) == {"visits", "calls", "demos"}
    assert (weeks["date"].dt.day_of_week == 0).all() and (weeks["count"] >= 0).all()
    mondays = np.arange("2023-07-03", "2026-01-01", 7, dtype="datetime64[D]")
    start, end = reps["start_date"], reps["end_date"].fillna(pd.Timestamp("2100-01-01"))
    due = [((mondays >= start[rep]) & (mondays < end[rep])).sum() * 3 for rep in reps.index]
    assert weeks.groupby("rep_id").size()[reps.index].tolist() == due
    rated = weeks["quality"].notna()
    assert not rated[weeks["kind"] == "calls"].any()
    assert 0.30 < rated[weeks["kind"] != "calls"].mean() < 0.37
    assert weeks["quality"].dropna().between(1, 5).all()


def test_two_surveys_in_five_stay_unanswered(tables: Tables) -> None:
    score = tables["surveys"]["score"]
    assert 3_000 < len(score) < 7_000
    assert 0.37 < score.isna().mean() < 0.43
    assert set(score.dropna()) == {1, 2, 3, 4, 5}


def test_key_results_are_two_for_each_rep_and_quarter_of_2025(tables: Tables) -> None:
    goals = tables["key_results"]
    assert set(goals["period"]) == {"2025Q1", "2025Q2", "2025Q3", "2025Q4"}
    assert (goals.groupby(["rep_id", "period"])["key_result"].agg(["size", "nunique"]) == 2).all(axis=None)
    done = ((goals["actual"] - goals["start"]) / (goals["target"] - goals["start"])).clip(0, 1)
    assert 0.5 < done.mean() < 0.8


# Targets


def test_targets_add_up_exactly_at_every_level(tables: Tables) -> None:
    targets, reps = tables["targets"], tables["reps"]
    assert targets["target"].dtype.kind == "i"
    keys = ["period", "kpi"]
    rep = targets[targets["level"] == "rep"].merge(reps, left_on="name", right_on="rep_id")
    for level in ("team", "region"):
        stated = targets[targets["level"] == level].set_index([*keys, "name"])["target"].sort_index()
        summed = rep.groupby([*keys, level])["target"].sum()
        assert stated.to_dict() == summed.to_dict()
    whole = targets[targets["level"] == "company"].set_index(keys)["target"]
    assert whole.to_dict() == rep.groupby(keys)["target"].sum().to_dict()


@pytest.mark.parametrize("kpi", ["revenue", "new_customers"])
@pytest.mark.parametrize("year", [2024, 2025])
def test_about_two_reps_in_three_reach_their_targets(
    tables: Tables, revenue: pd.DataFrame, firsts: pd.DataFrame, kpi: str, year: int
) -> None:
    results = {
        "revenue": revenue.loc[:, f"{year}Q1" : f"{year}Q4"].sum(axis=1),
        "new_customers": firsts[firsts["date"].dt.year == year].groupby("rep_id").size(),
    }
    targets = tables["targets"].query("level == 'rep' and kpi == @kpi and period == @year")
    goal = targets.set_index("name")["target"]
    assert 0.60 <= (results[kpi].reindex(goal.index, fill_value=0) >= goal).mean() <= 0.70


def test_part_of_a_year_gets_part_of_a_target(tables: Tables) -> None:
    goals = tables["targets"].query("level == 'rep' and kpi == 'revenue' and period == 2025")
    goal = goals.set_index("name")["target"]
    reps = tables["reps"].set_index("rep_id")
    gone = reps["end_date"] < "2025-01-01"
    assert set(goal.index) == set(reps.index[~gone])
    start, end = reps.loc[goal.index, "start_date"], reps.loc[goal.index, "end_date"]
    first = start.dt.month.where(start.dt.year == 2025, 1)
    last = end.dt.month.where(end.dt.year == 2025, 12)
    months = last - first + 1
    pace = goal / months
    assert months.nunique() > 4
    assert pace[months < 12].median() == pytest.approx(pace[months == 12].median(), rel=0.25)


# The planted truths


def test_high_potentials_grow_while_the_others_stand(
    tables: Tables, revenue: pd.DataFrame, truth: dict[str, Any]
) -> None:
    reps, chosen = tables["reps"].set_index("rep_id"), truth["high_potential"]
    assert 12 <= len(chosen) <= 15
    assert reps.loc[chosen, "end_date"].isna().all() and (reps.loc[chosen, "start_date"] <= "2024-12-31").all()
    there = reps.index[reps["end_date"].isna() & (reps["start_date"] < "2024-07-01")]
    change = revenue.loc[there, "2025Q2":"2025Q4"].sum(axis=1) / revenue.loc[there, "2024Q3":"2025Q1"].sum(axis=1)
    is_chosen = change.index.isin(chosen)
    assert change[is_chosen].median() > 1.25 * change[~is_chosen].median()
    recent = np.log(revenue.loc[there, "2024Q3":"2025Q4"].clip(lower=1).to_numpy())
    slope = np.polyfit(range(6), recent.T, 1)[0]
    ours, others = slope[is_chosen], slope[~is_chosen]
    noise = np.sqrt(ours.var() / len(ours) + others.var() / len(others))
    assert ours.mean() - others.mean() > 3 * noise


def test_high_potentials_are_not_simply_the_top_sellers(revenue: pd.DataFrame, truth: dict[str, Any]) -> None:
    rank = revenue.loc[:, "2025Q1":"2025Q4"].sum(axis=1).rank(pct=True)[truth["high_potential"]]
    assert rank.between(0.75, 1).sum() >= 3 and rank.lt(0.5).sum() >= 3


def test_high_potentials_work_better_learn_better_and_reach_wider(
    tables: Tables, closed: pd.DataFrame, truth: dict[str, Any]
) -> None:
    recent = closed[closed["won"] & (closed["closed"] >= "2025-01-01")].groupby("rep_id")
    ratings = tables["assessments"].query("criterion in ['planning', 'product_knowledge']")
    weeks = tables["activities"]
    signs = {
        "quality": weeks.groupby("rep_id")["quality"].mean(),
        "activity": weeks[weeks["date"] >= "2025-01-01"].groupby("rep_id")["count"].mean(),
        "learning": ratings.groupby("rep_id")["rating"].mean(),
        "customers": recent["account_id"].nunique(),
        "products": recent["product"].agg(lambda p: 1 / (p.value_counts(normalize=True) ** 2).sum()),
    }
    for sign in signs.values():
        others = sign.drop(truth["high_potential"])
        assert sign[truth["high_potential"]].mean() > others.mean() + 0.5 * others.std()


@pytest.mark.parametrize(
    ("trait", "trace"),
    [
        ("skill", lambda t: t["closed"].groupby("rep_id")["won"].mean()),
        ("drive", lambda t: t["activities"].groupby("rep_id")["count"].mean()),
        ("growth", lambda t: t["revenue"].iloc[:, 5:].sum(axis=1) / t["revenue"].iloc[:, :5].sum(axis=1)),
    ],
)
def test_traits_show_in_the_results(
    tables: Tables,
    closed: pd.DataFrame,
    revenue: pd.DataFrame,
    truth: dict[str, Any],
    trait: str,
    trace: Callable[[Tables], "pd.Series[float]"],
) -> None:
    reps = tables["reps"].set_index("rep_id")
    whole_time = reps.index[(reps["start_date"] < START) & reps["end_date"].isna()]
    seen = trace(tables | {"closed": closed, "revenue": revenue})[whole_time]
    planted = pd.DataFrame(truth["traits"]).T[trait][whole_time]
    assert set(truth["traits"]) == set(reps.index)
    assert seen.corr(planted, method="pearson") > 0.45


def test_the_bottleneck_is_one_stage_of_one_region(stages: pd.DataFrame, truth: dict[str, Any]) -> None:
    place = (truth["bottleneck"]["region"], truth["bottleneck"]["stage"])
    passed = stages.groupby(["region", "stage"])["ok"].mean().unstack()
    days = stages.groupby(["region", "stage"])["days"].median().unstack()
    assert passed.stack().idxmin() == place
    assert passed.at[place] < passed[place[1]].drop(place[0]).min() - 0.10
    assert days.at[place] > 1.4 * days[place[1]].drop(place[0]).max()


def test_the_mixed_region_wins_more_in_every_segment_and_less_over_all(
    closed: pd.DataFrame, truth: dict[str, Any]
) -> None:
    region, segment = truth["mix_effect"]["region"], truth["mix_effect"]["segment"]
    assert region != truth["bottleneck"]["region"]
    here = closed["region"] == region
    inside, outside = closed[here], closed[~here]
    rates = [part.groupby("segment")["won"].mean() for part in (inside, outside)]
    assert (rates[0] > rates[1] + 0.03).all()
    assert inside["won"].mean() < outside["won"].mean() - 0.04
    assert rates[1].idxmin() == segment
    assert (inside["segment"] == segment).mean() > 0.5 > (outside["segment"] == segment).mean()


def test_the_holder_closes_in_the_first_days_of_a_quarter(closed: pd.DataFrame, truth: dict[str, Any]) -> None:
    quarter = closed["closed"].dt.to_period("Q").dt
    early = (closed["closed"] - quarter.start_time).dt.days < 9
    late = (quarter.end_time - closed["closed"]).dt.days < 14
    busy = closed.groupby("rep_id").size() >= 100
    shares = pd.DataFrame({"early": early, "late": late}).groupby(closed["rep_id"]).mean()[busy]
    assert shares["early"].idxmax() == shares["late"].idxmin() == truth["holder"]
    assert shares.at[truth["holder"], "early"] > 2 * early.mean()
    assert shares.at[truth["holder"], "late"] < late.mean() / 3


def test_near_duplicates_are_pairs_a_careful_reader_finds(tables: Tables, truth: dict[str, Any]) -> None:
    deals = tables["opportunities"]
    pairs = deals.merge(deals, on=["rep_id", "account_id", "product"])
    pairs = pairs[pairs["opportunity_id_x"] < pairs["opportunity_id_y"]]
    near = (pairs["created_y"] - pairs["created_x"]).dt.days.abs() <= 5
    alike = (pairs["amount_y"] / pairs["amount_x"] - 1).abs() <= 0.01
    found = set(zip(*pairs[near & alike][["opportunity_id_x", "opportunity_id_y"]].to_numpy().T, strict=True))
    planted = {tuple(sorted(pair)) for pair in truth["near_duplicates"]}
    assert len(planted) == 60 and planted <= found
    assert len(found) < 90


def test_misspelt_products_have_one_right_name_each(tables: Tables, truth: dict[str, Any]) -> None:
    spelling, names = truth["misspelt_products"], tables["opportunities"]["product"]
    assert set(names) == set(spelling) | set(spelling.values())
    assert set(tables["orders"]["product"]) == set(spelling.values())
    assert 0.015 < names.isin(spelling).mean() < 0.025


def test_raters_overlap_as_they_should(tables: Tables) -> None:
    ratings, reps = tables["assessments"], tables["reps"].set_index("rep_id")
    panel = ratings.drop_duplicates(["rep_id", "period", "rater"])
    roles = panel.groupby(["rep_id", "period"])["rater_role"].value_counts().unstack()
    assert (roles[["manager", "peer", "hr"]] == [1, 2, 1]).all(axis=None)
    home = panel["rep_id"].map(reps["team"])
    is_peer, is_manager = panel["rater_role"] == "peer", panel["rater_role"] == "manager"
    assert (panel["rater"] == panel["rep_id"].map(reps["manager"]))[is_manager].all()
    peer_team = panel["rater"].map(reps.set_index("rep")["team"])
    assert (peer_team != home)[is_peer].groupby([panel["rep_id"], panel["period"]]).any().all()
    assert (panel["rater"] != panel["rep_id"].map(reps["rep"])).all()
    hr = panel[panel["rater_role"] == "hr"]
    assert (hr["rep_id"].map(reps["region"]).groupby(hr["rater"]).nunique() >= 2).all()
    assert set(ratings["rating"]) <= set(np.arange(2, 11) / 2)


def test_an_additive_fit_recovers_the_raters_severity_and_the_true_criteria(
    tables: Tables, truth: dict[str, Any]
) -> None:
    ratings = tables["assessments"]
    cell, cells = pd.factorize(pd.MultiIndex.from_frame(ratings[["rep_id", "criterion"]]))
    rater, raters = pd.factorize(ratings["rater"])
    design = np.zeros((len(ratings), len(cells) + len(raters)))
    row = np.arange(len(ratings))
    design[row, cell] = design[row, len(cells) + rater] = 1
    effects = np.linalg.lstsq(design.T @ design, design.T @ ratings["rating"].to_numpy(), rcond=1e-9)[0]
    severity = pd.Series(truth["rater_severity"])[raters]
    level = [truth["true_criteria"][rep][criterion] for rep, criterion in cells]
    assert set(raters) == set(truth["rater_severity"])
    assert np.corrcoef(effects[len(cells) :], severity)[0, 1] > 0.9
    assert np.corrcoef(effects[: len(cells)], level)[0, 1] > 0.9
    assert 0.3 < severity.std() < 0.6


def test_a_difference_in_differences_finds_the_pilot(
    tables: Tables, closed: pd.DataFrame, truth: dict[str, Any]
) -> None:
    pilot = truth["pilot"]
    assert pilot["kpi"] == "win_rate" and pilot["start"] == "2025-04-01"
    home = tables["reps"].drop_duplicates("team").set_index("team")["region"]
    assert home[pilot["teams"]].nunique() == 2
    after = closed["closed"] >= pilot["start"]
    counts = closed.groupby(["team", after])["won"].agg(["sum", "count"]).unstack()

    def effect(teams: tuple[str, ...]) -> float:
        inside = counts.index.isin(teams)
        changes = []
        for part in (inside, ~inside):
            won, ended = counts.loc[part, "sum"].sum(), counts.loc[part, "count"].sum()
            changes.append(np.diff(log_odds(won / ended))[0])
        return float(changes[0] - changes[1])

    found = effect(tuple(pilot["teams"]))
    assert found == pytest.approx(np.log(pilot["effect"]["odds_ratio"]), abs=0.15)
    chance = [effect(pair) for pair in combinations(counts.index, 2)]
    assert np.mean([other >= found for other in chance]) < 0.05
