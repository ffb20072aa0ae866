"""The lower half of a rep's sheet: advice beside its evidence, open questions, what was agreed."""

import re
from datetime import date
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import yaml

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.params import Client, read_client
from salesperf.people.coaching import Advice, read_rules
from salesperf.people.person import Person
from salesperf.people.readings import Reading
from salesperf.periods import parse_period
from salesperf.present.sheet import talk

NAN = float("nan")
EN, ZH = Voice(), Voice("zh")
Q4 = parse_period("2025Q4")
LANGUAGES = Path(talk.__file__).parents[2] / "languages"
HOSTILE = ["<script>alert(1)</script>", 'x" onload="alert(1)', "*bold* [a](b) `c`", "$a^2$ & {b}", "‮evil"]
QUALITY = Reading(
    KPIS["activity_quality"], 2.8, n=4, before=NAN, change=NAN, average=3.1, periods=8, lower=3.2, upper=3.8,
    position="gap", among=-3.5, course="", off=NAN, error=NAN, returning=False,
)  # fmt: skip
TRIES = [Advice("quality_low", "selling", 3.5, (QUALITY,))]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "small.yml"
    path.write_text("client: Small\nperiod: 2025Q4\nsource: {reps: r.csv, orders: o.csv}\n", encoding="utf-8")
    return read_client(path)


def actions(*rows: tuple[str, date | None, bool]) -> pd.DataFrame:
    frame = pd.DataFrame([(date(2025, 10, 8), *row) for row in rows], columns=["date", "action", "due", "done"])
    return frame.astype({"due": object, "done": bool})


def test_advice_stands_beside_its_evidence() -> None:
    found = talk.what_to_try(EN, TRIES * 2, ["satisfaction"])
    evidence = "Evidence: Activity quality 2.8, n 4 (middle half 3.2 – 3.8; own average 3.1)."
    assert found.plain.splitlines()[0].endswith(evidence)
    assert found.html.count("<li>") == 2


def test_little_advice_says_so_and_names_what_is_not_available() -> None:
    none = talk.what_to_try(EN, [], ["satisfaction", "open_deals"]).plain
    assert none.startswith("The numbers call for no change.")
    assert none.endswith("Not available here, and so no part of it: Satisfaction, Open deals.")
    assert talk.what_to_try(EN, TRIES, []).plain.endswith("The numbers call for no more than that.")


def test_every_rule_has_its_words_in_both_languages() -> None:
    for language in ("en", "zh"):
        words = yaml.safe_load((LANGUAGES / language / "sheets.yml").read_text(encoding="utf-8"))
        ids = {rule.id for rule in read_rules().rules}
        assert {key.removeprefix("try_") for key in words if key.startswith("try_")} == ids
        assert {key.removeprefix("ask_") for key in words if key.startswith("ask_")} == ids
        assert all(words[f"ask_{one}"].rstrip()[-1] in "?？" for one in ids)


def test_agreed_actions_have_their_state_at_the_periods_end() -> None:
    agreed = actions(
        ("late", date(2025, 12, 31), False), ("later", date(2026, 1, 1), False), ("no date", None, False),
        ("done", date(2025, 11, 1), True),
    )  # fmt: skip
    lines = talk.agreed_table(EN, agreed, Q4).plain.splitlines()[1:]
    assert [line.split()[-1] for line in lines] == ["overdue", "open", "open", "done"]
    assert "n/a" in lines[2]


def test_more_actions_than_fit_are_counted() -> None:
    agreed = actions(*[(f"action {place}", None, False) for place in range(8)])
    assert talk.agreed_table(EN, agreed, Q4).plain.endswith("and 4 more")
    assert "No agreed actions" in talk.agreed_table(EN, agreed.head(0), Q4).plain


def test_questions_begin_with_what_went_well_and_end_with_the_managers_part() -> None:
    asked = talk.questions(EN, TRIES, actions(("x", None, False))).plain.splitlines()
    assert asked == [
        "What went well in this period, and what did you do for it?",
        "What do you want to know from a customer before you leave?",
        "What got in the way of what we agreed, and is it still the right thing?",
        "What should I do differently, so that this gets easier for you?",
    ]
    assert len(talk.questions(EN, TRIES, actions(("x", None, True))).plain.splitlines()) == 3


def test_the_foot_has_the_command_and_who_decides(client: Client) -> None:
    said = talk.foot(EN, client, Person("r1", "Ann", "North West", "", "", None, None)).plain
    assert "it does not make one" in said
    assert "salesperf run params/small.yml --sheets --only 'North West' --period 2025Q4" in said


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_text(name: str, client: Client) -> None:
    who = Person("r1", name, name, name, name, None, None)
    for one in (talk.agreed_table(EN, actions((name, None, False)), Q4), talk.foot(EN, client, who)):
        assert "<script" not in one.html
        assert 'onload="' not in one.html
        assert "<em>" not in one.html
    assert name in unescape(talk.agreed_table(EN, actions((name, None, False)), Q4).html)


def test_chinese_advice_and_questions_have_no_english_word() -> None:
    agreed = actions(("拜访", None, False))
    advised, asked = talk.what_to_try(ZH, TRIES, ["satisfaction"]), talk.questions(ZH, TRIES, agreed)
    for one in (advised, asked, talk.agreed_table(ZH, agreed, Q4)):
        assert not re.search("[A-Za-z]{2,}", one.plain)
