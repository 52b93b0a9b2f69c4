"""The ward of sixteen beds in a real browser: its numbers, by themselves, and without them the whole state."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

import pytest

from tests.stream.supervise.web_site import CHROMIUM, STATE, Site, running, shown

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

BEDS: Final = 16
# Every text that a card's line has had.
WATCH: Final = """() => {
    window.seen = {};
    for (const node of document.querySelectorAll("[data-field=brief]")) {
        const bed = node.closest("article").querySelector("h2").textContent;
        window.seen[bed] = [];
        new MutationObserver(() => window.seen[bed].push(node.textContent)).observe(node, { childList: true });
    }
}"""


class Counting(Site):
    """A ward whose every look at the numbers finds another one."""

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Return the numbers, with the number of this look as the IEDs of the last hour."""
        for bed in self.beds.values():
            bed["ied_rate"] = {"last_minute": 0, "last_hour": self.looks + 1}
        return deepcopy(super().numbers())


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve sixteen beds."""
    with running(Counting(tmp_path_factory.mktemp("ward"), BEDS)) as made:
        yield made


def test_all_beds_have_each_number_that_the_server_looked_up(browser: Any, ward: Site) -> None:  # noqa: ANN401
    """Twenty in a row, of which none is left out; `bench.page` says how many a second they are."""
    with shown(browser, ward) as page:
        playwright.expect(page.locator(".bed:visible")).to_have_count(BEDS)
        page.evaluate(WATCH)
        seen: dict[str, list[str]] = {}
        # As a page's script may not be made of text there, it is asked again and again; a test's own limit ends it.
        while min(map(len, seen.values()), default=0) < 20:
            page.wait_for_timeout(100)
            seen = page.evaluate("window.seen")
    assert len(seen) == BEDS
    for texts in seen.values():
        counts = [int(text.rpartition(" ")[2].removesuffix("/h")) for text in texts]
        assert counts == list(range(counts[0], counts[0] + len(counts)))


def test_what_changes_the_next_moment_comes_by_the_numbers_alone(browser: Any, ward: Site) -> None:  # noqa: ANN401
    """State, stage, alarms and age, each told once: no whole state is answered here after the first one."""
    alarm = {"name": "electrodes_flat", "priority": "high", "reason": "flat", "action": "Check the head box."}
    with shown(browser, ward) as page:
        card = page.locator(".bed", has=page.locator("h2", has_text="bed-16"))
        playwright.expect(card.locator(".word")).to_have_text("WATCHING")
        page.route("**/state.json*", lambda route: route.abort())
        ward.beds["bed-16"] |= {
            "detecting": False, "reason": "flat", "alarms": [alarm], "sleep": {"stage": "N3", "ready": True},
        }  # fmt: skip
        try:
            playwright.expect(card.locator(".word")).to_have_text("NOT DETECTING")
            playwright.expect(card.locator(".brief")).to_contain_text("N3 · ")
            playwright.expect(card.locator(".brief")).to_contain_text(" · 1 alarm")
            ward.beds["bed-16"]["data_age_s"] = 1.2
            playwright.expect(card.locator(".cover")).to_be_visible()
        finally:
            ward.beds["bed-16"] = deepcopy(STATE)
        playwright.expect(card.locator(".word")).to_have_text("WATCHING")


def test_without_its_socket_the_ward_is_told_all_the_same(browser: Any, ward: Site) -> None:  # noqa: ANN401
    """By the whole state: what changes is shown, and no number was looked up."""
    with shown(browser, ward, "#nowhere") as page:
        page.route_web_socket("**/numbers", lambda socket: socket.close())
        page.goto(f"http://127.0.0.1:{ward.port}/")
        playwright.expect(page.locator(".bed:visible")).to_have_count(BEDS)
        looks = ward.looks
        ward.beds["bed-2"] |= {"detecting": False, "reason": "flat"}
        try:
            playwright.expect(page.locator(".bed", has_text="NOT DETECTING")).to_have_count(1)
        finally:
            ward.beds["bed-2"] = deepcopy(STATE)
        assert ward.looks == looks


@pytest.mark.parametrize("screen", [(1366, 768), (1920, 1080)])
def test_sixteen_beds_are_in_sight_at_once(browser: Any, ward: Site, screen: tuple[int, int]) -> None:  # noqa: ANN401
    """Nothing is scrolled, no line is wider, and state and age are the largest words."""
    width, height = screen
    with shown(browser, ward, viewport={"width": width, "height": height}) as page:
        playwright.expect(page.locator(".bed:visible")).to_have_count(BEDS)
        footer = page.locator("footer").bounding_box()
        lowest = page.evaluate("""() => Math.max(...[...document.querySelectorAll('.bed')].map(
            (bed) => bed.getBoundingClientRect().bottom))""")
        assert lowest <= footer["y"]
        assert page.evaluate("document.documentElement.scrollWidth") == width
        sizes = page.evaluate("""() => ['word', 'age b', 'brief', 'reason'].map((name) =>
            parseFloat(getComputedStyle(document.querySelector(`.bed .${name}`)).fontSize))""")
    assert min(sizes[:2]) >= 20
    assert min(sizes[:2]) > max(sizes[2:])
