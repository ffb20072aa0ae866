from pathlib import Path

import pytest

from salesperf.errors import RequestError
from salesperf.params import TABLE_NAMES, Client, Source, find_upwards, read_client
from salesperf.periods import parse_period

SMALLEST = """\
client: North
period: 2025Q4
source:
  reps: reps.csv
  opportunities: deals.csv
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def client(text: str, **options: str) -> Client:
    path = Path("north.yml")
    path.write_text(text, encoding="utf-8")
    return read_client(path, **options)


def error(text: str, **options: str) -> str:
    with pytest.raises(RequestError) as caught:
        client(text, **options)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert len(message.splitlines()) == 1
    return message


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


def test_the_smallest_client_file_gets_the_conventions():
    north = client(SMALLEST)
    settings = north.settings
    assert (north.name, str(north.period), north.path) == ("North", "2025Q4", Path("north.yml"))
    assert (settings.language, settings.currency, settings.fiscal_year_start) == ("en", "", 1)
    assert (settings.model, settings.reports.formats) == ("core_three", ["html"])
    assert settings.definitions.model_dump() == {
        "new_customer_months": 12,
        "repeat_window_days": 90,
        "repeat_look_back_months": 12,
        "win_rate_cohort_days": 90,
        "survey_scale": (1, 5),
        "rating_scale": (1, 5),
    }


def test_a_full_client_file_is_read_as_written():
    north = client("""\
client: 北方仪器
language: zh
period: 2025-11
fiscal_year_start: 4
currency: CNY
source:
  preset: maven
  reps: ../data/reps.csv
  orders: [2024.parquet, 2025.parquet]
  columns: {reps: {rep_id: 工号}}
  values: {orders: {product: {No: none, 1: one}}}
  date_format: "%d.%m.%Y"
model: goal_oriented
definitions: {new_customer_months: 6, survey_scale: [0, 10]}
reports: {formats: [html], folder: out, notebook: mine.ipynb, sheet_notebook: sheet.ipynb}
""")
    source = north.settings.source
    assert (north.name, north.settings.language, north.period) == (
        "北方仪器",
        "zh",
        parse_period("2025-11", 4),
    )
    assert source.files("reps") == ["../data/reps.csv"]
    assert source.files("orders") == ["2024.parquet", "2025.parquet"]
    assert source.files("opportunities") == []
    assert source.columns == {"reps": {"rep_id": "工号"}}
    assert source.values == {"orders": {"product": {"No": "none", "1": "one"}}}
    assert north.settings.definitions.survey_scale == (0, 10)
    assert north.settings.reports.model_dump() == {
        "formats": ["html"],
        "folder": "out",
        "notebook": "mine.ipynb",
        "sheet_notebook": "sheet.ipynb",
    }


def test_every_table_can_be_named_in_the_source():
    tables = dict.fromkeys(TABLE_NAMES, "a.csv")
    assert all(Source.model_validate(tables).files(table) == ["a.csv"] for table in TABLE_NAMES)
    assert list(tables) == [name for name in Source.model_fields if name in tables]


def test_space_around_the_clients_name_is_not_part_of_it():
    assert client(SMALLEST.replace("North", "' North '")).name == "North"


@pytest.mark.parametrize("period", ["2025Q4", "2025-11", "2025H2", "2025", "'2025'"])
def test_every_form_of_a_period_is_read(period):
    north = client(SMALLEST.replace("2025Q4", period))
    assert north.period.label == period.strip("'")


def test_the_period_asked_for_wins_over_the_files_own():
    north = client(SMALLEST + "fiscal_year_start: 4\n", period="2024H1")
    assert north.period == parse_period("2024H1", 4)


def test_without_a_period_asked_for_the_files_own_counts():
    assert client(SMALLEST, period=None).period == parse_period("2025Q4")


def test_an_empty_period_is_not_the_files_own():
    """A shell that fails to work out ``--period "$(…)"`` hands on an empty text."""
    assert error(SMALLEST, period="").endswith("got ''")


# fmt: off
BAD_PERIODS = [
    "2025Q5", "2025Q0", "2025-13", "2025-00", "2025-1", "0000", "２０２５Q1", '"2025 Q1"', "2025 Q1",
    "2025q1", "25Q1", "2025H3", "20251", "2025.5", "2025-11-01", "latest", "Q4", "yes", "[2025]", "''", "",
]
# fmt: on


@pytest.mark.parametrize("period", BAD_PERIODS)
def test_a_bad_period_in_the_file_is_named_with_its_line(period):
    message = error(SMALLEST.replace("2025Q4", period))
    assert message.startswith("north.yml:2: period: expected a form such as 2025Q4, 2025-11, 2025H2 or 2025, got '")


def test_a_bad_period_asked_for_is_named_without_a_line():
    assert error(SMALLEST, period="2025Q5") == (
        "period: expected a form such as 2025Q4, 2025-11, 2025H2 or 2025, got '2025Q5'"
    )


def test_a_bad_period_in_the_file_is_an_error_even_when_another_is_asked_for():
    assert error(SMALLEST.replace("2025Q4", "2025Q5"), period="2025Q1").startswith("north.yml:2: ")


# Added to the smallest file. The mark stands on the line, and before the message, that the reader gets.
BAD_SETTINGS = """
quater: 1                           #! 'quater' is not a setting; known are 'client', 'language', 'period', …
---
langauge: zh                        #! 'langauge' is not a setting; did you mean 'language'?
---
Language: zh                        #! 'Language' is not a setting; did you mean 'language'?
---
  oportunities: b.csv               #! 'oportunities' is not a setting; did you mean 'opportunities'?
