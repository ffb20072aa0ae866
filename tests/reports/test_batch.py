"""The batch: what is published, what stays when something fails. Real kernels, a small notebook."""

import hashlib
import json
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
NASTY = ["../../etc", "<script>alert(1)</script>", "East", "east"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workbench with two regions, East and West, and a small notebook."""
    cells = [new_markdown_cell("## Hello"), new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    notebook = new_notebook(cells=[*cells, new_code_cell(EXHIBIT)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "region_report.ipynb")
    (tmp_path / "params").mkdir()
    write_reps(tmp_path, ["East", "West"])
    (tmp_path / "params" / "orders.csv").write_text(
        "order_id,rep_id,account_id,date,amount\n1,r0,a,2025-10-01,5\n2,r1,b,2025-12-31,10\n", encoding="utf-8"
    )
    (tmp_path / "params" / "small.yml").write_text(
        "client: Small & Sons\nperiod: 2025Q4\nsource: {reps: reps.csv, orders: orders.csv}\n", encoding="utf-8"
    )
    return tmp_path


def write_reps(folder: Path, regions: list[str]) -> None:
    rows = [f'r{place},Rep {place},"{region}"' for place, region in enumerate(regions)]
    (folder / "params" / "reps.csv").write_text("\n".join(["rep_id,rep,region", *rows]), encoding="utf-8")


def planned(folder: Path, *only: str) -> Batch:
    client = read_client(folder / "params" / "small.yml")
    tables = load_tables(client)
    return plan(client, tables.regions(), tables.inputs, only, None)


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
