"""Question: what do the ward's page, the bed's page, the reviewer's page and a printed report look like?

Method: `spikewatch demo` (a simulated sleeping patient over real LSL, the real detector) runs for some minutes; then
Chromium opens its pages, accepts the first card by a key, and opens what `spikewatch report` writes of these minutes.
The ward is the real page with the state of sixteen beds made up: no demo has so many, nor a blind one among them.
Command: python -m bench.pictures [--minutes 15] [--only ward bed ...] [--out docs/pictures]
"""

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from stream.config.keys import Bed, Config, Web
from stream.supervise.page import Page

SCREEN: Final = {"width": 1366, "height": 768}
PHONE: Final = {"width": 390, "height": 844}
PAPER: Final = {"width": 1120, "height": 1100}
BED: Final = "bed-1"
EVENT_WITHIN_S: Final = 60.0
SPIKEWATCH: Final = (sys.executable, "-m", "stream.cli")
OF_THE_DEMO: Final = ("bed", "review", "phone", "report")
NAMES: Final = ("ward", *OF_THE_DEMO)
WATCHED: Final[dict[str, Any]] = {
    "status": {"state": "online", "reason": "", "alarms": {}}, "alarms": [], "info": {},
    "latency": {"budget_ms": 250.0, "budget_misses": 0, "stages_ms": {}}, "sleep": {"stage": "N2", "ready": True},
    "ied_rate": {"last_minute": 3, "last_hour": 41}, "data_age_s": 0.4, "detecting": True, "reason": "", "events": [],
    "samples": {}, "groups": {}, "channels": {},
}  # fmt: skip
ALARM: Final = {"name": "electrodes_flat", "priority": "high", "action": "Check the head box."}
TROUBLED: Final[dict[str, dict[str, Any]]] = {
    "bed-3": {"data_age_s": 4.5, "detecting": False, "reason": "the newest sample is too old to be live EEG"},
    "bed-12": {
        "detecting": False, "reason": "every electrode of the bed is flat: check the head box",
        "alarms": [ALARM | {"reason": "every electrode is flat"}],
    },
    "bed-7": {"status": {"state": "degraded", "reason": "left-temporal is not analysed: an electrode is off"}},
}  # fmt: skip


def main() -> None:
    """Run the demo if it is needed, and take the pictures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=15.0)
    arguments.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    arguments.add_argument("--out", type=Path, default=Path("docs/pictures"))
    given = arguments.parse_args()
    if "ward" in given.only:
        asyncio.run(of_ward(given.out / "ward.png"))
    if set(given.only) & set(OF_THE_DEMO):
        of_demo(given.minutes, given.only, given.out)


def of_demo(minutes: float, only: Collection[str], out: Path) -> None:
    """Run the demo, and take its pictures."""
    with tempfile.TemporaryDirectory() as name:
        port, folder = free_port(), Path(name)
        settings = ("--set", f"web.port={port}", "--set", f"journal.path={folder / 'events.db'}")
        demo = subprocess.Popen([*SPIKEWATCH, "demo", "--json", *settings], stdout=subprocess.DEVNULL)
        try:
            time.sleep(60 * minutes)
            take(f"http://127.0.0.1:{port}", folder, settings, only, out)
        finally:
            demo.terminate()
            demo.wait()


def free_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def of_ward(file: Path) -> None:
    """Take the ward's page, served here with beds that are made up."""
    beds = {f"bed-{number}": WATCHED | TROUBLED.get(f"bed-{number}", {}) for number in range(1, 17)}
    state = {"site": "neurology-3", "version": "0.1.0", "beds": beds, "mqtt": {"connected": True, "outbox": 0}}
    config = Config(bed=[Bed(id=name) for name in beds], web=Web(port=free_port()))
    page = Page(config, lambda: state)
    serving = asyncio.create_task(page.run())
    await asyncio.to_thread(_shoot_ward, f"http://127.0.0.1:{config.web.port}", file)
    await page.stop()
    await serving


def _shoot_ward(address: str, file: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)

    with sync_playwright() as started:
        browser = launched(started)
        page = opened(browser, address, SCREEN, "dark")
        page.locator(".bed:visible").nth(len(TROUBLED)).wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=file)
        browser.close()


def launched(started: Any) -> Any:  # noqa: ANN401
    """Start Chromium."""
    return started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])


def take(page: str, folder: Path, settings: tuple[str, ...], only: Collection[str], out: Path) -> None:
    """Take all pictures of the demo that are asked for."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)

    with sync_playwright() as started:
        browser = launched(started)
        if "bed" in only:
            of_bed(opened(browser, page, SCREEN), out / "bed.png")
        if "review" in only:
            of_review(opened(browser, f"{page}/review/{BED}", SCREEN), out / "review.png")
        if "phone" in only:
            of_bed(opened(browser, page, PHONE), out / "phone.png")
        if "report" in only:
            file = folder / "report.html"
            subprocess.run([*SPIKEWATCH, "report", "--bed", BED, "--out", str(file), *settings], check=True)
            opened(browser, file.as_uri(), PAPER).screenshot(path=out / "report.png")
        browser.close()


def opened(browser: Any, address: str, size: dict[str, int], scheme: str = "light") -> Any:  # noqa: ANN401
    """Return a page at an address."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.goto(address)
    return page


def of_bed(page: Any, file: Path) -> None:  # noqa: ANN401
    """Take the bed's page once its traces fill the screen and an event is in sight."""
    page.locator("[data-field=settings]:has-text('mm/s')").wait_for()
    newest = page.locator("[data-field=events] tr").first
    before, until_s = newest.inner_text(), time.monotonic() + EVENT_WITHIN_S
    while newest.inner_text() == before and time.monotonic() < until_s:
        page.wait_for_timeout(200)
    page.wait_for_timeout(3000)
    page.screenshot(path=file)


def of_review(page: Any, file: Path) -> None:  # noqa: ANN401
    """Take the reviewer's page with its first card accepted."""
    page.locator(".focus").first.wait_for()
    page.fill("[data-field=reviewer]", "ann")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    page.locator("[data-field=done]:has-text('accepted')").wait_for()
    page.wait_for_timeout(1000)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
