"""Key results by hand: ¼ and ¾ of the way, objectives and reps that each weigh the same, and what has no score."""

import numpy as np
import pytest

from salesperf.errors import DataError
from salesperf.measures.key_results import key_result_scores

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,Bo,East,One\nr3,Cy,West,Two\n"
ORDERS = "order_id,rep_id,account_id,date,amount\no1,r1,a,2025-10-01,5\n"
HEAD = "rep_id,period,objective,key_result,start,target,actual\n"
ROWS = HEAD + (
    "r1,2025Q4,grow,meetings,0,12,9\n"  # 9/12
    "r1,2025Q4,grow,demos,2,10,4\n"  # 2/8
    "r1,2025Q4,learn,exams,,4,5\n"  # above the target: 1; no start is 0
    "r2,2025Q4,faster,days to answer,10,2,4\n"  # down: -6/-8
    "r2,2025Q4,faster,complaints,5,1,7\n"  # the wrong way: 0
    "r2,2025Q4,faster,audits,0,3,\n"  # no result
    "r2,2025Q4,later,plans,0,,3\n"  # no target
    "r3,2025Q3,grow,meetings,0,10,4\n"
    "who,2025Q4,grow,meetings,0,10,7\n"
)


@pytest.fixture(scope="module")
def of(kpis_of):
    def kpis(by, period="2025Q4", rows=ROWS):
        key = {"company": "period", "rep": "rep_id"}.get(by, by)
        table = kpis_of({"reps": REPS, "orders": ORDERS, "key_results": rows}, by, period).set_index(key)
        return table[["key_results", "key_results_n"]].dropna().T.to_dict("list")

    return kpis


@pytest.fixture
def detail(company_of):
    def scores(rows=ROWS):
        company = company_of({"reps": REPS, "orders": ORDERS, "key_results": rows})
        return key_result_scores(company, company.period)

    return scores


def test_a_key_result_is_the_way_gone_and_an_objective_and_a_rep_are_means(of):
    """r1: grow (0.75 + 0.25) / 2 and learn 1; r2: faster (0.75 + 0) / 2; later has no score at all."""
    assert of("rep") == {"r1": [0.75, 3], "r2": [0.375, 2]}


def test_groups_are_means_over_their_reps_each_weighing_the_same(of):
    assert of("team") == {"One": [(0.75 + 0.375) / 2, 5]}
    assert of("region") == {"": [0.7, 1], "East": [(0.75 + 0.375) / 2, 5]}
    assert of("company") == {"2025Q4": [pytest.approx((0.75 + 0.375 + 0.7) / 3), 6]}


def test_a_year_holds_its_quarters_and_a_month_has_those_of_the_quarter_around_it(of):
    """Of the year, r3 has the third quarter."""
    assert of("region", "2025")["West"] == [0.4, 1]
    assert of("rep", "2025-11") == of("rep")
    assert of("region", "2025-08")["West"] == [0.4, 1]


def test_the_objective_of_each_quarter_is_an_objective_of_the_year(of):
    rows = HEAD + "r1,2025Q3,grow,a,0,1,1\nr1,2025Q3,grow,b,0,1,1\nr1,2025Q4,grow,a,0,1,0\n"
    assert of("rep", "2025", rows) == {"r1": [0.5, 3]}


def test_of_several_periods_around_a_month_the_shortest_counts(of):
    rows = HEAD + "r1,2025,grow,a,0,10,1\nr1,2025H2,grow,a,0,10,2\nr1,2025Q4,grow,a,0,10,3\n"
    assert of("rep", "2025-11", rows) == {"r1": [0.3, 1]}
    assert of("rep", "2025Q3", rows) == {"r1": [0.2, 1]}
    assert of("rep", "2025H1", rows) == {"r1": [0.1, 1]}


def test_a_period_between_those_told_has_no_value_and_one_outside_them_neither(kpis_of):
    rows = HEAD + "r1,2025Q1,grow,a,0,10,1\nr1,2025Q4,grow,a,0,10,3\n"
    tables = {"reps": REPS, "orders": ORDERS, "key_results": rows}
    told = kpis_of(tables, periods=["2024Q4", "2025Q2", "2025Q4"]).set_index("period")
    assert told["key_results"].round(9).fillna(-1).to_dict() == {"2024Q4": -1, "2025Q2": -1, "2025Q4": 0.3}
    assert told["key_results_n"].fillna(-1).to_dict() == {"2024Q4": -1, "2025Q2": 0, "2025Q4": 1}


def test_the_detail_has_every_key_result_with_score_and_colour(detail):
    rows = detail().set_index(["rep_id", "key_result"])
    assert list(rows.columns) == ["period", "objective", "start", "target", "actual", "score", "colour"]
    assert rows["score"].fillna(-1).to_dict() == {
        ("r1", "meetings"): 0.75,
        ("r1", "demos"): 0.25,
        ("r1", "exams"): 1,
        ("r2", "days to answer"): 0.75,
        ("r2", "complaints"): 0,
        ("r2", "audits"): -1,
        ("r2", "plans"): -1,
        ("who", "meetings"): 0.7,
    }
    colours = rows["colour"].to_dict()
    assert [colours["r1", one] for one in ("meetings", "demos", "exams")] == ["green", "red", "green"]
    assert colours["r2", "audits"] == "" and colours["who", "meetings"] == "green"
    assert np.isnan(rows["start"]["r1", "exams"])  # shown as it is told


@pytest.mark.parametrize(
    ("actual", "colour"), [(69.4, "yellow"), (69.5, "green"), (60, "yellow"), (40, "yellow"), (39.4, "red")]
)
def test_a_colour_is_that_of_the_whole_percent_that_is_printed(detail, actual, colour):
    assert detail(rows=HEAD + f"r1,2025Q4,o,k,0,100,{actual}\n")["colour"].tolist() == [colour]


def test_a_target_equal_to_the_start_is_an_error_of_the_data(detail):
    rows = HEAD + "r2,2025Q4,grow,plans,4,4,4\nr1,2025Q4,grow,meetings,,0,3\nr1,2025Q3,grow,meetings,0,1,1\n"
    rows += "r2,2025Q4,later,calls,5,5,\nr3,2025Q1,more,visits,1,1,1\n"
    with pytest.raises(DataError) as caught:
        detail(rows=rows)
    assert str(caught.value) == (
        "key_results: column 'target': expected a target other than the start (0 where it is empty), got 4 equal to "
        "it: 'meetings' of r1 (2025Q4, grow: 0), 'plans' of r2 (2025Q4, grow: 4), 'calls' of r2 (2025Q4, later: 5); "
        "correct them or leave the target empty"
    )


def test_an_export_without_key_results_has_no_rows_of_them(company_of):
    reps = [{"rep_id": "r1", "rep": "Ann", "region": "East"}]
    orders = [{"order_id": "1", "rep_id": "r1", "account_id": "a", "date": "2025-10-01", "amount": "5"}]
    company = company_of({"reps": reps, "orders": orders})
    assert key_result_scores(company, company.period).empty
