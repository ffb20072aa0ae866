import os
import re
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, field_validator

from salesperf.documents import Document, Settings, checked, read_document
from salesperf.errors import RequestError


class Target(Settings):
    kpi: str
    weight: float = Field(default=1, ge=0, le=100)
    bounds: tuple[int, int] = (0, 1)


class Plan(Settings):
    name: str = Field(min_length=1, max_length=20)
    kind: Literal["goal", "scorecard"] = "goal"
    count: int = 1
    targets: list[Target] = Field(default=[], max_length=2)
    by_region: dict[str, Target] = {}
    anchors: str | list[float] = "none"
    best: Target | None = None

    @field_validator("name")
    @classmethod
    def name_is_calm(cls, name: str) -> str:
        if name.endswith("!"):
            raise ValueError(f"expected a calm name, got {name!r}")
        return name


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes) -> Path:
        path = Path("plan.yml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def reading_error(path: Path) -> str:
    with pytest.raises(RequestError) as caught:
        read_document(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def checking_error(path: Path) -> str:
    with pytest.raises(RequestError) as caught:
        checked(read_document(path), Plan)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 2
    return str(caught.value)


def cases(block: str) -> list[str]:
    return block.removeprefix("\n").split("---\n")


def announced(text: str) -> str:
    """What the mark in a comment announces, with its line; … stands for the rest."""
    marked = (line.partition("#! ")[2] for line in text.splitlines())
    line, message = next((line, message) for line, message in enumerate(marked, 1) if message)
    return f"{line}: {message}"


def matches(message: str, announcement: str) -> bool:
    start, cut, _ = announcement.partition("…")
    return message.startswith(start) if cut else message == start


PLAN = """\
# a comment
name: North
targets:
  - kpi: revenue
    weight: 60

  - kpi: 'win rate'
by_region:
  华东:
    kpi: customers
"""


def test_a_document_has_plain_values(written):
    document = read_document(written(PLAN))
    assert document.content == {
        "name": "North",
        "targets": [{"kpi": "revenue", "weight": 60}, {"kpi": "win rate"}],
        "by_region": {"华东": {"kpi": "customers"}},
    }


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("name",), 2),
        (("targets",), 3),
        (("targets", 0), 4),
        (("targets", 0, "weight"), 5),
        (("targets", 1), 7),
        (("targets", 1, "kpi"), 7),
        (("by_region", "华东"), 9),
        (("by_region", "华东", "kpi"), 10),
    ],
)
def test_every_key_has_its_line(written, place, line):
    assert read_document(written(PLAN)).line(place) == line


@pytest.mark.parametrize(
    ("place", "line"), [(("targets", 0, "kind"), 4), (("targets", 7), 3), (("colour", "of"), 1), ((), 1)]
)
def test_a_key_that_is_not_there_has_the_line_of_the_nearest_around_it(written, place, line):
    assert read_document(written(PLAN)).line(place) == line


def test_lines_are_counted_the_same_with_windows_line_ends_and_a_byte_order_mark(written):
    document = read_document(written(b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode()))
    assert document.line(("by_region", "华东", "kpi")) == 10
    assert document.content["name"] == "North"


def test_an_error_about_a_key_starts_with_file_and_line():
    document = Document(Path("params/north.yml"), {}, {("period",): 7})
    error = document.error(("period",), "period: too long ago")
    assert str(error) == "params/north.yml:7: period: too long ago"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n", "---\n", "~"])
def test_an_empty_file_is_read_as_nothing(written, text):
    assert read_document(written(text)).content is None


