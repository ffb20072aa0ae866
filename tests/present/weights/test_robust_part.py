"""The lab's part on how robust the order is: in a file worked out beforehand, in a widget what a kernel answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from salesperf.company import Company
from salesperf.people.weights.experiment import Experiment, experiment
from salesperf.people.weights.sensitivity import decides
from salesperf.present.weights import widget
from salesperf.present.weights.lab_data import lab_data, robust_data
from salesperf.present.weights.lab_page import lab_page, script, style
from salesperf.present.weights.widget import WeightsLab
from salesperf.scoring.reweighting import reweighted

Data = dict[str, Any]
# Shows the lab with a kernel that answers, fails or is silent, as its first argument says.
SHOWN = """([answer, data]) => {
  const host = {
    changed: () => {},
    ask: async (question) => {
      if (question.about !== "robustness") return { error: true };
      window.asked = question;
      if (answer === "dead") throw new Error("the connection is lost");
      return answer;
    },
  };
  showLab(document.querySelector("main"), data, host);
}"""


@pytest.fixture(scope="module")
def tried(demo: Company) -> Experiment:
    return experiment(demo)


@pytest.fixture(scope="module")
def data(demo: Company, tried: Experiment) -> Data:
    return {**lab_data(demo.voice, demo, tried, robust=True), "inputs": "0"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    shown = browser.new_page(viewport={"width": 1280, "height": 900})
    shown.set_content("<main></main>")
    shown.add_style_tag(content=style())
    shown.add_script_tag(content=script())
    yield shown
    shown.close()


def part(page: Page) -> Any:
    return page.get_by_role("region", name="How robust is the order?")


def test_the_file_says_what_was_worked_out_when_it_was_written(
    browser: Browser, data: Data, demo: Company, tmp_path: Path
) -> None:
    path = tmp_path / "weights.html"
    path.write_text(lab_page(data), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    expect(part(page)).to_contain_text("Worked out for the model in force when this page was made.")
    assert part(page).get_by_role("button").count() == 0
    for allowed, found in ((one, demo.robustness(one)) for one in ("ordered", "near", "any")):
        part(page).get_by_role("combobox").select_option(allowed)
        people = found.people[found.people["kept"].notna()]
        expect(part(page)).to_contain_text(f"Of {len(people)} with a grade, {found.keeping(0.9)} have the same one")
    least = demo.robustness("any").people.sort_values("kept").iloc[0]
    expect(part(page).locator("tbody tr").first).to_contain_text(f"{least['kept']:.0%}")
    page.get_by_label("Region").select_option("South")
    names = set(found.people.loc[found.people["region"] == "South", "rep"])
    shown = part(page).locator("tbody th").all_text_contents()
    assert shown and set(shown) <= names
    page.get_by_label("Hide names").check()
    assert all(name.startswith("P-") for name in part(page).locator("tbody th").all_text_contents())
    page.close()


def test_a_kernel_is_asked_for_the_weights_shown_and_its_answer_is_shown(
    page: Page, data: Data, tried: Experiment
) -> None:
    other = robust_data(tried, reweighted(tried.model, {"satisfaction": 0.4}), "near", tried.rows.index)
    page.evaluate(SHOWN, [{"robust": other}, data])
    part(page).get_by_role("combobox").select_option("near")
    part(page).get_by_role("button").click()
    expect(part(page)).to_contain_text("Worked out for the weights shown.")
    assert page.evaluate("window.asked.allowed") == "near"
    assert "perspectives:" in page.evaluate("window.asked.model")
    sure = sum(share is not None and share >= 0.9 for share in other["kept"])
    expect(part(page)).to_contain_text(f" {sure} have the same one")
    page.locator(".lab-weights input[type=range]").first.press("ArrowRight")
    expect(part(page)).to_contain_text("Worked out for the weights that were shown when it was asked for.")


def test_where_nothing_was_worked_out_beforehand_it_is_on_the_button(page: Page, data: Data, tried: Experiment) -> None:
    page.evaluate(SHOWN, [{"robust": data["robust"]["ordered"]}, {**data, "robust": None}])
    assert part(page).locator("table, p:not(.lab-message)").count() == 0
    part(page).get_by_role("button").click()
    expect(part(page)).to_contain_text("Worked out for the weights shown.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [("dead", "No answer: the kernel behind this page has stopped"), ({"error": True}, "cannot be worked out")],
)
def test_a_kernel_that_is_dead_or_refuses_is_said_and_nothing_is_lost(
    page: Page, data: Data, answer: object, said: str
) -> None:
    page.evaluate(SHOWN, [answer, data])
    page.locator(".lab-weights input[type=range]").first.press("ArrowRight")
    part(page).get_by_role("button").click()
    expect(part(page).get_by_role("alert")).to_contain_text(said)
    expect(part(page)).to_contain_text("Worked out for the model in force when this page was made.")
    assert page.locator(".lab-tried li").count() == 2
    expect(part(page).get_by_role("button")).to_be_enabled()


def test_a_kernel_that_is_silent_is_said_after_a_while(page: Page, data: Data) -> None:
    page.clock.install()
    page.evaluate(SHOWN.replace("return answer;", "return new Promise(() => {});"), [None, data])
    part(page).get_by_role("button").click()
    expect(part(page).get_by_role("alert")).to_contain_text("Working")
    page.clock.fast_forward(16_000)
    expect(part(page).get_by_role("alert")).to_contain_text("No answer")


def test_the_widget_answers_for_the_model_that_it_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, data: Data, demo: Company, tried: Experiment
) -> None:
    sent: list[Any] = []
    lab = WeightsLab(data, demo, tried)
    monkeypatch.setattr(lab, "send", sent.append)
    model = reweighted(tried.model, {"satisfaction": 0.4})
    text = widget.yaml.safe_dump(model.model_dump(mode="json", exclude_unset=True))
    lab._answer(lab, {"id": "7", "about": "robustness", "allowed": "near", "model": text}, [])
    assert sent == [{"id": "7", "robust": robust_data(tried, model, "near", tried.rows.index)}]


@pytest.mark.parametrize(
    ("allowed", "text"),
    [("some", None), ("near", "perspectives: 3"), ("near", "{"), ("near", "!!python/object/apply:os.getcwd []")],
)
def test_a_question_that_is_none_gets_an_error_and_no_more(
    monkeypatch: pytest.MonkeyPatch, data: Data, demo: Company, tried: Experiment, allowed: str, text: str | None
) -> None:
    sent: list[Any] = []
    lab = WeightsLab(data, demo, tried)
    monkeypatch.setattr(lab, "send", sent.append)
    model = widget.yaml.safe_dump(tried.model.model_dump(mode="json", exclude_unset=True))
    lab._answer(lab, {"id": "7", "about": "robustness", "allowed": allowed, "model": model if text is None else text})
    assert sent == [{"id": "7", "error": True}]
    lab._answer(lab, {"id": 7})
    lab._answer(lab, "what?")
    assert len(sent) == 1


def test_a_kpi_that_the_lab_does_not_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, data: Data, demo: Company, tried: Experiment
) -> None:
    sent: list[Any] = []
    lab = WeightsLab(data, demo, tried)
    monkeypatch.setattr(lab, "send", sent.append)
    text = widget.yaml.safe_dump(tried.model.model_dump(mode="json", exclude_unset=True)).replace(
        "satisfaction", "calls"
    )
    lab._answer(lab, {"id": "7", "about": "robustness", "allowed": "near", "model": text})
    assert sent == [{"id": "7", "error": True}]


def test_what_decides_is_the_same_in_the_lab_as_in_python(page: Page, data: Data, tried: Experiment) -> None:
    there = page.evaluate(
        """(data) => {
          const model = copyOfModel(data.model), points = pointsByKpi(data, model);
          return decidedShares(model, points, outcome(data, model, points).scores);
        }""",
        data,
    )
    assert there == pytest.approx(decides(tried.card).kpis["effective"].to_dict(), abs=1e-9)
