"""The services of one machine: every file that is mounted is there, every command is one, nothing listens outside."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from stream.cli.__main__ import app
from stream.config.load import load
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


def instructions() -> list[list[str]]:
    """Return the words of each instruction of the Containerfile."""
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_the_containerfile_is_made_of_known_instructions() -> None:
    """From a base of a named version; the command is a list, so that signals reach the program and no shell."""
    lines = instructions()
    assert lines[0][0] == "FROM"
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert {line[0] for line in lines} == known
    [entry, command] = [" ".join(line[1:]) for line in lines if line[0] in {"ENTRYPOINT", "CMD"}]
    assert yaml.safe_load(entry) == ["spikewatch"]
    assert yaml.safe_load(command)[:2] == ["run", "--config"]


def test_every_source_that_is_copied_is_committed_and_all_that_the_build_needs_is_there() -> None:
    """The build happens inside: what pyproject.toml names must be there before."""
    lines = instructions()
    copied = {word for line in lines if line[0] == "COPY" for word in line[1:-1]}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert copied >= {"pyproject.toml", project["readme"], *project["license-files"], "stream", "models"}
    names = [line[0] for line in lines]
    build = next(number for number, line in enumerate(lines) if "pip" in line)
    assert max(number for number, name in enumerate(names) if name == "COPY") < build


def test_libraries_have_the_versions_of_constraints() -> None:
    """A version that stands in the Containerfile itself would drift from the one that is tested."""
    [install] = [line for line in instructions() if "pip" in line]
    assert install[install.index("-c") + 1] == "constraints.txt"
    assert [word for word in install if "==" in word] == []
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split())
    assert {"torch", "numpy", "pylsl", "aiomqtt"} <= pinned.keys()


def test_images_are_of_named_versions() -> None:
    """`latest` is another program tomorrow; our own is built here."""
    images = [service["image"] for service in services().values() if service["image"] != "spikewatch"]
    base = instructions()[0][1]
    assert [image for image in (*images, base) if not re.search(r":v?\d[\w.-]*$", image)] == []


def test_our_containers_write_nothing_and_run_as_no_root() -> None:
    """A read-only root, no capabilities, and a user of its own who is made before he is used."""
    for name in ("player", "spikewatch"):
        service = services()[name]
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    lines = instructions()
    [made] = [number for number, line in enumerate(lines) if line[:2] == ["RUN", "useradd"]]
    used = [number for number, line in enumerate(lines) if line[0] == "USER"]
    assert lines[used[-1]][1] == lines[made][-1] != "root"
    assert made < used[0]


def test_volumes_ports_and_overrides_are_those_of_the_configuration() -> None:
    """The journal lies on the volume that stays, and broker and Prometheus ask where Spikewatch listens."""
    running = services()["spikewatch"]
    words = running["command"]
    file = words[words.index("--config") + 1]
    assert f"../../config.toml:{file}:ro" in running["volumes"]
    overrides = [words[number + 1] for number, word in enumerate(words) if word == "--set"]
    settings = load(ROOT / "config.toml", overrides, environment={})
    kept = {place.split(":")[1] for place in running["volumes"] if not place.startswith(".")}
    assert {str(settings.journal.path.parent)} == kept
    assert f"listener {settings.publish.port} " in (FOLDER / "mosquitto.conf").read_text(encoding="utf-8")
    scraped = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    assert f"{settings.metrics.host}:{settings.metrics.port}" in scraped
    player = services()["player"]["command"]
    assert settings.bed[0].acquire.name == player[player.index("--name") + 1]


def test_environment_variables_are_known() -> None:
    """Of Spikewatch, keys of its configuration; of Grafana, the two that keep it on this machine."""
    named = {name for service in services().values() for name in service.get("environment", {})}
    assert named == {"GF_SERVER_HTTP_ADDR", "GF_ANALYTICS_REPORTING_ENABLED"}


def test_everything_listens_on_the_loopback_alone() -> None:
    """They share the host's network: an address that is left out would be every address."""
    assert {service["network_mode"] for service in services().values()} == {"host"}
    text = (FOLDER / "compose.yml").read_text() + (FOLDER / "mosquitto.conf").read_text()
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", text)) == {"127.0.0.1"}
    assert "listener 1883 127.0.0.1" in text
