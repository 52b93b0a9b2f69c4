"""`spikewatch fleet`: what is refused before anything is started."""

import sys
from pathlib import Path

import pytest

from stream.cli import fleet
from stream.errors import ConfigError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "ward-pc"])
def test_other_machines_are_let_in_only_on_purpose(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reaches it is asked for no password."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"^--host {host} lets other machines in.*--allow-remote"):
        fleet.fleet(host=host)


def test_without_ray_serve_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "stream.fleet.serving", None)
    with pytest.raises(ConfigError, match=r"^Ray Serve is missing: pip install 'spikewatch\[ray\]'$"):
        fleet.fleet()
