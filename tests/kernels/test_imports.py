"""What a notebook imports is known without running it."""

import sys
from pathlib import Path

from salesperf.kernels.imports import imports_of, modules_of, preload, use_analysis, usual_modules, wanted_modules


def test_the_imports_of_all_code_cells_are_named_once_and_in_order(notebook, tmp_path) -> None:
    one = notebook(
        tmp_path / "one.ipynb", "import wave as w\nimport xml.dom", "if True:\n    from json import decoder, loads"
    )
    two = notebook(tmp_path / "two.ipynb", "import wave, cmd")
    assert modules_of([one, two]) == ("wave", "xml.dom", "json", "json.decoder", "json.loads", "cmd")


def test_lines_that_are_no_python_are_passed_over_and_a_broken_notebook_too(notebook, tmp_path) -> None:
    one = notebook(
        tmp_path / "one.ipynb",
        "%matplotlib inline\nimport wave\n!ls",
        "import cmd import",
        "from . import x",
        "import json\nnames = !echo hi\nfor name in names:\n    !echo {name}\n    import csv",
        "from xml import (\n    dom,\n    sax,\n)\njson?",
        "%%bash\necho $(ls)\nif [ -f x ]; then ls; fi",
    )
    (tmp_path / "two.ipynb").write_text("no notebook")
    found = modules_of([one, tmp_path / "two.ipynb", tmp_path / "none.ipynb"])
    assert found == ("wave", "json", "csv", "xml", "xml.dom", "xml.sax")


def test_imports_of_what_is_no_python_at_all_are_none() -> None:
    assert list(imports_of("\0import json")) == []
    assert list(imports_of(")\n(\n" * 50)) == []


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
    preload(["fails_loudly", "no_such_module", "no_such.module", "this"])
    assert "fails_loudly" not in sys.modules and "this" in sys.modules
    assert capsys.readouterr().out == ""


def test_the_analysis_is_wanted_by_a_notebook_that_uses_some_of_it(notebook, tmp_path) -> None:
    lines = {
        "from salesperf.cover import COVER_TYPE": False,
        "import json, salesperfect": False,
        "import salesperf": True,
        "from salesperf import open_company": True,
        "from salesperf.company import Company": True,
        "from salesperf.measures import kpis": True,
    }
    for line, wanted in lines.items():
        notebooks = [notebook(tmp_path / "one.ipynb", line)]
        assert ("salesperf.people.potential" in wanted_modules(notebooks)) is wanted, line
        assert use_analysis(modules_of(notebooks)) is wanted, line
