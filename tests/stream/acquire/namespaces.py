"""Two hosts on one machine: network namespaces with a cable between them that a test may pull. They need root."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from tests.stream.acquire.acquire_process import Acquiring

NETWORK = "10.213.7"
"""Of the two ends of the cable; no route leads out of the namespaces."""
# The sender's host is named to LSL: multicasts pass the rule that closes UDP.
LSL_CONFIG = """[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
[lab]
SessionID = {session}
KnownPeers = {{{peer}}}
[log]
level = -3
"""


def ip(*words: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class TwoHosts(Acquiring):
    """A sender on one host and acquire on another; `near` names acquire's namespace, `far` the sender's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        name = uuid.uuid4().hex[:6]
        self.near, self.far, self._at = f"swn-{name}", f"swf-{name}", ""
        self.config_path.write_text(LSL_CONFIG.format(session=uuid.uuid4().hex, peer=f"{NETWORK}.1"))

    def __enter__(self) -> "TwoHosts":
        """Lay the cable."""
        for host in (self.near, self.far):
            ip("netns", "add", host)
            self._stack.callback(ip, "netns", "del", host)
            ip("-n", host, "link", "set", "lo", "up")
        ip("-n", self.far, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self.near)
        for host, number in ((self.far, 1), (self.near, 2)):
            ip("-n", host, "addr", "add", f"{NETWORK}.{number}/24", "dev", "cable")
            ip("-n", host, "link", "set", "cable", "up")
        return self

    def amplifier(self, clock: Sequence[str] = (), ahead_s: float = 0.0, **how: object) -> "subprocess.Popen[bytes]":
        """Start an outlet on the far host."""
        self._at = self.far
        return super().amplifier(clock, ahead_s, **how)

    def acquire(self, *, restarted: bool = False) -> "subprocess.Popen[bytes]":
        """Start the process under test on the near host."""
        self._at = self.near
        return super().acquire(restarted=restarted)

    def _start(self, command: list[str], **how: object) -> "subprocess.Popen[bytes]":
        # `ip` becomes the command, so that a signal to it reaches the process.
        return super()._start(["ip", "netns", "exec", self._at, *command], **how)

    def pull(self) -> None:
        """Pull the cable: nothing is closed, nothing is answered."""
        ip("-n", self.near, "link", "set", "cable", "down")

    def plug(self) -> None:
        """Plug it in again."""
        ip("-n", self.near, "link", "set", "cable", "up")

    def close_udp(self) -> None:
        """Drop what the near host sends over UDP, as a firewall does: searches and comparisons of clocks."""
        ip("-n", self.near, "rule", "add", "ipproto", "udp", "blackhole")

    def open_udp(self) -> None:
        """Let UDP through again."""
        ip("-n", self.near, "rule", "del", "ipproto", "udp", "blackhole")


def why_not() -> str:
    """Return why there can be no namespaces here, "" if there can."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return "network namespaces need root and the command ip"
    name = f"swt-{uuid.uuid4().hex[:6]}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"no network namespace can be made here ({made.stderr.strip()})"
    filtered = subprocess.run(
        ["ip", "-n", name, "rule", "add", "ipproto", "udp", "blackhole"], capture_output=True, text=True, check=False
    )
    ip("netns", "del", name)
    return f"this kernel has no rules for UDP alone ({filtered.stderr.strip()})" if filtered.returncode else ""