---
definitions:
  new_customer_month: 6         #! 'new_customer_month' is not a setting; did you mean 'new_customer_months'?
---
reports:
  formats: [html]

  foldr: x                          #! 'foldr' is not a setting; did you mean 'folder'?
---
reports: {formats: [html], foldr: x}  #! 'foldr' is not a setting; did you mean 'folder'?
---
<<: {language: zh}                  #! '<<' is not a setting; known are 'client', …
---
client: South                       #! expected plain YAML, got: the key 'client' twice
---
  reps: b.csv                       #! expected plain YAML, got: the key 'reps' twice
---
currency: *money                    #! expected plain YAML, got: an alias; write the value out
---
currency: !!python/name:os.system   #! expected plain YAML, got: the tag 'tag:yaml.org,2002:python…
---
language: de                        #! language: expected 'en' or 'zh', got 'de'
---
fiscal_year_start: 0                #! fiscal_year_start: expected greater than or equal to 1, got 0
---
fiscal_year_start: 13               #! fiscal_year_start: expected less than or equal to 12, got 13
---
fiscal_year_start: April            #! fiscal_year_start: expected integer, got 'April'
---
fiscal_year_start: yes              #! fiscal_year_start: expected integer, got True
---
fiscal_year_start: 4.5              #! fiscal_year_start: expected integer, got 4.5
---
currency: 5                         #! currency: expected string, got 5; put it in quotes
---
currency: Reichsmark                #! currency: expected at most 8 characters, got 'Reichsmark'
---
model: 3                            #! model: expected string or keys and values or list, got 3; put it in quotes
---
model: [core_three, 3]              #! model: expected string or keys and values, got 3; put it in quotes
---
model:                              #! model: expected string or keys and values or list, got None
---
definitions:                        #! definitions: expected keys and values, got None
---
definitions:
  new_customer_months: 0            #! new_customer_months: expected greater than or equal to 1, got 0
---
definitions:
  repeat_window_days: yes           #! repeat_window_days: expected integer, got True
---
definitions:
  repeat_look_back_months: 61       #! repeat_look_back_months: expected less than or equal to 60, got 61
---
definitions: {survey_scale: 5}      #! survey_scale: expected list, got 5
---
definitions: {survey_scale: [1]}    #! survey_scale: expected another item; add it
---
definitions:
  survey_scale: [1, 2, 3]           #! survey_scale: expected at most 2 items, got [1, 2, 3]
