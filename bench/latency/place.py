"""Where a live bench takes place: a folder, free ports, an LSL session of its own, a broker, and processes that end."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from stream.config.keys import Bed, Config, Frame, Infer
from stream.config.load import to_toml
from stream.demo import place
from stream.demo.children import Child
from stream.demo.place import BED, HOST, Place

Line = dict[str, Any]

# Debian puts it where only root's PATH looks.
MOSQUITTO: Final = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
# Without Nagle's delay: 40 ms of waiting for a full packet would be the largest part of the figure.
BROKER_CONFIG: Final = """listener {port} 127.0.0.1
user {user}
allow_anonymous true
set_tcp_nodelay true
log_type error
"""
STARTS_WITHIN_S: Final = 240.0  # importing torch and compiling a network on a slow and busy machine
LOOK_EVERY_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Stage:
    """A place with a running broker; every child that is started ends with it."""

    place: Place
    _stack: ExitStack

    @property
    def port(self) -> int:
        """The port on which the broker listens."""
        return self.place.config.publish.port

    def start(self, name: str, *arguments: str) -> Child:
        """Start a Python process of ours."""
        child = Child(name, arguments, self.place)
        self._stack.callback(child.stop)
        return child

    def spikewatch(self) -> Child:
        """Start Spikewatch on the place's configuration."""
        return self.start("spikewatch run", "-m", "bench.latency.reported", str(self.place.config_file))


@contextmanager
def staged(frame: Frame, infer: Infer, bed: Bed | None = None) -> Iterator[Stage]:
    """Make a place for Spikewatch with these settings, and start its broker."""
    if MOSQUITTO is None:
        raise SystemExit("this bench needs the broker mosquitto: apt install mosquitto")
    with place.made() as made, ExitStack() as stack:
        here = replace(made, config=_changed(made.config, frame, infer, bed))
        here.config_file.write_text(to_toml(here.config), encoding="utf-8")
        stack.callback(_end, _broker(here))
        yield Stage(here, stack)


def wait_for_line(child: Child, wanted: Callable[[Line], bool]) -> Line:
    """Wait for a line of a child that `wanted` accepts, and return it."""
    until_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until_s:
        for line in child.lines():
            if wanted(line):
                return line
        # A child that died would leave this loop waiting for its whole time.
        child.check()
        time.sleep(LOOK_EVERY_S)
    raise SystemExit(f"{child.name} did not write the line that was awaited within {STARTS_WITHIN_S:g} s")


def _changed(given: Config, frame: Frame, infer: Infer, bed: Bed | None) -> Config:
    own: dict[str, Any] = {
        "publish": given.publish.model_copy(update={"protocol": "auto"}),
        "frame": frame,
        "infer": infer,
    }
    if bed is not None:
        own["bed"] = [bed.model_copy(update={"id": BED, "acquire": given.bed[0].acquire})]
    return given.model_copy(update=own)


def _broker(here: Place) -> "subprocess.Popen[bytes]":
    """Start mosquitto and wait until it listens."""
    path = here.folder / "mosquitto.conf"
    port = here.config.publish.port
    path.write_text(BROKER_CONFIG.format(port=port, user=getpass.getuser()), encoding="utf-8")
    process = subprocess.Popen([str(MOSQUITTO), "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + STARTS_WITHIN_S
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > until_s:
            raise SystemExit(f"mosquitto does not listen on {HOST}:{port}")
        time.sleep(LOOK_EVERY_S)
    return process


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()
