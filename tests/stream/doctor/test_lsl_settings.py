"""The doctor on liblsl's own settings: the file in force, its session, and peers that nobody knows."""

import socket
from pathlib import Path

import pytest

from stream import liblsl
from stream.config.keys import Bed, Config
from stream.doctor.check import Check
from stream.doctor.lsl_settings import check_lsl_settings

CONFIG = Config(bed=[Bed(id="bed-1")])


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know one host by name, as a network does, and ask none outside."""

    def known(peer: str, _port: None) -> list[str]:
        if peer not in {"cart-3", "10.0.0.7"}:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [peer]

    monkeypatch.setattr(socket, "getaddrinfo", known)


def told(path: Path | str) -> list[Check]:
    """Return what is said where LSLAPICFG names a file."""
    return list(check_lsl_settings(CONFIG, {"LSLAPICFG": str(path)}))


def written(folder: Path, text: str) -> Path:
    """Write settings."""
    path = folder / "lsl_api.cfg"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_in_force_is_told_with_what_it_sets(tmp_path: Path) -> None:
    """Its session hides the streams of others, so that is said."""
    path = written(tmp_path, "; of the ward\n[lab]\nKnownPeers = {cart-3, 10.0.0.7}\nSessionID = ward\n")
    [check] = told(path)
    assert (check.verdict, check.remedy) == ("ok", "")
    assert check.found == (
        f'{path}: session "ward", scope site, KnownPeers cart-3, 10.0.0.7; only senders of the same session are seen'
    )


def test_a_peer_that_nobody_knows_fails(tmp_path: Path) -> None:
    """Liblsl asks it never, and says nothing."""
    [check] = told(written(tmp_path, "[lab]\nKnownPeers = {cart-3, cart-33}\n[multicast]\nResolveScope = machine\n"))
    assert check.verdict == "fail"
    assert check.found.endswith("scope machine, KnownPeers cart-3, cart-33; no host is called cart-33")
    assert "KnownPeers" in check.remedy


def test_peers_without_braces_fail(tmp_path: Path) -> None:
    """Liblsl takes them for none."""
    [check] = told(written(tmp_path, "[lab]\nKnownPeers = cart-3, 10.0.0.7\n"))
    assert (check.verdict, check.remedy) == ("fail", "write KnownPeers = {cart-3, 10.0.0.7} in that file")


def test_a_file_that_is_named_and_not_there_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Liblsl then takes the next one, or none."""
    monkeypatch.setattr(liblsl, "PLACES", (tmp_path / "none.cfg",))
    failed, other = told(tmp_path / "absent.cfg")
    assert (failed.verdict, "absent.cfg, which cannot be read" in failed.found) == ("fail", True)
    assert (other.verdict, other.found[:14]) == ("ok", "no lsl_api.cfg")


def test_the_first_file_that_liblsl_finds_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names none."""
    monkeypatch.setattr(liblsl, "PLACES", (tmp_path / "none.cfg", written(tmp_path, "[lab]\nSessionID = b\n")))
    [check] = check_lsl_settings(CONFIG, {})
    assert 'session "b"' in check.found


def test_what_is_no_ini_file_is_refused_in_a_line(tmp_path: Path) -> None:
    """With the file's name."""
    [check] = told(written(tmp_path, "KnownPeers = {cart-3}\n"))
    assert (check.verdict, "lsl_api.cfg is no INI file" in check.found) == ("fail", True)
