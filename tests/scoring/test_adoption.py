"""Another model put in force: which lines of which files change, and what is refused; nothing is half-written."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from salesperf.company import Company, opened
from salesperf.errors import RequestError
from salesperf.scoring.adoption import Adoption, remarks_at
from salesperf.scoring.model import Model, model_at, read_model, read_models
from salesperf.scoring.reweighting import reweighted

REPS = "rep_id,rep,region\na,Ann,East\nb,Bo,East\n"
ORDERS = "order_id,rep_id,account_id,date,amount\n1,a,x,2025-07-15,100\n2,b,x,2025-09-30,20\n3,a,x,2025-12-31,300\n"
HEAD = "client:   Nord 公司   # ours\nperiod: 2025Q4\nsource: { reps: reps.csv,  orders: orders.csv }\n"
OURS = """\
# 我们的模型
perspectives:
- name: "业绩"          # counts most
  weight: 0.60
  kpis:
    - {kpi: revenue,  weight: 1, anchors: {threshold: 100, target: 200, excellent: 300}}
- name: breadth
  weight: 0.40
  kpis:
    # Whom they sell to.
    - kpi: customers
      weight: 1
      between: [0.1, 0.5]
      anchors: {threshold: 1, target: 2, excellent: 3}
grades:
  - {grade: "1", at_least: 100, coefficient: 1.2}
  - {grade: "2", at_least: 0, coefficient: 1}
"""
INLINE = "model:\n" + "".join(f"  {line}" for line in OURS.splitlines(True))
WORDS = {"reason": "Breadth: it counts", "author": "林薇", "date": "2025-12-20"}
ADOPTED = ["+adopted:", "+  reason: 'Breadth: it counts'", "+  author: 林薇", "+  date: 2025-12-20"]
WEIGHTS = ["-  weight: 0.60", "+  weight: 0.55", "-  weight: 0.40", "+  weight: 0.45"]


def company_in(folder: Path, model: str, *, ends: str = "\n", **files: str) -> Company:
    """A company whose client file ends with ``model``; ``files``: the text of each YAML file beside it."""
    for name, text in {"reps.csv": REPS, "orders.csv": ORDERS, "nord.yml": HEAD + model}.items():
        (folder / name).write_text(text, "utf-8", newline=ends if name.endswith("yml") else "")
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, "utf-8", newline=ends)
    return opened(folder / "nord.yml")


def moved(company: Company, share: float = 0.45) -> Model:
    """The company's model with another weight of its second perspective."""
    return Model.model_validate(
        company.model.model_dump(by_alias=True, exclude={"starts", "adopted"}, exclude_unset=True)
        | {"perspectives": [
            one.model_dump(exclude_unset=True) | {"weight": weight}
            for one, weight in zip(company.model.perspectives, (round(1 - share, 9), share), strict=True)
        ]}
    )  # fmt: skip


def signs(diff: str) -> list[str]:
    """The lines of a diff that are new or gone."""
    return [line for line in diff.splitlines() if line[:1] in "+-" and line[:4] not in ("+++ ", "--- ")]


