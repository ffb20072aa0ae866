"""The lab's parts on several minds, pairwise judgements and what an order rests on: they say what Python says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from scipy.stats import kendalltau

from salesperf.company import Company
from salesperf.people.weights.experiment import Experiment
from salesperf.people.weights.minds import minds_of
from salesperf.people.weights.origins import weight_origins
from salesperf.people.weights.sensitivity import decides, order_by_period, scores_by_period
from salesperf.present.weights.lab_data import periods_data
from salesperf.present.weights.lab_page import lab_page
from salesperf.present.weights.widget import WeightsLab
from salesperf.scoring.reweighting import reweighted
from salesperf.weighting.agreement import concordance
from salesperf.weighting.ahp import ahp

Data = dict[str, Any]
SCALE = [*range(9, 0, -1), *(1 / n for n in range(2, 10))]


@pytest.fixture
def lab(browser: Browser, data: Data, tmp_path: Path) -> Iterator[Page]:
    path = tmp_path / "weights.html"
    path.write_text(lab_page(data), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert not wrong


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def cells(table: Locator) -> dict[str, list[str]]:
    """The head of each row → its cells."""
    return {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()
    }


def saved(page: Page, button: str, path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(path)
    return path


def test_agreement_in_the_browser_is_that_of_scipy_and_of_python(code: Page) -> None:
    draw = np.random.default_rng(2)
    for people in (2, 3, 10, 101):
        orders = draw.integers(0, 9, (3, people)).astype(float)
        found = code.evaluate("(orders) => [kendallTau(orders[0], orders[1]), concordance(orders)]", orders.tolist())
        expected = [kendalltau(orders[0], orders[1]).statistic, concordance(orders)]
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert code.evaluate("[kendallTau([1, 1], [1, 2]), kendallTau([], []), concordance([[1]])]") == pytest.approx(
        [np.nan] * 3, nan_ok=True
    )


def test_weights_by_pairs_in_the_browser_are_those_of_python(code: Page) -> None:
    draw = np.random.default_rng(4)
    for kpis in (1, 2, 3, 5, 8):
        matrix = np.ones((kpis, kpis))
        for first, second in zip(*np.triu_indices(kpis, 1), strict=True):
            matrix[first, second] = draw.choice(SCALE)
            matrix[second, first] = 1 / matrix[first, second]
        there, here = code.evaluate("ahp", matrix.tolist()), ahp(matrix)
        assert there["weights"] == pytest.approx(here.weights.tolist(), abs=1e-10)
        assert there["ratio"] == pytest.approx(here.ratio, abs=1e-10)
        if here.reconsider is None:
            assert there["reconsider"] is None
        else:
            named = ["first", "second", "given", "consistent"]
            assert [there["reconsider"][name] for name in named] == pytest.approx(
                [getattr(here.reconsider, name) for name in named], abs=1e-8
            )


def test_models_side_by_side_say_what_python_says_of_them(lab: Page, tried: Experiment, data: Data) -> None:
    minds = part(lab, "Several minds")
    names = {data["models"][name]["label"]: model for name, model in tried.models.items()}
    chosen = dict(list(names.items())[:3])
    for label in chosen:
        minds.get_by_role("combobox").select_option(label=label)
    found = minds_of(tried, chosen)
    expect(minds).to_contain_text(f"people: {len(found.people)}): Kendall's W is {found.agreement:.2f}")
    effects, alike, disagreed = minds.get_by_role("table").all()
    rows = cells(effects)
    for name, comparison in found.comparisons.items():
        tau, up, down, paid, lower, falls = rows[name]
        hurt = found.hurt_by(name)
        assert (tau, up, down) == (f"{comparison.tau:.2f}", str(comparison.raised), str(comparison.lowered))
        assert comparison.costs is not None
        assert (
            paid.replace("−", "-").replace("$", "").replace(",", "")
            == f"{comparison.costs[1] - comparison.costs[0]:.2f}"
        )
        assert lower == str(len(hurt))
        assert falls.startswith(str(hurt.iloc[0]["rep"])) if len(hurt) else falls == ""
    labels = list(chosen)
    assert cells(alike)[f"3 {labels[2]}"][:2] == [f"{found.tau.loc[labels[2], name]:.2f}" for name in labels[:2]]
    people = found.people[found.people["spread"] > 0].sort_values(["spread", "rep"], ascending=[False, True]).head(12)
    expected = {
        row["rep"]: [
            row["team"],
            *(f"{found.ranks.loc[rep, name]:.0f} ({found.grades.loc[rep, name] or '–'})" for name in labels),
        ]
        for rep, row in people.iterrows()
    }
    assert cells(disagreed) == expected


def test_a_mind_is_added_shown_and_removed_and_names_stay_text(lab: Page) -> None:
    minds = part(lab, "Several minds")
    minds.get_by_role("button", name="Add", exact=True).click()
    expect(minds.get_by_role("alert")).to_contain_text("Name who wants")
    lab.locator(".lab-weights input[type=range]").first.press("Shift+ArrowRight")
    moved = lab.locator(".lab-weights output").first.inner_text()
    minds.get_by_role("textbox").fill("<img src=x onerror=alert(1)>")
    minds.get_by_role("textbox").press("Enter")
    minds.get_by_role("combobox").select_option(label="model in force")
    assert minds.locator("li span").all_inner_texts() == ["<img src=x onerror=alert(1)>", "model in force"]
    assert minds.locator("img").count() == 0
    minds.get_by_role("button", name="Show", exact=True).nth(1).click()
    assert lab.locator(".lab-weights output").first.inner_text() != moved
    minds.get_by_role("button", name="Show", exact=True).nth(0).click()
    assert lab.locator(".lab-weights output").first.inner_text() == moved
    lab.get_by_label("Hide names").check()
    assert all(name.startswith("P-") for name in minds.get_by_role("table").last.locator("tbody th").all_inner_texts())
    minds.get_by_role("button", name="Remove model in force").click()
    assert minds.get_by_role("table").count() == 0


def test_more_than_eight_minds_are_refused(lab: Page) -> None:
    minds = part(lab, "Several minds")
    for name in "abcdefghi":
        minds.get_by_role("textbox").fill(name)
        minds.get_by_role("textbox").press("Enter")
    expect(minds.get_by_role("alert")).to_contain_text("There are 8 already")
    minds.get_by_role("textbox").fill("a")  # takes the place of the one of this name
    minds.get_by_role("textbox").press("Enter")
    assert minds.locator("li span").all_inner_texts() == [*"bcdefgh", "a"] or minds.locator("li").count() == 8


def test_minds_are_saved_as_one_and_opened_from_several_files(lab: Page, tmp_path: Path) -> None:
    minds = part(lab, "Several minds")
    minds.get_by_role("combobox").select_option(label="model in force")
    own = saved(lab, "Save what was tried", tmp_path / "board.json")
    minds.get_by_role("button", name="Remove model in force").click()
    lab.locator(".lab-weights input[type=range]").first.press("Shift+ArrowRight")
    other = saved(lab, "Save what was tried", tmp_path / "sales.json")
    foreign = tmp_path / "notes.json"
    foreign.write_text("{}", "utf-8")
    minds.locator("input[type=file]").set_input_files([own, other, foreign])
    expect(minds.get_by_role("alert")).to_contain_text("Not a file of weights tried on these KPIs: notes.json")
    assert minds.locator("li span").all_inner_texts() == ["model in force", "sales"]
    together = saved(lab, "Save what was tried", tmp_path / "all.json")
    assert [mind["name"] for mind in json.loads(together.read_text("utf-8"))["minds"]] == ["model in force", "sales"]
    lab.reload()
    lab.locator(".lab-tried input[type=file]").set_input_files(together)
    assert minds.locator("li span").all_inner_texts() == ["model in force", "sales"]


def test_judgements_become_weights_and_a_file_that_python_reads(
    lab: Page, demo: Company, tried: Experiment, tmp_path: Path
) -> None:
    judgements = part(lab, "Weights from pairwise judgements")
    judgements.get_by_text("Judge KPIs in pairs").click()
    expect(judgements).to_contain_text("Consistency ratio: 0.00")
    for choice, said in zip(judgements.get_by_role("combobox").all(), (9, 2, 3), strict=True):
        choice.select_option(str(SCALE.index(said)))
    expect(judgements).to_contain_text("Reconsider “Revenue")
    path = saved(lab, "Save judgements", tmp_path / "judgements.yml")
    found = weight_origins(demo, tried, [path])
    assert found.pairs is not None
    expect(judgements).to_contain_text(f"Consistency ratio: {found.pairs.ratio:.2f}")
    expected = [f"{share:.1%}" for share in found.weights["pairs"]]
    assert [row[1] for row in cells(judgements.get_by_role("table")).values()] == expected
    judgements.get_by_role("button", name="Try it").click()
    assert lab.locator(".lab-weights output").all_inner_texts()[-1] == expected[-1]
    assert [row[0] for row in cells(judgements.get_by_role("table")).values()] == expected
    assert lab.locator(".lab-tried li").last.inner_text() == "Weights from pairwise judgements"
    expect(lab.locator(".lab-effects")).to_contain_text(f"order in force: {found.effects.loc['pairs', 'tau']:.2f}")


def test_judgements_keep_locks_and_bounds_and_say_so(lab: Page) -> None:
    first = lab.locator(".lab-weights output").first.inner_text()
    lab.locator(".lab-lock").first.click()
    judgements = part(lab, "Weights from pairwise judgements")
    judgements.get_by_text("Judge KPIs in pairs").click()
    judgements.get_by_role("button", name="Try it").click()
    assert lab.locator(".lab-weights output").first.inner_text() == first
    expect(lab.locator(".lab-weights").get_by_role("alert")).to_contain_text("Locks and bounds keep some")


def test_what_the_order_rests_on_is_told_as_in_python(lab: Page, demo: Company, tried: Experiment) -> None:
    evidence = part(lab, "What the order rests on")
    together, periods = evidence.get_by_role("table").all()
    expected = decides(tried.card).correlations.to_numpy()
    rows = list(cells(together).values())
    assert [rows[1][0], *rows[2][:2]] == [
        f"{value:.2f}".replace("-", "−") for value in (expected[1, 0], *expected[2, :2])
    ]
    found = order_by_period(scores_by_period(demo, tried.model))
    told = [[f"{row['people']:.0f}", f"{row['tau']:.2f}", f"{row['tau_mean']:.2f}"] for _, row in found.iterrows()]
    assert list(cells(periods).values()) == told
    expect(evidence).to_contain_text("Periods: worked out for the model in force when this page was made.")


def test_a_kernel_is_asked_for_the_periods_of_the_weights_shown_when_a_move_is_over(
    code: Page, data: Data, demo: Company, tried: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    code.evaluate("document.body.append(document.createElement('main'))")
    other = periods_data(demo.voice, demo, reweighted(tried.model, {"satisfaction": 0.4}), tried.rows.index)
    code.evaluate(
        """([answer, data]) => showLab(document.querySelector("main"), data, {
          ask: async (question) => { window.asked = question; return { periods: answer }; } })""",
        [other, data],
    )
    assert code.evaluate("window.asked") is None
    code.locator(".lab-weights input[type=range]").first.press("ArrowRight")
    expect(part(code, "What the order rests on")).to_contain_text("Periods: worked out for the weights shown.")
    question = code.evaluate("window.asked")
    sent: list[Any] = []
    widget = WeightsLab(data, demo, tried)
    monkeypatch.setattr(widget, "send", sent.append)
    widget._answer(widget, {"id": "1", **question})
    assert question["about"] == "periods" and [row["period"] for row in sent[0]["periods"]] == [
        row["period"] for row in other
    ]


@pytest.mark.parametrize("width", [768, 1280])
def test_nothing_keeps_anybody_from_using_these_parts(lab: Page, width: int) -> None:
    lab.set_viewport_size({"width": width, "height": 900})
    minds = part(lab, "Several minds")
    for place in (1, 2):
        minds.get_by_role("combobox").select_option(index=place)
    lab.get_by_text("Judge KPIs in pairs").click()
    assert Axe().run(lab).response["violations"] == []
    assert lab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
