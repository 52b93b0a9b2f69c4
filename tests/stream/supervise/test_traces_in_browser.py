"""Traces in a real browser: an event at its place in time, everything that is kept, what was not analysed, its keys."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stream.supervise.rejected_spans import RejectedSpan
from tests.stream.supervise.web_site import CHROMIUM, RATE_HZ, Site, press, running, settings_of, shown

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

PIXELS_PER_S = 30 * 96 / 25.4
# Pixels of the whole colour; how many a line has depends on where it falls between two of them.
MANY = 150
# Of the colour of `name`, the places (CSS pixels) in a part of the canvas.
FIND = """({ name, left, right, bottom }) => {
    const canvas = document.querySelector('.bed:not([hidden]) canvas');
    canvas.style.color = `var(--${name})`;
    const wanted = getComputedStyle(canvas).color.match(/\\d+/g).map(Number);
    const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, Math.min(bottom, canvas.height));
    const found = [];
    for (let at = 0; at < data.length; at += 4) {
        const x = (at / 4) % width;
        const alike = wanted.every((value, part) => Math.abs(value - data[at + part]) < 40);
        if (alike && x >= left && x < right) found.push(x);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the page while the tests of this file run."""
    with running(Site(tmp_path_factory.mktemp("site"))) as made:
        yield made


def found(page: Any, name: str, left: float = 76, right: float = 5000, bottom: int = 5000) -> list[int]:  # noqa: ANN401
    """Return where the canvas has a colour."""
    places: list[int] = page.evaluate(FIND, {"name": name, "left": left, "right": right, "bottom": bottom})
    return places


def back_s(page: Any) -> float:  # noqa: ANN401
    """Return how far back from now the frozen screen ends (s), as the line above the traces says."""
    return float(settings_of(page).partition("FROZEN, ")[2].partition(" s")[0])


def until(page: Any, what: Callable[[], bool]) -> None:  # noqa: ANN401
    """Look until something is so."""
    ends_s = time.monotonic() + 20
    while not what():
        assert time.monotonic() < ends_s
        page.wait_for_timeout(10)


def test_a_spike_is_drawn_at_its_place_within_a_second_of_its_event(browser: Any, site: Site) -> None:  # noqa: ANN401
    """The quicker of two, for this host may be busy; the mark stands where the trace rises most."""
    with shown(browser, site, "#bed-1") as page:
        settings_of(page)
        end_px = page.evaluate("document.querySelector('.bed:not([hidden]) canvas').clientWidth")
        took_s = []
        for _ in range(2):
            asyncio.run_coroutine_threadsafe(site.plant(), site.loop).result()
            until(page, lambda: bool(found(page, "event", end_px - PIXELS_PER_S, bottom=20)))
            took_s.append(time.monotonic() - site.told_s)
            press(page, " ")
            # A triangle that points at it begins 5 pixels before.
            mark = min(found(page, "event", end_px - 1.5 * PIXELS_PER_S, bottom=20)) + 5
            places = found(page, "trace", mark - 30, mark + 30)
            assert abs(Counter(places).most_common(1)[0][0] - mark) <= 6
            press(page, " ")
            page.wait_for_timeout(1500)
    assert min(took_s) < 1.0


def test_what_memory_holds_is_scrolled_to_and_drawn(browser: Any, site: Site) -> None:  # noqa: ANN401
    """Back to the first sample, in another montage as well, a screen forward, and to now."""
    with shown(browser, site, "#bed-1") as page:
        settings_of(page)
        press(page, "Home")
        line = page.locator("[data-field=settings]:visible")
        playwright.expect(line).to_contain_text("FROZEN")
        until(page, lambda: len(found(page, "trace", 76, 300)) > MANY)
        press(page, "m")
        playwright.expect(line).to_contain_text("average montage")
        until(page, lambda: len(found(page, "trace", 76, 300)) > MANY)
        press(page, "PageDown")
        press(page, "End")
        playwright.expect(line).not_to_contain_text("FROZEN")
        press(page, "PageUp")
        places = [back_s(page)]
        for key in ("ArrowLeft", "ArrowRight"):
            press(page, key)
            places.append(back_s(page))
        # Samples come meanwhile: what is frozen lies further back by and by.
        assert places[1] - places[0] >= 0.9
        assert places[2] - places[1] < places[1] - places[0]


def test_keys_and_buttons_lead_from_event_to_event(browser: Any, site: Site) -> None:  # noqa: ANN401
    """The event before stands in the middle of the screen; a button is a key for who has none."""
    known = site.beds["bed-1"]["events"]
    earlier = known[-1] | {"id": "earlier", "sample": known[-1]["sample"] - round(5 * RATE_HZ)}
    site.beds["bed-1"]["events"] = [*known, earlier]
    with shown(browser, site, "#bed-1") as page:
        settings_of(page)
        for _ in range(len(known) + 1):
            press(page, ",")
        first = back_s(page)
        press(page, ".")
        assert back_s(page) < first - 3.0
        line = page.locator("[data-field=settings]:visible")
        playwright.expect(line).to_contain_text("FROZEN")
        page.get_by_role("button", name="freeze, or run").locator("visible=true").click()
        playwright.expect(line).not_to_contain_text("FROZEN")
        page.get_by_role("button", name="traces larger").locator("visible=true").click()
        playwright.expect(line).to_contain_text("7 µV/mm")


def test_an_event_of_an_earlier_recording_is_on_no_trace_of_this_one(browser: Any, site: Site) -> None:  # noqa: ANN401
    """Its sample is counted from another beginning: neither a mark, nor a key, nor a click in the list leads there."""
    known = site.beds["bed-1"]["events"]
    place = site.log.head - round(2 * RATE_HZ)
    ours = known[-1] | {"id": "ours", "sample": place}
    earlier = known[-1] | {"id": "earlier", "sample": place - round(4 * RATE_HZ), "cluster": f"{site.recording + 1}-1"}
    site.beds["bed-1"]["events"] = [ours, earlier]
    try:
        with shown(browser, site, "#bed-1") as page:
            settings_of(page)
            until(page, lambda: bool(found(page, "event", bottom=20)))
            marks = found(page, "event", bottom=20)
            rows = page.locator(".bed:visible [data-field=events] tr")
            rows.last.click()
            assert "FROZEN" not in settings_of(page)
            press(page, ",", ",")
            at_s = back_s(page)
            rows.first.click()
            # The keys have led to the only event of this recording, as a click on it does; the other is 4 s away.
            assert back_s(page) - at_s < 2.0
    finally:
        site.beds["bed-1"]["events"] = known
    assert (max(marks) - min(marks)) / PIXELS_PER_S < 1.0


def test_what_was_not_analysed_is_hatched_before_the_page_was_opened(browser: Any, site: Site) -> None:  # noqa: ANN401
    """In the group's rows, until it was analysed again; an electrode at fault has its sign."""
    with shown(browser, site, "#bed-1") as page:
        settings_of(page)
        press(page, " ")
        newest = site.log.newest
        event = {"id": "beside", "sample": newest.end - round(4 * RATE_HZ), "group": "left-temporal"}
        site.beds["bed-1"]["events"] = [site.beds["bed-1"]["events"][-1] | event]
        site.rejected = [RejectedSpan("left-temporal", "loose", newest.arrival_s - 4.0, newest.arrival_s - 2.0)]
        site.beds["bed-1"]["channels"] = {"T3": "an electrode is loose"}
        try:
            until(page, lambda: len(found(page, "hatch")) > MANY)
            places, marks = found(page, "hatch"), found(page, "event", bottom=20)
            electrodes = page.locator("[data-field=electrodes]:visible").inner_text()
        finally:
            site.rejected, site.beds["bed-1"]["channels"] = [], {}
    assert (max(places) - min(places)) / PIXELS_PER_S == pytest.approx(2.0, abs=0.3)
    # The stretch and the event that was told by its sample begin at one place.
    left = min(places)
    assert min(abs(mark + 5 - left) for mark in set(marks)) / PIXELS_PER_S < 0.3
    assert electrodes == "▲ T3 (an electrode is loose)"
