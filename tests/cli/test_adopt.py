"""`salesperf adopt`: the diff comes first, nothing is written without a yes, and all else reads what is written."""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from salesperf.company import Company, opened
from salesperf.params import Client
from salesperf.people.incentives.payouts import Payouts

Call = Callable[..., tuple[int, str, str]]

REPS = "rep_id,rep,region\na,Ann,East\nb,Bo,West\n"
ORDERS = "order_id,rep_id,account_id,date,amount\n" + "".join(
    f"{number},{rep},x{rep},{day},{amount}\n"
    for number, (rep, day, amount) in enumerate(
        [("a", "2025-07-15", 100), ("b", "2025-09-30", 60), ("a", "2025-10-01", 120), ("b", "2025-12-31", 60)]
    )
)
CLIENT = """client: Small
period: 2025Q4  # the last one
source: {reps: reps.csv, orders: orders.csv}
model: ours.yml
incentives: {target_incentive: 1000, bonus: {share: 1}}
"""
OURS = """perspectives:
  - name: sold
    weight: 1
    kpis:
      - {kpi: revenue, weight: 1, anchors: {threshold: 60, target: 100, excellent: 120}}
"""
TRIED = "# Weights tried on Small, 2025Q4.\n" + OURS.replace("threshold: 60", "threshold: 70")
WORDS = ("--reason", "Sixty is too few", "--author", "Lin Wei", "--date", "2025-12-20", "--no-cache")
PERIODS = ("2025Q3", "2025Q4")
DIFF = """-      - {kpi: revenue, weight: 1, anchors: {threshold: 60, target: 100, excellent: 120}}
+      - {kpi: revenue, weight: 1, anchors: {threshold: 70, target: 100, excellent: 120}}
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def client(client_file: Callable[[str, str, str], Path]) -> Path:
    """A client file with its model in ours.yml, and beside them tried.yml, as the lab saves one."""
    path = client_file(CLIENT, REPS, ORDERS)
    path.with_name("ours.yml").write_text(OURS, "utf-8")
    path.with_name("tried.yml").write_text(TRIED, "utf-8")
    return path


@pytest.mark.parametrize(
    ("answer", "code", "said", "is_written"),
    [
        ("y\n", 0, "ours.yml", True),
        ("n\n", 0, "nothing was written", False),
        ("\n", 0, "nothing was written", False),
        ("", 1, "Aborted", False),
        (None, 2, "adopt: expected an answer at a terminal, got none; nothing was written, add --yes", False),
    ],
)
def test_without_a_yes_nothing_is_written(
    call: Call,
    client: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str | None,
    code: int,
    said: str,
    is_written: bool,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO() if answer is None else Terminal(answer))
    ended, out, err = call("adopt", client, client.with_name("tried.yml"), *WORDS)
    assert ended == code and said in err
    assert (
        out.rstrip(" ").endswith(DIFF)
        and "+  author: Lin Wei\n" in out
        and "+    - 'Weights tried on Small, 2025Q4.'\n" in out
    )
    assert (client.with_name("ours.yml").read_text("utf-8") != OURS) is is_written
    assert ("write? [y/N]" in err) is (answer is not None)


def test_with_yes_it_is_written_and_again_there_is_nothing_to_do(call: Call, client: Path) -> None:
    code, _, err = call("adopt", client, "tried.yml", *WORDS, "--yes")
    assert (code, err) == (0, f"{client.with_name('ours.yml')}\n")
    assert call("adopt", client, "tried.yml", *WORDS, "--yes") == (
        0, "", f"{client}: this model is in force; nothing was written\n",
    )  # fmt: skip
    assert client.read_text("utf-8") == CLIENT


def test_the_page_of_weights_names_nobody_who_decided(call: Call, client: Path, tmp_path: Path) -> None:
    assert call("adopt", client, "tried.yml", *WORDS, "--yes")[0] == 0
    assert call("weights", client, "--out", tmp_path / "w.html", "--no-cache")[0] == 0
    page = (tmp_path / "w.html").read_text("utf-8")
    assert '"threshold":70' in page and "Lin Wei" not in page and "too few" not in page


@pytest.mark.parametrize("missing", ["--reason", "--author", "--date"])
def test_reason_author_and_date_are_asked_for(call: Call, client: Path, missing: str) -> None:
    place = WORDS.index(missing)
    code, _, err = call("adopt", client, "tried.yml", *WORDS[:place], *WORDS[place + 2 :])
    assert code == 2 and missing in err


def told(company: Company) -> list[pd.DataFrame]:
    """The scores and payouts of a company in its period."""
    paid = company.payouts()
    assert isinstance(paid, Payouts)
    return [company.scorecard().summary, paid.people]


def test_periods_before_the_new_model_keep_scores_and_payouts(call: Call, client: Path) -> None:
    before = told(opened(client, "2025Q3"))
    old = opened(client, "2025Q4").payouts()
    assert call("adopt", client, "tried.yml", *WORDS, "--from", "2025Q4", "--yes")[0] == 0
    for was, now in zip(before, told(opened(client, "2025Q3")), strict=True):
        pd.testing.assert_frame_equal(was, now)
    # Bo sold 60: 60 points by the old anchors, 100 − 40 × 40 / 30 = 46.7 by the new ones, a D without a bonus.
    summary = opened(client, "2025Q4").scorecard().summary
    assert summary["score"].round(1).tolist() == [120, 46.7]
    paid, half = opened(client, "2025Q4").payouts(), opened(client, "2025H2").payouts()
    assert isinstance(old, Payouts) and isinstance(paid, Payouts) and isinstance(half, Payouts)
    assert old.people["payout"].tolist() == [1500, 700]
    assert paid.people["payout"].tolist() == [1500, 0]
    assert half.people["payout"].tolist() == [1200 + 1500, 700 + 0]  # each quarter by the model of its own


def test_reports_have_the_model_of_their_period_and_stay_verified_when_a_later_one_is_adopted(
    call: Call, rows: Callable[[str], list[dict[str, str]]], client: Path, tmp_path: Path
) -> None:
    assert call("adopt", client, "tried.yml", *WORDS, "--from", "2025Q4", "--yes")[0] == 0
    scored = {period: call("score", client, "--by", "rep", "--period", period, "--format", "csv") for period in PERIODS}
    assert [rows(out)[1]["score"] for _, out, _ in scored.values()] == ["60", "46.7"]
    paid = {period: call("payout", client, "--period", period, "--format", "csv") for period in PERIODS}
    assert [float(rows(out)[1]["payout"]) for _, out, _ in paid.values()] == [700, 0]
    assert call("run", client, "--only", "West", "--out", tmp_path / "out", "--workers", 1)[0] == 0
    published = tmp_path / "out" / "small" / "2025Q4"
    page = (published / "West.html").read_text("utf-8")
    assert '<td class="sp-number">46.7</td>' in page and '<td class="sp-number">60.0</td>' not in page
    assert call("adopt", client, "ours.yml", *WORDS, "--from", "2026Q1", "--yes")[0] == 0
    code, out, _ = call("verify", published, "--params", client, "--only", "West")
    assert code == 0 and out.startswith("1 report is what the manifest says; the same bytes, though made from another")


def test_a_model_that_is_not_accepted_leaves_all_as_it_is(call: Call, client: Path) -> None:
    tried = client.with_name("tried.yml")
    tried.write_text(TRIED.replace("weight: 1\n", "weight: 0.9\n"), "utf-8")
    files = {path: path.read_bytes() for path in client.parent.iterdir()}
    code, out, err = call("adopt", client, tried, *WORDS, "--yes")
    assert (code, out) == (2, "") and "expected weights that sum to 1" in err and err.count("\n") == 1
    assert {path: path.read_bytes() for path in client.parent.iterdir()} == files


def test_the_demo_company_is_scored_by_the_file_that_was_written(
    call: Call, rows: Callable[[str], list[dict[str, str]]], two_regions_client: Client, tmp_path: Path
) -> None:
    folder = shutil.copytree(two_regions_client.folder, tmp_path / "params")
    words = [word for word in WORDS if word != "--no-cache"]
    out = folder / "proposed.yml"
    assert call("adopt", folder / "demo.yml", "balanced_scorecard", *words, "--out", out, "--yes")[0] == 0
    assert (folder / "demo.yml").read_text("utf-8") == two_regions_client.path.read_text("utf-8")
    compared = call("compare", folder / "demo.yml", out, "--format", "csv")
    scored = call("score", out, "--by", "rep", "--format", "csv")
    assert compared[0] == scored[0] == 0
    wished = {(row["region"], row["rep"]): row["other_score"] for row in rows(compared[1]) if row["other_score"]}
    found = {(row["region"], row["rep"]): row["score"] for row in rows(scored[1]) if row["score"]}
    assert len(found) > 20 and found.keys() == wished.keys()
    assert [float(found[rep]) for rep in wished] == pytest.approx([*map(float, wished.values())], abs=0.0501)
