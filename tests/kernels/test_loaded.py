"""What the parent has loaded, against the files as they are now."""

from pathlib import Path

from salesperf.kernels.loaded import changed_file, module_of_folder


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
