from pathlib import Path

import pytest

from salesperf.data.mapping import SYSTEMS, TableMapping, names_in, table_mappings
from salesperf.errors import DataError, RequestError
from salesperf.params import Client, preset_names, read_client

HEAD = """\
client: North
period: 2025Q4
source:
  reps: reps.csv
  opportunities: deals.csv
"""


@pytest.fixture
def client(tmp_path, monkeypatch):
    """The client file with more lines under source."""
    monkeypatch.chdir(tmp_path)

    def written(more: str) -> Client:
        Path("north.yml").write_text(HEAD + more, encoding="utf-8")
        return read_client("north.yml")

    return written


def refused(client: Client) -> str:
    with pytest.raises(RequestError) as caught:
        table_mappings(client)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert len(message.splitlines()) == 1
    return message


def test_without_a_preset_every_column_bears_its_own_name(client):
    reps = table_mappings(client(""))["reps"]
    assert reps.columns["rep_id"] == "rep_id"
    assert reps.insisted == frozenset()
    assert reps.values == {}


def test_the_maven_preset_knows_the_names_of_that_export(client):
    mappings = table_mappings(client("  preset: maven\n"))
    assert mappings["opportunities"].columns["closed"] == "close_date"
    assert mappings["opportunities"].values["status"]["Engaging"] == "open"
    assert mappings["reps"].columns["team"] == "manager"


def test_a_column_of_the_client_file_goes_before_the_presets_and_must_then_be_there(client):
    mapping = table_mappings(client("  preset: maven\n  columns: {reps: {team: squad}}\n"))["reps"]
    assert mapping.columns["team"] == "squad"
    assert mapping.columns["region"] == "regional_office"
    assert mapping.insisted == {"team"}


def test_values_of_the_client_file_join_the_presets_value_by_value(client):
    more = "  preset: maven\n  values: {opportunities: {status: {Stalled: lost, Prospecting: lost}, product: {A: B}}}\n"
    values = table_mappings(client(more))["opportunities"].values
    assert values["status"] == {
        "Prospecting": "lost",
        "Engaging": "open",
        "Won": "won",
        "Lost": "lost",
        "Stalled": "lost",
    }
    assert values["product"] == {"A": "B"}


def test_an_unknown_preset_is_named_with_its_line(client):
    message = refused(client("  preset: mavem\n"))
    assert message == "north.yml:6: preset: 'mavem' is not a known system; did you mean 'maven'?"
    assert "maven" in preset_names(SYSTEMS)


@pytest.mark.parametrize("key", ["columns", "values"])
def test_a_mapping_of_an_unknown_table_is_named_with_its_line(client, key):
    inner = "rep_id: x" if key == "columns" else "rep_id: {x: y}"
    message = refused(client(f"  {key}:\n    reps: {{}}\n    rep:\n      {inner}\n"))
    assert message == "north.yml:8: 'rep' is not a table; did you mean 'reps'?"


@pytest.mark.parametrize("key", ["columns", "values"])
def test_a_mapping_of_an_unknown_column_is_named_with_its_line(client, key):
    inner = "regoin: x" if key == "columns" else "regoin: {x: y}"
    message = refused(client(f"  {key}:\n    reps:\n      {inner}\n"))
    assert message == "north.yml:8: 'regoin' is not a column of reps; did you mean 'region'?"


def test_a_mapping_of_a_table_that_is_unknown_and_empty_is_named_too(client):
    assert "'sales' is not a table" in refused(client("  columns:\n    sales: {}\n"))


def test_a_value_that_the_column_cannot_have_is_named_with_its_line(client):
    message = refused(client("  values:\n    opportunities:\n      status:\n        Done: wonn\n"))
    assert message == "north.yml:9: 'wonn' is not a status of opportunities; did you mean 'won'?"


def test_a_value_may_be_written_in_capitals_or_emptied(client):
    values = table_mappings(client("  values: {opportunities: {status: {Done: Won, '-': ''}}}\n"))
    assert values["opportunities"].values["status"] == {"Done": "Won", "-": ""}


def test_a_group_column_of_reps_can_be_mapped(client):
    reps = table_mappings(client("  columns: {reps: {group_gender: 性别}}\n"))["reps"]
    assert names_in(["rep_id", "rep", "region", "性别"], "reps", reps, Path("reps.csv"))["group_gender"] == "性别"


PLAIN = TableMapping({name: name for name in ("rep_id", "rep", "region", "team")}, frozenset(), {}, {})


def test_columns_are_found_whatever_their_case():
    names = names_in(["Rep_ID", "REP", "region", "Team"], "reps", PLAIN, Path("reps.csv"))
    assert names == {"rep_id": "Rep_ID", "rep": "REP", "region": "region", "team": "Team"}


def test_an_optional_column_may_be_missing_and_groups_are_taken_along():
    names = names_in(["rep_id", "rep", "region", "group_age", "shoe_size"], "reps", PLAIN, Path("reps.csv"))
    assert set(names) == {"rep_id", "rep", "region", "group_age"}


def test_a_required_column_that_is_missing_is_named_with_those_that_are_there():
    with pytest.raises(DataError) as caught:
        names_in(["id", "rep", "region"], "reps", PLAIN, Path("reps.csv"))
    assert caught.value.exit_code == 3
    assert str(caught.value) == (
        "reps.csv: expected a column 'rep_id' for reps.rep_id, got 'id', 'rep', 'region'; "
        "name the right one under source.columns.reps in the client file"
    )


def test_an_optional_column_that_the_client_file_names_must_be_there():
    mapping = TableMapping({**PLAIN.columns, "team": "Squad"}, frozenset({"team"}), {}, {})
    with pytest.raises(DataError, match=r"expected a column 'Squad' for reps\.team"):
        names_in(["rep_id", "rep", "region", "team"], "reps", mapping, Path("reps.csv"))
