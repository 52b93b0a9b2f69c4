"""The page in a real browser: traces with events in place, the red cover, keys, small screens, nothing from elsewhere.

Samples come in real time, for a browser has no other clock.
"""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest

from tests.stream.supervise.web_site import CHROMIUM, SPIKE_S, STATE, Site, press, running, settings_of, shown

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

PHONE: Final = {"width": 390, "height": 844}
STAGES: Final = ("acquire", "condition", "frame", "infer", "merge", "journal", "total")
LATENCY: Final = {
    "budget_ms": 250.0, "budget_misses": 0, "window_s": 60.0,
    "stages_ms": {name: {"p50": 10.0, "p95": 20.0, "p99": 30.0} for name in STAGES},
}  # fmt: skip
DETECTOR: Final = {"name": "sc-small", "sha256": "86b4" + 60 * "0"}
SAMPLES: Final = {"analysed": 99_000, "rejected": 700, "missing": 12, "shed": 3, "pending": 40}
HOSTILE: Final = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the page while the tests of this file run."""
    with running(Site(tmp_path_factory.mktemp("site"))) as made:
        made.beds["bed-1"] |= {
            "latency": LATENCY,
            "samples": SAMPLES,
            "artefacts": {"heartbeats": 12},
            "info": {"detector": DETECTOR, "threshold": 0.5},
        }
        yield made


def test_an_event_is_drawn_at_its_place_and_the_reader_has_keys(browser: Any, site: Site) -> None:  # noqa: ANN401
    """Frozen, its mark stands where its sample is; gain, speed, montage and theme follow their keys."""
    with shown(browser, site, "#bed-1") as page:
        assert settings_of(page) == "detector montage · 10 µV/mm · 30 mm/s · filters 0.5\u201335 Hz · negative up"
        press(page, " ")
        # The mark's colour, at the height of its label, from left to right.
        place = page.evaluate("""() => {
            const canvas = document.querySelector('.bed:not([hidden]) canvas');
            canvas.style.color = 'var(--event)';
            const [r, g, b] = getComputedStyle(canvas).color.match(/\\d+/g).map(Number);
            const scale = devicePixelRatio;
            const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, 20);
            const found = [];
            for (let at = 0; at < data.length; at += 4)
                if (data[at] === r && data[at + 1] === g && data[at + 2] === b) found.push((at / 4) % width / scale);
            return { left: Math.min(...found), end_px: canvas.clientWidth };
        }""")
        frozen = settings_of(page)
        pixels_per_s = 30 * 96 / 25.4
        back_s = (place["end_px"] - place["left"]) / pixels_per_s
        # It was SPIKE_S old when the page was opened and has grown older since.
        assert SPIKE_S < back_s < 8.0
        assert "FROZEN" in frozen
        sizes = (("-", "15 µV/mm"), ("=", "10 µV/mm"), ("+", "7 µV/mm"), ("]", "60 mm/s"), ("[", "30 mm/s"))
        for key, text in (*sizes, ("m", "average montage"), ("m", "referential montage")):
            press(page, key)
            assert text in settings_of(page)
        fitting = "import('/gain.js').then(({ fitting, GAINS }) => [80, 14, 1].map((px) => GAINS[fitting(px)]))"
        assert page.evaluate(fitting) == [10, 20, 200]
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        press(page, "l")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        press(page, "?")
        playwright.expect(page.locator("dialog")).to_be_visible()
        press(page, "?")
        press(page, "Escape")
        playwright.expect(page.locator(".bed:visible")).to_have_count(3)


def test_silence_is_covered_within_a_second_and_a_healthy_bed_never(browser: Any, site: Site) -> None:  # noqa: ANN401
    """Looked at twenty times in two seconds; then its data ages, and the cover falls and says so."""
    with shown(browser, site, "#bed-1") as page:
        cover = page.locator(".bed:visible .cover")
        settings_of(page)
        for _ in range(20):
            assert not cover.is_visible()
            page.wait_for_timeout(100)
        site.beds["bed-1"]["data_age_s"] = 1.2
        try:
            playwright.expect(cover).to_be_visible(timeout=1500)
            playwright.expect(cover).to_contain_text("STALE")
        finally:
            site.beds["bed-1"]["data_age_s"] = 0.0


def test_the_worst_bed_comes_first_and_late_results_are_not_green(browser: Any, site: Site) -> None:  # noqa: ANN401
    """The blind one before the late one before the watched one, and numbers open beds."""
    site.beds["bed-3"] |= {"detecting": False, "reason": "every electrode is flat"}
    site.beds["bed-2"]["latency"] = {"budget_ms": 250.0, "stages_ms": {"total": {"p50": 90, "p95": 400, "p99": 500}}}
    try:
        with shown(browser, site) as page:
            playwright.expect(page.locator(".bed:visible")).to_have_count(3)
            order = page.evaluate("""() => [...document.querySelectorAll('.bed')]
                .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)
                .map((bed) => bed.querySelector('h2').textContent + ' ' + bed.querySelector('.word').textContent)""")
            assert order == ["bed-3 NOT DETECTING", "bed-2 WATCHING, LATE", "bed-1 WATCHING"]
            press(page, "2")
            playwright.expect(page.locator(".bed:visible")).to_have_count(1)
            playwright.expect(page.locator("[data-field=blind]")).to_contain_text("bed-3")
    finally:
        site.beds["bed-2"], site.beds["bed-3"] = deepcopy(STATE), deepcopy(STATE)


def test_hostile_names_are_shown_as_text(browser: Any, site: Site) -> None:  # noqa: ANN401
    """A channel's name, a reason or an alarm is never markup."""
    event = {"id": "e", "utc": "2026-01-01T00:00:00Z", "group": HOSTILE, "peak_channel": HOSTILE, "probability": 0.9}
    alarm = {"name": HOSTILE, "priority": HOSTILE, "reason": HOSTILE, "action": "Check the electrodes."}
    info = {"left_out": {HOSTILE: HOSTILE}, "channels": [HOSTILE]}
    state = {"events": [event], "info": info, "alarms": [alarm], "groups": {HOSTILE: HOSTILE}, "reason": HOSTILE}
    site.beds["bed-2"] |= state | {"detecting": False}
    try:
        with shown(browser, site) as page:
            playwright.expect(page.locator(".bed:visible")).to_have_count(3)
            playwright.expect(page.locator("text=Check the electrodes.")).to_have_count(1)
            content = page.content()
            assert page.title() == "NOT DETECTING bed-2"
    finally:
        site.beds["bed-2"] = deepcopy(STATE)
    assert content.count("&lt;img") >= 6
    assert "<img" not in content