def test_a_model_file_changes_in_the_lines_of_its_weights_alone(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    adoption = company.adoption(moved(company), **WORDS)
    assert [change.path for change in adoption.changes] == [tmp_path / "ours.yml"]
    assert signs(adoption.diff) == [*ADOPTED, *WEIGHTS]
    assert (tmp_path / "ours.yml").read_text("utf-8") == OURS
    adoption.write()
    assert (
        read_back(tmp_path) == adoption.model == moved(company).model_copy(update={"adopted": adoption.model.adopted})
    )


def read_back(folder: Path, name: str = "nord.yml", period: str = "2025Q4") -> Model:
    company = opened(folder / name, period)
    return company.model


def test_a_model_in_the_client_file_changes_where_it_stands(tmp_path: Path) -> None:
    company = company_in(tmp_path, INLINE + "language: zh\n")
    adoption = company.adoption(moved(company), **WORDS)
    assert signs(adoption.diff) == [line[0] + "  " + line[1:] for line in [*ADOPTED, *WEIGHTS]]
    adoption.write()
    assert read_back(tmp_path) == adoption.model
    assert (tmp_path / "nord.yml").read_text("utf-8").endswith("coefficient: 1}\nlanguage: zh\n")


@pytest.mark.parametrize("written", ["model: core_three  # a start\n", ""])
def test_in_place_of_a_preset_a_file_is_written_beside_the_client_file(tmp_path: Path, written: str) -> None:
    company = company_in(tmp_path, written)
    ours = tmp_path / "tried.yml"
    ours.write_text("# Weights tried on Nord.\n# 客户 40 %\n" + OURS, "utf-8")
    adoption = company.adoption(ours, **WORDS)
    assert [change.path.name for change in adoption.changes] == ["nord_model.yml", "nord.yml"]
    new = (
        ["-model: core_three  # a start", "+model: nord_model.yml  # a start"]
        if written
        else ["+model: nord_model.yml"]
    )
    assert signs(adoption.changes[1].diff) == new
    assert adoption.changes[0].diff.startswith("--- core_three\n")
    adoption.write()
    assert read_back(tmp_path) == adoption.model
    assert adoption.model.adopted and adoption.model.adopted.remarks == [
        "Weights tried on Nord.",
        "客户 40 %",
        "我们的模型",
    ]
    text = (tmp_path / "nord_model.yml").read_text("utf-8")
    assert text.startswith("# From the preset core_three.\nadopted:\n") and "Copy this file" not in text


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        ("model: ours.yml\n", ["-model: ours.yml", "+model: [ours.yml, nord_model_2026Q1.yml]"]),
        ("model:\n  - ours.yml\n", ["+  - nord_model_2026Q1.yml"]),
        (INLINE, ["+-", "+- nord_model_2026Q1.yml"]),
    ],
)
def test_a_later_model_stands_beside_the_earlier_one_which_stays(
    tmp_path: Path, model: str, changed: list[str]
) -> None:
    company = company_in(tmp_path, model, ours=OURS)
    adoption = company.adoption(moved(company), since="2026Q1", **WORDS)
    assert signs(adoption.changes[1].diff) == changed
    assert signs(adoption.changes[0].diff) == ["+from: 2026Q1", *ADOPTED, *WEIGHTS]
    before = company.model
    adoption.write()
    assert read_back(tmp_path, period="2025Q4") == read_back(tmp_path, period="2025-12") == before
    assert read_back(tmp_path, period="2025") == before
    assert read_back(tmp_path, period="2026Q1") == read_back(tmp_path, period="2026") == adoption.model
    assert model_at(str(tmp_path / "nord.yml"), company.client, company.registry) == adoption.model


def test_the_model_of_a_period_is_changed_in_its_own_file_and_one_of_an_earlier_period_is_refused(
    tmp_path: Path,
) -> None:
    company = company_in(tmp_path, "model: [ours.yml, next.yml]\n", ours=OURS, next=f"from: 2026Q1\n{OURS}")
    later = company.adoption(moved(company), since="2026Q1", **WORDS)
    assert [change.path.name for change in later.changes] == ["next.yml"]
    assert later.model.starts == "2026Q1"
    now = company.adoption(moved(company), **WORDS)
    assert [change.path.name for change in now.changes] == ["ours.yml"]
    assert now.model.starts is None
    with pytest.raises(RequestError, match="from: expected 2026Q1 or later, from when there is a model, got 2025Q4"):
        company.adoption(moved(company), since="2025Q4", **WORDS)


