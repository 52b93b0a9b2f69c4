"""The services of one machine: every file that is mounted is there, every command is one, nothing listens outside."""

import re
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from stream.cli.__main__ import app
from tests.test_architecture import ROOT

FOLDER = ROOT / "deploy" / "compose"


def services() -> dict[str, dict[str, Any]]:
    """Return the services by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yml").read_text())["services"]
    return found


def test_every_file_that_is_mounted_is_there() -> None:
    """Docker would make an empty folder in its place, and say nothing."""
    places = [place for service in services().values() for place in service.get("volumes", [])]
    files = [place.split(":")[0] for place in places if place.startswith(".")]
    assert len(files) >= 6
    assert [file for file in files if not (FOLDER / file).exists()] == []


@pytest.mark.parametrize("name", ["player", "spikewatch"])
def test_commands_are_understood(name: str) -> None:
    """Command and options are those of the program; --help in place of running it."""
    words = [word for word in services()[name]["command"] if word.startswith("--")]
    helped = CliRunner().invoke(app, [services()[name]["command"][0], "--help"])
    assert helped.exit_code == 0
    assert [word for word in words if word not in helped.output] == []


def test_our_containers_write_nothing_and_run_as_no_root() -> None:
    """A read-only root, and a user of its own."""
    assert all(services()[name]["read_only"] for name in ("player", "spikewatch"))
    lines = (FOLDER / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER spikewatch") > lines.index("RUN useradd --system --create-home --home-dir "
                                                        "/var/lib/spikewatch spikewatch")  # fmt: skip
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_everything_listens_on_the_loopback_alone() -> None:
    """They share the host's network: an address that is left out would be every address."""
    assert {service["network_mode"] for service in services().values()} == {"host"}
    text = (FOLDER / "compose.yml").read_text() + (FOLDER / "mosquitto.conf").read_text()
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", text)) == {"127.0.0.1"}
    assert "listener 1883 127.0.0.1" in text
