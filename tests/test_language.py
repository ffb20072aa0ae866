"""The words of both languages, and how numbers read."""

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from salesperf.language import Voice
from salesperf.measures.kpis import KPIS
from salesperf.periods import parse_period

ROOT = Path(__file__).parents[1]
FILES = {name: sorted((ROOT / "salesperf" / "languages" / name).glob("*.yml")) for name in ("en", "zh")}
KPI_NAMES = yaml.safe_load((ROOT / "salesperf" / "languages" / "kpis.yml").read_text("utf-8"))
WORDS = {
    name: {key: text for path in files for key, text in yaml.safe_load(path.read_text("utf-8")).items()}
    | {f"kpi_{kpi}": names[name] for kpi, names in KPI_NAMES.items()}
    for name, files in FILES.items()
}
EN, ZH = Voice("en", "$"), Voice("zh", "¥")
NAN = float("nan")


def sources() -> list[str]:
    """The code of the product, notebooks' cells included."""
    cells = [
        "".join(cell["source"])
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    return [path.read_text("utf-8") for path in sorted((ROOT / "salesperf").rglob("*.py"))] + cells


def rules() -> set[str]:
    """The ids of rules that are data: what they say is put together from them."""
    files = [path for path in (ROOT / "salesperf").rglob("*.yml") if "languages" not in path.parts]
    text = "\n".join(path.read_text("utf-8") for path in files)
    return set(re.findall(r"^ *- id: ([a-z_]+)$", text, flags=re.MULTILINE))


def spoken() -> tuple[set[str], set[str]]:
    """The keys that code asks a voice for, and the prefixes of those that it puts together."""
    scripts = [path.read_text("utf-8") for path in (ROOT / "salesperf").rglob("*.js")]
    keys = {key for script in scripts for key in re.findall(r'"(lab_[a-z_]+)"', script)}
    prefixes: set[str] = set()
    for code in sources():
        calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and node.args)
        for call in calls:
            if ast.unparse(call.func) not in ("voice", "self", "_words(self.language).get"):
                continue
            for part in ast.walk(call.args[0]):
                if isinstance(part, ast.JoinedStr) and isinstance(part.values[0], ast.Constant):
                    prefixes.add(str(part.values[0].value))
            inside = {
                id(one) for part in ast.walk(call.args[0]) if isinstance(part, ast.JoinedStr) for one in part.values
            }
            keys |= {
                part.value
                for part in ast.walk(call.args[0])
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in inside
            }
    return keys, prefixes


def perspectives() -> set[str]:
    """The names of the perspectives in the presets of models."""
    presets = [yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "salesperf/scoring/presets").glob("*.yml")]
    return {side["name"] for one in presets for side in one["perspectives"]}


def awards() -> set[str]:
    """The words for the names of the awards in the presets of plans."""
    presets = (ROOT / "salesperf/people/incentives/presets").glob("*.yml")
    plans = [yaml.safe_load(path.read_text("utf-8")) for path in presets]
    return {f"award_name_{award['name'].lower().replace(' ', '_')}" for plan in plans for award in plan["awards"]}


def test_both_languages_have_the_same_words_with_the_same_gaps():
    gaps = {
        name: {key: {gap for _, gap, _, _ in Formatter().parse(text) if gap is not None} for key, text in words.items()}
        for name, words in WORDS.items()
    }
    assert gaps["en"] == gaps["zh"] and list(WORDS["en"]) == list(WORDS["zh"])


def test_every_word_that_code_asks_for_exists():
    keys, prefixes = spoken()
    assert len(keys) > 50 and keys <= set(WORDS["en"])
    assert all(any(word.startswith(prefix) for word in WORDS["en"]) for prefix in prefixes)


def test_every_word_is_used():
    keys, prefixes = spoken()
    quoted = set(re.findall(r"[\"']([a-z_]+)[\"']", "\n".join(sources()))) | rules() | perspectives()
    whole = {f"{prefix}{end}" for prefix in prefixes for end in quoted}
    assert sorted(set(WORDS["en"]) - keys - whole - awards()) == []


def test_every_kpi_has_a_name_and_a_kind_of_activity_bears_its_own():
    assert {name: set(names) for name, names in KPI_NAMES.items()} == {name: {"en", "zh"} for name in KPIS}
    assert (EN.kpi("win_rate"), ZH.kpi("win_rate"), EN.kpi("visit")) == ("Win rate", "赢单率", "visit")


def test_every_award_of_the_presets_has_a_name_and_a_client_s_own_bears_its_own():
    assert {word for word in WORDS["en"] if word.startswith("award_name_")} == awards()
    assert [EN.award("Sales star"), ZH.award("Sales star")] == ["Sales star", "销售之星"]
    assert ZH.award("Ours <b>") == "Ours <b>"


def test_every_perspective_of_the_presets_has_a_name_and_a_client_s_own_bears_its_own():
    assert {word for word in WORDS["en"] if word.startswith("perspective_")} == {
        f"perspective_{name}" for name in perspectives()
    }
    assert [EN.perspective("customer"), ZH.perspective("customer")] == ["Customer", "客户"]
    assert EN.perspective("ours") == "ours"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        ("1", "1 rep has no deal in the export: Ann."),
        (1, "1 rep has no deal in the export: Ann."),
        ("0", "0 reps have no deal in the export: Ann."),
        ("21", "21 reps have no deal in the export: Ann."),
        ("1,001", "1,001 reps have no deal in the export: Ann."),
    ],
)
def test_a_number_has_the_word_that_goes_with_it(n, said):
    assert EN("data_reps_without_deals", n=n, examples="Ann") == said
    assert "Ann" in ZH("data_reps_without_deals", n=n, examples="Ann")


