"""How a page is made again: a command that a shell takes as it is, and every file."""

import shlex
from typing import Any

import yaml

from salesperf.present.rebuilding import command_of, notebook_command, rebuilding


def test_the_command_names_the_client_file_and_stays_whole_in_a_shell(demo: Any) -> None:
    command = command_of(demo.client, "run", "--only", "East & Co's", "--period", "2025Q4")
    assert command.endswith("/demo.yml --only 'East & Co'\"'\"'s' --period 2025Q4")
    path = f"{demo.client.folder.name}/demo.yml"
    assert shlex.split(command) == ["salesperf", "run", path, "--only", "East & Co's", "--period", "2025Q4"]


def test_the_page_says_how_to_rebuild_it_and_out_of_which_files(demo: Any) -> None:
    shown = rebuilding(demo.voice, demo, "salesperf run 'a&b.yml'")
    assert "salesperf run 'a&b.yml'" in shown.plain
    assert "a&amp;b.yml" in shown.html
    for one in demo.tables.inputs:
        assert one.sha256 in shown.plain


def test_a_notebooks_command_gives_its_parameters_back(demo):
    command = shlex.split(notebook_command(demo.client, "weights_lab", {"shares": {"a b": 0.6}, "who": "Ann's 客户"}))
    assert command[:-1] == ["papermill", "notebooks/weights_lab.ipynb", "weights_lab.ipynb", "--parameters_yaml"]
    client = f"{demo.client.folder.name}/demo.yml"
    given = {"client": client, "period": "2025Q4", "shares": {"a b": 0.6}, "who": "Ann's 客户"}
    assert yaml.safe_load(command[-1]) == given