def test_adopted_again_the_words_are_replaced_and_the_old_remarks_are_gone(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    (tmp_path / "tried.yml").write_text("# tried\n" + OURS.replace("0.60", "0.55").replace("0.40", "0.45"), "utf-8")
    company.adoption(tmp_path / "tried.yml", **WORDS).write()
    again = company.adoption(moved(company, 0.3), **{**WORDS, "reason": "Too much"})
    assert signs(again.diff) == [
        "-  reason: 'Breadth: it counts'", "+  reason: Too much", "-  remarks:", "-    - tried", "-    - 我们的模型",
        "-  weight: 0.55", "+  weight: 0.7", "-  weight: 0.45", "+  weight: 0.3",
    ]  # fmt: skip


@pytest.mark.parametrize("model", ["model: ours.yml\n", INLINE, "model: core_three\n"])
def test_with_out_the_present_files_stay_and_new_ones_are_written(tmp_path: Path, model: str) -> None:
    company = company_in(tmp_path, model, ours=OURS)
    wished = OURS.replace("0.60", "0.55").replace("0.40", "0.45")
    (tmp_path / "tried.yml").write_text(wished, "utf-8")
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    adoption = company.adoption(tmp_path / "tried.yml", out=tmp_path / "next.yml", **WORDS)
    adoption.write()
    assert {path: path.read_bytes() for path in files} == files
    new = {path.name for path in tmp_path.iterdir()} - {path.name for path in files}
    assert new == ({"next.yml"} if model == INLINE else {"next.yml", "next_model.yml"})
    assert read_back(tmp_path, "next.yml") == adoption.model


def test_the_same_model_changes_nothing(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    assert company.adoption(company.model, **WORDS).changes == ()
    assert repr(company.adoption("ours.yml", **WORDS)) == "no change: this model is in force"


def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ends="\r\n", ours="\ufeff" + OURS)
    company.adoption(moved(company), **WORDS).write()
    text = (tmp_path / "ours.yml").read_bytes().decode()
    assert text.startswith("\ufeff# 我们的模型\r\nadopted:\r\n") and text.count("\n") == text.count("\r\n")
    company.adoption(moved(company, 0.3), since="2026Q1", **WORDS).write()
    text = (tmp_path / "nord_model_2026Q1.yml").read_bytes().decode()
    assert text.count("\n") == text.count("\r\n") and "  weight: 0.3\r\n" in text


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", real=OURS)
    (tmp_path / "real.yml").chmod(0o640)
    (tmp_path / "ours.yml").symlink_to("real.yml")
    company.adoption(moved(company), **WORDS).write()
    assert (tmp_path / "ours.yml").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.yml").stat().st_mode) == 0o640
    assert "林薇" in (tmp_path / "real.yml").read_text("utf-8")


def broken(company: Company, adoption: Adoption, fault: str) -> None:
    """Brings about what keeps an adoption of two files from being written."""
    client = company.client.path
    match fault:
        case "changed":
            client.write_text(client.read_text("utf-8") + "# more\n", "utf-8")
        case "read-only":
            client.chmod(0o444)
        case "gone":
            client.unlink()
        case "in the way":
            adoption.changes[0].path.write_text("mine", "utf-8")
        case "a folder":
            adoption.changes[0].path.mkdir()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("changed", "nord.yml: expected the text that was read, got another since"),
        ("read-only", "nord.yml: expected a file that may be changed, got a read-only one"),
        ("gone", "nord.yml: expected a readable file, got: No such file"),
        ("in the way", "nord_model.yml: expected no file, got one"),
        ("a folder", "nord_model.yml: expected no file, got one"),
    ],
)
def test_where_one_file_cannot_be_written_none_is(tmp_path: Path, fault: str, said: str) -> None:
    company = company_in(tmp_path, "model: core_three\n", ours=OURS)
    adoption = company.adoption("ours.yml", **WORDS)
    broken(company, adoption, fault)
    files = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(RequestError, match=said):
        adoption.write()
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == files


def test_a_disk_that_is_full_at_the_second_file_takes_the_first_one_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = company_in(tmp_path, "model: core_three\n", ours=OURS)
    adoption = company.adoption("ours.yml", **WORDS)
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    replace = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == "nord.yml":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RequestError, match="No space left"):
        adoption.write()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_a_client_file_that_changed_since_it_was_opened_is_refused(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    (tmp_path / "nord.yml").write_text(HEAD + "model: core_three\n", "utf-8")
    with pytest.raises(RequestError, match=r"nord\.yml: expected the text that was read, got another since; open it"):
        company.adoption(moved(company), **WORDS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"reason": " \n"}, "reason: expected a text, got none"),
        ({"author": ""}, "author: expected a text, got none"),
        ({"date": "20.12.2025"}, "date: expected a day such as 2025-12-31, got '20.12.2025'"),
        ({"since": "soon"}, "period: expected a form such as 2025Q4"),
        ({"out": "/nowhere/next.yml"}, "/nowhere/next.yml: expected a file in "),
    ],
)
def test_words_that_say_nothing_are_refused(tmp_path: Path, words: dict[str, str], said: str) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    with pytest.raises(RequestError, match=said):
        company.adoption(moved(company), **{**WORDS, **words})  # type: ignore[arg-type]


