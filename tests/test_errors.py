import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesperf.errors import (
    DataError,
    ReportsFailed,
    RequestError,
    SalesperfError,
    counted,
    did_you_mean,
    listed,
    one_line,
    quoted,
)


@pytest.mark.parametrize(("kind", "code"), [(ReportsFailed, 1), (RequestError, 2), (DataError, 3)])
def test_every_kind_of_error_is_a_users_mistake_with_its_own_exit_code(kind, code):
    assert issubclass(kind, SalesperfError)
    assert kind("north.yml:7: no").exit_code == code


@given(st.text())
def test_a_message_is_always_one_line(message):
    assert len(str(RequestError(message)).splitlines()) <= 1


def test_a_message_of_one_line_stays_as_it_is():
    assert str(DataError("a.csv:  two  spaces")) == "a.csv:  two  spaces"


def test_an_error_survives_the_way_from_a_worker_process():
    error = pickle.loads(pickle.dumps(DataError("reps.csv: no rows")))
    assert (type(error), str(error)) == (DataError, "reps.csv: no rows")


def test_eight_words_are_shown_in_full():
    assert quoted("abcdefgh") == "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'"


def test_of_more_than_eight_words_the_rest_is_counted():
    assert quoted(range(100)) == "'0', '1', '2', '3', '4', '5', '6', '7' and 92 more"


def test_a_list_may_be_shorter_and_set_apart_otherwise():
    assert listed("abc", most=2, separator="; ") == "a; b and 1 more"
    assert listed("ab", most=2, separator="; ") == "a; b"


def test_one_thing_is_not_several():
    assert [counted(number, "report") for number in (0, 1, 2)] == ["0 reports", "1 report", "2 reports"]


def test_one_line_keeps_letters_of_any_script():
    assert one_line("华东\u3000区\tÉst 🙂") == "华东 区 Ést 🙂"


def test_no_words_are_shown_as_nothing():
    assert quoted([]) == ""


def test_a_line_break_in_a_word_is_shown_escaped():
    assert quoted(["a\nb"]) == r"'a\nb'"


@pytest.mark.parametrize(
    ("word", "way_out"),
    [
        ("regoin", "did you mean 'region'?"),
        ("Region", "did you mean 'region'?"),
        ("perods", "did you mean 'period'?"),
        ("xyz", "known are 'client', 'period', 'region'"),
        ("", "known are 'client', 'period', 'region'"),
    ],
)
def test_the_way_out_is_the_nearest_name_or_else_the_known_ones(word, way_out):
    assert did_you_mean(word, ["client", "period", "region"]) == way_out


def test_the_way_out_says_when_nothing_is_known():
    assert did_you_mean("region", []) == "there are none"


def test_names_in_other_scripts_are_found_too():
    assert did_you_mean("华东大区", ["华东区", "华北"]) == "did you mean '华东区'?"


@given(st.lists(st.text(string.ascii_lowercase, min_size=1), min_size=1, unique=True), st.data())
def test_a_known_name_is_its_own_nearest(names, data):
    name = data.draw(st.sampled_from(names))
    assert did_you_mean(name, iter(names)) == f"did you mean {name!r}?"
