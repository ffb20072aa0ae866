import pytest

from salesperf.data.contracts import CONTRACTS, Column
from salesperf.params import TABLE_NAMES

# The codebook: what is required of every table; any other column is optional.
REQUIRED = {
    "reps": {"rep_id", "rep", "region"},
    "opportunities": {"opportunity_id", "rep_id", "status"},
    "orders": {"order_id", "rep_id", "account_id", "date", "amount"},
    "accounts": {"account_id"},
    "stage_history": {"opportunity_id", "stage", "entered"},
    "activities": {"rep_id", "date", "kind"},
    "surveys": {"date", "score"},
    "assessments": {"rep_id", "period", "criterion", "rating"},
    "key_results": {"rep_id", "period", "objective", "key_result"},
    "targets": {"level", "name", "period", "kpi", "target"},
    "splits": {"sale_id", "rep_id", "share"},
    "actions": {"rep_id", "date", "action"},
}
COLUMNS = [(table, name, column) for table, columns in CONTRACTS.items() for name, column in columns.items()]


def test_every_table_of_the_client_file_has_a_contract_in_the_same_order():
    assert tuple(CONTRACTS) == TABLE_NAMES


@pytest.mark.parametrize("table", TABLE_NAMES)
def test_the_required_columns_are_those_of_the_codebook(table):
    assert {name for name, column in CONTRACTS[table].items() if column.required} == REQUIRED[table]


@pytest.mark.parametrize(("table", "name", "column"), COLUMNS, ids=[f"{table}.{name}" for table, name, _ in COLUMNS])
def test_what_must_be_filled_must_be_there_and_what_is_a_key_must_be_filled(table, name, column):
    assert column.required or not column.filled
    assert column.filled or not column.key


def test_a_survey_without_an_answer_and_an_order_without_an_account_are_allowed():
    assert not CONTRACTS["surveys"]["score"].filled
    assert not CONTRACTS["orders"]["account_id"].filled


@pytest.mark.parametrize("table", ["reps", "opportunities", "orders", "accounts"])
def test_ids_are_keys_of_the_tables_that_others_refer_to(table):
    keys = [name for name, column in CONTRACTS[table].items() if column.key]
    assert keys == [next(iter(CONTRACTS[table]))]


def test_a_column_is_optional_text_unless_it_says_more():
    assert Column() == Column("text", required=False, filled=False, key=False, allowed=(), between=None, setting="")
