"""The batch: what is published, what stays when something fails. Real kernels, a small notebook."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from salesperf.data.tables import load_tables
from salesperf.errors import RequestError
from salesperf.params import read_client
from salesperf.reports.batch import Batch, plan, publish
from salesperf.reports.execute import Result

PARAMETERS = 'client: str = ""\nregion: str = ""\nperiod: str = ""'
EXHIBIT = """
import sys
from pathlib import Path
from IPython.display import display
from salesperf.cover import COVER_TYPE
print("some warning", file=sys.stderr)
if Path("broken").exists() and region == Path("broken").read_text():
    raise ValueError("no such luck")
figures = [{"label": "Revenue", "value": "1.00 M", "known": True}, {"label": "Margin", "value": "n/a", "known": False}]
cover = {"title": region, "language": "en", "sentence": f"{region} sold.", "figures": figures,
         "trend": [["2025Q3", None], ["2025Q4", 5.0 if region == "East" else 10.0]]}
display({COVER_TYPE: cover, "text/html": f"<p>{period} of {client}</p>"}, raw=True)
"""
SHEET = """
import sys
from IPython.display import display
from pathlib import Path
from salesperf.cover import COVER_TYPE
if Path("broken_rep").exists() and rep == Path("broken_rep").read_text():
    raise ValueError("no such rep")
