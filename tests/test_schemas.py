"""The declared columns of tables that pass between rooms, and that every one of them is checked somewhere."""

from pathlib import Path

import pandas as pd
import pytest

import salesperf
from salesperf import schemas
from salesperf.schemas import SCORES, Schema

SIZES = Schema("sizes", {"who": "text", "size": "number"}, optional={"known": "flag"}, index="rep_id")
DECLARED = {name: value for name, value in vars(schemas).items() if isinstance(value, Schema)}


def sizes(**columns: object) -> pd.DataFrame:
    given = {"who": ["Ann"], "size": [1.5]} | columns
    return pd.DataFrame({name: values for name, values in given.items() if values is not None}).rename_axis("rep_id")


@pytest.mark.parametrize("columns", [{}, {"known": [True]}, {"size": [float("nan")]}, {"who": [object()]}])
def test_a_table_as_declared_comes_back_itself(columns: dict[str, object]) -> None:
    table = sizes(**columns)
    assert SIZES.checked(table) is table


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"size": None}, r"sizes: expected the columns who, size, got none for \['size'\]"),
        ({"more": [1]}, "sizes: expected the columns who, size, got also 'more'"),
        ({"size": [1]}, "sizes: column 'size': expected number, got int64"),
        ({"size": ["1.5"]}, "sizes: column 'size': expected number, got str"),
        ({"known": [1.0]}, "sizes: column 'known': expected flag, got float64"),
    ],
)
def test_a_table_that_is_not_as_declared_is_an_error_where_it_is_made(columns: dict[str, object], fault: str) -> None:
    with pytest.raises(TypeError, match=fault):
        SIZES.checked(sizes(**columns))


def test_the_index_is_declared_too() -> None:
    with pytest.raises(TypeError, match="sizes: expected the index rep_id, got None"):
        SIZES.checked(sizes().rename_axis(None))


def test_columns_without_rows_may_be_of_any_type() -> None:
    SIZES.checked(sizes().iloc[:0].astype(object))


def test_columns_named_by_the_data_are_all_of_one_kind() -> None:
    by_kpi = Schema("points", others="number")
    by_kpi.checked(pd.DataFrame({"revenue": [1.0], "a": [2.0]}))
    with pytest.raises(TypeError, match="points: column 'a': expected number, got int64"):
        by_kpi.checked(pd.DataFrame({"revenue": [1.0], "a": [2]}))


def test_a_forced_distribution_adds_columns_to_the_scores() -> None:
    values = {"text": "B", "number": 1.0, "flag": True}
    columns = {name: [values[kind]] for name, kind in {**SCORES.columns, **SCORES.optional}.items()}
    SCORES.checked(pd.DataFrame(columns))
    SCORES.checked(pd.DataFrame(columns).drop(columns=[*SCORES.optional]))


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_table_is_checked_where_it_is_made(name: str) -> None:
    package = Path(salesperf.__file__).parent
    rooms = [path for path in package.rglob("*.py") if f"{name}.checked(" in path.read_text("utf-8")]
    assert rooms
