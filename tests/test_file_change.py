"""Changes of files: their diffs, and that several are written all or none."""

from pathlib import Path

import pytest

from salesperf.errors import RequestError
from salesperf.file_change import FileChange, text_of, write_together


def test_a_diff_has_the_lines_that_change_and_says_where_the_end_of_a_line_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    assert FileChange(path, "a\r\nb", "a\r\nc").diff == (
        f"--- {path}\n+++ {path}\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n"
        "+c\n\\ No newline at end of file\n"
    )
    assert FileChange(path, "a\n", "a\n").diff == ""
    assert FileChange(path, None, "a\n").diff == f"--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+a\n"
    assert FileChange(path, None, "b\n", ("three", "a\n")).diff.startswith("--- three\n")


def test_the_first_file_is_not_changed_where_the_second_one_cannot_be(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.yml", "b.yml")]
    for path in paths:
        path.write_text("old\n", "utf-8")
    paths[1].chmod(0o444)
    with pytest.raises(RequestError, match=r"b\.yml: expected a file that may be changed, got a read-only one"):
        write_together([FileChange(path, "old\n", "new\n") for path in paths])
    assert [text_of(path) for path in paths] == ["old\n", "old\n"]
    paths[1].chmod(0o644)
    write_together([FileChange(path, "old\n", "new\n") for path in paths])
    assert [text_of(path) for path in paths] == ["new\n", "new\n"]
    assert sorted(tmp_path.iterdir()) == paths  # nothing else is left


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff", "expected UTF-8 text, got other bytes"), (None, "expected a readable file, got: No")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "a.yml").write_bytes(content)
    with pytest.raises(RequestError, match=rf"a\.yml: {said}"):
        text_of(tmp_path / "a.yml")