def test_one_of_anything_is_never_in_the_plural():
    """Every phrase with a number of things, said of 1: what stands behind it is no plural in -s."""
    counts = {"n", "people", "count", "left_out", "periods"}
    for key, text in WORDS["en"].items():
        gaps = {gap for _, gap, _, _ in Formatter().parse(text) if gap}
        said = EN(key, **{gap: "1" if gap in counts else "X" for gap in gaps})
        for word in re.findall(r"\b1 (?:[a-z]+ )?([a-z]+s)\b", said):
            assert word in {"is", "has", "belongs", "names", "credits", "needs", "as"}, (key, said)


def test_a_run_of_periods_is_printed_from_end_to_end_and_one_alone_by_its_name():
    first, last = parse_period("2025Q1"), parse_period("2025Q3")
    assert [EN.span(first, last), EN.span(last, last)] == ["2025Q1 – 2025Q3", "2025Q3"]


def test_words_are_listed_as_the_language_does():
    assert (EN.listed(["a", "b"]), ZH.listed(["a", "b"])) == ("a, b", "a、b")


@pytest.mark.parametrize("unit", ["money", "share", "count", "days", "points"])
@pytest.mark.parametrize("voice", [EN, ZH], ids=["en", "zh"])
def test_what_is_not_available_is_never_0(voice, unit):
    forms = [voice.value(unit, NAN), voice.change(unit, NAN), voice.ratio(NAN), voice.short_money(NAN)]
    assert forms == [voice.missing] * 4 and "0" not in voice.missing


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("money", 1649147, "$1,649,147"), ("money", -12.6, "−$13"), ("money", -0.4, "$0"), ("money", 0, "$0"),
        ("share", 0.1234, "12.3%"), ("share", -0.05, "−5.0%"), ("share", -0.0004, "0.0%"), ("share", 12.5, "1,250.0%"),
        ("count", 1234, "1,234"), ("count", -3, "−3"), ("count", -0.2, "0"),
        ("days", 61.4, "61 days"), ("days", -2, "−2 days"), ("days", -0.2, "0 days"),
        ("points", 97.25, "97.3"), ("points", 97.35, "97.4"), ("points", -1, "−1.0"), ("points", -0.04, "0.0"),
    ],
)  # fmt: skip
def test_a_value_reads_in_the_form_of_its_unit(unit, value, text):
    assert EN.value(unit, value) == text


def test_a_rate_bears_its_n_and_what_is_no_rate_bears_none():
    assert [EN.with_n("40.0%", 1234.0), ZH.with_n("40.0%", 12), EN.with_n("$5", NAN)] == [
        "40.0%, n 1,234",
        "40.0%，n=12",
        "$5",
    ]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("money", 12345, "+$12.3 k"), ("money", -12345, "−$12.3 k"), ("money", 0, "±$0"), ("money", -0.2, "±$0"),
        ("share", 0.021, "+2.1 pts"), ("share", -0.021, "−2.1 pts"), ("share", 0.0001, "±0.0 pts"),
        ("share", -0.0001, "±0.0 pts"), ("count", -3, "−3"), ("days", 2, "+2 days"), ("points", 0.01, "±0.0"),
    ],
)  # fmt: skip
def test_a_change_has_the_sign_of_what_is_printed(unit, value, text):
    assert EN.change(unit, value) == text


@pytest.mark.parametrize(("value", "text"), [(0.042, "+4.2%"), (-0.042, "−4.2%"), (0, "±0.0%"), (-0.0001, "±0.0%")])
def test_a_relative_change_has_the_sign_of_what_is_printed(value, text):
    assert EN.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0"), (-0.3, "$0"), (9999, "$9,999"), (9999.4, "$9,999"), (9999.5, "$10.0 k"), (10000, "$10.0 k"),
        (999_499, "$999.5 k"), (999_500, "$1.00 M"), (1_649_147, "$1.65 M"), (9_995_000, "$10.0 M"),
        (999_400_000, "$999.4 M"), (999_500_000, "$1.00 bn"), (-1_649_147, "−$1.65 M"),
    ],
)  # fmt: skip
def test_a_short_amount_changes_its_unit_where_it_would_round_up_to_it(value, text):
    assert EN.short_money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9999.4, "¥9,999"), (9999.5, "¥1.00 万"), (10000, "¥1.00 万"), (1_649_147, "¥164.9 万"),
        (99_990_000, "¥9,999 万"),
        (99_994_999, "¥9,999 万"), (99_995_000, "¥1.00 亿"), (100_000_000, "¥1.00 亿"), (1_234_000_000, "¥12.3 亿"),
        (-120_000_000, "−¥1.20 亿"),
    ],
)  # fmt: skip
def test_a_short_amount_in_chinese_counts_in_wan_and_yi(value, text):
    assert ZH.short_money(value) == text


@given(
    st.floats(-1e12, 1e12), st.sampled_from([EN, ZH]), st.sampled_from(["money", "share", "count", "days", "points"])
)
def test_what_is_printed_as_0_has_no_minus_and_a_minus_is_no_hyphen(value, voice, unit):
    for text in (voice.value(unit, value), voice.change(unit, value), voice.short_money(value), voice.ratio(value)):
        zero = not re.search("[1-9]", text)
        assert "-" not in text and not (zero and ("−" in text or "+" in text))
        assert zero or ("−" in text) == (value < 0)
