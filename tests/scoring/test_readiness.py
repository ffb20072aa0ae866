"""What an export can measure of a model: by weight, KPI by KPI, with the least to collect."""

import pytest

from salesperf import open_company
from salesperf.measures.kpis import KPIS
from salesperf.params import preset_names
from salesperf.scoring.choice import Profile, choice
from salesperf.scoring.model import MODELS, Model
from salesperf.scoring.readiness import Gap, judged, needs, preset, readiness
from salesperf.scoring.reweighting import shares_of_score

REPS = [
    {"rep_id": "a", "rep": "An", "region": "East"},
    {"rep_id": "b", "rep": "Bo", "region": "West"},
]
ORDERS = [
    {"order_id": 1, "rep_id": "a", "account_id": "x", "date": "2025-10-01", "amount": 100, "cost": 60},
    {"order_id": 2, "rep_id": "b", "account_id": "y", "date": "2025-12-31", "amount": 50, "cost": 20},
]
TARGETS = [
    {"level": "rep", "name": one, "period": "2025Q4", "kpi": kpi, "target": 80}
    for one in "ab"
    for kpi in ("revenue", "new_customers")
]


def ready_of(company_of, **tables):
    return readiness(company_of({"reps": REPS, "orders": ORDERS, "targets": TARGETS} | tables))


def tables_of(one):
    return {gap.table for gap in one.collect}


def test_weights_of_a_model_are_shares_of_the_whole_score():
    # Results 70 %, customers 15 %, profitability 15 %, one KPI each.
    assert shares_of_score(preset("goal_oriented")) == pytest.approx(
        {"revenue_attainment": 0.70, "new_customers_attainment": 0.15, "gross_margin": 0.15}
    )


def test_the_weight_that_can_be_measured_is_that_of_the_kpis_that_the_export_tells(company_of):
    one = ready_of(company_of)["goal_oriented"]
    # New customers need a year of earlier orders: 0.70 + 0.15 without them.
    assert one.measured == pytest.approx(0.85)
    assert one.gaps["revenue_attainment"] == one.gaps["gross_margin"] == ()
    assert one.gaps["new_customers_attainment"] == (Gap("history", "orders", (), "2025-10-01"),)
    assert not one.refused


def test_a_model_under_its_limit_is_refused_and_says_the_fewest_tables_to_collect(company_of):
    ready = ready_of(company_of)
    # Core three: revenue is half of it; surveys bring the quarter that is missing.
    assert ready["core_three"].measured == pytest.approx(0.50)
    assert ready["core_three"].collect == (Gap("missing", "surveys", ("date", "score", "rep_id")),)
    # Behaviour: 0.15 of revenue; activities bring 0.40 and 0.25.
    assert ready["behaviour_driven"].measured == pytest.approx(0.15)
    assert tables_of(ready["behaviour_driven"]) == {"activities"}
    assert tables_of(ready["kpi_okr"]) == {"key_results"}


def test_what_is_to_be_collected_opens_the_model(company_of):
    surveys = [{"date": "2025-11-01", "score": 5, "rep_id": one} for one in "ab"]
    one = ready_of(company_of, surveys=surveys)["core_three"]
    assert one.measured == pytest.approx(0.75)
    assert not one.refused


def test_a_kpi_that_is_told_of_fewer_than_half_of_the_reps_measures_too_few(company_of):
    third = {"rep_id": "c", "rep": "Cy", "region": "West"}
    sold = {"order_id": 3, "rep_id": "c", "account_id": "z", "date": "2025-11-01", "amount": 1, "cost": 1}
    surveys = [{"date": "2025-11-01", "score": 5, "rep_id": "a"}]
    one = ready_of(company_of, reps=[*REPS, third], orders=[*ORDERS, sold], surveys=surveys)["core_three"]
    assert one.gaps["satisfaction"] == (Gap("few", "surveys", (), "1 / 3"),)
    assert one.refused
    assert one.collect == one.gaps["satisfaction"]


def test_half_of_the_reps_are_enough_for_a_kpi_to_count(company_of):
    surveys = [{"date": "2025-11-01", "score": 5, "rep_id": "a"}]
    one = ready_of(company_of, surveys=surveys)["core_three"]
    assert one.gaps["satisfaction"] == ()
    assert not one.refused


def test_a_period_outside_the_export_is_named_with_what_it_covers(company_of):
    company = company_of({"reps": REPS, "orders": ORDERS, "targets": TARGETS}, period="2027Q1")
    one = readiness(company)["goal_oriented"]
    assert Gap("outside", "orders", (), "2025-10-01 – 2025-12-31") in one.gaps["revenue_attainment"]
    assert one.refused


