"""A region's slice of the tables, found by hand, whichever way it is asked for."""

import pytest

from salesperf.data.dataset import VARIABLE
from salesperf.data.loading import dataset_file, load_tables, write_dataset

REPS = [
    {"rep_id": "e1", "rep": "Ann", "region": "East", "team": "Blue"},
    {"rep_id": "e2", "rep": "Bo", "region": "East", "team": "Red"},
    {"rep_id": "w1", "rep": "Cy", "region": "West", "team": "Blue"},
]
ORDERS = [  # account, and the region written on the order
    {"order_id": "at home", "rep_id": "e1", "account_id": "a", "region": "East"},
    {"order_id": "unwritten", "rep_id": "e2", "account_id": "b", "region": ""},
    {"order_id": "by an outsider", "rep_id": "w1", "account_id": "c", "region": "East"},
    {"order_id": "abroad", "rep_id": "e1", "account_id": "d", "region": "West"},
    {"order_id": "elsewhere", "rep_id": "w1", "account_id": "e", "region": "West"},
    {"order_id": "nobody's", "rep_id": "x9", "account_id": "f", "region": "East"},
    {"order_id": "of nowhere", "rep_id": "x9", "account_id": "g", "region": ""},
    {"order_id": "in the south", "rep_id": "w1", "account_id": "a", "region": "South"},
]
DEALS = [
    {"opportunity_id": "d1", "rep_id": "e1", "status": "won", "account_id": "h", "region": ""},
    {"opportunity_id": "d2", "rep_id": "w1", "status": "open", "account_id": "i", "region": "East"},
    {"opportunity_id": "d3", "rep_id": "w1", "status": "open", "account_id": "j", "region": ""},
]
TARGETS = [
    ("company", ""), ("region", "East"), ("region", "West"), ("team", "Blue"), ("team", "Red"), ("rep", "e1"),
    ("rep", "w1"), ("region", "Blue"),
]  # fmt: skip
TABLES = {
    "reps": REPS,
    "orders": [one | {"date": "2025-10-01", "amount": "1"} for one in ORDERS],
    "opportunities": DEALS,
    "accounts": [{"account_id": one, "account": one.upper()} for one in "abcdefghijk"],
    "stage_history": [{"opportunity_id": one, "stage": "s", "entered": "2025-10-01"} for one in ("d1", "d2", "d3")],
    "splits": [
        {"sale_id": "at home", "rep_id": "e1", "share": "60"},
        {"sale_id": "at home", "rep_id": "w1", "share": "40"},
        {"sale_id": "elsewhere", "rep_id": "w1", "share": "100"},
    ],
    "targets": [
        {"level": level, "name": name, "period": "2025Q4", "kpi": "revenue", "target": "1"} for level, name in TARGETS
    ],
    "activities": [{"rep_id": one, "date": "2025-10-01", "kind": "call"} for one in ("e1", "w1", "w1", "x9")],
    "surveys": [{"rep_id": one, "date": "2025-10-01", "score": "4"} for one in ("e2", "", "w1")],
}
KEYS = {
    "reps": ["rep_id"], "orders": ["order_id"], "opportunities": ["opportunity_id"], "accounts": ["account_id"],
    "stage_history": ["opportunity_id"], "splits": ["sale_id", "rep_id"], "targets": ["level", "name"],
    "activities": ["rep_id"], "surveys": ["rep_id"],
}  # fmt: skip
EAST = {
    "reps": ["e1", "e2"],
    "orders": ["abroad", "at home", "by an outsider", "nobody's", "unwritten"],
    "opportunities": ["d1", "d2"],
    "accounts": ["a", "b", "c", "d", "f", "h", "i"],
    "stage_history": ["d1", "d2"],
    "splits": ["at home e1", "at home w1"],
    "targets": ["region East", "rep e1", "team Blue", "team Red"],
    "activities": ["e1"],
    "surveys": ["e2"],
}
WEST = {
    "reps": ["w1"],
    "orders": ["abroad", "by an outsider", "elsewhere", "in the south"],
    "opportunities": ["d2", "d3"],
    "accounts": ["a", "c", "d", "e", "i", "j"],
    "stage_history": ["d2", "d3"],
    "splits": ["at home e1", "at home w1", "elsewhere w1"],
    "targets": ["region West", "rep w1", "team Blue"],
    "activities": ["w1", "w1"],
    "surveys": ["w1"],
}
SOUTH = {table: [] for table in KEYS} | {"orders": ["in the south"], "accounts": ["a"]}


@pytest.fixture
def client(client_of):
    return client_of(TABLES)


def found(part):
    """The rows of each table, by what tells them apart."""
    rows = {name: part[name].select(*key).to_pyarrow().to_pylist() for name, key in KEYS.items()}
    return {name: sorted(" ".join(map(str, one.values())) for one in rows[name]) for name in rows}


@pytest.mark.parametrize(("region", "own"), [("East", EAST), ("West", WEST), ("South", SOUTH)])
def test_the_slice_of_a_region_is_its_own_peoples_rows_and_what_was_sold_in_it(
    client, tmp_path, monkeypatch, region, own
):
    tables = load_tables(client)
    assert found(tables.slice_of(region)) == own
    write_dataset(tables, client, tmp_path / "dataset")
    monkeypatch.setenv(VARIABLE, str(dataset_file(tmp_path / "dataset")))
    assert found(load_tables(client).slice_of(region)) == own


def test_the_whole_of_a_row_is_the_same_from_the_export_and_from_the_dataset(client, tmp_path, monkeypatch):
    def rows(tables):
        part = tables.slice_of("East")
        return {name: part.ask(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES}

    tables = load_tables(client)
    write_dataset(tables, client, tmp_path / "dataset")
    monkeypatch.setenv(VARIABLE, str(dataset_file(tmp_path / "dataset")))
    handed = load_tables(client)
    assert rows(handed) == rows(tables)
    assert (handed.rows, handed.filled, handed.spans) == (tables.rows, tables.filled, tables.spans)
    assert handed.inputs == tables.inputs


def test_a_region_of_which_there_is_nothing_has_an_empty_slice(client):
    assert not any(found(load_tables(client).slice_of("North")).values())


def test_stages_without_the_deals_they_are_of_are_in_no_slice(client_of):
    tables = load_tables(client_of({name: TABLES[name] for name in ("reps", "orders", "stage_history")}))
    assert tables.slice_of("East")["stage_history"].count().execute() == 0


def test_a_region_with_any_name_has_its_slice_and_no_query_of_its_own(client_of):
    name = "O'Brien\"; DROP TABLE reps; --"
    rows = [one | {"region": name} for one in REPS[:1]] + REPS[1:]
    tables = load_tables(client_of({"reps": rows, "orders": TABLES["orders"]}))
    assert tables.slice_of(name).ask("SELECT rep_id FROM reps").to_pylist() == [{"rep_id": "e1"}]
    assert len(tables.ask("SELECT rep_id FROM reps")) == 3