cover = {"title": rep, "language": "en"}
display({COVER_TYPE: cover, "text/html": f"<p>sheet of {rep} in {region}, {period}</p>"}, raw=True)
"""
NASTY = ["../../etc", "<script>alert(1)</script>", "East", "east"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workbench with two regions, East and West, and a small notebook."""
    (tmp_path / "notebooks").mkdir()
    for name, source in (("region_report", EXHIBIT), ("rep_sheet", SHEET)):
        cells = [new_markdown_cell("## Hello"), new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
        notebook = new_notebook(cells=[*cells, new_code_cell(source)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
    (tmp_path / "params").mkdir()
    write_reps(tmp_path, ["East", "West"])
    (tmp_path / "params" / "orders.csv").write_text(
        "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n2,r1,b,2025-12-31,10\n", encoding="utf-8"
    )
    (tmp_path / "params" / "small.yml").write_text(
        "client: Small & Sons\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n", encoding="utf-8"
    )
    return tmp_path


def write_reps(folder: Path, regions: list[str], names: Sequence[str] = ()) -> None:
    people = [*names, *(f"Rep {place}" for place in range(len(names), len(regions)))]
    rows = [f'r{place},"{name}","{region}"' for place, (name, region) in enumerate(zip(people, regions, strict=True))]
    (folder / "params" / "reps.csv").write_text("\n".join(["rep_id,rep,region", *rows]), encoding="utf-8")


def planned(folder: Path, *only: str, with_sheets: bool = False) -> Batch:
    client = read_client(folder / "params" / "small.yml")
    tables = load_tables(client)
    staff = tables.staff()
    return plan(client, tables.regions(), tables.inputs, only, None, staff=staff, with_sheets=with_sheets)


def run_sheets(folder: Path, *only: str, workers: int = 2) -> dict[str, Result]:
    """Publishes reports and sheets; title → result."""
    return {one.report.title: one for one in publish(planned(folder, *only, with_sheets=True), workers, lambda _: None)}


def run(folder: Path, *only: str, workers: int = 2) -> dict[str, Result]:
    seen: list[Result] = []
    results = publish(planned(folder, *only), workers, seen.append)
    assert sorted(one.region for one in seen) == sorted(one.region for one in results)
    return {one.region: one for one in results}


def manifest(folder: Path) -> dict[str, dict[str, object]]:
    content = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    return {one["region"]: one for one in content["reports"]}


def published(folder: Path) -> Path:
    return folder / "reports" / "small" / "2025Q4"


def files(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def test_a_batch_publishes_a_page_and_a_notebook_per_region_with_index_manifest_and_log(folder: Path) -> None:
    results = run(folder)
    assert [one.error for one in results.values()] == ["", ""]
    assert files(published(folder)) == [
        "East.html", "West.html", "index.html", "manifest.json",
        "notebooks/East.ipynb", "notebooks/West.ipynb", "run-log.json",
    ]  # fmt: skip
    page = (published(folder) / "East.html").read_text(encoding="utf-8")
    assert "2025Q4 of small.yml" in page
    assert "some warning" not in page


def test_the_manifest_names_inputs_and_outputs_with_their_hashes(folder: Path) -> None:
    run(folder)
    content = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    assert (content["client"], content["period"]) == ("Small & Sons", "2025Q4")
    assert [(one["path"], one["rows"]) for one in content["inputs"]] == [("reps.csv", 2), ("orders.csv", 2)]
    for one in content["inputs"]:
        assert one["sha256"] == hashlib.sha256((folder / "params" / one["path"]).read_bytes()).hexdigest()
    for report in content["reports"]:
        assert report["status"] == "published"
        for output in report["outputs"]:
            assert output["sha256"] == hashlib.sha256((published(folder) / output["path"]).read_bytes()).hexdigest()
    assert {"python", "salesperf", "pandas", "papermill"} <= content["environment"].keys()


def test_two_runs_with_other_worker_counts_publish_the_same_bytes(folder: Path) -> None:
    run(folder, workers=1)
    stable = [name for name in files(published(folder)) if name != "run-log.json"]
    first = {name: (published(folder) / name).read_bytes() for name in stable}
    run(folder, workers=2)
    assert {name: (published(folder) / name).read_bytes() for name in stable} == first


def test_what_varies_and_what_warns_goes_to_the_log(folder: Path) -> None:
    run(folder, "East")
    notebook = (published(folder) / "notebooks" / "East.ipynb").read_text(encoding="utf-8")
    for word in ("papermill", "start_time", "iopub", '"name": "stderr"', str(folder)):
        assert word not in notebook
    log = json.loads((published(folder) / "run-log.json").read_text(encoding="utf-8"))
    assert log["reports"][0]["details"] == "some warning\n"
    assert log["reports"][0]["seconds"] > 0


def test_a_region_that_fails_stops_no_other_and_keeps_its_last_good_page(folder: Path) -> None:
    run(folder)
    good = (published(folder) / "East.html").read_bytes()
    (folder / "params" / "broken").write_text("East", encoding="utf-8")
    results = run(folder)
    assert results["East"].error == "ValueError: no such luck (code cell 3)"
    assert "no such luck" in results["East"].details
    assert results["West"].error == ""
    assert (published(folder) / "East.html").read_bytes() == good
    assert (manifest(folder)["East"]["status"], manifest(folder)["West"]["status"]) == ("failed", "published")
    assert manifest(folder)["East"]["outputs"]
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert "no such luck" in index
    assert "from an earlier run" in index


def test_a_region_that_never_succeeded_has_no_page_and_no_link(folder: Path) -> None:
    (folder / "params" / "broken").write_text("East", encoding="utf-8")
    run(folder)
    assert "East.html" not in files(published(folder))
    assert manifest(folder)["East"]["outputs"] == []
    assert 'href="East.html"' not in (published(folder) / "index.html").read_text(encoding="utf-8")


def test_only_some_regions_leaves_the_others_as_they_were(folder: Path) -> None:
    run(folder, "West")
    assert manifest(folder)["East"]["status"] == "missing"
    run(folder, "East")
    west = (published(folder) / "West.html").stat().st_mtime_ns
    run(folder, "East")
    assert (published(folder) / "West.html").stat().st_mtime_ns == west
    assert {one["status"] for one in manifest(folder).values()} == {"published"}


def test_a_report_from_an_earlier_state_of_the_data_is_marked(folder: Path) -> None:
    run(folder)
    with (folder / "params" / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("3,r0,c,2025-11-11,7\n")
    run(folder, "East")
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert index.count("From an earlier state of the data") == 1


def test_small_charts_of_the_index_share_one_scale(folder: Path) -> None:
    run(folder)
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert 'height="64.0" class="last"' in index  # West: 10 of 10
    assert 'height="32.0" class="last"' in index  # East: 5 of 10


def test_regions_with_hostile_names_get_safe_files_and_are_escaped(folder: Path) -> None:
    write_reps(folder, NASTY)
    results = run(folder)
    assert {name: one.error for name, one in results.items()} == dict.fromkeys(NASTY, "")
    made = [name for name in files(folder) if name.endswith(".html")]
    assert len(made) == 5
    assert all(name.startswith("reports/small/2025Q4/") for name in made)
    for name in made:
        text = (folder / name).read_text(encoding="utf-8")
        assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in (published(folder) / "index.html").read_text(encoding="utf-8")


def test_nothing_is_left_of_the_building_site(folder: Path) -> None:
    (folder / "params" / "broken").write_text("East", encoding="utf-8")
    run(folder)
    assert not [one for one in published(folder).rglob(".*")]


def test_a_broken_manifest_of_an_earlier_run_does_not_matter(folder: Path) -> None:
    published(folder).mkdir(parents=True)
    (published(folder) / "manifest.json").write_text("{", encoding="utf-8")
    assert not any(one.error for one in run(folder, "East").values())


def test_the_notebook_of_the_client_file_must_exist(folder: Path) -> None:
    client = folder / "params" / "small.yml"
    client.write_text(client.read_text(encoding="utf-8") + "reports: {notebook: missing.ipynb}\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"small\.yml:4: notebook: expected a file, found none at 'missing\.ipynb'"):
        planned(folder)


def test_reports_go_where_the_client_file_says(folder: Path) -> None:
    client = folder / "params" / "small.yml"
    client.write_text(client.read_text(encoding="utf-8") + "reports: {folder: ../elsewhere}\n", encoding="utf-8")
    assert planned(folder).folder.resolve() == folder / "elsewhere" / "small" / "2025Q4"


def test_sheets_are_published_per_region_and_rep_and_linked_from_the_index(folder: Path) -> None:
    results = run_sheets(folder)
    assert {title: one.error for title, one in results.items()} == {
        "East": "", "West": "", "Rep 0 (East)": "", "Rep 1 (West)": "",
    }  # fmt: skip
    assert files(published(folder)) == [
        "East.html", "West.html", "index.html", "manifest.json",
        "notebooks/East.ipynb", "notebooks/West.ipynb",
        "notebooks/sheets/East/Rep 0.ipynb", "notebooks/sheets/West/Rep 1.ipynb",
        "run-log.json", "sheets/East/Rep 0.html", "sheets/West/Rep 1.html",
    ]  # fmt: skip
    assert "sheet of r0 in East, 2025Q4" in (published(folder) / "sheets/East/Rep 0.html").read_text(encoding="utf-8")
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert '<a href="sheets/East/Rep%200.html">Rep 0</a>' in index
    assert index.count("Sheets for the monthly talk: 1") == 2


def test_the_manifest_names_the_rep_of_a_sheet_and_its_notebook(folder: Path) -> None:
    run_sheets(folder, "East")
    content = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    sheet = next(one for one in content["reports"] if one["kind"] == "sheet")
    assert (sheet["region"], sheet["rep"], sheet["name"], sheet["status"]) == ("East", "r0", "Rep 0", "published")
    for output in sheet["outputs"]:
        assert output["sha256"] == hashlib.sha256((published(folder) / output["path"]).read_bytes()).hexdigest()
    notebook = folder / "notebooks" / "rep_sheet.ipynb"
    assert content["sources"]["sheet_notebook"]["sha256"] == hashlib.sha256(notebook.read_bytes()).hexdigest()
    assert [one["kind"] for one in content["reports"]] == ["region", "region", "sheet"]


def test_without_sheets_the_manifest_speaks_of_regions_alone(folder: Path) -> None:
    run(folder)
    content = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    assert [set(one) for one in content["reports"]] == [{"kind", "region", "status", "dataset", "outputs", "error"}] * 2
    assert "sheet_notebook" not in content["sources"]
    assert "<details" not in (published(folder) / "index.html").read_text(encoding="utf-8")


def test_a_later_run_without_sheets_keeps_those_that_lie_there(folder: Path) -> None:
    run_sheets(folder, "East")
    before = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    run(folder, "East")
    after = json.loads((published(folder) / "manifest.json").read_text(encoding="utf-8"))
    assert after == before
    assert "sheets/East/Rep%200.html" in (published(folder) / "index.html").read_text(encoding="utf-8")


def test_a_sheet_that_fails_stops_nothing_and_keeps_its_last_good_page(folder: Path) -> None:
    run_sheets(folder, "East")
    good = (published(folder) / "sheets/East/Rep 0.html").read_bytes()
    (folder / "params" / "broken_rep").write_text("r0", encoding="utf-8")
    results = run_sheets(folder)
    assert results["Rep 0 (East)"].error == "ValueError: no such rep (code cell 3)"
    assert not any(one.error for title, one in results.items() if title != "Rep 0 (East)")
    assert (published(folder) / "sheets/East/Rep 0.html").read_bytes() == good
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert "Failed in the last run: ValueError: no such rep" in index
    log = json.loads((published(folder) / "run-log.json").read_text(encoding="utf-8"))
    assert [(one["region"], one.get("rep"), bool(one["error"])) for one in log["reports"]] == [
        ("East", None, False), ("West", None, False), ("East", "r0", True), ("West", "r1", False),
    ]  # fmt: skip


def test_sheets_of_one_region_leave_the_others_alone(folder: Path) -> None:
    assert list(run_sheets(folder, "West")) == ["West", "Rep 1 (West)"]
    assert not (published(folder) / "sheets" / "East").exists()


def test_sheets_are_the_same_bytes_with_any_number_of_workers(folder: Path) -> None:
    run_sheets(folder, workers=1)
    stable = [name for name in files(published(folder)) if name != "run-log.json"]
    first = {name: (published(folder) / name).read_bytes() for name in stable}
    run_sheets(folder, workers=2)
    assert {name: (published(folder) / name).read_bytes() for name in stable} == first


def test_hostile_names_of_reps_become_safe_files_and_text(folder: Path) -> None:
    write_reps(folder, ["East", "East", "<script>"], ["../../etc/passwd", "<img src=x onerror=alert(1)>", "a/b"])
    results = run_sheets(folder)
    assert not any(one.error for one in results.values())
    made = [name for name in files(folder) if name.endswith(".html")]
    assert len([name for name in made if name.startswith("reports/small/2025Q4/sheets/")]) == 3
    assert all(name.startswith("reports/small/2025Q4/") for name in made)
    index = (published(folder) / "index.html").read_text(encoding="utf-8")
    assert "<img" not in index
    assert "&lt;img src=x onerror=alert(1)&gt;" in index


def test_the_sheet_notebook_of_the_client_file_must_exist(folder: Path) -> None:
    client = folder / "params" / "small.yml"
    client.write_text(client.read_text(encoding="utf-8") + "reports: {sheet_notebook: no.ipynb}\n", encoding="utf-8")
    planned(folder)
    with pytest.raises(RequestError, match=r"small\.yml:4: sheet_notebook: expected a file, found none at 'no\.ipynb'"):
        planned(folder, with_sheets=True)


def test_the_command_builds_sheets_where_asked_and_names_the_rep_that_failed(folder: Path) -> None:
    (folder / "params" / "broken_rep").write_text("r0", encoding="utf-8")
    start = "from salesperf.cli import main; main()"
    command = [sys.executable, "-c", start, "run", str(folder / "params" / "small.yml"), "--only", "East"]
    done = subprocess.run([*command, "--sheets"], capture_output=True, text=True)
    assert "published" in done.stderr
    assert "expected 2 reports, 1 failed (Rep 0 (East));" in done.stderr
    assert done.returncode == 1
    assert done.stdout.strip() == str(published(folder) / "index.html")
