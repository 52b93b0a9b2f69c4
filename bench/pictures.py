"""Question: what do the bed's page, the reviewer's page and a printed report look like?

Method: `spikewatch demo` (a simulated sleeping patient over real LSL, the real detector) runs for some minutes; then
Chromium opens its pages, accepts the first card by a key, and opens what `spikewatch report` writes of these minutes.
Command: python -m bench.pictures [--minutes 15] [--out docs/pictures]
"""

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

SCREEN: Final = {"width": 1366, "height": 768}
PHONE: Final = {"width": 390, "height": 844}
PAPER: Final = {"width": 1120, "height": 1100}
BED: Final = "bed-1"
EVENT_WITHIN_S: Final = 60.0
SPIKEWATCH: Final = (sys.executable, "-m", "stream.cli")


def main() -> None:
    """Run the demo, and take its pictures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=15.0)
    arguments.add_argument("--out", type=Path, default=Path("docs/pictures"))
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port, folder = probe.getsockname()[1], Path(name)
        probe.close()
        settings = ("--set", f"web.port={port}", "--set", f"journal.path={folder / 'events.db'}")
        demo = subprocess.Popen([*SPIKEWATCH, "demo", "--json", *settings], stdout=subprocess.DEVNULL)
        try:
            time.sleep(60 * given.minutes)
            take(f"http://127.0.0.1:{port}", folder, settings, given.out)
        finally:
            demo.terminate()
            demo.wait()


def take(page: str, folder: Path, settings: tuple[str, ...], out: Path) -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        of_bed(opened(browser, page, SCREEN), out / "bed.png")
        of_review(opened(browser, f"{page}/review/{BED}", SCREEN), out / "review.png")
        of_bed(opened(browser, page, PHONE), out / "phone.png")
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
