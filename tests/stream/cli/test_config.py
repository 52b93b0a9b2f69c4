"""`spikewatch config`: what holds, shown so that it can be used again."""

from pathlib import Path

import pytest

from stream.cli.config import schema
from stream.config.keys import Config
from stream.config.load import DEFAULT_CONFIG
from tests.stream.cli.command import ROOT, spikewatch


def test_the_environment_overrules_the_file(folder: Path) -> None:
    """A value given there is shown, with its origin."""
    ended = spikewatch(folder, "config", "show", "--origin", SPIKEWATCH_FRAME__HOP_MS="62.5")
    assert "hop_ms = 62.5  # environment SPIKEWATCH_FRAME__HOP_MS\n" in ended.out
    assert 'path = "events.db"  # config.toml\n' in ended.out


def test_a_shown_configuration_can_be_used_again(folder: Path) -> None:
    """Shown as TOML it is a config.toml; shown as JSON it is the same; neither holds the password."""
    # By the environment: in the file or after --set a password is an error.
    shown = spikewatch(folder, "config", "show", "--set", "site=ward", SPIKEWATCH_PUBLISH__PASSWORD="hunter2")
    assert "hunter2" not in shown.out
    (folder / "again.toml").write_text(shown.out, encoding="utf-8")
    first, again = (
        spikewatch(folder, "config", "show", "--json", *words).lines[0]
        for words in (["--set", "site=ward"], ["--config", "again.toml"])
    )
    assert again == first
    assert Config.model_validate(again).site == "ward"


def test_a_configuration_is_written_once_and_can_be_used(tmp_path: Path) -> None:
    """Word for word that of the repository, with its explanations; one that is there is left alone."""
    assert spikewatch(tmp_path, "config", "init").code == 0
    written = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert written == (ROOT / "config.toml").read_text(encoding="utf-8")
    assert spikewatch(tmp_path, "config", "show").code == 0
    again = spikewatch(tmp_path, "config", "init")
    assert again.code == 2
    assert again.err == "spikewatch: config.toml: is there already; name another file, or move it away\n"


def test_the_schema_of_a_message_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where only the wheel is installed."""
    schema(of="event_ied")
    committed = (ROOT / "docs" / "schema" / "event_ied.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == committed
    assert "no such message; give one of event_ied," in spikewatch(folder, "config", "schema", "--of", "x").err


def test_the_schema_is_printed_whole(folder: Path) -> None:
    """It needs no config.toml."""
    # The fixture writes one; without it the schema can only come from the program itself.
    (folder / DEFAULT_CONFIG).unlink()
    assert spikewatch(folder, "config", "schema").lines == [Config.model_json_schema()]
