"""A folder of published reports as somebody got it: what is read of it, what is refused, where the client file is."""

import json
from pathlib import Path

import pytest

from salesperf.errors import RequestError
from salesperf.reports.verifying.published import client_file, read_published


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"client": "X", "reports": []}', None])
def test_a_folder_without_a_manifest_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(RequestError, match=r"manifest\.json: expected .*, got .*; name a folder that salesperf run"):
        read_published(tmp_path)


def test_a_region_that_was_not_published_is_refused(published_workbench) -> None:
    with pytest.raises(
        RequestError, match=r"manifest\.json: region: 'Est' is not in the manifest; did you mean 'East'"
    ):
        read_published(published_workbench.published).chosen(["Est"])


def test_the_client_file_is_that_of_the_log_else_the_nearest_of_its_name_else_asked_for(
    published_workbench, tmp_path: Path
) -> None:
    published = read_published(published_workbench.published)
    assert client_file(published) == published_workbench.client_file
    (published_workbench.published / "run-log.json").unlink()
    assert client_file(published) == published_workbench.client_file
    elsewhere = tmp_path / "elsewhere" / "2025Q4"
    elsewhere.parent.mkdir()
    published_workbench.published.rename(elsewhere)
    with pytest.raises(RequestError, match=r"expected its client file 'small\.yml' .* name it with --params"):
        client_file(read_published(elsewhere))


@pytest.mark.parametrize("name", ["../../../params/orders.csv", "/dev/zero", "..\\orders.csv"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(workbench, name: str) -> None:
    workbench.run("East")
    content = workbench.manifest()
    content["reports"][0]["outputs"].append({"path": name, "sha256": "0" * 64})
    (workbench.published / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RequestError, match="expected a manifest with the keys of its reports"):
        read_published(workbench.published)
