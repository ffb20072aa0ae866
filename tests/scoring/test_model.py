"""Scoring models as data: the presets hold what the methods say, and a bad model file gives one line."""

import shutil
import sys
from pathlib import Path

import pytest

from salesperf.cli import main
from salesperf.errors import RequestError
from salesperf.measures.kpis import KPIS
from salesperf.params import preset_names, read_client
from salesperf.scoring import model as model_module
from salesperf.scoring.model import MODELS, Model, read_model

CLIENT = "client: North\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n"
SMALL = """# The numbers of the lines stand behind the keys in the tests.
perspectives:
  - name: results
    weight: 0.6
    kpis:
      - kpi: revenue_attainment
        weight: 1
        anchors: {threshold: 0.6, target: 1.0, excellent: 1.2}
  - name: speed
    weight: 0.4
    kpis:
      - kpi: cycle_days
        weight: 0.5
        anchors: {threshold: 90, target: 60, excellent: 45}
      - kpi: win_rate
        weight: 0.5
        anchors: {threshold: 0.1, target: 0.2, excellent: 0.3}
grades:
  - {grade: A, at_least: 100, coefficient: 1.2}
  - {grade: B, at_least: 0, coefficient: 1}
points: {threshold: 60, target: 100, excellent: 120}
measured_at_least: 0.6
"""
PRESETS = {
    "balanced_scorecard": {
        "revenue_attainment": 0.28, "gross_margin": 0.12, "new_customers_attainment": 0.15, "satisfaction": 0.10,
        "cycle_days": 0.10, "activity_quality": 0.10, "assessed": 0.15,
    },
    "behaviour_driven": {
        "activities_weekly": 0.40, "activity_quality": 0.25, "assessed": 0.20, "revenue_attainment": 0.15,
    },
    "kpi_okr": {
        "revenue_attainment": 0.42, "new_customers_attainment": 0.14, "gross_margin": 0.14, "key_results": 0.30,
    },
    "goal_oriented": {"revenue_attainment": 0.70, "new_customers_attainment": 0.15, "gross_margin": 0.15},
    "core_three": {"revenue_attainment": 0.50, "satisfaction": 0.25, "new_customers_attainment": 0.25},
}  # fmt: skip
BALANCE = {"financial": 0.40, "customer": 0.25, "internal_process": 0.20, "learning_and_growth": 0.15}


def client_with(folder: Path, model: str, text: str | None = None) -> Path:
    """A client file in ``folder`` that asks for a model, with the model's own file beside it where there is a text."""
    if text is not None:
        (folder / "ours.yml").write_text(text, "utf-8")
    (folder / "north.yml").write_text(f"{CLIENT}model: {model}\n", "utf-8")
    return folder / "north.yml"


def read(folder: Path, model: str, text: str | None = None) -> Model:
    return read_model(read_client(client_with(folder, model, text)), KPIS)


