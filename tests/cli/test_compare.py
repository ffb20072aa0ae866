"""`salesperf compare` and `salesperf weights`: what they print and write, and that bad input costs nothing."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesperf.params import Client

Call = Callable[..., tuple[int, str, str]]
RowsOf = Callable[[str], list[dict[str, str]]]
Refused = Callable[..., None]

ROOT = Path(__file__).parents[2]

REPS = "rep_id,rep,region,team\nr1,Ann,East,One\nr2,=Bo,East,One\nr3,Cy,West,Two\nr4,</script>Di,West,Two\n"
ORDERS = "order_id,rep_id,account_id,date,amount\n" + "".join(
    f"{number},{rep},{account},{day},{amount}\n"
    for number, (rep, account, day, amount) in enumerate(
        [
            ("r1", "a", "2025-10-10", 100), ("r2", "b", "2025-10-12", 80), ("r3", "c", "2025-12-30", 110),
            ("r4", "c", "2025-12-31", 30), ("r4", "d", "2025-12-31", 30), ("r4", "e", "2025-12-31", 30),
            ("r1", "a", "2025-07-10", 100),
        ]
    )
)  # fmt: skip
PERSPECTIVES = """
  perspectives:
    - name: sold
      weight: SOLD
      kpis: [{kpi: revenue, weight: 1, anchors: {threshold: 60, target: 100, excellent: 120}}]
    - name: bought
      weight: BOUGHT
      kpis: [{kpi: customers, weight: 1, anchors: {threshold: 0.6, target: 1, excellent: 3}}]