def test_no_file_of_the_page_asks_for_anything_from_elsewhere() -> None:
    """It works on a ward without the internet, and nothing in it writes HTML from text."""
    for file in (Path(__file__).parents[3] / "stream" / "supervise" / "webpage").iterdir():
        text = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not [word for word in ("http:", "https:", "//cdn", "innerHTML", "outerHTML", "eval(") if word in text]


def test_a_small_screen_has_the_account_in_sight_and_a_phone_whole_words(browser: Any, site: Site) -> None:  # noqa: ANN401
    """At 1366x768 with all that a bed may say; on a phone no line is wider, and the state is one word on one line."""
    with shown(browser, site, "#bed-1") as page:
        settings_of(page)
        facts = page.locator("[data-field=detector]:visible")
        playwright.expect(facts).to_contain_text("0.50; no events: 12 heartbeats")
        account = page.locator("[data-field=samples]:visible")
        playwright.expect(account).to_contain_text("analysed 99.2")
        box = account.bounding_box()
        assert box["y"] + box["height"] < page.locator("footer").bounding_box()["y"]
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        word = page.locator(".bed:visible .word")
        box, size_px = word.bounding_box(), word.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        assert box["height"] < 1.5 * size_px


@pytest.mark.parametrize(("place", "scheme"), [("#bed-1", "light"), ("", "dark")])
def test_axe_finds_nothing_to_mend(browser: Any, site: Site, place: str, scheme: str) -> None:  # noqa: ANN401
    """Names of what can be pressed, roles, contrast, headings: the rules of axe-core on the page as it is drawn."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe: pip install -e '.[test]'")
    with shown(browser, site, place, color_scheme=scheme) as page:
        page.locator(".bed:visible").first.wait_for()
        found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_bed_that_is_not_there_is_said_to_be_none(browser: Any, site: Site) -> None:  # noqa: ANN401
    """And the ward is shown, for the address may be an old one."""
    with shown(browser, site, "#bed-9") as page:
        playwright.expect(page.locator("[data-field=notice]")).to_have_text("There is no bed “bed-9” at this site.")
        playwright.expect(page.locator(".bed:visible")).to_have_count(3)
        # From here on without a mouse: the first one is chosen, the next, the one before, and it is opened.
        for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowLeft", "Enter"):
            press(page, key)
        playwright.expect(page.locator(".bed:visible")).to_have_count(1)
        assert page.evaluate("location.hash") == "#bed-1"
        page.get_by_role("link", name="Spikewatch").click()
        playwright.expect(page.locator(".bed:visible")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_stands_out_of_its_ground(browser: Any, site: Site, scheme: str) -> None:  # noqa: ANN401
    """By WCAG's contrast ratio, AA: 4.5 for every colour of text on both grounds."""
    names = ("text", "quiet", "good", "warn", "bad", "event")
    with shown(browser, site, color_scheme=scheme) as page:
        colours = page.evaluate(
            """(names) => Object.fromEntries(names.map((name) => {
                document.body.style.color = `var(--${name})`;
                return [name, getComputedStyle(document.body).color.match(/[\\d.]+/g).slice(0, 3).map(Number)];
            }))""",
            [*names, "ground", "raised"],
        )
    for name in names:
        for ground in ("ground", "raised"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1)."""
    light = sorted(luminance(colour) for colour in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(colour: list[float]) -> float:
    """Return the relative luminance of red, green and blue from 0 to 255."""
    linear = [(c / 255) / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
