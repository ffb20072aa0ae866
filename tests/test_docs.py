"""The examples in README and docs/ are true."""

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from salesperf.cli import app
from salesperf.data.contracts import CONTRACTS
from salesperf.data.mapping import table_mappings
from salesperf.documents import checked, read_document
from salesperf.measures.kpis import KPIS
from salesperf.params import preset_names, read_client
from salesperf.scoring.model import MODELS, Model, read_model

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLIENT_FILE = (ROOT / "docs" / "client_file.md").read_text(encoding="utf-8")
MODEL_PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
BATCH_PAGE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}


def examples(text: str) -> list[str]:
    """The YAML examples of a page, free of the indentation of a list."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@pytest.mark.parametrize("text", [examples(README)[0], examples(CLIENT_FILE)[0]], ids=["README", "client_file"])
def test_the_client_files_in_the_docs_are_accepted(text: str, tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "client.yml"
    path.write_text(text, encoding="utf-8")
    client = read_client(path)
    table_mappings(client)
    read_model(client, KPIS)


def test_the_model_in_the_docs_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text(examples(MODEL_PAGE)[0], encoding="utf-8")
    path = tmp_path / "client.yml"
    path.write_text(
        "client: X\nperiod: 2025\nmodel: model.yml\nsource: {reps: r.csv, orders: o.csv}\n", encoding="utf-8"
    )
    kpis = [(one.kpi, one.least_cases) for _, one in read_model(read_client(path), KPIS).kpis()]
    assert kpis == [("revenue_attainment", 10), ("cycle_days", 10), ("repeat_rate", 20)]


def test_the_codebook_says_what_the_registry_says() -> None:
    table = README.partition("<!-- codebook -->")[2].partition("<!-- /codebook -->")[0].strip().splitlines()[2:]
    expected = [
        f"| `{one.id}` | {one.name} | {one.definition} | {one.unit} | {one.better} | {', '.join(one.needs)} |"
        for one in KPIS.values()
    ]
    assert table == expected


def test_the_table_of_columns_says_what_the_contracts_say() -> None:
    for table, columns in CONTRACTS.items():
        (row,) = re.findall(rf"^\| `{table}` \| (.*) \|$", CLIENT_FILE, flags=re.MULTILINE)
        words = re.findall(r"[a-z_]+", re.sub(r"\(.*?\)", "", row))
        assert words[: len(columns)] == list(columns)
        assert set(re.findall(r"\*\*(\w+)\*\*", row)) == {name for name, one in columns.items() if one.required}


def options(command: str) -> set[str]:
    """The options of a command."""
    found = get_command(app).commands[command]  # type: ignore[attr-defined]
    return {name for one in found.params for name in one.opts if name.startswith("--")}


def test_every_command_is_in_the_readme_with_options_that_there_are() -> None:
    rows = dict(re.findall(r"^\| `salesperf (\w+) (.*?)` \|", README, flags=re.MULTILINE))
    assert rows.keys() == get_command(app).commands.keys()  # type: ignore[attr-defined]
    for name, words in rows.items():
        assert set(re.findall(r"--[a-z-]+", words)) <= options(name), name


@pytest.mark.parametrize("command", ["run", "verify"])
def test_the_page_of_the_batch_tells_every_option(command: str) -> None:
    page = BATCH_PAGE.partition("## Verifying")[2 if command == "verify" else 0]
    told = re.findall(r"^\| (`--.*?) \|", page, flags=re.MULTILINE)
    assert set(re.findall(r"--[a-z-]+", " ".join(told))) == options(command)


def test_the_page_of_models_names_every_preset_with_its_weights() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\|", MODEL_PAGE, flags=re.MULTILINE)
    assert sorted(name for name, _ in rows) == preset_names(MODELS)
    for name, text in rows:
        model = checked(read_document(MODELS / f"{name}.yml"), Model)
        by_kpi = [round(100 * side.weight * one.weight) for side, one in model.kpis()]
        by_side = [round(100 * side.weight) for side in model.perspectives]
        assert [int(one) for one in re.findall(r"\d+", text)] in (by_kpi, by_side), name


def test_every_model_preset_and_folder_that_the_readme_names_is_there() -> None:
    assert {"core_three", "goal_oriented"} <= set(preset_names(MODELS))
    for name in re.findall(r"^\| `([\w/]+/)` \|", README, flags=re.MULTILINE):
        assert (ROOT / name).is_dir(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for link, place in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", PAGES[page]):
        target = page.parent / link if link else page
        assert target.exists(), link
        if place:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert place in [re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings], place


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_module_and_folder_that_a_page_names_is_there(page: Path) -> None:
    for name in re.findall(r"`((?:salesperf|docs|tests|bench|notebooks)/[\w/.]+)`", PAGES[page]):
        assert (ROOT / name).exists(), name


def test_the_demo_client_file_is_plain_yaml_that_names_every_table() -> None:
    content = yaml.safe_load((ROOT / "params" / "demo.yml").read_text(encoding="utf-8"))
    assert content["source"].keys() == CONTRACTS.keys()


def test_the_page_for_developers_names_files_that_are_there() -> None:
    page = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", page)) | set(re.findall(r"(?<=→ )[a-z]+/[a-z_/]+", page))
    assert len(named) > 25
    missing = [one for one in named if not any(_is_there(folder / one) for folder in (ROOT, ROOT / "salesperf"))]
    assert missing == []


def _is_there(path: Path) -> bool:
    return path.exists() or path.with_suffix(".py").exists()
