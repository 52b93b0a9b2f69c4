"""Every command of the pages runs, made smaller where it would take long; or a list says why not."""

import argparse
import importlib
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from models.training.recipe import Recipe
from stream.cli import __main__ as cli
from tests.docs import bedside
from tests.docs.shell import (
    ELSEWHERE,
    NOT_RUN,
    PROGRAMS,
    commands,
    entry,
    is_run,
    is_slow,
    lines,
    out_of,
)
from tests.docs.test_hazards import functions
from tests.docs.test_pages import PAGES
from tests.stream.cli.command import own_lsl_session, spikewatch
from tests.test_architecture import ROOT

COMMANDS = commands()
SAYS_NO = ("spikewatch doctor", "spikewatch adapt")
"""They end with 1 where a check failed: there is no stream; a model of little may be no better."""
LOOKS_FOR_STREAMS = ("spikewatch streams", "spikewatch doctor")


class Read(Exception):  # noqa: N818  (no error: it ends a program behind its options)
    """The options of a program were taken."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Make the folder that the pages speak of, without recordings."""
    folder = tmp_path_factory.mktemp("bedside")
    return folder, bedside.prepare(folder)


@pytest.fixture(scope="module")
def recorded(prepared: tuple[Path, dict[str, str]]) -> Path:
    """Add the recordings, which take seconds to make."""
    bedside.record(prepared[0])
    return prepared[0]


@pytest.fixture(autouse=True)
def _unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment of who runs the tests configure nothing."""
    for name in [name for name in os.environ if name.startswith("SPIKEWATCH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def place(prepared: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of that folder."""
    shutil.copytree(prepared[0], tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def words_of(command: str, ids: dict[str, str]) -> list[str]:
    """Return a page's command as a shell of the present folder would give it on, smaller where it would take long."""
    text = f"{_here(command)} {bedside.SMALLER.get(entry(command, bedside.SMALLER), '')}"
    for name, known in ids.items():
        text = text.replace(name, known)
    return [found for word in shlex.split(text) for found in _globbed(word)]


def _here(command: str) -> str:
    # A test writes nothing into the folders of the host.
    return command.replace(" /etc/", " etc/")


def _globbed(word: str) -> list[str]:
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


def end_of(words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a command and return how it ended: in this process, unless it would look for streams of other tests."""
    if words[:2] in [shlex.split(command) for command in LOOKS_FOR_STREAMS]:
        ended = spikewatch(folder, *words[1:], **own_lsl_session(folder))
        return ended.code, ended.err
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0), ""


def check(command: str, place: Path, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of a page; what it writes is there afterwards."""
    out = out_of(_here(command))
    # There for the commands that a page has behind this one.
    if out and (place / out).is_dir():
        shutil.rmtree(place / out)
    elif out:
        (place / out).unlink(missing_ok=True)
    code, said = end_of(words_of(command, ids), place, monkeypatch)
    assert code in {0, 1 if command.startswith(SAYS_NO) else 0}, said
    assert not out or list(place.glob(f"{out}*"))


@pytest.mark.parametrize("command", [command for command in COMMANDS if is_run(command) and not is_slow(command)])
def test_a_command_of_a_page_runs(
    command: str, place: Path, prepared: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that has what it names."""
    check(command, place, prepared[1], monkeypatch)


@pytest.mark.pages
@pytest.mark.parametrize("command", [command for command in COMMANDS if is_run(command) and is_slow(command)])
def test_a_command_that_opens_a_network_runs(
    command: str, recorded: Path, prepared: tuple[Path, dict[str, str]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """In the same folder with recordings."""
    shutil.copytree(recorded, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    check(command, tmp_path / "copy", prepared[1], monkeypatch)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("python -m ")])
def test_the_options_of_a_program_are_taken(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own parser; nothing is run behind it."""
    _, _, module, *words = shlex.split(command)
    parse = argparse.ArgumentParser.parse_args

    def only_parse(parser: argparse.ArgumentParser, args: Sequence[str] | None = None) -> NoReturn:
        parse(parser, args)
        raise Read

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parse)
    monkeypatch.setattr(sys, "argv", [module, *words])
    name = module if hasattr(importlib.import_module(module), "main") else f"{module}.__main__"
    with pytest.raises(Read):
        importlib.import_module(name).main()


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--recipe " in command])
def test_a_recipe_that_a_page_names_is_one(command: str) -> None:
    """Its keys are those of a recipe."""
    words = shlex.split(command)
    text = (ROOT / words[words.index("--recipe") + 1]).read_text(encoding="utf-8")
    assert isinstance(Recipe.from_json(text), Recipe)


def test_every_line_of_a_shell_block_is_a_command_that_is_known() -> None:
    """Else a command of another program would be passed over."""
    first = {Path(line.split()[0]).name for page in PAGES for line in lines(page) if line}
    assert first <= set(PROGRAMS)


def test_what_is_not_run_here_is_on_a_page_and_a_test_that_runs_it_is_in_the_tree() -> None:
    """No entry outlives its command, none its test; and most commands are run."""
    for beginning in (*ELSEWHERE, *NOT_RUN):
        assert any(entry(command, {beginning: ""}) for command in COMMANDS), beginning
    for test in ELSEWHERE.values():
        file, _, function = test.partition("::")
        assert function in functions(ROOT / file), test
    assert sum(is_run(command) for command in COMMANDS) > len(COMMANDS) // 2