def test_the_presets_are_the_ones_whose_weights_are_checked_here():
    assert preset_names(MODELS) == sorted(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_weighs_the_kpis_as_the_methods_do(tmp_path, name):
    kpis = {one.kpi: side.weight * one.weight for side, one in read(tmp_path, name).kpis()}
    assert kpis == pytest.approx(PRESETS[name], abs=1e-12)
    assert list(kpis) == list(PRESETS[name])


def test_the_balanced_scorecard_has_its_four_perspectives(tmp_path):
    assert {side.name: side.weight for side in read(tmp_path, "balanced_scorecard").perspectives} == BALANCE


def test_key_results_are_shown_apart_and_pay_nothing_and_nothing_else_is(tmp_path):
    apart = [
        (name, side.name, side.pays)
        for name in PRESETS
        for side in read(tmp_path, name).perspectives
        if side.apart or side.pays != side.weight
    ]
    assert apart == [("kpi_okr", "key_results", 0)]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_grades_as_earned_and_says_that_it_can_be_copied(tmp_path, name):
    assert read(tmp_path, name).forced == {}
    assert "Copy this file beside your client file" in (MODELS / f"{name}.yml").read_text("utf-8")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_the_points_and_grades_of_the_methods_and_asks_for_60_percent(tmp_path, name):
    model = read(tmp_path, name)
    assert (model.points.threshold, model.points.target, model.points.excellent) == (60, 100, 120)
    assert [(one.grade, one.at_least, one.coefficient) for one in model.grades] == [
        ("S", 110, 1.5),
        ("A", 100, 1.2),
        ("B", 80, 1.0),
        ("C", 60, 0.7),
        ("D", 0, 0),
    ]
    assert model.measured_at_least == 0.6


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_that_is_copied_as_the_client_s_own_file_is_the_same_model(tmp_path, name):
    shutil.copy(Path(model_module.__file__).parent / "presets" / f"{name}.yml", tmp_path / "ours.yml")
    assert read(tmp_path, "ours.yml") == read(tmp_path, name)


def test_a_client_file_without_a_model_gets_core_three(tmp_path):
    (tmp_path / "north.yml").write_text(CLIENT, "utf-8")
    assert read_model(read_client(tmp_path / "north.yml"), KPIS) == read(tmp_path, "core_three")


def test_a_model_file_is_read_whole(tmp_path):
    model = read(tmp_path, "ours.yml", SMALL)
    assert [(side.name, one.kpi, one.weight) for side, one in model.kpis()] == [
        ("results", "revenue_attainment", 1),
        ("speed", "cycle_days", 0.5),
        ("speed", "win_rate", 0.5),
    ]
    assert [one.anchors.rising for _, one in model.kpis()] == [True, False, True]
    assert [one.grade for one in model.grades] == ["A", "B"]


def test_a_model_written_out_in_the_client_file_is_the_same_as_in_a_file_of_its_own(tmp_path):
    inline = "\n" + "".join(f"  {line}\n" for line in SMALL.splitlines())
    assert read(tmp_path, inline) == read(tmp_path, "ours.yml", SMALL)


def test_a_kind_of_activity_of_the_export_can_be_a_kpi_of_the_model(tmp_path):
    text = SMALL.replace("kpi: win_rate", "kpi: visit")
    client = read_client(client_with(tmp_path, "ours.yml", text))
    known = {**KPIS, "visit": KPIS["activities"]}
    assert [one.kpi for _, one in read_model(client, known).kpis()][-1] == "visit"


def test_weights_of_a_third_may_be_written_with_six_digits(tmp_path):
    third = "      - {kpi: %s, weight: %s, anchors: {threshold: 1, target: 2, excellent: 3}}\n"
    thirds = (("revenue", 0.333333), ("customers", 0.333333), ("win_rate", 0.333334))
    kpis = "".join(third % one for one in thirds)
    text = f"perspectives:\n  - name: all\n    weight: 1\n    kpis:\n{kpis}"
    assert len(list(read(tmp_path, "ours.yml", text).kpis())) == 3


def test_weights_may_miss_1_by_a_millionth_and_no_more(tmp_path):
    for weight, fits in ((0.500001, True), (0.500002, False)):
        text = SMALL.replace("weight: 0.5\n", f"weight: {weight}\n", 1)
        if fits:
            assert read(tmp_path, "ours.yml", text).perspectives[1].kpis[0].weight == weight
        else:
            with pytest.raises(RequestError, match=r"expected weights that sum to 1, got 1\.000002"):
                read(tmp_path, "ours.yml", text)


def test_the_least_that_a_model_may_consist_of(tmp_path):
    kpi = "{kpi: revenue, weight: 1, anchors: {threshold: 1, target: 2, excellent: 3}}"
    text = (
        f"perspectives:\n  - {{name: a, weight: 1, kpis: [{kpi}]}}\n"
        "grades:\n  - {grade: done, at_least: 0, coefficient: 0}\n"
        "points: {threshold: 0, target: 0.5, excellent: 1}\nmeasured_at_least: 0\n"
    )
    model = read(tmp_path, "ours.yml", text)
    assert (model.kpi_ids, model.grades[0].grade, model.points.threshold) == (["revenue"], "done", 0)
    with pytest.raises(RequestError, match="grade: expected at most 4 characters"):
        read(tmp_path, "ours.yml", text.replace("done", "ready"))


def test_an_anchor_without_end_is_refused(tmp_path):
    for name, anchors in {
        "threshold": "{threshold: -.inf, target: 1.0, excellent: 1.2}",
        "target": "{threshold: 0.6, target: .nan, excellent: 1.2}",
        "excellent": "{threshold: 0.6, target: 1.0, excellent: .inf}",
    }.items():
        with pytest.raises(RequestError, match=rf":8: {name}: expected finite number"):
            read(tmp_path, "ours.yml", SMALL.replace("{threshold: 0.6, target: 1.0, excellent: 1.2}", anchors, 1))


def test_pay_differs_where_a_perspective_has_another_weight_for_it(tmp_path):
    assert not read(tmp_path, "ours.yml", SMALL).pays_otherwise
    for pay, differs in ((0.6, False), (0.5, True)):
        text = SMALL.replace("weight: 0.6\n", f"weight: 0.6\n    pay_weight: {pay}\n", 1)
        assert read(tmp_path, "ours.yml", text).pays_otherwise is differs


# What is replaced in SMALL, by what, the line of the error, and its whole sentence.
BAD = {
    "weights within a perspective": (
        ("weight: 0.5\n        anchors: {threshold: 90", "weight: 0.4\n        anchors: {threshold: 90"),
        11,
        "kpis: expected weights that sum to 1, got 0.9; correct them",
    ),
    "weights over the perspectives": (
        ("weight: 0.6\n", "weight: 0.7\n"),
        2,
        "perspectives: expected weights that sum to 1, got 1.1; correct them",
    ),
    "anchors out of order": (
        ("target: 1.0, excellent: 1.2", "target: 1.3, excellent: 1.2"),
        8,
        "anchors: expected threshold, target and excellent in order, got 0.6, 1.3, 1.2",
    ),
    "two anchors alike": (
        ("threshold: 0.6, target: 1.0", "threshold: 1.0, target: 1.0"),
        8,
        "anchors: expected threshold, target and excellent in order, got 1, 1, 1.2",
    ),
    "rising anchors where lower is better": (
        ("threshold: 90, target: 60, excellent: 45", "threshold: 45, target: 60, excellent: 90"),
        14,
        "anchors: lower is better for 'cycle_days'; turn the anchors round",
    ),
    "falling anchors where higher is better": (
        ("threshold: 0.1, target: 0.2, excellent: 0.3", "threshold: 0.3, target: 0.2, excellent: 0.1"),
        17,
        "anchors: higher is better for 'win_rate'; turn the anchors round",
    ),
    "an unknown KPI": (
        ("kpi: win_rate", "kpi: win_rat"),
        15,
        "kpi: 'win_rat' is not a KPI; did you mean 'win_rate'?",
    ),
    "a KPI twice": (
        ("kpi: win_rate", "kpi: revenue_attainment"),
        2,
        "perspectives: expected every KPI once, got 'revenue_attainment' twice",
    ),
    "grades that end above 0": (
        ("{grade: B, at_least: 0,", "{grade: B, at_least: 10,"),
        18,
        "grades: expected limits falling to 0, got 100, 10",
    ),
    "grades that rise": (
        ("at_least: 100,", "at_least: -1,"),
        19,
        "at_least: expected greater than or equal to 0, got -1",
    ),
    "two grades from one limit": (
        ("at_least: 100,", "at_least: 0,"),
        18,
        "grades: expected limits falling to 0, got 0, 0",
    ),
    "points that do not rise": (
        ("points: {threshold: 60", "points: {threshold: 100"),
        21,
        "points: expected threshold < target < excellent; put them in order",
    ),
    "a misspelt key": (
        ("measured_at_least", "measured_at_lest"),
        22,
        "'measured_at_lest' is not a setting; did you mean 'measured_at_least'?",
    ),
    "a misspelt key deep down": (
        ("anchors: {threshold: 0.1, target", "anchors: {threshold: 0.1, traget"),
        17,
        "'traget' is not a setting; did you mean 'target'? (and 1 more)",
    ),
    "a weight of NaN": (
        ("weight: 1\n", "weight: .nan\n"),
        7,
        "weight: expected finite number, got nan",
    ),
    "an infinite weight": (
        ("weight: 1\n", "weight: .inf\n"),
        7,
        "weight: expected finite number, got inf",
    ),
    "a negative weight": (
        ("weight: 0.4\n", "weight: -0.4\n"),
        10,
        "weight: expected greater than 0, got -0.4",
    ),
    "a weight of 0": (
        ("weight: 0.4\n", "weight: 0\n"),
        10,
        "weight: expected greater than 0, got 0",
    ),
    "weights in percent": (
        ("weight: 0.4\n", "weight: 40\n"),
        10,
        "weight: expected less than or equal to 1, got 40",
    ),
    "an infinite anchor": (
        ("excellent: 1.2}", "excellent: .inf}"),
        8,
        "excellent: expected finite number, got inf",
    ),
    "a share in percent": (
        ("measured_at_least: 0.6", "measured_at_least: 60"),
        22,
        "measured_at_least: expected less than or equal to 1, got 60",
    ),
    "a perspective twice": (
        ("name: speed", "name: results"),
        2,
        "perspectives: expected every perspective once, got 'results' twice",
    ),
    "a grade twice": (
        ("grade: B", "grade: A"),
        18,
        "grades: expected every grade once, got 'A' twice",
    ),
    "forced shares of an unknown grade": (
        ("measured_at_least: 0.6", "forced: {A: 0.5, C: 0.5}"),
        22,
        "forced: 'C' is not a grade; known are 'A', 'B'",
    ),
    "forced shares without one of the grades": (
        ("measured_at_least: 0.6", "forced: {A: 1}"),
        22,
        "forced: expected a share of every grade, got none of 'B'; 0 is allowed",
    ),
    "forced shares that do not sum to 1": (
        ("measured_at_least: 0.6", "forced: {A: 0.2, B: 0.7}"),
        22,
        "forced: expected shares that sum to 1, got 0.9; correct them",
    ),
    "a forced share in percent": (
        ("measured_at_least: 0.6", "forced: {A: 20, B: 80}"),
        22,
        "A: expected less than or equal to 1, got 20 (and 1 more)",
    ),
    "a negative pay weight": (
        ("weight: 0.4\n", "weight: 0.4\n    pay_weight: -1\n"),
        11,
        "pay_weight: expected greater than or equal to 0, got -1",
    ),
    "apart said in another way": (
        ("weight: 0.4\n", "weight: 0.4\n    apart: beside\n"),
        11,
        "apart: expected boolean, unable to interpret input, got 'beside'",
    ),
    "no KPI": (
        (SMALL[SMALL.index("    kpis:\n      - kpi: rev") : SMALL.index("  - name: speed")], "    kpis: []\n"),
        5,
        "kpis: expected at least 1 item, got []",
    ),
}


@pytest.mark.parametrize(("change", "line", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_model_file_is_named_with_line_key_and_way_out(tmp_path, change, line, sentence):
    assert change[0] in SMALL, "the change must change something"
    with pytest.raises(RequestError) as error:
        read(tmp_path, "ours.yml", SMALL.replace(*change, 1))
    assert str(error.value) == f"{tmp_path / 'ours.yml'}:{line}: {sentence}"


@pytest.mark.parametrize(("change", "line", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_model_in_the_client_file_is_named_with_the_client_file_s_line(tmp_path, change, line, sentence):
    bad = SMALL.replace(*change, 1)
    inline = "\n" + "".join(f"  {one}\n" for one in bad.splitlines())
    with pytest.raises(RequestError) as error:
        read(tmp_path, inline)
    assert str(error.value) == f"{tmp_path / 'north.yml'}:{line + 4}: {sentence}"


def test_pay_weights_that_are_all_0_are_named(tmp_path):
    text = SMALL.replace("weight: 0.6\n", "weight: 0.6\n    pay_weight: 0\n").replace(
        "weight: 0.4\n", "weight: 0.4\n    pay_weight: 0\n"
    )
    with pytest.raises(RequestError) as error:
        read(tmp_path, "ours.yml", text)
    assert str(error.value) == (
        f"{tmp_path / 'ours.yml'}:2: perspectives: expected a pay_weight over 0, got 0 for all; "
        "raise one or leave one out"
    )


PLACES = {
    "a misspelt preset": (
        "core_tree",
        None,
        "north.yml:4: model: 'core_tree' is not a preset (a file ends with .yml); did you mean 'core_three'?",
    ),
    "an unknown preset": (
        "zzz",
        None,
        "north.yml:4: model: 'zzz' is not a preset (a file ends with .yml); "
        "known are 'balanced_scorecard', 'behaviour_driven', 'core_three', 'goal_oriented', 'kpi_okr'",
    ),
    "a missing model file": ("theirs.yml", None, "theirs.yml: expected a file, found none; check the path"),
    "an empty model file": ("ours.yml", "", "ours.yml:1: expected keys and values, got None"),
    "a model file without perspectives": ("ours.yml", "points: {}\n", "ours.yml:1: 'perspectives' is missing; add it"),
}


@pytest.mark.parametrize(("model", "text", "sentence"), PLACES.values(), ids=PLACES)
def test_a_model_that_cannot_be_found_says_where_it_was_looked_for(tmp_path, model, text, sentence):
    with pytest.raises(RequestError) as error:
        read(tmp_path, model, text)
    assert str(error.value) == f"{tmp_path}/{sentence}"


@pytest.mark.parametrize("model", ["zzz", "theirs.yml", "{perspectives: []}", "ours.yml"])
def test_a_bad_model_ends_the_command_in_one_line_with_exit_code_2(tmp_path, monkeypatch, capsys, model):
    (tmp_path / "reps.csv").write_text("rep_id,rep,region\nr1,Ann,East\n", "utf-8")
    (tmp_path / "orders.csv").write_text("order_id,rep_id,account_id,date,amount\n1,r1,a,2025-10-01,5\n", "utf-8")
    path = client_with(tmp_path, model, SMALL.replace("kpi: win_rate", "kpi: win_rat"))
    monkeypatch.setattr(sys, "argv", ["salesperf", "score", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("salesperf: ") and str(tmp_path) in err