def test_margin_without_orders_asks_for_orders_with_their_cost(company_of):
    deals = [{"opportunity_id": 1, "rep_id": "a", "status": "won", "closed": "2025-11-01", "amount": 5}]
    company = company_of({"reps": REPS, "opportunities": deals})
    (gap,) = readiness(company)["goal_oriented"].gaps["gross_margin"]
    assert gap == Gap("missing", "orders", ("order_id", "rep_id", "account_id", "date", "amount", "cost"))


def test_a_column_that_is_missing_is_asked_for_alone(company_of):
    bare = [{key: value for key, value in one.items() if key != "cost"} for one in ORDERS]
    one = ready_of(company_of, orders=bare)["goal_oriented"]
    assert one.gaps["gross_margin"] == (Gap("missing", "orders", ("cost",)),)


def test_a_table_that_is_missing_is_asked_for_with_all_that_the_kpi_needs(company_of):
    (gap,) = ready_of(company_of)["balanced_scorecard"].gaps["cycle_days"]
    assert gap.table == "opportunities" and {"created", "closed", "status"} <= set(gap.columns)


def model_of(measured_at_least):
    """A model of four KPIs that weigh 0.1, 0.2, 0.3 and 0.4."""
    anchors = {"threshold": 1, "target": 2, "excellent": 3}
    kpis = [{"kpi": name, "weight": weight, "anchors": anchors}
            for name, weight in (("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", 0.4))]  # fmt: skip
    side = {"name": "all", "weight": 1, "kpis": kpis}
    return Model.model_validate({"perspectives": [side], "measured_at_least": measured_at_least})


@pytest.mark.parametrize(("least", "suffices"), [(0.6, True), (0.600001, False)])
def test_a_model_is_usable_from_the_very_share_on_that_it_asks_for(least, suffices):
    missing = Gap("missing", "targets")
    ready = judged("", model_of(least), {"a": (), "b": (), "c": (), "d": (missing,)})
    assert (ready.refused, ready.too_little) == (not suffices, not suffices)


def test_of_a_model_that_asks_for_nothing_something_must_be_measured():
    missing = Gap("missing", "targets")
    ready = judged("", model_of(0), dict.fromkeys("abcd", (missing,)))
    assert ready.refused and ready.collect == (missing,)


def test_kpi_and_okr_without_key_results_is_refused_though_70_percent_can_be_measured():
    model = preset("kpi_okr")
    missing = Gap("missing", "key_results")
    one = judged(
        "kpi_okr", model, {name: (missing,) if name == "key_results" else () for name in shares_of_score(model)}
    )
    assert one.measured == pytest.approx(0.70)
    assert (one.refused, one.too_little, one.collect) == (True, False, (missing,))


def test_every_model_can_be_measured_on_the_demo_company(demo_client):
    ready = readiness(open_company(demo_client.path))
    assert {name: one.measured for name, one in ready.items()} == pytest.approx(
        dict.fromkeys(preset_names(MODELS), 1.0)
    )
    assert not [one for one in ready.values() if one.refused]


def test_the_crm_export_can_measure_no_model_and_each_refusal_names_the_tables(company_of, crm_folder):
    files = {"reps": "sales_teams", "opportunities": "sales_pipeline", "accounts": "accounts"}
    source = {"preset": "maven"} | {table: str(crm_folder / f"{name}.csv") for table, name in files.items()}
    company = company_of({}, period="2017Q4", source=source)
    ready = readiness(company)
    assert {name: tables_of(one) for name, one in ready.items()} == {
        "core_three": {"targets", "surveys"},
        "goal_oriented": {"targets"},
        "behaviour_driven": {"activities"},
        "kpi_okr": {"targets", "key_results"},
        # 0.10 of the cycle, 0.28 of revenue, 0.15 of new customers, 0.15 of assessments
        "balanced_scorecard": {"targets", "opportunities", "assessments"},
    }
    assert choice(Profile(), ready).recommended is None


def test_what_a_model_needs_comes_from_its_preset_alone():
    assert needs(preset("core_three")) == {
        "orders": ("order_id", "rep_id", "account_id", "date", "amount"),
        "surveys": ("date", "score", "rep_id"),
        "targets": ("level", "name", "period", "kpi", "target"),
    }
    assert all(name in KPIS for model in preset_names(MODELS) for name in shares_of_score(preset(model)))
