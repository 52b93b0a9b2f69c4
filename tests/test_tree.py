"""Where things lie: a room for each verb and each process, and tests that mirror the code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.house import imported
from tests.test_architecture import ROOT, STAGES, relative

TESTS = ROOT / "tests"
PROCESSES = {"acquire", "detect", "cli", "yasa"}
"""Rooms of `stream` that Python can start: one process each. The parent is started by the command line."""

# The whole tree, the pages of `docs` and what `deploy` holds have no code of the name of their tests to import.
CODELESS = {TESTS, TESTS / "docs", TESTS / "deploy"}
TEST_FILES = sorted(path for path in TESTS.rglob("test_*.py") if path.parent not in CODELESS)
TEST_FOLDERS = sorted({path.parent for path in TEST_FILES})


def code_of(test_folder: Path) -> Path:
    """Return the folder that a folder of tests mirrors."""
    return ROOT / test_folder.relative_to(TESTS)


def reached(path: Path, package: str) -> Iterator[str]:
    """Yield what a test imports, itself or through what it imports of `tests` and of the package that it mirrors."""
    seen, waiting = set[Path](), [path]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        for name in imported(here):
            yield name
            # A test of the whole imports what it starts, and that the part which the test is named for.
            module = (ROOT / name.replace(".", "/")).with_suffix(".py")
            if name.startswith(("tests.", f"{package}.")) and module.exists() and module not in seen:
                waiting.append(module)


@pytest.mark.parametrize("verb", STAGES)
def test_each_verb_has_one_room(verb: str) -> None:
    """A folder or a file, and not both: who knows six words finds anything."""
    assert (ROOT / "stream" / verb).is_dir() != (ROOT / "stream" / f"{verb}.py").exists()


def test_each_process_has_one_room() -> None:
    """Python starts it by the folder's name, and nothing is started that stands elsewhere."""
    assert {path.parent.name for path in (ROOT / "stream").rglob("__main__.py")} == PROCESSES
    assert (ROOT / "stream" / "supervise").is_dir()


def test_each_folder_of_tests_has_its_folder_of_code() -> None:
    """Whoever moves code moves its tests."""
    assert [relative(folder) for folder in TEST_FOLDERS if not code_of(folder).is_dir()] == []


def test_each_test_imports_what_it_is_named_for() -> None:
    """The module or package of its name where there is one, else something of the folder that it mirrors."""
    assert [relative(path) for path in TEST_FILES if not imports_its_own(path)] == []


def imports_its_own(path: Path) -> bool:
    """Report whether a test imports anything of the code that it is named for."""
    folder = code_of(path.parent)
    named = folder / path.stem.removeprefix("test_")
    has_code = named.is_dir() or named.with_suffix(".py").exists()
    package, module = (relative(place).replace("/", ".") for place in (folder, named if has_code else folder))
    # The whole program will do as well: it imports every module of its folder.
    wanted = (f"{module}.", f"{package}.__main__.")
    return any(f"{name}.".startswith(wanted) for name in reached(path, package))
