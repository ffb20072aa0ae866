"""A client's own KPIs counted: by hand for every measure, as columns of the KPI table, and never a silent 0."""

import numpy as np
import pytest

from salesperf.errors import RequestError
from salesperf.measures.availability import Reason, reason_not_available

TABLES = {
    "reps": "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,West,Two\n",
    "accounts": "account_id,account,segment\na,Acme,Enterprise\nb,Bolt,small\nc,Cog,\n",
    "orders": """order_id,rep_id,account_id,date,amount,cost,product,refund_of
o1,r1,a,2025-10-01,100,60,Meter,
o2,r1,a,2025-11-01,50,,meter,
o3,r1,b,2025-11-02,30,10,Gauge,
o4,r2,c,2025-12-01,20,10,Gauge,
o5,r2,b,2025-12-02,40,10,Gauge,
o6,r2,b,2025-12-03,-40,-10,Gauge,o5
o7,r1,a,2025-09-30,7,1,Meter,
""",
    "opportunities": """opportunity_id,rep_id,status,stage,account_id,created,closed,amount
d1,r1,won,done,a,2025-08-01,2025-10-01,100
d2,r1,lost,offer,b,2025-10-01,2025-11-01,500
d3,r2,open,offer,a,2025-10-05,2026-02-01,70
""",
    "surveys": "date,score,rep_id,account_id\n2025-10-05,5,r1,a\n2025-10-06,3,r1,b\n2025-10-07,,r2,a\n",
    "activities": "rep_id,date,kind,count,quality\nr1,2025-10-01,visit,4,3\nr1,2025-10-02,visit,1,4\n",
    "assessments": "rep_id,period,criterion,rating,rater,rater_role\nr1,2025Q4,p,4,A,hr\nr1,2025Q4,p,2,B,peer\n",
}


@pytest.fixture(scope="module")
def own(kpis_of):
    """The values of one KPI by region of 2025Q4, and those of its n where it has one."""

    def of(period="2025Q4", tables=TABLES, **written):
        rows = kpis_of(tables, "region", period, kpis={"mine": written}).set_index("region")
        told = [rows[name].to_dict() for name in ("mine", "mine_n") if name in rows]
        return told if len(told) > 1 else told[0]

    return of


@pytest.mark.parametrize(
    ("written", "east", "west"),
    [
        ({"sum": "amount"}, 180, 20),
        ({"sum": "amount", "where": {"segment": "enterprise"}}, 150, 0),
        ({"sum": "amount", "where": {"account": "BOLT"}}, 30, 0),  # refunded
        ({"sum": "amount", "where": {"product": " meter "}}, 150, 0),
        ({"sum": "amount", "where": {"product": ["Meter", "GAUGE"], "segment": "small"}}, 30, 0),
        ({"sum": "amount", "where": {"amount": [50, 20.0]}}, 50, 20),
        ({"count": "rows"}, 3, 1),  # neither the refund nor what it paid back
        ({"distinct": "account_id"}, 2, 1),
        ({"distinct": "product", "where": {"segment": "small"}}, 1, 0),
        ({"table": "opportunities", "count": "rows"}, 2, 0),
        ({"table": "opportunities", "count": "rows", "day": "created"}, 1, 1),
        ({"table": "opportunities", "sum": "amount", "where": {"status": "open"}, "day": "created"}, 0, 70),
        ({"table": "activities", "sum": "count", "where": {"kind": "visit"}}, 5, 0),
        ({"table": "surveys", "count": "rows", "where": {"segment": "enterprise"}}, 1, 1),
    ],
)
def test_sums_and_counts_by_hand_with_zeros_where_there_is_nothing(own, written, east, west):
    assert own(**written) == {"East": east, "West": west}


@pytest.mark.parametrize(
    ("written", "east", "west"),
    [
        ({"mean": "amount"}, (60, 3), (20, 1)),  # 180 / 3
        ({"mean": "cost"}, (35, 2), (10, 1)),  # o2 has none
        ({"table": "surveys", "mean": "score"}, (4, 2), (None, 0)),
        ({"table": "assessments", "mean": "rating"}, (3, 2), (None, 0)),
        ({"table": "assessments", "mean": "rating", "where": {"rater_role": "HR"}}, (4, 1), (None, 0)),
        ({"ratio": {"of": {"sum": "cost"}, "to": {"sum": "amount"}}}, (70 / 180, 3), (10 / 20, 3)),
        (
            {"ratio": {"of": {"count": "rows", "where": {"product": "Meter"}}, "to": {"count": "rows"}}},
            (2 / 3, 3),
            (0, 1),
        ),
        ({"ratio": {"of": {"sum": "amount"}, "to": {"distinct": "account_id"}}}, (90, 2), (20, 1)),
        (
            {"ratio": {"of": {"count": "rows"}, "to": {"count": "rows"}}, "where": {"segment": "enterprise"}},
            (1, 2),
            (None, 0),
        ),
    ],
)
def test_means_and_ratios_by_hand_with_their_n_and_none_of_nothing(own, written, east, west):
    values, counts = own(**written)
    for region, (value, n) in {"East": east, "West": west}.items():
        assert counts[region] == n
        assert np.isnan(values[region]) if value is None else values[region] == pytest.approx(value)


