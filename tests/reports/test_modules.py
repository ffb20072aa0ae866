"""What a notebook imports: the user's own modules, followed, and the versions of what is installed."""

import sys
from importlib.metadata import version

from salesperf.reports.modules import modules_behind


def written(folder, **sources):
    for name, source in sources.items():
        path = folder / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def own(workbench, notebook):
    return list(modules_behind(notebook, workbench.client_file.parent).user_files.values())


def test_own_modules_are_followed_wherever_they_import_each_other(workbench):
    notebook = workbench.write_notebook("region_report", "import helper")
    written(workbench.client_file.parent, helper="from inner import F", inner="import shapes.round, helper")
    written(workbench.client_file.parent, shapes__in__round="import json", shapes__in__other="", unused="")
    assert own(workbench, notebook) == ["helper.py", "inner.py", "shapes/other.py", "shapes/round.py"]


def test_imports_beside_magic_and_in_broken_modules_count(workbench):
    notebook = workbench.write_notebook("region_report", "import helper\nnames = !echo hi\nprint(helper.F)")
    written(workbench.client_file.parent, helper="import inner\nif True\n", inner="")
    assert own(workbench, notebook) == ["helper.py", "inner.py"]


def test_a_module_elsewhere_on_pythons_path_is_the_users_own(workbench, tmp_path, monkeypatch):
    written(tmp_path / "lib", ourlib="import ourother", ourother__in____init__="")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "lib")])
    assert own(workbench, workbench.write_notebook("region_report", "import ourlib")) == [
        "ourlib.py",
        "ourother/__init__.py",
    ]


def test_what_is_installed_has_its_version_also_under_another_name_than_its_own(workbench):
    notebook = workbench.write_notebook("region_report", "import pandas as pd, xdist, no_such_module, yaml.nodes, json")
    assert modules_behind(notebook, workbench.client_file.parent).installed == {
        "no_such_module": "",
        "pandas": version("pandas"),
        "xdist": f"pytest-xdist {version('pytest-xdist')}",
        "yaml": f"PyYAML {version('PyYAML')}",
    }
