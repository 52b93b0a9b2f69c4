"""The doctor: each check with the trouble it is there for, on real ports, a real broker and real LSL."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stream.config.keys import Acquire, Bed, Config, Infer, JournalFile, Metrics, Web
from stream.config.publish_keys import Publish
from stream.doctor import checks as doctor
from stream.doctor import links as doctor_links
from stream.doctor.check import Check
from tests.stream.acquire.acquire_process import LSL_CONFIG
from tests.stream.brokers import Broker

ROOT = Path(__file__).parents[3]
BED = Bed(id="bed-1", acquire=Acquire(name="ward"))
Usage = namedtuple("Usage", "free")


def only(found: Iterator[Check]) -> Check:
    """Return the one check there is."""
    [check] = found
    return check


def test_installed_libraries_are_named() -> None:
    """With their versions, and nothing is missing here."""
    check = only(doctor.check_versions(Config(bed=[BED])))
    assert check.verdict == "ok"
    assert f"python {sys.version.split()[0]}" in check.found


def test_a_gpu_that_is_asked_for_and_not_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unasked for, its absence is fine."""
    # Also on a host with a GPU this is the host without one.
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    wanted = only(doctor.check_gpu(Config(bed=[BED], infer=Infer(device="cuda"))))
    assert (wanted.verdict, 'infer.device = "auto"' in wanted.remedy) == ("fail", True)
    assert only(doctor.check_gpu(Config(bed=[BED]))).verdict == "ok"


def test_a_model_that_is_not_there_fails(tmp_path: Path) -> None:
    """By the name that the configuration gives it."""
    config = Config(bed=[BED], infer=Infer(detector=str(tmp_path / "none")))
    failed = [check for check in doctor.check_models(config) if check.verdict == "fail"]
    assert str(tmp_path / "none") in failed[0].found


def test_a_journal_folder_that_is_not_there_fails(tmp_path: Path) -> None:
    """With the key to change."""
    config = Config(bed=[BED], journal=JournalFile(path=tmp_path / "none" / "j.db"))
    check = only(doctor.check_disk(config))
    assert (check.verdict, check.remedy) == ("fail", "set journal.path to a file in a writable folder")


@pytest.mark.parametrize(
    ("megabytes", "largest_mb", "verdict"),
    [(99, 100, "fail"), (1023, 100, "warn"), (1024, 100, "ok"), (1999, 2000, "warn"), (2000, 2000, "ok")],
)
def test_disk_space_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int, largest_mb: int, verdict: str
) -> None:
    """Under 100 MB fails; under 1 GB warns, and under what the journal may grow to within the days asked for."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(megabytes * 2**20))
    journal = JournalFile(path=tmp_path / "j.db", max_mb=largest_mb, retention_days=7)
    check = only(doctor.check_disk(Config(bed=[BED], journal=journal)))
    assert check.verdict == verdict
    assert f"7 days are kept, up to {largest_mb:,} MB" in check.found
    assert bool(check.remedy) == (verdict != "ok")


def test_shared_memory_must_hold_every_beds_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """128 channels at 1024 Hz for 600 s are 300 MB a bed; docker gives 64 MB."""
    # Room for one bed's ring and not for two: 600 s of 128 channels at 1024 Hz are 300 MiB.
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(300 * 2**20))
    assert only(doctor.check_shared_memory(Config(bed=[BED]))).verdict == "ok"
    crowded = only(doctor.check_shared_memory(Config(bed=[BED, Bed(id="bed-2")])))
    assert (crowded.verdict, "--shm-size" in crowded.remedy) == ("warn", True)


def test_a_slow_clock_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one that is not synchronised; a fast one that is synchronised is fine."""
    source = tmp_path / "current_clocksource"
    monkeypatch.setattr(doctor, "CLOCK_SOURCE", source)
    # The kernel's answer differs from host to host: in a container it is often "not synchronised".
    monkeypatch.setattr(doctor, "_is_clock_synchronised", lambda: True)
    for name, verdict in (("hpet\n", "warn"), ("tsc\n", "ok")):
        source.write_text(name)
        assert only(doctor.check_clock(Config(bed=[BED]))).verdict == verdict
    monkeypatch.setattr(doctor, "_is_clock_synchronised", lambda: False)
    assert "chrony" in only(doctor.check_clock(Config(bed=[BED]))).remedy