@pytest.mark.parametrize("word", ["yes", "No", "1", "1.5", "null", "2025-01-01", "<<", "="])
def test_a_key_stays_as_it_is_written(written, word):
    assert read_document(written(f"{word}: x\n")).content == {word: "x"}


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' twice"),
        ("a: 1\n'a': 3\n", 2, "the key 'a' twice"),
        ("a:\n  - {b: 1, c: 2, b: 3}\n", 2, "the key 'b' twice"),
        ("a: &x 1\nb: *x\n", 2, "an alias; write the value out"),
        ("a: &x {c: 1}\nb:\n  <<: *x\n", 3, "an alias; write the value out"),
        ("a: &x [*x]\n", 1, "an alias; write the value out"),
        (
            "a: 1\nb: !!python/name:os.system\n",
            2,
            "the tag 'tag:yaml.org,2002:python/name:os.system'; leave it out",
        ),
        (
            "a: !!python/object/apply:os.system [id]\n",
            1,
            "the tag 'tag:yaml.org,2002:python/object/apply:os.system'; leave it out",
        ),
        ("a: !ours x\n", 1, "the tag '!ours'; leave it out"),
        ("a: !!timestamp x\n", 1, "the tag 'tag:yaml.org,2002:timestamp'; leave it out"),
        ("a: 1\nb: !!map [x]\n", 2, "the tag 'tag:yaml.org,2002:map'; leave it out"),
        ("a: 1\nb: 2025-02-30\n", 2, "'2025-02-30' (day is out of range for month); put it in quotes"),
        ("a: 1\nb: [x, 2025-13-01]\n", 2, "'2025-13-01' (month must be in 1..12); put it in quotes"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key that is not a word"),
        ("a: 1\n{b: c}: 2\n", 2, "a key that is not a word"),
        ("a: 1\n\tb: 2\n", 2, "found character '\\t' that cannot start any token"),
        ("a: 'open\n", 2, "found unexpected end of stream"),
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']', but got ':'"),
        ("a: 1\n  b: 2\n", 2, "mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
        ("a: 1\nb: \x00\n", 2, "a control character"),
        ("a: 1\n\nb: \x07\n", 3, "a control character"),
        ('a: 1\nb: [x, "y\\0z"]\n', 2, "a NUL character; leave it out"),
        ('a: 1\n"b\\0": x\n', 2, "a NUL character; leave it out"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(written, text, line, got):
    assert reading_error(written(text)) == f"plan.yml:{line}: expected plain YAML, got: {got}"


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1", "cp1252"])
def test_another_encoding_is_refused_with_the_line_where_it_shows(written, encoding):
    text = "a: 1\nb: Zürich\n"
    message = "plan.yml:2: expected UTF-8 text, got other bytes; save it as UTF-8"
    assert reading_error(written(text.encode(encoding))) == message


def test_utf_16_is_refused_too(written):
    assert reading_error(written(PLAN.encode("utf-16"))).startswith("plan.yml:1: expected UTF-8 text")


def test_a_file_nested_without_end_is_refused(written):
    text = "a: " + "[" * 5000 + "]" * 5000
    assert reading_error(written(text)) == "plan.yml: expected plain YAML, got: too many levels"


def test_a_file_that_is_not_there_is_said_to_be_missing(written):
    assert reading_error(Path("nord.yml")) == "nord.yml: expected a file, found none; check the path"


def test_a_folder_is_not_a_file(written):
    os.mkdir("north.yml")
    assert reading_error(Path("north.yml")) == "north.yml: expected a readable file, got: Is a directory"


def test_a_line_break_in_a_path_does_not_break_the_message(written):
    assert len(reading_error(Path("no\nrth.yml")).splitlines()) == 1


def test_nothing_in_a_file_is_executed(written):
    reading_error(written("a: !!python/object/apply:os.mkdir [hacked]\n"))
    assert not Path("hacked").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text()
    | st.text("a1:-[]{}&*!|>'\"%@?, \n\t#", max_size=40)
    | st.lists(
        st.sampled_from(["a: ", "- ", "\n", "  ", "!!", "int ", "2025-99-99", "0b", "1:99", "<<: ", ".", "e", "_"])
    ).map("".join)
)
def test_any_text_is_read_or_refused_in_one_line(written, text):
    path = written(text.encode("utf-8", "surrogatepass"))
    try:
        read_document(path)
    except RequestError as error:
        message = str(error)
    else:
        return
    assert re.fullmatch(r"plan\.yml(:\d+)?: expected [^\n]+", message)


def test_a_part_of_a_document_becomes_a_value_of_its_schema(written):
    document = read_document(written(PLAN))
    plan = checked(document, Plan)
    assert plan == Plan(
        name="North",
        targets=[Target(kpi="revenue", weight=60), Target(kpi="win rate")],
        by_region={"华东": Target(kpi="customers")},
    )
    assert checked(document, Target, at=("targets", 1)) == Target(kpi="win rate")


def test_a_value_once_read_never_changes(written):
    plan = checked(read_document(written(PLAN)), Plan)
    with pytest.raises(ValidationError, match="frozen"):
        plan.name = "South"


# The mark stands on the line, and before the message, that the reader gets.
BAD_PLANS = """
- a                        #! expected keys and values, got ['a']
---
hello                      #! expected keys and values, got 'hello'
---
nmae: North                #! 'nmae' is not a setting; did you mean 'name'? (and 1 more)
---
name: a
cont: 2                    #! 'cont' is not a setting; did you mean 'count'?
---
name: a
targets:
- kpi: x
- kpi: y
  wieght: 2                #! 'wieght' is not a setting; did you mean 'weight'?
---
name: a
by_region:
  East:
    kip: x                 #! 'kip' is not a setting; did you mean 'kpi'? (and 1 more)
---
name: a
best:
  kpi: x
  bound: 1                 #! 'bound' is not a setting; did you mean 'bounds'?
---
name: a
best: {kpi: x, zzz: 1}     #! 'zzz' is not a setting; known are 'kpi', 'weight', 'bounds'
---
name: a
best: {kpi: x, 1: 1}       #! '1' is not a setting; known are 'kpi', 'weight', 'bounds'
---
count: 1                   #! 'name' is missing; add it
---
name: a
targets:
- kpi: x
- weight: 3                #! 'kpi' is missing; add it
---
name:                      #! name: expected string, got None
---
name: 2025                 #! name: expected string, got 2025; put it in quotes
---
name: yes                  #! name: expected string, got True; put it in quotes
---
name: 2025-01-31           #! name: expected string, got 2025-01-31; put it in quotes
---
name: ''                   #! name: expected at least 1 character, got ''
---
name: a much too long a name #! name: expected at most 20 characters, got 'a much too long a name'
---
name: Hey!                 #! name: expected a calm name, got 'Hey!'
---
name: a
kind: gaol                 #! kind: expected 'goal' or 'scorecard', got 'gaol'
---
name: a
count: many                #! count: expected integer, got 'many'
---
name: a
count: 1.5                 #! count: expected integer, got 1.5
---
name: a
targets: 3                 #! targets: expected list, got 3
---
name: a
targets: [x]               #! targets: expected keys and values, got 'x'
---
name: a
targets: [{kpi: a}, {kpi: b}, {kpi: c}]  #! targets: expected at most 2 items, got [{'kpi': 'a'}, …
---
name: a
best:
  kpi: x
  weight: -1               #! weight: expected greater than or equal to 0, got -1
---
name: a
best:
  kpi: x
  weight: .nan             #! weight: expected finite number, got nan
---
name: a
best: {kpi: x, bounds: [1]}        #! bounds: expected another item; add it
---
name: a
best: {kpi: x, bounds: [1, 2, 3]}  #! bounds: expected at most 2 items, got [1, 2, 3]
---
name: a
best: {kpi: x, bounds: 3}          #! bounds: expected list, got 3
---
name: a
by_region: []              #! by_region: expected keys and values, got []
---
name: a
by_region:
  East: x                  #! East: expected keys and values, got 'x'
---
name: a
anchors: {x: 1}            #! anchors: expected string or list, got {'x': 1}
---
name: a
anchors: 3                 #! anchors: expected string or list, got 3; put it in quotes
---
name: a
anchors:
- 1
- x                        #! anchors: expected number, got 'x'
---
name: a
count: x                   #! count: expected integer, got 'x' (and 1 more)
kind: y
---
kind: x                    #! kind: expected 'goal' or 'scorecard', got 'x' (and 1 more)
"""


@pytest.mark.parametrize("text", cases(BAD_PLANS))
def test_a_bad_key_is_named_with_its_line_what_was_expected_and_what_was_got(written, text):
    assert matches(checking_error(written(text)), f"plan.yml:{announced(text)}")


def test_an_empty_plan_is_refused_at_its_first_line(written):
    assert checking_error(written("")) == "plan.yml:1: expected keys and values, got None"


def test_a_bad_part_is_named_with_its_line_in_the_whole_file(written):
    document = read_document(written("models:\n  - name: a\n  - name: b\n    count: x\n"))
    with pytest.raises(RequestError, match=r"^plan\.yml:4: count: expected integer, got 'x'$"):
        checked(document, Plan, at=("models", 1))
    with pytest.raises(RequestError, match=r"^plan\.yml:2: expected keys and values, got 'a'$"):
        checked(document, Plan, at=("models", 0, "name"))


def test_a_long_value_is_cut_in_the_message(written):
    message = checking_error(written(f"name: a\ncount: {'x' * 10_000}\n"))
    assert message == f"plan.yml:2: count: expected integer, got '{'x' * 76}..."


def test_a_long_file_of_the_wrong_form_is_cut_in_the_message(written):
    assert len(checking_error(written("- x\n" * 10_000))) < 130


def test_a_line_break_in_a_key_does_not_break_the_message(written):
    assert checking_error(written('name: a\nby_region:\n  "Ea\\nst": 3\n')).startswith("plan.yml:3: Ea st: expected")
