"""The page on which weights are moved, in a real Chromium: its numbers are Python's, and what people do works."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from salesperf.people.weights.comparison import compared
from salesperf.people.weights.experiment import Experiment
from salesperf.present.weights.lab_data import lab_data, pseudonym
from salesperf.present.weights.lab_page import lab_page
from salesperf.rounding import half_up
from salesperf.scoring.model import Model
from salesperf.scoring.reweighting import reweighted

Data = dict[str, Any]
# What a model does, in the browser: scores as printed (null without), grades, ranks and payouts of all people.
OUTCOME = """([data, written]) => {
  const model = copyOfModel(written);
  const { shown, grades, ranks, payouts } = outcome(data, model, pointsByKpi(data, model));
  return {
    shown: [...shown].map((score) => (score === -Infinity ? null : score)),
    grades: [...grades].map((place) => (place < 0 ? "" : model.grades[place].grade)),
    ranks: [...ranks], payouts,
  };
}"""


# Scrolls a list and waits until its rows are drawn: they are used anew, and a click could go to whom one showed before.
SCROLL = """(list, top) => new Promise((done) => {
  list.scrollTop = top;
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""


@pytest.fixture
def lab(browser: Browser, data: Data, tmp_path: Path) -> Iterator[Page]:
    """The lab of the demo company, opened from its file; it may ask for nothing and say nothing."""
    page = opened(browser, data, tmp_path)
    yield page
    page.close()


def opened(browser: Browser, data: Data, folder: Path, width: int = 1280) -> Page:
    (folder / "weights.html").write_text(lab_page(data), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    for event in ("console", "pageerror", "dialog"):
        page.on(event, lambda one: said.append(str(one)))  # type: ignore[call-overload]
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto((folder / "weights.html").as_uri())
    assert (said, len(asked)) == ([], 1)
    return page


def in_browser(code: Page, data: Data, model: Model) -> Data:
    result: Data = code.evaluate(OUTCOME, [data, model.model_dump(mode="json")])
    return result


def assert_as_in_python(code: Page, data: Data, tried: Experiment, model: Model) -> None:
    people = compared(tried, model).people
    there = in_browser(code, data, model)
    scores = [None if np.isnan(score) else score for score in half_up(people["other_score"].to_numpy())]
    assert there["shown"] == scores
    assert there["grades"] == people["other_grade"].tolist()
    assert there["ranks"] == people["other_rank"].fillna(0).astype(int).tolist()
    cents = [None if amount is None else int(amount * 100) for amount in people["other_payout"]]
    assert there["payouts"] == cents


def test_every_shipped_model_gives_in_the_browser_what_it_gives_in_python(code, data, tried):
    assert len(tried.models) == 5  # kpi_okr pays otherwise than it scores
    for model in [tried.model, *tried.models.values()]:
        assert_as_in_python(code, data, tried, model)


def test_weights_at_random_give_in_the_browser_what_they_give_in_python(code, data, tried):
    draw = np.random.default_rng(5)
    wide = tried.models["balanced_scorecard"]
    for _ in range(20):
        shares = draw.dirichlet(np.full(len(wide.kpi_ids), 0.5)).round(3)
        shares[shares.argmax()] += 1 - shares.sum()
        model = reweighted(wide, dict(zip(wide.kpi_ids, shares.tolist(), strict=True)))
        assert_as_in_python(code, data, tried, model)


def test_a_forced_distribution_seats_the_same_people_in_the_browser(code, data, tried):
    forced = tried.model.model_copy(update={"forced": {"S": 0.07, "A": 0.21, "B": 0.4, "C": 0.22, "D": 0.1}})
    assert_as_in_python(code, data, tried, forced)


def test_weight_of_what_is_missing_moves_in_the_browser_as_in_python(code, demo, tried):
    rows = tried.rows.copy()
    draw = np.random.default_rng(6)
    for kpi in tried.models["balanced_scorecard"].kpi_ids:
        gone = draw.random(len(rows)) < 0.4
        rows.loc[gone, kpi] = np.nan
    none = pd.DataFrame(index=rows.index)
    holes = replace(tried, rows=rows, stand_ins=dict.fromkeys(tried.stand_ins, none))
    holed = lab_data(demo.voice, demo, holes)
    shown = in_browser(code, holed, holes.models["balanced_scorecard"])["shown"]
    assert None in shown and any(shown)  # too little is measured of some
    for model in holes.models.values():
        assert_as_in_python(code, holed, holes, model)


def moved(code: Page, shares: dict[str, float], ids: list[str], wished: float, **of: Any) -> dict[str, float]:
    """The shares after a move; ``fixed``: locked ids; ``between``: id → bounds."""
    bounds = of.get("between", {})
    kpis = [{"kpi": kpi, "between": bounds.get(kpi)} for kpi in shares]
    model = {"shares": shares, "perspectives": [{"kpis": kpis}]}
    call = "([model, ids, wished, fixed]) => movedShares(model, ids, wished, new Set(fixed))"
    result: dict[str, float] = code.evaluate(call, [model, ids, wished, of.get("fixed", [])])
    return result


@pytest.mark.parametrize(
    ("ids", "wished", "of", "after"),
    [
        (["a"], 0.6, {}, [0.6, 0.24, 0.16]),  # the others keep their proportion of 3 to 2
        (["a"], 0.6, {"fixed": ["b"]}, [0.6, 0.3, 0.1]),
        (["a"], 0.9, {"fixed": ["b"]}, [0.7, 0.3, 0.0]),  # all that the lock leaves
        (["a"], 0.6, {"fixed": ["a"]}, [0.5, 0.3, 0.2]),
        (["a"], 0.6, {"fixed": ["b", "c"]}, [0.5, 0.3, 0.2]),  # nobody could give way
        (["a"], 0.9, {"between": {"a": [0, 0.6]}}, [0.6, 0.24, 0.16]),
        (["a"], 0.8, {"between": {"b": [0.15, 1]}}, [0.8, 0.15, 0.05]),
        (["a"], 1.0, {"between": {"b": [0.15, 1]}}, [0.85, 0.15, 0.0]),
        (["a"], 0.0, {"between": {"b": [0, 0.5], "c": [0, 0.3]}}, [0.2, 0.5, 0.3]),
        (["a", "b"], 0.4, {}, [0.25, 0.15, 0.6]),  # what moves together keeps its proportion, too
        (["a", "b"], 0.9, {"fixed": ["a"]}, [0.5, 0.4, 0.1]),
    ],
)
def test_the_others_give_way_in_proportion_within_locks_and_bounds(code, ids, wished, of, after):
    there = moved(code, {"a": 0.5, "b": 0.3, "c": 0.2}, ids, wished, **of)
    assert list(there.values()) == pytest.approx(after)


def test_weights_that_are_all_0_share_alike_what_is_given_back(code):
    assert moved(code, {"a": 1.0, "b": 0.0, "c": 0.0}, ["a"], 0.4) == pytest.approx({"a": 0.4, "b": 0.3, "c": 0.3})


def test_a_saved_model_is_the_one_that_was_shown(code, demo, data, tried, tmp_path):
    shares = {"revenue_attainment": 1 / 3, "satisfaction": 1 / 7, "new_customers_attainment": 1 - 1 / 3 - 1 / 7}
    text = code.evaluate(
        "([written, shares]) => modelText({ ...copyOfModel(written), shares }, ['tried\\non: x'])",
        [data["model"], shares],
    )
    (tmp_path / "tried.yml").write_text(text, encoding="utf-8")
    saved = demo.compared(tmp_path / "tried.yml")
    assert text.startswith("# tried on: x\n")
    assert saved.people["other_score"].to_numpy() == pytest.approx(
        compared(tried, reweighted(tried.model, shares)).people["other_score"].to_numpy(), abs=1e-3, nan_ok=True
    )


@pytest.mark.parametrize("preset", ["balanced_scorecard", "behaviour_driven", "goal_oriented", "kpi_okr"])
def test_a_saved_preset_is_the_preset(code, demo, data, tried, preset, tmp_path):
    text = code.evaluate("(written) => modelText(copyOfModel(written), [])", data["models"][preset])
    (tmp_path / "saved.yml").write_text(text, encoding="utf-8")
    assert demo.compared(tmp_path / "saved.yml").other.model == tried.models[preset]


def test_arrows_move_a_weight_by_one_and_with_shift_by_five(lab):
    satisfaction, output = lab.get_by_label("Satisfaction", exact=True), lab.locator(".lab-slider output")
    assert output.all_inner_texts() == ["50.0%", "50.0%", "25.0%", "25.0%"]
    satisfaction.focus()
    lab.keyboard.press("Shift+ArrowRight")
    lab.keyboard.press("ArrowRight")
    lab.keyboard.press("ArrowDown")
    assert output.all_inner_texts() == ["46.7%", "53.3%", "30.0%", "23.3%"]
    assert satisfaction.get_attribute("aria-valuetext") == "30.0%"


def test_dragging_a_weight_shows_ranks_grades_and_cost_as_the_command_tells_them(lab, demo, drag, effects):
    drag(lab, "Satisfaction", 0.4)
    share = float(lab.get_by_label("Satisfaction", exact=True).input_value()) / 100
    assert share == pytest.approx(0.4, abs=0.03)
    told = demo.with_weights(satisfaction=share)
    assert told.costs
    before, after = told.costs
    assert told.raised + told.lowered > 10
    assert effects(lab)["Grades that change"] == f"{len(told.regraded)} of 97: {told.raised} up, {told.lowered} down"
    assert effects(lab)["Of these, by less than the score is sure"] == f"{told.unsure} of {len(told.regraded)}"
    assert effects(lab)["Payouts without awards"] == f"{after:,.2f} (−{before - after:,.2f})"
    assert effects(lab)["Who gets more / less"] == f"{told.gainers} / {told.losers}"
    first = told.people.sort_values("other_rank").iloc[0]
    top = lab.get_by_role("row").first
    expect(top).to_contain_text(first["rep"])
    expect(top).to_contain_text(f"{first['other_score']:.1f}")


def test_a_locked_weight_stays(lab, drag):
    lab.get_by_label("Lock Revenue attainment").click()
    drag(lab, "Satisfaction", 0.4)
    texts = lab.locator(".lab-slider output").all_inner_texts()
    assert texts[0] == "50.0%" and texts[2] != "25.0%"
    assert float(texts[2][:-1]) + float(texts[3][:-1]) == pytest.approx(50)
    expect(lab.get_by_label("Revenue attainment", exact=True)).to_be_disabled()


def test_all_that_was_tried_is_listed_and_undone(lab, drag, effects):
    for label, share in (("Satisfaction", 0.4), ("Revenue attainment", 0.7)):
        drag(lab, label, share)
    assert lab.locator(".lab-tried li").count() == 3
    lab.get_by_role("button", name="Undo").click()
    lab.get_by_role("button", name="Undo").click()
    assert effects(lab)["Payouts without awards"].endswith("(unchanged)")
    expect(lab.get_by_role("button", name="Undo")).to_be_disabled()
    lab.locator(".lab-tried li button").nth(2).click()
    assert lab.get_by_label("Revenue attainment", exact=True).input_value() != "50"


def test_a_wish_is_met_by_the_smallest_change_and_names_itself(lab):
    low, high = "Abigail Morgan", "Camille Foster"
    for name in (low, high):
        lab.locator(".lab-list").evaluate(SCROLL, 0 if name == high else 600)
        lab.get_by_role("button", name=name).click()
    lab.get_by_role("button", name="Try it").click()
    expect(lab.locator(".lab-pair")).to_contain_text(f"{low} stands above {high}.")
    expect(lab.locator(".lab-tried li").last).to_have_text(f"weights fitted to put {low} above {high}")


def test_dragging_a_person_onto_another_asks_for_the_weights_that_do_it(lab):
    bars = lab.locator(".lab-bar")
    start, end = bars.nth(10).bounding_box(), bars.nth(2).bounding_box()
    assert start and end
    lab.mouse.move(start["x"] + 20, start["y"] + 5)
    lab.mouse.down()
    lab.mouse.move(end["x"] + 20, end["y"] + 5, steps=4)
    lab.mouse.up()
    heads = lab.locator(".lab-pair thead th").all_inner_texts()
    assert heads[1:] == ["Camille Foster", "Ingrid Clarke"]


def test_a_wish_against_somebody_who_is_nowhere_behind_is_said_to_be_impossible(lab):
    for name in ("Andrew Cooper", "Laura Moreau"):
        lab.get_by_role("button", name=name).click()
    expect(lab.locator(".lab-pair")).to_contain_text("No weights put Andrew Cooper above Laura Moreau")
    assert lab.get_by_role("button", name="Try it").count() == 0


def saved(lab: Page, button: str) -> str:
    with lab.expect_download() as download:
        lab.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_text("utf-8")


def test_what_was_tried_is_saved_and_opened_again(lab, tmp_path, drag):
    drag(lab, "Satisfaction", 0.4)
    shares = lab.locator(".lab-slider output").all_inner_texts()
    (tmp_path / "tried.json").write_text(saved(lab, "Save what was tried"), encoding="utf-8")
    lab.reload()
    assert lab.locator(".lab-tried li").count() == 1
    lab.get_by_label("Open what was tried").set_input_files(tmp_path / "tried.json")
    expect(lab.locator(".lab-tried li")).to_have_count(2)
    assert lab.locator(".lab-slider output").all_inner_texts() == shares


def variant(**shares: float) -> str:
    """A file of one tried variant with these shares of the score."""
    kpis = [{"kpi": kpi} for kpi in shares]
    tried = [{"label": "x", "fixed": [], "model": {"shares": shares, "perspectives": [{"kpis": kpis}]}}]
    return json.dumps({"salesperf": "tried weights", "tried": tried, "at": 0})


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "no json",
        '{"salesperf": "tried weights", "tried": [{"model": {}}]}',
        variant(satisfaction=0.0, revenue_attainment=0.0),
        variant(satisfaction=-0.5, revenue_attainment=1.5),
    ],
)
def test_a_file_of_something_else_changes_nothing(lab, tmp_path, text):
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    lab.get_by_label("Open what was tried").set_input_files(tmp_path / "other.json")
    expect(lab.locator(".lab-weights").get_by_role("alert")).to_contain_text("nothing was changed")
    assert lab.locator(".lab-tried li").count() == 1


def test_the_saved_model_runs_the_same_comparison(lab, demo, tmp_path, drag, effects):
    drag(lab, "Satisfaction", 0.4)
    (tmp_path / "ours.yml").write_text(saved(lab, "Save model file"), encoding="utf-8")
    told = demo.compared(tmp_path / "ours.yml")
    assert effects(lab)["Who gets more / less"] == f"{told.gainers} / {told.losers}"
    adoption = demo.adoption(tmp_path / "ours.yml", reason="It counts", author="Lin Wei", date="2025-12-20")
    adopted = adoption.model.adopted
    assert adopted.remarks[0] == "Weights tried on Demo Instruments, 2025Q4." and "Satisfaction" in adopted.remarks[-1]
    assert adoption.model.model_copy(update={"adopted": None}) == told.other.model


def test_anchors_and_limits_out_of_order_are_refused_and_others_count(lab, effects):
    lab.get_by_text("Anchors and grade limits").click()
    field = lab.get_by_label("Satisfaction: target")
    field.fill("0.95")
    field.press("Tab")
    expect(lab.locator(".lab-weights").get_by_role("alert")).to_contain_text("have to stay in their order")
    assert field.input_value() == "0.75"
    limit = lab.get_by_label("Grade A from")
    limit.fill("75")
    limit.press("Tab")
    expect(lab.locator(".lab-weights").get_by_role("alert")).to_contain_text("have to fall")
    limit.fill("90")
    limit.press("Tab")
    expect(lab.locator(".lab-weights").get_by_role("alert")).to_have_text("")
    assert re.match(r"[1-9]\d* of 97: [1-9]\d* up, 0 down", effects(lab)["Grades that change"])


def test_filters_show_a_region_and_a_team_and_names_can_be_hidden(lab, demo):
    lab.get_by_label("Region").select_option("North")
    shown = set(lab.locator(".lab-row:visible button").all_inner_texts())
    north = demo.kpis("rep").query("region == 'North'")
    assert shown <= set(north["rep"])
    lab.get_by_label("Team", exact=True).select_option("North 1")
    assert len(lab.locator(".lab-row:visible").all()) == int((north["team"] == "North 1").sum())
    lab.get_by_label("Hide names").check()
    assert all(
        re.fullmatch(r"P-[A-Z2-7]{5}", name) for name in lab.locator(".lab-row:visible button").all_inner_texts()
    )


@pytest.mark.parametrize("width", [768, 1280, 1600])
def test_nothing_keeps_anybody_from_using_the_page(browser, data, tmp_path, width):
    page = opened(browser, data, tmp_path, width)
    page.get_by_text("Anchors and grade limits").click()
    for name in ("Laura Moreau", "David Parker"):
        page.get_by_role("button", name=name).click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_names_stay_text_whatever_they_are(browser, data, tmp_path):
    hostile = ["</script><script>document.title='stolen'</script>", "<img src=x onerror=alert(1)>", "x" * 80]
    people = {**data["people"], "name": [*hostile, *data["people"]["name"][3:]]}
    page = opened(browser, {**data, "people": people, "client": hostile[0], "title": hostile[1]}, tmp_path)
    assert page.title() == hostile[1]
    assert page.locator("img").count() == 0
    assert hostile[2] in page.locator("#lab-data").evaluate("(element) => element.textContent")
    page.close()


def test_a_page_of_pseudonyms_holds_no_name_and_no_id(demo, tried, data):
    page = lab_page({**lab_data(demo.voice, demo, tried, pseudonyms=True), "inputs": ""})
    assert not any(name in page for name in data["people"]["name"])
    assert not any(f'"{rep}"' in page for rep in tried.rows.index)
    assert pseudonym("Demo", "R1") == pseudonym("Demo", "R1") != pseudonym("Demo", "R2")
    assert len({pseudonym(demo.client.name, rep) for rep in tried.rows.index}) == len(tried.rows)


def test_a_region_s_page_holds_nobody_of_another_one(demo, tried, data):
    page = lab_page({**lab_data(demo.voice, demo, tried, region="North"), "inputs": ""})
    elsewhere = [
        name for name, of in zip(data["people"]["name"], data["people"]["region"], strict=True) if of != "North"
    ]
    assert elsewhere and not any(f'"{name}"' in page for name in elsewhere)


def test_two_people_are_enough_and_five_thousand_are_not_too_many(browser, data, tmp_path, drag):
    def of(count: int) -> Data:
        def repeated(values: list[Any]) -> list[Any]:
            return (values * (count // len(values) + 1))[:count]

        tables = {
            name: {key: repeated(values) for key, values in data[name].items()}
            for name in ("people", "judged", "known")
        }
        payouts = {grade: repeated(values) for grade, values in data["payouts"].items()}
        return {**data, **tables, "sure": repeated(data["sure"]), "payouts": payouts}

    for count in (2, 5000):
        page = opened(browser, of(count), tmp_path)
        assert page.locator(".lab-list").get_attribute("aria-rowcount") == str(count)
        assert page.locator(".lab-row").count() <= 50
        drag(page, "Satisfaction", 0.4)
        assert len(json.dumps(of(1000))) < 1_000_000
        page.close()


def test_a_period_that_is_not_over_has_scores_and_no_grades(browser, demo, tried, tmp_path):
    running = replace(tried, is_over=False, payouts=None)
    page = opened(browser, {**lab_data(demo.voice, demo, running), "inputs": ""}, tmp_path)
    expect(page.locator(".lab-effects")).to_contain_text("The period is not over")
    expect(page.locator(".lab-effects")).to_contain_text("no payout follows from grades here")
    assert set(page.locator(".lab-grade").all_inner_texts()) == {""}
    assert page.locator(".lab-score").first.inner_text() == "113.0"
    page.close()


def test_a_weight_that_locks_or_bounds_hold_says_so(lab, drag):
    for label in ("Lock Revenue attainment", "Lock New-customer attainment"):
        lab.get_by_label(label).click()
    drag(lab, "Satisfaction", 0.6)
    expect(lab.locator(".lab-weights .lab-message")).to_have_text("Locks and bounds keep it at 25.0%.")
    lab.get_by_label("Lock Satisfaction").click()
    for name in ("Laura Moreau", "David Parker"):
        lab.get_by_role("button", name=name).click()
    lab.get_by_role("button", name="The other way round").click()
    expect(lab.locator(".lab-pair")).to_contain_text("All weights but one are locked, or all")
    for label in ("Revenue attainment", "Satisfaction", "New-customer attainment"):
        expect(lab.get_by_label(label, exact=True)).to_be_disabled()


def test_who_loses_the_grade_to_a_kpi_that_hardly_anybody_has_is_counted(browser, data, tmp_path, drag, effects):
    few = [value if place < 5 else None for place, value in enumerate(data["judged"]["satisfaction"])]
    known = [int(value is not None) for value in few]
    judged, there = data["judged"] | {"satisfaction": few}, data["known"] | {"satisfaction": known}
    page = opened(browser, {**data, "judged": judged, "known": there}, tmp_path)
    assert "Lose their grade, as too little is measured" not in effects(page)
    drag(page, "Satisfaction", 0.9)
    assert int(effects(page)["Lose their grade, as too little is measured"]) > 80
    assert page.locator(".lab-grade", has_text="→ –").count() > 3
    page.close()


@pytest.mark.parametrize("width", [768, 1280, 1600])
def test_names_of_eighty_letters_break_nothing(browser, data, tmp_path, drag, width):
    long = ["x" * 80, "销" * 80, "<b>" + "Wolfeschlegelsteinhausenbergerdorff " * 2]
    people = {**data["people"], "name": [long[place % 3] + str(place) for place in range(len(data["people"]["name"]))]}
    page = opened(browser, {**data, "people": people}, tmp_path, width)
    for place in (0, 4):
        page.locator(".lab-who button").nth(place).click()
    drag(page, "Satisfaction", 0.6)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    inside = """() => [...document.querySelectorAll(".lab-effects *, .lab-tried *, .lab-row > *")].filter((one) => {
      const frame = one.closest(".lab-effects, .lab-tried, .lab-row").getBoundingClientRect();
      const box = one.getBoundingClientRect();
      return box.width && (box.right > frame.right + 1 || box.left < frame.left - 1);
    }).map((one) => one.className + one.textContent.slice(0, 40))"""
    assert page.evaluate(inside) == []
    page.close()


def test_the_names_of_grades_stand_where_their_lines_are(lab):
    scale, bar = lab.locator(".lab-scale div").bounding_box(), lab.locator(".lab-bar").first.bounding_box()
    assert (scale["x"], scale["width"]) == pytest.approx((bar["x"], bar["width"]))
