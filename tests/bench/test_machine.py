"""A result is published also where no commit can be told, and so that a person can read it."""

import json
import subprocess
from pathlib import Path

from bench.machine import commit, written


def test_a_folder_without_a_repository_has_an_unknown_commit(tmp_path: Path) -> None:
    """An unpacked archive: the figures of hours must not be lost for it."""
    assert commit(tmp_path) == "unknown"


def test_a_changed_tree_is_marked(tmp_path: Path) -> None:
    """The short commit; a + once a tracked file differs, and none for files that git does not know."""
    for words in (
        ("init", "-q"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "one"),
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    (tmp_path / "file").write_text("a", encoding="utf-8")
    assert 7 <= len(clean := commit(tmp_path)) <= 12
    subprocess.run(["git", "add", "file"], cwd=tmp_path, check=True)
    assert commit(tmp_path) == f"{clean}+"


def test_a_list_of_numbers_is_one_line_and_a_list_of_more_is_not() -> None:
    """What is written is JSON of the same value."""
    value = {"a": {}, "rows": [[1, 2.5, None], ["x, [y]", True]], "none": [], "of": [{"b": [1]}], "é": float("inf")}
    text = written(value)
    assert text.splitlines()[:5] == ["{", '  "a": {},', '  "rows": [', "    [1, 2.5, null],", '    ["x, [y]", true]']
    assert json.loads(text) == value == json.loads(json.dumps(value, indent=2))
    assert written({"deep": {"n": 1}}) == json.dumps({"deep": {"n": 1}}, indent=2)