def test_a_month_has_the_review_of_the_quarter_around_it(own):
    assert own("2025-11", table="assessments", mean="rating")[0]["East"] == 3


@pytest.mark.parametrize(
    ("written", "without", "what"),
    [
        ({"sum": "amount", "where": {"segment": "small"}}, "accounts", "accounts"),
        ({"table": "surveys", "mean": "score"}, "surveys", "surveys"),
        ({"sum": "amount", "where": {"product": "Metre"}}, None, "orders.product Metre"),
        ({"sum": "amount", "where": {"segment": ["large", "huge"]}}, None, "accounts.segment large or huge"),
        ({"sum": "amount", "where": {"amount": 12.5}}, None, "orders.amount 12.5"),
        (
            {"ratio": {"of": {"count": "rows", "where": {"product": "X"}}, "to": {"count": "rows"}}},
            None,
            "orders.product X",
        ),
        ({"table": "opportunities", "sum": "amount", "where": {"product": "Meter"}}, None, "opportunities.product"),
    ],
)
def test_what_the_export_has_nowhere_is_named_and_never_0(company_of, written, without, what):
    tables = {name: rows for name, rows in TABLES.items() if name != without}
    company = company_of(tables, kpis={"mine": written})
    reason = reason_not_available(company.registry["mine"], company, company.period)
    assert reason == Reason("missing", what)
    rows = company.kpis("rep")
    assert rows[[name for name in rows if name.startswith("mine")]].isna().all(axis=None)


def test_a_period_outside_the_export_has_no_value(own):
    assert np.isnan(list(own("2024Q4", sum="amount").values())).all()


def test_won_deals_stand_in_for_orders(own):
    tables = {name: rows for name, rows in TABLES.items() if name != "orders"}
    assert own(tables=tables, sum="amount", where={"segment": "enterprise"}) == {"East": 100, "West": 0}
    assert own(tables=tables, count="rows") == {"East": 1, "West": 0}


def test_parts_add_up_and_stand_beside_the_registered_kpis(company_of):
    kpis = {"b": {"sum": "amount", "where": {"segment": "enterprise"}}, "a": {"mean": "cost"}, "c": {"count": "rows"}}
    company = company_of(TABLES, kpis=kpis)
    whole, *parts = (company.kpis(by) for by in ("company", "region", "team", "rep"))
    for rows in parts:
        assert rows["b"].sum() == whole["b"].iloc[0] == 150
        assert rows["c"].sum() == whole["c"].iloc[0] == 4
    assert list(whole)[-8:] == ["b", "a", "a_n", "c", "revenue_target", "new_customers_target", "won", "surveys_sent"]
    assert list(company.kpis("company", only=["a"])) == ["period", "a", "a_n"]


def test_the_registry_says_what_an_own_kpi_is(company_of):
    kpis = {
        "large": {
            "name": "Enterprise revenue",
            "sum": "amount",
            "where": {"segment": "enterprise", "product": ["Meter", "Gauge"]},
        },
        "late": {
            "table": "surveys",
            "ratio": {"of": {"count": "rows", "where": {"score": 5}}, "to": {"count": "rows"}},
        },
    }
    company = company_of(TABLES, kpis=kpis)
    known = company.registry
    assert (known["large"].name, known["large"].counted) == ("Enterprise revenue", True)
    assert known["large"].definition == (
        "Sum of amount in sales where segment is enterprise and product is Meter or Gauge"
    )
    assert known["late"].definition == "Number of rows in surveys where score is 5 ÷ number of rows in surveys"
    assert company.voice.kpi("large") == "Enterprise revenue" and company.voice.kpi("late") == "late"


def test_a_model_can_score_by_it_in_its_own_direction(company_of):
    def model(better, anchors):
        part = {
            "kpi": "mine",
            "weight": 1,
            "anchors": dict(zip(("threshold", "target", "excellent"), anchors, strict=True)),
        }
        own = {"mean": "cost", "better": better}
        written = {"perspectives": [{"name": "all", "weight": 1, "kpis": [part]}]}
        return company_of(TABLES, kpis={"mine": own}, model=written).model.kpi_ids

    assert model("lower", (30, 20, 10)) == model("higher", (10, 20, 30)) == ["mine"]
    with pytest.raises(RequestError, match="lower is better for 'mine'"):
        model("lower", (10, 20, 30))


def test_the_order_of_own_kpis_and_of_rows_changes_nothing(company_of):
    kpis = {"a": {"mean": "amount"}, "b": {"table": "surveys", "mean": "score"}, "c": {"sum": "cost"}}
    rows = [line for line in TABLES["orders"].splitlines() if line]
    mixed = "\n".join([rows[0], *reversed(rows[1:])]) + "\n"
    found = []
    for own, orders in ((kpis, TABLES["orders"]), (dict(reversed(kpis.items())), mixed)):
        table = company_of(TABLES | {"orders": orders}, kpis=own).kpis("rep")
        found.append(table[sorted(table)])
    assert found[0].equals(found[1])