class Page(BaseHTTPRequestHandler):
    """A page that a test fills."""

    text = b""

    def do_GET(self) -> None:
        """Serve it."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.text)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize(("text", "verdict"), [(b"# HELP spikewatch_build_info", "ok"), (b"hello", "fail")])
def test_a_taken_port_fails_unless_a_spikewatch_took_it(free_port: int, text: bytes, verdict: str) -> None:
    """It is recognised by what it serves."""
    # A class for each case: HTTPServer makes the handler itself, so its text cannot be an argument.
    handler = type("Filled", (Page,), {"text": text})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = Config(bed=[BED], metrics=Metrics(port=server.server_port), web=Web(port=free_port))
        metrics, web = doctor_links.check_ports(config)
        server.shutdown()
    assert (metrics.verdict, web.verdict) == (verdict, "ok")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_a_port_of_something_that_is_no_page_fails(free_port: int, answer: bytes) -> None:
    """What hangs up, or speaks no HTTP, is not ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_once, args=(server, answer), daemon=True).start()
        config = Config(bed=[BED], metrics=Metrics(port=server.getsockname()[1]), web=Web(port=free_port))
        metrics, _ = doctor_links.check_ports(config)
    assert (metrics.verdict, metrics.remedy) == ("fail", "set metrics.port or metrics.host to another")


def _answer_once(server: socket.socket, answer: bytes) -> None:
    """Accept one connection, answer, hang up."""
    link, _ = server.accept()
    with link:
        link.sendall(answer)


@pytest.mark.parametrize(("protocol", "version"), [("auto", "5"), ("5", "5"), ("3.1.1", "3.1.1")])
def test_a_broker_that_accepts_us_is_ok(broker: Broker, protocol: str, version: str) -> None:
    """The newest version that both speak."""
    publish = Publish.model_validate({"port": broker.port, "protocol": protocol})
    check = only(doctor_links.check_broker(Config(bed=[BED], publish=publish)))
    assert (check.verdict, check.found) == ("ok", f"127.0.0.1:{broker.port} accepts us with MQTT {version}")


def test_a_broker_that_refuses_or_is_not_there_fails(make_broker: Callable[..., Broker], free_port: int) -> None:
    """With its own reason; a password file that is not there is named as that."""
    # The last of two lines holds, and the fixture's own allows everybody.
    broker = make_broker("allow_anonymous false")
    broker.start()
    refused, absent, unreadable = (
        only(doctor_links.check_broker(Config(bed=[BED], publish=publish)))
        for publish in (Publish(port=broker.port), Publish(port=free_port), Publish(password_file="none"))
    )
    assert (refused.verdict, "uthori" in refused.found) == ("fail", True)
    assert (absent.verdict, "refused" in absent.found) == ("fail", True)
    assert 'password_file = "none" cannot be read' in unreadable.found


def test_the_command_reports_lsl_and_fails_without_a_broker(tmp_path: Path, free_port: int) -> None:
    """Through the entry point, in an LSL session of its own: its stream is found, the bed's is not."""
    # Its own session: a stream of another test would be one more that it sees.
    (tmp_path / "lsl_api.cfg").write_text(LSL_CONFIG.format(session=tmp_path.name))
    (tmp_path / "config.toml").write_text(
        f'[[bed]]\nid = "bed-1"\nacquire.name = "ward"\n[publish]\nport = {free_port}\n'
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LSLAPICFG": str(tmp_path / "lsl_api.cfg")}
    command = [sys.executable, "-m", "stream.cli", "doctor", "--json"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    answer = json.loads(ended.stdout)
    verdicts = {check["name"]: check["verdict"] for check in answer["checks"]}
    assert (ended.returncode, answer["ok"]) == (1, False)
    assert (verdicts["lsl"], verdicts["bed bed-1"], verdicts["broker"]) == ("ok", "warn", "fail")
