"""Question: does the page draw smoothly, what does it cost the network, and does the detector notice who looks?

Method: (a) a page whose bed sends noise of 21 and of 64 electrodes at 512 Hz, about 11 s on a screen of 1920x1080 in a
headless Chromium without a GPU, a row a channel. A frame's time is from one frame of the browser to the next (it may
draw 60 a second), a script's that of our own drawing; bytes are those of the WebSockets. (b) The ward's page with the
state of sixteen beds, an hour of events each, for one visitor: with its numbers, and as if there were none of them; the
server's time is that of its thread. (c) The simulated patient of `spikewatch demo` over real LSL, `spikewatch run`,
mosquitto; in turns nobody looks, and two tabs look while 50 clients ask for traces and never read. The detector's time
of every hop, from its newest sample to its merged scores, is pooled over the turns of each kind, without the first
seconds of a turn. Browsers run where nothing else would (SCHED_IDLE), for a reader's runs on another machine.
Command: python -m bench.page [--only ward ...] [--seconds 20] [--turns 8] [--turn-s 30] [--json FILE]
"""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.latency.listener import listening
from bench.latency.place import staged
from bench.latency.report_lines import Report, decided_ms, reports, whole
from bench.machine import publish
from bench.page.frames import measured, spread
from bench.page.lookers import DEAF, TABS, behind, looking
from bench.page.site import served
from bench.page.ward import ward
from bench.ward.live import load_average
from stream.config.keys import Frame, Infer
from stream.demo.patient import SEED
from stream.demo.place import HOST, STREAM

CHANNELS: Final = (21, 64)
PARTS: Final = ("frames", "ward", "detector")
GOALS: Final = {"frame_p95_ms": 40.0, "p99_ratio": 1.1, "numbers_per_s": 10.0}
LEFT_OUT_S: Final = 6.0
"""Of each turn: browsers open and close, and a window of the turn before ends."""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> None:
    """Measure the parts, and keep the figures."""
    parser = command_line("bench.page", __doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--turn-s", type=float, default=30.0)
    given = parser.parse_args()
    result: dict[str, Any] = {"load": {"before": load_average()}, "goals": GOALS}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        launch = started.chromium.launch
        browser = launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        if "frames" in given.only:
            result["frames"] = [drawn_with(browser, channels, given.seconds) for channels in CHANNELS]
        if "ward" in given.only:
            result["ward"] = ward(browser, free_port(), given.seconds)
        browser.close()
        if "detector" in given.only:
            browser = launch(executable_path=behind(Path(folder)), args=list(FLAGS))
            result["detector"] = turns(browser, given.turns, given.turn_s)
            browser.close()
    result["load"]["after"] = load_average()
    publish("page", result, given.json)


def drawn_with(browser: Any, channels: int, seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """Return the figures of one page."""
    with served(channels, free_port()) as address:
        return measured(browser, address, channels, seconds)


def free_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def turns(browser: Any, count: int, turn_s: float) -> dict[str, Any]:  # noqa: ANN401
    """Let nobody look and many look in turns; return the detector's times of each kind."""
    found: dict[bool, list[float]] = {False: [], True: []}
    with staged(Frame(), Infer()) as stage, listening(HOST, stage.port, "spikewatch/#"):
        process = stage.spikewatch()
        stage.start("the patient", "-m", "stream.demo.patient", STREAM, str(SEED))
        lines = reports(process)
        next(report for report in lines if report["kind"] == "DetectReport" and whole(report))
        for turn in range(count):
            looked_at = turn % 2 == 1
            port = stage.place.config.web.port
            with looking(browser, port) if looked_at else nullcontext():
                found[looked_at] += _times(lines, turn_s)
    ratio = spread(found[True])["p99"] / spread(found[False])["p99"]
    return {
        "tabs": TABS,
        "clients_that_never_read": DEAF,
        "turns": count,
        "turn_s": turn_s,
        "hops": {"alone": len(found[False]), "looked_at": len(found[True])},
        "alone_ms": spread(found[False]),
        "looked_at_ms": spread(found[True]),
        "p99_ratio": round(ratio, 3),
    }


def _times(lines: Iterator[Report], turn_s: float) -> list[float]:
    """Return the times of a turn's hops (ms)."""
    began_s, found = time.monotonic(), list[float]()
    for report in lines:
        if report["kind"] == "DetectReport" and report["at_s"] > began_s + LEFT_OUT_S:
            found += decided_ms(report)
        if time.monotonic() > began_s + turn_s:
            break
    return found


if __name__ == "__main__":
    main()