"""
CLIENT = "client: Small\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\nmodel:"


def perspectives(sold: float) -> str:
    return PERSPECTIVES.replace("SOLD", str(sold)).replace("BOUGHT", str(round(1 - sold, 1)))


@pytest.fixture
def client(client_file: Callable[[str, str, str], Path]) -> Path:
    """A client file whose model counts revenue 0.6 and customers 0.4; beside it other.yml with 0.2 and 0.8."""
    path = client_file(CLIENT + perspectives(0.6), REPS, ORDERS)
    path.with_name("other.yml").write_text(CLIENT.replace("Small", "Other") + perspectives(0.2), "utf-8")
    return path


def test_programs_get_every_person_with_both_scores(call: Call, rows: RowsOf, client: Path) -> None:
    code, out, err = call("compare", client, client.with_name("other.yml"), "--format", "csv", "--no-cache")
    assert (code, err) == (0, "")
    found = {row["rep_id"]: row for row in rows(out)}
    # Bo: 80 of 60 → 0 … 100 → 100 points gives 80 (threshold 60 points), one customer 100.
    values = {rep: [row[name] for name in ("score", "rank", "other_score", "other_rank")] for rep, row in found.items()}
    assert values == {
        "r1": ["100", "3", "100", "3"],
        "r2": ["88", "4", "96", "4"],
        "r3": ["106", "1", "102", "2"],
        "r4": ["102", "2", "114", "1"],
    }
    assert found["r2"]["rep"] == "'=Bo"  # no live formula
    code, out, _ = call("compare", client, client.with_name("other.yml"), "--format", "json", "--no-cache")
    assert [row["rep_id"] for row in json.loads(out)] == ["r1", "r2", "r4", "r3"]
    assert json.loads(out)[0]["payout"] is None


def test_a_terminal_gets_who_moves_and_standard_error_what_it_comes_to(call: Call, client: Path) -> None:
    code, out, err = call("compare", client, client.with_name("other.yml"), "--no-cache")
    assert code == 0
    assert "Di" in out and "Cy" in out and "Ann" not in out
    assert "difference" not in out  # no plan pays by grade
    assert "Of 4 people with a grade 1 gets another one: 1 a better, 0 a worse." in err
    assert "Kendall's τ between the two orders is 0.67" in err


def test_of_one_region_only_its_people_are_told_of(call: Call, client: Path) -> None:
    code, out, err = call("compare", client, client.with_name("other.yml"), "--region", "East", "--no-cache")
    assert (code, out) == (0, "")  # nobody moves there
    assert "Of 2 people with a grade nobody gets another one." in err


def test_a_preset_and_the_client_file_itself_are_models_to_compare_with(call: Call, client: Path) -> None:
    code, out, err = call("compare", client, client, "--no-cache")
    assert (code, out) == (0, "")
    assert "nobody gets another one" in err and "is 1.00" in err
    assert call("compare", client, "core_three", "--no-cache")[0] == 0


def test_what_cannot_be_compared_is_refused_in_one_line(call: Call, refused: Refused, client: Path) -> None:
    refused(call("compare", client, "core_tree"), 2, "'core_tree' is not a preset", "did you mean 'core_three'?")
    refused(call("compare", client, client.with_name("none.yml")), 2, "none.yml")
    refused(call("compare", client, client, "--region", "Eats"), 2, "'Eats'", "did you mean 'East'?")
    refused(call("compare", client, client, "--period", "2025Q3:2025Q4"), 2, "period: expected one, got 2025Q3, 2025Q4")


def test_the_weights_page_holds_only_the_people_asked_for(call: Call, client: Path, tmp_path: Path) -> None:
    page = tmp_path / "weights.html"
    assert call("weights", client, "--out", page, "--no-cache") == (0, "", f"{page}\n")
    text = page.read_text("utf-8")
    assert all(name in text for name in ("Ann", "=Bo", "Cy", "r1"))
    assert "</script>Di" not in text
    assert call("weights", client, "--out", page, "--region", "East", "--no-cache")[0] == 0
    text = page.read_text("utf-8")
    assert "Ann" in text and "Cy" not in text
    assert call("weights", client, "--out", page, "--pseudonyms", "--no-cache")[0] == 0
    text = page.read_text("utf-8")
    assert not any(name in text for name in ("Ann", "=Bo", "Cy", '"r1"'))


def test_a_place_where_no_page_can_be_written_is_refused_and_nothing_is_left(
    call: Call, refused: Refused, client: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    for place in (".", tmp_path, tmp_path / "none" / "weights.html", client / "weights.html"):
        refused(call("weights", client, "--out", place), 2, "expected a place to write a file")
    refused(call("weights", client, "--out", tmp_path / "w.html", "--region", "Eats"), 2, "did you mean 'East'?")
    assert sorted(tmp_path.iterdir()) == before


def test_the_same_comparison_is_a_page_of_a_region_alone(call: Call, refused: Refused, client: Path) -> None:
    other, out = client.with_name("other.yml"), client.with_name("compared.html")
    code, _, err = call("compare", client, other, "--region", "West", "--out", out)
    assert (code, err.splitlines()[-1]) == (0, str(out))
    page = out.read_text("utf-8")
    assert "Two models compared, 2025Q4: West" in page
    assert "&lt;/script&gt;Di" in page and "114.0" in page and "</script>Di" not in page
    assert not any(word in page for word in ("Ann", "=Bo", "index.html"))
    out.unlink()
    out.mkdir()
    code, _, err = call("compare", client, other, "--out", out)
    assert code == 2 and "expected a place to write a file" in err.splitlines()[-1]


@pytest.fixture
def page(call: Call, client: Path) -> Path:
    """A page of East's weights, in a folder below its client file's."""
    folder = client.parent / "sent"
    folder.mkdir()
    assert call("weights", client, "--out", folder / "w.html", "--region", "East", "--period", "2025Q3")[0] == 0
    return folder / "w.html"


def test_a_page_that_is_what_its_inputs_give_is_verified(call: Call, client: Path, page: Path, tmp_path: Path) -> None:
    assert call("verify", page) == (0, "w.html is what its inputs give\n", "")
    assert "salesperf weights" in page.read_text("utf-8") and "--region East" in page.read_text("utf-8")
    moved = tmp_path / "elsewhere.html"
    page.rename(moved)
    code, out, _ = call("verify", moved, "--params", client, "--format", "json")
    assert (code, json.loads(out)) == (0, {"file": str(moved), "same": True, "changed": []})


def test_an_altered_page_is_told_and_so_are_inputs_that_changed(call: Call, client: Path, page: Path) -> None:
    written = page.read_text("utf-8")
    page.write_text(written.replace('"Ann"', '"Amy"'), "utf-8")
    code, out, err = call("verify", page)
    assert code == 4
    assert out.startswith("w.html: altered, or made by another version: there ") and "Amy" in out and "Ann" in out
    assert err.count("\n") == 1 and "expected what its inputs give" in err
    page.write_text(written, "utf-8")
    orders = client.with_name("orders.csv")
    orders.write_text(ORDERS.replace("2025-07-10,100", "2025-07-10,101"), "utf-8")
    client.write_text(client.read_text("utf-8").replace("threshold: 60", "threshold: 61"), "utf-8")
    code, out, _ = call("verify", page, "--format", "json")
    assert (code, json.loads(out)["changed"]) == (4, ["small.yml", "orders.csv"])


def test_what_is_no_page_of_weights_is_refused(call: Call, refused: Refused, client: Path, page: Path) -> None:
    refused(call("verify", client), 2, "small.yml", "expected a folder of published reports or a page")
    client.rename(client.with_name("else.yml"))
    refused(call("verify", page), 2, "expected its client file 'small.yml' there or in a folder above")
    text = page.read_text("utf-8")
    for broken in (
        text.replace('"made_from":{', '"made_from":[', 1),
        text.replace('"period":"2025Q3"', '"period":3'),
        "",
    ):
        page.write_text(broken, "utf-8")
        refused(call("verify", page), 2, "w.html: expected a folder")
    page.write_bytes(b"\xff\xfe")
    refused(call("verify", page), 2, "w.html: expected a folder")


def test_a_page_cannot_make_a_file_of_its_choice_be_read(
    call: Call, refused: Refused, page: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "other" / "secret.yml"
    secret.parent.mkdir()
    secret.write_text("client: Secret\n", "utf-8")
    text = page.read_text("utf-8")
    for name in (str(secret), "../other/secret.yml"):
        page.write_text(text.replace('"client_file":"small.yml"', f'"client_file":"{name}"'), "utf-8")
        refused(call("verify", page), 2, "expected its client file 'secret.yml' there or in a folder above")


def test_the_commands_of_an_analysts_afternoon_run_as_they_stand_in_the_docs(
    call: Call, demo_client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(demo_client.folder, tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "weights.md").read_text("utf-8")
    commands = re.findall(r"^    salesperf (.+)$", page, re.MULTILINE)
    assert len(commands) >= 4
    model: Any = {
        "perspectives": [{"name": "results", "weight": 1, "kpis": [{"kpi": "revenue_attainment", "weight": 1}]}]
    }
    model["perspectives"][0]["kpis"][0]["anchors"] = {"threshold": 0.6, "target": 1, "excellent": 1.2}
    (tmp_path / "model.yml").write_text(json.dumps(model), "utf-8")  # as it is saved from the lab
    for command in commands:
        code, _, err = call(*shlex.split(command), *(["--yes"] if command.startswith("adopt") else []))
        assert code == 0, (command, err)