---
definitions:
  survey_scale: [5, 1]              #! survey_scale: expected the lowest and the highest score, such as …
---
definitions:
  survey_scale: [1, 2]              #! survey_scale: expected the lowest and the highest score, such as …
---
reports: html                       #! reports: expected keys and values, got 'html'
---
reports: {formats: html}            #! formats: expected list, got 'html'
---
reports: {formats: []}              #! formats: expected at least 1 item, got []
---
reports:
  formats:
    - html
    - docx                          #! formats: expected 'html', got 'docx'
---
  columns: [rep]                    #! columns: expected keys and values, got ['rep']
---
  columns:
    reps: agent                     #! reps: expected keys and values, got 'agent'
---
  columns:
    reps:
      rep: 3                        #! rep: expected string, got 3; put it in quotes
---
  values:
    orders:
      product: {x: yes}             #! x: expected string, got True; put it in quotes
---
  orders: []                        #! orders: expected string or at least 1 item, got []
---
  orders: ''                        #! orders: expected at least 1 character or list, got ''
---
  orders: 3                         #! orders: expected string or list, got 3; put it in quotes
---
  orders:
    - a.csv
    - 3                             #! orders: expected string, got 3; put it in quotes
"""


@pytest.mark.parametrize("added", cases(BAD_SETTINGS))
def test_a_bad_setting_is_named_with_its_line_what_was_expected_and_what_was_got(added):
    assert matches(error(SMALLEST + added), f"north.yml:{announced(SMALLEST + added)}")


BAD_FILES = """
period: 2025Q4  #! 'client' is missing; add it
source: {reps: a.csv, orders: b.csv}
---
client: North   #! 'period' is missing; add it
source: {reps: a.csv, orders: b.csv}
---
client: North   #! 'source' is missing; add it
period: 2025Q4
---
language: en    #! 'client' is missing; add it (and 2 more)
---
clent: North    #! 'clent' is not a setting; did you mean 'client'? (and 1 more)
period: 2025Q4
source: {reps: a.csv, orders: b.csv}
---
client: North
perod: 2025Q4   #! 'perod' is not a setting; did you mean 'period'? (and 1 more)
source: {reps: a.csv, orders: b.csv}
---
client: ''      #! client: expected at least 1 character, got ''
period: 2025Q4
source: {reps: a.csv, orders: b.csv}
---
client: '  '    #! client: expected at least 1 character, got '  '
period: 2025Q4
source: {reps: a.csv, orders: b.csv}
---
client: 2025    #! client: expected string, got 2025; put it in quotes
period: 2025Q4
source: {reps: a.csv, orders: b.csv}
---
client: [North] #! client: expected string, got ['North']
period: 2025Q4
source: {reps: a.csv, orders: b.csv}
---
client: North
period: 2025-02-30  #! expected plain YAML, got: '2025-02-30' (day is out of range…
source: {reps: a.csv, orders: b.csv}
---
client: North
period: 2025Q4
source:         #! source: expected keys and values, got None
---
client: North
period: 2025Q4
source:         #! source: expected 'reps' and 'opportunities' or 'orders', got fewer; name their files here
  reps: a.csv
---
client: North
period: 2025Q4
source:         #! source: expected 'reps' and 'opportunities' or 'orders', got fewer; name their files here
  opportunities: a.csv
  orders: b.csv
---
client: North
period: 2025Q4
source:         #! source: expected 'reps' and 'opportunities' or 'orders', got fewer; name their files here
  preset: maven
