"""The house is measured on a small tree whose answer is known, and CONTRIBUTING shows what was found."""

from dataclasses import asdict
from pathlib import Path

import pytest

from bench import house_tables
from bench.house import Rooms, arrows, body_lines, comments, floors, imported, rooms, sizes

CODE = '''"""A module."""

import a.ground
from a import upper

SIZE = 3  # the paper's


def one(x: int) -> int:
    """Say
    more.
    """
    # why
    return x  # noqa: PLR0911
'''


def tree(root: Path, **files: str) -> Path:
    """Write package `a`, a file for each room."""
    (root / "a").mkdir()
    for name, text in files.items():
        (root / "a" / f"{name}.py").write_text(text)
    return root


def test_a_body_is_counted_without_its_docstring() -> None:
    """Signature, a comment and one statement."""
    assert list(body_lines(CODE)) == [3]


def test_comments_are_those_for_readers() -> None:
    """A mark for a tool is none."""
    assert comments(CODE) == 2
    assert comments("# ---- writing ----\n# type: ignore\nx = '# no comment'\n") == 0


def test_a_part_is_measured(tmp_path: Path) -> None:
    """All of its figures, worked out by hand."""
    found = sizes(tree(tmp_path, one=CODE, two="x = 1\n"), "a")
    # 14 lines and 1; two comments for readers in 15 lines are 13.33 in a hundred.
    assert (found.files, found.lines, found.median_file, found.files_over_250) == (2, 15, 7.5, 0)
    assert (found.median_body, found.longest_body, found.comments_per_100) == (3, 3, 13.33)


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    """Each way of writing them, also inside a function; a name that is only known when it runs is none."""
    path = tmp_path / "m.py"
    path.write_text("import a.b\ndef f(g):\n    from c import d\n    h = import_module('e.f'), import_module(g)\n")
    assert list(imported(path)) == ["a.b", "c", "c.d", "e.f"]


def test_rooms_have_floors(tmp_path: Path) -> None:
    """One above the highest that a room imports."""
    root = tree(tmp_path, ground="", middle="from a import ground\n", top="import a.middle\nfrom a.ground import x\n")
    assert arrows(root, "a") == {"ground": set(), "middle": {"ground"}, "top": {"middle", "ground"}}
    assert floors(arrows(root, "a")) == {"ground": 1, "middle": 2, "top": 3}
    assert rooms(root, "a") == Rooms(rooms=3, floors=3, arrows=3, upward=0)


@pytest.mark.parametrize("count", [2, 3])
def test_a_circle_of_rooms_is_one_upward_arrow(tmp_path: Path, count: int) -> None:
    """However long it is."""
    root = tree(tmp_path, **{f"room{i}": f"from a import room{(i + 1) % count}\n" for i in range(count)})
    assert rooms(root, "a").upward == 1


def test_the_page_shows_the_committed_results() -> None:
    """Whoever measures anew writes the page anew."""
    assert house_tables.PAGE.read_text(encoding="utf-8") == house_tables.page()


def test_a_figure_that_changed_shows_both() -> None:
    """And one that did not, itself alone."""
    before, now = asdict(Rooms(30, 10, 111, 3)), asdict(Rooms(26, 10, 90, 0))
    text = house_tables.table(
        {"rooms": {"stream": before}}, {"rooms": {"stream": now}}, "rooms", ["stream"], house_tables.ROOMS
    )
    assert text.splitlines()[-1] == "| stream | 30 -> 26 | 10 | 111 -> 90 | 3 -> 0 |"
