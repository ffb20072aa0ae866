"""Changes of values in the text of a YAML file: what changes is read back, and every other line is as it was."""

from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from salesperf.yaml_edits import edited, leading_comments, part_of

HAND = """\
# Ours
client:   Nord GmbH      # padded
period: '2025Q4'
model:
    # How we score.
    perspectives:
    - name: "业绩"      # kept
      weight: 0.60
      kpis:
          # Of the target.
          - { kpi: sales,  weight: 1.0, anchors: [1, 2] }

          # Calls are counted by hand.
          - kpi: calls
            weight: 0.5
            between: [0.1, 0.4]
    - {name: care, weight: 0.40}
    points: {target: 100}
source: { reps: reps.csv }   # the end
"""


def model_in(text: str) -> Any:
    return yaml.safe_load(text)["model"]


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that only one of two texts has, each with its sign; they must stand in order."""
    from difflib import ndiff

    return [line.rstrip("\r\n") for line in ndiff(before.splitlines(True), after.splitlines(True)) if line[0] in "+-"]


def change(text: str, **changes: Any) -> list[str]:
    """The lines that change where values of the model change, each by its path with double underscores."""
    present = model_in(text)
    wished = deepcopy(present)
    for path, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in path.removeprefix("at_").split("__"))
        part = wished
        for step in way:
            part = part[step]
        if value is None:
            del part[last]
        elif isinstance(part, list) and last == len(part):
            part.append(value)
        else:
            part[last] = value
    after = edited(text, ("model",), present, wished, first=("from", "adopted"))
    assert model_in(after) == wished
    assert {**yaml.safe_load(after), "model": 0} == {**yaml.safe_load(text), "model": 0}
    return changed_lines(text, after)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, []),
        ({"perspectives__0__weight": 0.55}, ["-       weight: 0.60", "+       weight: 0.55"]),
        (
            {"perspectives__0__kpis__0__weight": 0.7},
            [
                "-           - { kpi: sales,  weight: 1.0, anchors: [1, 2] }",
                "+           - { kpi: sales,  weight: 0.7, anchors: [1, 2] }",
            ],
        ),
        (
            {"perspectives__0__kpis__0__between": [0, 0.5], "perspectives__0__kpis__0__anchors": None},
            [
                "-           - { kpi: sales,  weight: 1.0, anchors: [1, 2] }",
                "+           - { kpi: sales,  weight: 1.0, between: [0, 0.5] }",
            ],
        ),
        ({"perspectives__0__kpis__1__between": None}, ["-             between: [0.1, 0.4]"]),
        (
            {"perspectives__0__kpis__1__between__1": 0.3},
            ["-             between: [0.1, 0.4]", "+             between: [0.1, 0.3]"],
        ),
        ({"perspectives__0__kpis__1__least": 5}, ["+             least: 5"]),
        (
            {"perspectives__0__kpis__1": None},
            [
                "-           # Calls are counted by hand.",
                "-           - kpi: calls",
                "-             weight: 0.5",
                "-             between: [0.1, 0.4]",
            ],
        ),
        (
            {"perspectives__0__kpis__2": {"kpi": "visits", "anchors": {"a": 1}}, "perspectives__0__pay": 0.5},
            ["+           - {kpi: visits, anchors: {a: 1}}", "+       pay: 0.5"],
        ),
        (
            {"perspectives__2": {"name": "more", "kpis": [{"kpi": "x"}]}},
            ["+     - name: more", "+       kpis:", "+         - {kpi: x}"],
        ),
        ({"grades": [{"grade": "A", "at_least": 0}]}, ["+     grades:", "+       - {grade: A, at_least: 0}"]),
        (
            {"adopted": {"reason": "so, it: is", "remarks": ["a", "b"]}, "from": "2026Q1"},
            [
                "+     adopted:", "+       reason: 'so, it: is'", "+       remarks:", "+         - a", "+         - b",
                "+     from: 2026Q1",
            ],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_only_the_lines_of_what_changes_change(changes: dict[str, Any], lines: list[str], ends: str) -> None:
    text = HAND.replace("\n", ends)
    assert change(text, **changes) == lines
    after = edited(text, (), yaml.safe_load(text), yaml.safe_load(text) | {"period": "2026Q1"})
    assert after.count("\n") == after.count(ends) == text.count(ends)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("model: three  # ours\n", ["- model: three  # ours", "+ model: [three, new.yml]  # ours"]),
        ("model: [three, 'four']\n", ["- model: [three, 'four']", "+ model: [three, four, new.yml]"]),
        ("model:\n- three  # a\n- four\nend: 1\n", ["+ - new.yml"]),
        ("model:\n    - three\n    - four", ["-     - four", "+     - four", "+     - new.yml"]),
        ("model:  # ours\n  # here\n  a: 1\n  b: {c: 1}  # d\n\nend: 1\n", ["+ -", "+ - new.yml"]),
        ("model: {a: 1}\n", ["- model: {a: 1}", "+ model: [{a: 1}, new.yml]"]),
        ("{model: three, end: 1}", ["- {model: three, end: 1}", "+ {model: [three, new.yml], end: 1}"]),
    ],
)
def test_a_value_becomes_a_list_with_one_more(text: str, lines: list[str]) -> None:
    given = model_in(text)
    wished = [*(given if isinstance(given, list) else [given]), "new.yml"]
    after = edited(text, (), {"model": given}, {"model": wished})
    assert yaml.safe_load(after) == yaml.safe_load(text) | {"model": wished}
    assert changed_lines(text, after) == lines


def test_a_key_that_is_not_there_is_added_at_the_end() -> None:
    assert (
        edited("a: 1\nb:\n  - 2 # x\n", (), {"model": "three"}, {"model": "four"})
        == "a: 1\nb:\n  - 2 # x\nmodel: four\n"
    )


def test_a_default_is_not_written_where_it_stays() -> None:
    assert edited("a: 1\n", (), {"a": 1, "b": 2}, {"a": 3, "b": 2}) == "a: 3\n"


def test_a_part_becomes_a_file_without_its_indentation() -> None:
    part = part_of(HAND, ("model",))
    assert yaml.safe_load(part) == model_in(HAND)
    assert part.startswith('perspectives:\n- name: "业绩"      # kept\n  weight: 0.60\n')
    assert "\n\n          # Calls" not in part and "\n\n      # Calls are counted by hand.\n" in part
    assert part_of("model: {a: 1}  # b\n", ("model",)) == "{a: 1}\n"


def test_comments_at_the_head_are_read_without_their_marks() -> None:
    assert leading_comments("\ufeff# Tried: 满意\n#\n#  two\na: 1\n# no\n") == ["Tried: 满意", "two"]


NAMES = st.sampled_from(["sales", "calls", "客户", "a: b", "null", "1", "x, y", "- z", "#c"])
SHARES = st.one_of(st.floats(0, 1), st.integers(0, 5), st.just(1e-9))
KPIS = st.builds(dict, kpi=NAMES, weight=SHARES) | st.builds(
    dict,
    kpi=NAMES,
    weight=SHARES,
    anchors=st.builds(dict, low=SHARES, high=SHARES),
    between=st.lists(SHARES, max_size=2),
)
SIDES = st.builds(
    dict, name=NAMES, weight=SHARES, kpis=st.lists(KPIS, min_size=1, max_size=4, unique_by=lambda kpi: kpi["kpi"])
)
MODELS = st.fixed_dictionaries(
    {"perspectives": st.lists(SIDES, min_size=1, max_size=3, unique_by=lambda side: side["name"])},
    optional={
        "points": st.dictionaries(NAMES, SHARES, max_size=3),
        "adopted": st.builds(
            dict, reason=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=9)
        ),
    },
)


@given(MODELS, MODELS, st.sampled_from([None, True, False]), st.sampled_from(["\n", "\r\n"]))
def test_any_model_is_made_of_any_other_and_read_back(present: Any, wished: Any, flow: bool | None, ends: str) -> None:
    head, tail = "# ours\nclient: A\n", "end:   1\n"
    dumped = yaml.safe_dump({"model": present}, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    lines = dumped.removeprefix("{").removesuffix("}\n") + "\n" if flow else dumped
    text = (head + lines + tail).replace("\n", ends)
    assert edited(text, ("model",), present, present) == text
    after = edited(text, ("model",), present, wished, first=("adopted",))
    assert yaml.safe_load(after) == {"client": "A", "model": wished, "end": 1}
    assert after.startswith(head.replace("\n", ends)) and after.endswith(tail.replace("\n", ends))
    part = part_of(text, ("model",))
    assert yaml.safe_load(part) == present