---
- client: North #! expected keys and values, got [{'client': 'North'}]
---
North           #! expected keys and values, got 'North'
---
# nothing       #! expected keys and values, got None
"""


@pytest.mark.parametrize("text", cases(BAD_FILES))
def test_a_bad_file_is_refused_at_the_line_to_change(text):
    assert matches(error(text), f"north.yml:{announced(text)}")


def test_an_empty_file_is_refused_at_its_first_line():
    assert error("") == "north.yml:1: expected keys and values, got None"


def test_orders_alone_are_something_sold():
    assert client(SMALLEST.replace("opportunities", "orders")).settings.source.files("orders") == ["deals.csv"]


def test_a_file_that_is_not_text_is_named_with_its_line():
    Path("north.yml").write_bytes(SMALLEST.replace("North", "北方").encode("gb18030"))
    with pytest.raises(RequestError, match=r"^north\.yml:1: expected UTF-8 text"):
        read_client("north.yml")


def test_a_client_file_that_is_not_there_is_named_as_it_was_asked_for():
    with pytest.raises(RequestError, match=r"^params/nord\.yml: expected a file, found none; check the path$"):
        read_client("params/nord.yml")


def test_a_model_in_a_file_is_looked_for_beside_the_client_file(tmp_path):
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "north.yml").write_text(SMALLEST + "model: models/ours.yml\n")
    (tmp_path / "params" / "models").mkdir()
    (tmp_path / "params" / "models" / "ours.yml").write_text("perspectives: []\n")
    document, place = read_client("params/north.yml").written("model", tmp_path)
    assert (document.path, place) == (Path("params/models/ours.yml"), ())
    assert read_client("params/north.yml").folder == Path("params")


def test_a_preset_is_looked_for_in_its_folder(tmp_path):
    (tmp_path / "usual.yml").write_text("perspectives: []\n")
    document, place = client(SMALLEST + "model: usual\n").written("model", tmp_path)
    assert (document.path, place) == (tmp_path / "usual.yml", ())


def test_a_model_written_out_stands_in_the_client_file(tmp_path):
    own = client(SMALLEST + "model: {name: a}\n")
    assert own.written("model", tmp_path) == (own.document, ("model",))


def test_settings_once_read_never_change():
    with pytest.raises(ValueError, match="frozen"):
        client(SMALLEST).settings.client = "South"


@pytest.fixture
def bench(tmp_path):
    """A workbench with a client file, and folders below it."""
    for folder in ("params", "notebooks/labs/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "params" / "north.yml").write_text(SMALLEST)
    return tmp_path


WANTED = Path("params/north.yml")


@pytest.mark.parametrize("below", ["notebooks", "notebooks/labs", "notebooks/labs/deep", "params"])
def test_a_file_is_found_from_any_folder_below(bench, monkeypatch, below):
    monkeypatch.chdir(bench / below)
    assert find_upwards(WANTED) == bench / WANTED
    assert read_client(WANTED).name == "North"


def test_a_file_found_right_here_keeps_its_short_path(bench):
    assert find_upwards(WANTED) == WANTED


def test_a_search_can_start_in_another_folder(bench, monkeypatch):
    monkeypatch.chdir(bench / "params")
    assert find_upwards(WANTED, bench / "notebooks" / "labs") == bench / WANTED


def test_the_nearest_file_wins(bench, monkeypatch):
    nearer = bench / "notebooks" / WANTED
    nearer.parent.mkdir()
    nearer.write_text(SMALLEST.replace("North", "Nearer"))
    monkeypatch.chdir(bench / "notebooks" / "labs")
    assert read_client(WANTED).name == "Nearer"


def test_a_folder_of_the_same_name_is_passed_over(bench, monkeypatch):
    (bench / "notebooks" / WANTED).mkdir(parents=True)
    monkeypatch.chdir(bench / "notebooks")
    assert find_upwards(WANTED) == bench / WANTED


def test_an_absolute_path_is_itself_from_anywhere(bench, monkeypatch):
    monkeypatch.chdir(bench / "notebooks")
    assert find_upwards(bench / WANTED) == bench / WANTED
    assert find_upwards(bench / "nord.yml") == bench / "nord.yml"


@pytest.mark.parametrize("path", ["params/nord.yml", "x" * 5000])
def test_a_path_found_nowhere_stays_as_it_is(bench, path):
    assert find_upwards(Path(path), bench / "notebooks") == Path(path)


def test_a_path_too_long_to_be_one_is_a_clear_error():
    with pytest.raises(RequestError, match="expected a readable file, got: File name too long"):
        read_client("x" * 5000)
