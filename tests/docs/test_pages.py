"""Pages show commands that the command line takes, and keys that a configuration has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from stream.cli.__main__ import app
from stream.config.keys import Bed, Config
from stream.config.load import KEYS, load
from tests.docs.test_links import PAGES as EVERY_PAGE
from tests.docs.test_links import name
from tests.test_architecture import ROOT

SHIPPED = ROOT / "config.toml"
# Pages of how-to add commands and keys of their own; they are followed step by step on a copy of the tree.
PAGES = [page for page in EVERY_PAGE if page.parent.name != "how-to"]
ONE_BED = '[[bed]]\nid = "bed-1"\n'
FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# A key with its table, so that a file's name or another program's setting is not taken for one.
KEY = re.compile(rf"`((?:{'|'.join(Config.model_fields)})\.[a-z_.]+)(?: = [^`]+)?`")
BEDS_OWN = re.compile(rf"`(?:{'|'.join(set(Bed.model_fields) - set(Config.model_fields))})\.[a-z_]+`")
INLINE = re.compile(r"`spikewatch ([a-z][^`]*)`")
NO_KEY = (".py", ".json", ".toml", ".md", ".db")


def fenced(page: Path, *kinds: str) -> list[str]:
    """Return the texts of a page's blocks of some languages."""
    return [text for kind, text in FENCED.findall(page.read_text(encoding="utf-8")) if kind in kinds]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command of Spikewatch in a page's blocks, fenced or indented, as a shell has them."""
    text = page.read_text(encoding="utf-8")
    indented = "\n".join(line for line in FENCED.sub("", text).splitlines() if line.startswith("    "))
    for block in [*fenced(page, "sh", ""), indented]:
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True) if "spikewatch " in line else []
            if words and Path(words[0]).name == "spikewatch":
                yield words[1:]


def found(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words name, and those that are left."""
    command: Any = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def parsed(words: list[str]) -> dict[str, Any]:
    """Return the arguments of a command line, which raises what is wrong with it; nothing is run."""
    command, words = found(words)
    context = command.make_context("spikewatch", list(words))
    if words and hasattr(command, "commands"):
        command.resolve_command(context, words)
    arguments: dict[str, Any] = context.params
    return arguments


def prose(page: Path) -> str:
    """Return a page without its blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def unknown(mention: str) -> list[str]:
    """Return what does not exist of a command that a sentence names, which leaves out what does not matter there."""
    command, words = found(mention.split())
    options = {option for parameter in command.params for option in parameter.opts}
    at_a_group = words[:1] if hasattr(command, "commands") else []
    return at_a_group + [word for word in words if word.startswith("--") and word not in options]


def keys(page: Path) -> set[str]:
    """Return the keys that a page names with their tables."""
    return {key for key in KEY.findall(prose(page)) if not key.endswith(NO_KEY)}


def path(key: str) -> list[str | int]:
    """Return where a key stands in the schema: a list of tables stands for its first."""
    table, *rest = key.split(".")
    return [table, *([0] if table == "bed" else []), *rest]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_of_a_page_is_taken(page: Path) -> None:
    """Its options exist, and so does each key that it sets."""
    for words in commands(page):
        arguments = parsed(words)
        # Commands without a configuration set keys of a recipe.
        if "config_file" in arguments and "overrides" in arguments:
            load(SHIPPED, arguments["overrides"], {})


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    """In a sentence, with the options that it has there."""
    assert {mention: unknown(mention) for mention in INLINE.findall(prose(page)) if unknown(mention)} == {}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_configuration_of_a_page_is_valid(page: Path, tmp_path: Path) -> None:
    """As it stands, or behind a bed where it shows some tables alone."""
    for block in fenced(page, "toml"):
        (tmp_path / "config.toml").write_text(block if "[[bed]]" in block else ONE_BED + block, encoding="utf-8")
        load(tmp_path / "config.toml", (), {})


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_key_that_a_page_names_is_there(page: Path) -> None:
    """Whoever looks for it in config.toml finds it."""
    assert [key for key in keys(page) if KEYS.node(path(key)) is None] == []
    # `acquire.ring_s` stands nowhere, and `--set` refuses it: a bed's keys begin with its table.
    assert BEDS_OWN.findall(prose(page)) == []


@pytest.mark.parametrize("words", [["run", "--no-such-option"], ["no-such-command"], ["purge", "--before"]])
def test_a_command_that_does_not_exist_is_found(words: list[str]) -> None:
    """Else the tests above would see nothing."""
    with pytest.raises(Exception, match=r"No such|requires an argument"):
        parsed(words)
    assert unknown("run --no-such-option") == ["--no-such-option"]
    assert unknown("models demote") == ["demote"]


def test_a_key_that_does_not_exist_is_found() -> None:
    """In a table that is there, and in one that is not."""
    assert KEYS.node(path("bed.acquire.unit")) is not None
    assert [KEYS.node(path(key)) for key in ("bed.acquire.unti", "acquire.unit")] == [None, None]


def test_there_is_something_to_look_at() -> None:
    """Commands, configurations and keys in more than a few pages."""
    assert sum(bool(list(commands(page))) for page in PAGES) > 9
    assert sum(bool(fenced(page, "toml")) for page in PAGES) > 5
    assert sum(bool(keys(page)) for page in PAGES) > 5
