"""What `spikewatch doctor` says of liblsl's own settings: which file is in force, its session, scope and known peers.

A session of another name hides every stream, and a peer whose name cannot be resolved is never asked; liblsl reports
neither.
"""

import configparser
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stream.config.keys import Config
from stream.doctor.check import Check
from stream.liblsl import settings_file

NAME: Final = "lsl settings"
DEFAULT_SESSION: Final = "default"


def check_lsl_settings(_config: Config, environment: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Report the settings that liblsl takes, and whether it can find the peers they name."""
    asked = environment.get("LSLAPICFG", "")
    if asked and not os.access(asked, os.R_OK):
        remedy = "name a file that can be read, or unset LSLAPICFG"
        yield Check(NAME, "fail", f"LSLAPICFG names {asked}, which cannot be read; liblsl goes on without it", remedy)
    found = settings_file(environment)
    if found is None:
        yield Check(NAME, "ok", "no lsl_api.cfg: streams are found by multicast, and by no other way")
        return
    settings = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        settings.read_string(found.read_text(encoding="utf-8", errors="replace"))
    except configparser.Error as error:
        yield Check(NAME, "fail", f"{found} is no INI file: {str(error).splitlines()[0]}", "mend that line")
        return
    yield _judged(found.absolute(), settings)


def _judged(path: Path, settings: configparser.ConfigParser) -> Check:
    session = settings.get("lab", "SessionID", fallback=DEFAULT_SESSION).strip()
    scope = settings.get("multicast", "ResolveScope", fallback="site").strip()
    listed = settings.get("lab", "KnownPeers", fallback="").strip()
    peers = [peer.strip() for peer in listed.strip("{}").split(",") if peer.strip()]
    found = f'{path}: session "{session}", scope {scope}, KnownPeers {", ".join(peers) or "none"}'
    # liblsl takes anything but a set in braces for an empty one.
    if peers and not (listed.startswith("{") and listed.endswith("}")):
        remedy = f"write KnownPeers = {{{', '.join(peers)}}} in that file"
        return Check(NAME, "fail", f"{found}; they stand without braces, so that none is asked", remedy)
    if unknown := [peer for peer in peers if not _resolves(peer)]:
        remedy = "correct KnownPeers in that file, or have the network know these names"
        return Check(NAME, "fail", f"{found}; no host is called {', '.join(unknown)}", remedy)
    if session != DEFAULT_SESSION:
        return Check(NAME, "ok", f"{found}; only senders of the same session are seen")
    return Check(NAME, "ok", found)


def _resolves(peer: str) -> bool:
    try:
        return bool(socket.getaddrinfo(peer, None))
    except OSError:
        return False
