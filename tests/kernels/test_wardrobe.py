"""What a notebook imports is known without running it."""

import sys
from pathlib import Path

from salesperf.kernels.wardrobe import changed_file, module_of_folder, modules_of, put_on, usual_modules


def test_the_imports_of_all_code_cells_are_named_once_and_in_order(notebook, tmp_path) -> None:
    one = notebook(
        tmp_path / "one.ipynb", "import wave as w\nimport xml.dom", "if True:\n    from json import decoder, loads"
    )
    two = notebook(tmp_path / "two.ipynb", "import wave, cmd")
    assert modules_of([one, two]) == ("wave", "xml.dom", "json", "json.decoder", "json.loads", "cmd")


def test_magic_is_passed_over_and_a_broken_cell_or_notebook_too(notebook, tmp_path) -> None:
    one = notebook(
        tmp_path / "one.ipynb", "%matplotlib inline\nimport wave\n!ls", "import cmd import", "from . import x"
    )
    (tmp_path / "two.ipynb").write_text("no notebook")
    assert modules_of([one, tmp_path / "two.ipynb", tmp_path / "none.ipynb"]) == ("wave",)


def test_what_lies_beside_a_notebook_is_left_to_its_kernel(notebook, tmp_path) -> None:
    (tmp_path / "wave.py").touch()
    (tmp_path / "cmd").mkdir()
    (tmp_path / "cmd" / "__init__.py").touch()
    assert modules_of([notebook(tmp_path / "one.ipynb", "import wave, cmd.more, json")]) == ("json",)


def test_the_report_of_the_workbench_needs_nothing_that_is_not_usual() -> None:
    named = modules_of([Path(__file__).parents[2] / "notebooks" / "region_report.ipynb"])
    missing = [
        name for name in named if (Path(__file__).parents[2] / Path(*name.split("."))).with_suffix(".py").exists()
    ]
    assert missing and set(missing) - {"salesperf.params"} <= set(usual_modules())


def test_a_module_that_fails_is_left_out_and_says_nothing(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "fails_loudly.py").write_text("print('noise'); raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    put_on(["fails_loudly", "no_such_module", "no_such.module", "this"])
    assert "fails_loudly" not in sys.modules and "this" in sys.modules
    assert capsys.readouterr().out == ""


def test_a_module_of_the_folder_is_found_but_for_the_same_file_and_the_standard_library(tmp_path) -> None:
    assert module_of_folder(Path(__file__).parents[2]) == ""  # its folder salesperf is the one that is loaded
    (tmp_path / "json.py").touch()
    (tmp_path / "pytest").mkdir()  # not a package
    assert module_of_folder(tmp_path) == ""
    (tmp_path / "pytest" / "__init__.py").touch()
    assert module_of_folder(tmp_path) == "pytest"
    assert module_of_folder(tmp_path / "none") == ""


def test_a_file_that_is_longer_or_gone_counts_as_changed(tmp_path) -> None:
    path = tmp_path / "module.py"
    path.write_text("1")
    status = path.stat()
    files = {str(path): (status.st_mtime_ns, status.st_size)}
    assert changed_file(files) == ""
    path.write_text("12")
    assert changed_file(files) == str(path)
    path.unlink()
    assert changed_file(files) == str(path)
