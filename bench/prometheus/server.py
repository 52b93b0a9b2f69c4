"""A Prometheus server of our own: the rules that a site copies, a free port, a folder that goes with it."""

import json
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.machine import ROOT
from bench.ward.live import end
from stream.demo.place import HOST, free_ports

RULES: Final = ROOT / "deploy" / "prometheus"
AS_DEPLOYED: Final = "127.0.0.1:9464"
"""The target in deploy/prometheus/prometheus.yml."""
ANSWERS_WITHIN_S: Final = 60.0
SERVICE_UNAVAILABLE: Final = 503
Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: what it is asked, and which job it has."""

    folder: Path
    url: str
    process: "subprocess.Popen[bytes]"

    def configure(self, target: str) -> None:
        """Have it scrape a target, or nothing at all; all else stays as a site copies it."""
        write(self.folder, target)
        self.process.send_signal(signal.SIGHUP)

    def alerts(self) -> list[Labels]:
        """Return the labels of the alerts that fire."""
        listed = self._get("alerts", {})["alerts"]
        return [alert["labels"] for alert in listed if alert["state"] == "firing"]

    def number(self, query: str) -> float:
        """Return what a query comes to; of several series the largest, of none 0."""
        found = self._get("query", {"query": query})["result"]
        return max((float(series["value"][1]) for series in found), default=0.0)

    def _get(self, what: str, asked: Labels) -> dict[str, Any]:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(asked)}"
        until_s = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  (our own server)
                    data: dict[str, Any] = json.loads(answer.read())["data"]
            except urllib.error.HTTPError as error:
                # On a busy host its storage is ready later than its page, and questions may time out.
                if error.code != SERVICE_UNAVAILABLE or time.monotonic() > until_s:
                    raise
                time.sleep(0.5)
            else:
                return data


def write(folder: Path, target: str) -> None:
    """Write prometheus.yml: deployed rules and pace, this target; without one, no job."""
    text = (RULES / "prometheus.yml").read_text(encoding="utf-8")
    if AS_DEPLOYED not in text:
        raise SystemExit(
            f"{RULES / 'prometheus.yml'} has no target {AS_DEPLOYED} any more: mend bench.prometheus.server"
        )
    text = text.replace(AS_DEPLOYED, target) if target else text.partition("scrape_configs:")[0]
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Start a server that scrapes nothing yet."""
    program = shutil.which("prometheus")
    if program is None:
        raise SystemExit("this bench needs a Prometheus server: apt install prometheus")
    for rules in ("alerts.yml", "recording.yml"):
        shutil.copy(RULES / rules, folder / rules)
    write(folder, "")
    address = f"{HOST}:{free_ports(1)[0]}"
    words = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([program, *words, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        server = Server(folder, f"http://{address}", process)
        _await(server)
        yield server
    finally:
        end(process)


def _await(server: Server) -> None:
    until_s = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < until_s:
        try:
            server.alerts()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Prometheus does not answer; its log is {server.folder / 'prometheus.log'}")