def test_bounds_of_the_model_in_force_stay_and_are_kept(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    without = OURS.replace("      between: [0.1, 0.5]\n", "").replace("0.60", "0.55").replace("0.40", "0.45")
    (tmp_path / "tried.yml").write_text(without, "utf-8")
    adoption = company.adoption(tmp_path / "tried.yml", **WORDS)
    assert signs(adoption.diff) == [*ADOPTED, "+  remarks:", "+    - 我们的模型", *WEIGHTS]
    free = without.replace("0.55", "0.2").replace("0.45", "0.8")
    (tmp_path / "tried.yml").write_text(free, "utf-8")
    with pytest.raises(RequestError, match=r"expected 0\.1 to 0\.5 of the score for 'customers', .*, got 0\.8; change"):
        company.adoption(tmp_path / "tried.yml", **WORDS)


def test_a_model_of_which_too_little_is_measured_is_refused(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS.replace("      between: [0.1, 0.5]\n", ""))
    with pytest.raises(
        RequestError, match=r"model: expected 0\.6 of its weight .* got 0, without 'activities_weekly', "
    ):
        company.adoption("behaviour_driven", **WORDS)


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (
            "[ours.yml, ours.yml]",
            "ours.yml:1: from: expected a period such as 2026Q1, as it is not the first model, got none",
        ),
        ("[next.yml, next.yml]", "next.yml:1: from: expected a period after 2026Q1, .*, got 2026Q1"),
        ("next.yml", "nord.yml:4: model: expected one for 2025Q4, got the first from 2026Q1; name the one before it"),
        ("[wrong.yml]", "wrong.yml:1: from: expected a form such as 2025Q4"),
        ("[]", "nord.yml:4: model: expected"),
        ("[ours.yml, core_four]", "nord.yml:4: model: 'core_four' is not a preset"),
    ],
)
def test_models_that_do_not_follow_each_other_are_refused(tmp_path: Path, models: str, said: str) -> None:
    files = {"ours": OURS, "next": f"from: 2026Q1\n{OURS}", "wrong": f"from: soon\n{OURS}"}
    with pytest.raises(RequestError, match=said):
        _ = company_in(tmp_path, f"model: {models}\n", **files).model


def test_every_model_is_a_file_of_the_client_so_that_a_batch_notices_its_changes(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: [core_three, ours.yml]\n", ours=f"from: 2026Q1\n{OURS}")
    assert [path.name for path in company.client.files()] == ["nord.yml", "ours.yml"]


def test_a_preset_and_a_client_file_have_no_remarks(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    assert remarks_at("core_three", company) == remarks_at("nord.yml", company) == []
    assert remarks_at("ours.yml", company) == ["我们的模型"]


def test_other_weights_of_an_adopted_model_are_nobodys(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: ours.yml\n", ours=OURS)
    company.adoption(moved(company), **WORDS).write()
    adopted = read_back(tmp_path)
    tried = reweighted(adopted, {"customers": 0.3})
    assert adopted.adopted and tried.adopted is None


def test_a_year_as_a_number_is_a_period(tmp_path: Path) -> None:
    company = company_in(tmp_path, "model: [ours.yml, next.yml]\n", ours=OURS, next=f"from: 2026\n{OURS}")
    assert [start and start.label for start, _ in read_models(company.client, company.registry)] == [None, "2026"]
    assert read_model(company.client, company.registry, company.periods("2026Q2")[0]).starts == "2026"


SHARES = st.integers(1, 99).map(lambda share: share / 100)


@pytest.fixture(scope="module")
def of_ours(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return company_in(
        tmp_path_factory.mktemp("ours"), "model: ours.yml\n", ours=OURS.replace("      between: [0.1, 0.5]\n", "")
    )


@settings(max_examples=15)
@given(SHARES, st.lists(st.integers(1, 500), min_size=3, max_size=3, unique=True).map(sorted), st.integers(1, 200))
def test_whatever_is_wished_is_read_back(of_ours: Company, share: float, anchors: list[int], limit: int) -> None:
    content = yaml.safe_load((of_ours.client.folder / "ours.yml").read_text("utf-8"))
    first, second = content["perspectives"]
    first["weight"], second["weight"] = round(1 - share, 2), share
    first["kpis"][0]["anchors"] = dict(zip(("threshold", "target", "excellent"), anchors, strict=True))
    content["grades"][0]["at_least"] = limit
    wished = Model.model_validate(content)
    changes = of_ours.adoption(wished, **WORDS).changes
    if wished == of_ours.model:
        assert not changes
    else:
        again = Model.model_validate(yaml.safe_load(changes[0].after))
        assert again.model_copy(update={"adopted": None}) == wished
        assert len([line for line in signs(changes[0].diff) if line[0] == "-"]) <= 4
