from typing import get_args

import pytest

from salesperf.errors import RequestError
from salesperf.language import Voice
from salesperf.measures.kpis import KPIS, Unit, check_kpi, criteria, kinds

REPS = "rep_id,rep,region\nr1,Ann,East\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"


@pytest.fixture
def kinds_of(company_of):
    def of(*names):
        rows = [{"rep_id": "r1", "date": "2025-10-01", "kind": name} for name in names]
        return kinds(company_of({"reps": REPS, "orders": ORDERS, "activities": rows}))

    return of


OF_THE_METHODS = [
    "revenue",
    "revenue_attainment",
    "revenue_growth",
    "gross_margin",
    "customers",
    "new_customers",
    "new_customers_attainment",
    "repeat_rate",
    "win_rate",
    "win_rate_cohort",
    "average_deal",
    "cycle_days",
    "velocity",
    "satisfaction",
    "activities",
    "activity_quality",
    "activities_weekly",
    "staff_turnover",
    "assessed",
    "key_results",
]


def test_the_registry_holds_the_kpis_of_the_methods_in_their_order():
    assert [name for name in KPIS if name in OF_THE_METHODS] == OF_THE_METHODS


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_a_kpi_says_what_it_is_in_whole_sentences_and_names_real_parts(kpi):
    assert kpi.name and kpi.definition
    assert set(kpi.made_of) <= set(KPIS)
    assert all(need.count(".") == 1 for need in (*kpi.needs, kpi.day))


@pytest.mark.parametrize("unit", get_args(Unit))
def test_every_unit_has_a_form_in_print(unit):
    assert "1234" in Voice().value(unit, 1234).replace(",", "")
    assert Voice().value("number", 1234.56) == "1,234.6" and Voice().value("number", float("nan")) == Voice().missing


def test_a_short_sales_cycle_and_few_who_leave_are_better_and_of_all_else_more():
    assert [name for name, kpi in KPIS.items() if kpi.better == "lower"] == ["cycle_days", "staff_turnover"]


def test_what_looks_back_what_guards_a_pilot_and_what_judges_nobody():
    assert {kpi.id for kpi in KPIS.values() if kpi.looks_back} == {"revenue_growth", "new_customers", "repeat_rate"}
    assert {kpi.id for kpi in KPIS.values() if kpi.guards} == {"gross_margin", "repeat_rate", "satisfaction"}
    assert {kpi.id for kpi in KPIS.values() if not kpi.judged} == {
        "win_rate", "win_rate_cohort", "velocity", "staff_turnover",
    }  # fmt: skip


def test_sums_and_counts_are_told_from_rates():
    counted = [name for name in OF_THE_METHODS if KPIS[name].counted]
    assert counted == ["revenue", "customers", "new_customers", "activities"]


def test_every_kind_of_activity_is_a_kpi_by_a_name_that_can_be_typed(kinds_of):
    assert kinds_of("visit", "Phone call", "拜访", "E-Mail (sent)") == {
        "e_mail_sent": "E-Mail (sent)",
        "phone_call": "Phone call",
        "visit": "visit",
        "拜访": "拜访",
    }


def test_a_kind_of_activity_never_hides_another_column(kinds_of):
    names = [
        "Revenue",
        "won",
        "rep",
        "region",
        "period",
        "surveys_sent",
        "activities",
        "revenue_target",
        "visit_n",
        "!",
    ]
    found = kinds_of(*names, "visit", "Visit")
    taken = {*KPIS, *(f"{name}_n" for name in KPIS), "won", "rep", "rep_id", "region", "team", "period", "surveys_sent"}
    assert sorted(found.values()) == sorted([*names, "visit", "Visit"])
    assert not taken & set(found)
    assert not any(name.endswith(("_n", "_target")) for name in found)
    assert len(set(found)) == len(names) + 2


def test_kinds_of_any_name_are_counted_in_columns_of_their_own(kpis_of):
    names = ["quality", "cost", "costed", "again", "satisfied", "revenue", "count", "kind", "Won"]
    rows = [{"rep_id": "r1", "date": "2025-10-01", "kind": name, "count": place} for place, name in enumerate(names)]
    row = kpis_of({"reps": REPS, "orders": ORDERS, "activities": rows}).iloc[0]
    counted = {"activity_revenue": 5, "activity_won": 8} | {
        name: place for place, name in enumerate(names) if name not in ("revenue", "Won")
    }
    assert {name: row[name] for name in counted} == counted
    assert row["activities"] == sum(range(9))
    assert row["revenue"] == 5


@pytest.fixture
def criteria_of(company_of):
    def of(*names, kinds=("visit",), **settings):
        tables = {
            "reps": REPS,
            "orders": ORDERS,
            "assessments": [{"rep_id": "r1", "period": "2025Q4", "criterion": one, "rating": 3} for one in names],
            "activities": [{"rep_id": "r1", "date": "2025-10-01", "kind": one} for one in kinds],
        }
        return company_of(tables, **settings)

    return of


def test_every_criterion_is_a_kpi_by_a_name_that_can_be_typed(criteria_of):
    company = criteria_of("Team work", "计划", "planning")
    assert criteria(company) == {
        "assessed_team_work": "Team work",
        "assessed_planning": "planning",
        "assessed_计划": "计划",
    }
    assert company.registry["assessed_planning"].name == "Assessed: planning"


def test_a_criterion_never_hides_another_column(criteria_of):
    names = ["n", "target", "attainment", "Planning", "planning", "planning!", "?"]
    company = criteria_of(*names, kinds=("assessed planning", "Assessed n"))
    found, of_kinds = criteria(company), kinds(company)
    assert sorted(found.values()) == sorted(names)
    assert not any(name.endswith(("_n", "_target", "_attainment")) for name in found)
    assert not set(found) & set(of_kinds) and not set(found) & set(KPIS)
    assert len(company.registry) == len(KPIS) + len(names) + 2


@pytest.mark.parametrize(("language", "name"), [("en", "Assessed: planning"), ("zh", "评估：planning")])
def test_a_voice_knows_the_names_that_the_export_brings_along(criteria_of, language, name):
    own = {"mine": {"name": "My own", "sum": "amount"}}
    voice = criteria_of("planning", kinds=("Phone call",), language=language, kpis=own).voice
    assert (voice.kpi("assessed_planning"), voice.kpi("phone_call"), voice.kpi("mine")) == (
        name,
        "Phone call",
        "My own",
    )


def test_definitions_say_the_clients_own_months_and_days(company_of):
    own = {"new_customer_months": 18, "repeat_window_days": 45, "repeat_look_back_months": 6}
    known = company_of({"reps": REPS, "orders": ORDERS}, definitions=own).registry
    assert "first time in 18 months" in known["new_customers"].definition
    assert "in the 6 months that ended 45 days before" in known["repeat_rate"].definition
    assert "in 12 months" in KPIS["new_customers"].definition
    assert not any("{" in kpi.definition for kpi in known.values())


def test_without_activities_there_are_no_kinds(company_of):
    company = company_of({"reps": REPS, "orders": ORDERS})
    assert kinds(company) == {}
    assert company.registry == KPIS


def test_an_unknown_kpi_is_an_error_of_the_request():
    assert check_kpi("revenue", KPIS).unit == "money"
    with pytest.raises(RequestError) as caught:
        check_kpi("revenu", KPIS)
    assert str(caught.value) == "kpi: 'revenu' is not a KPI; did you mean 'revenue'?"
    assert caught.value.exit_code == 2
