"""The page of a reviewer in a real browser: a key is a review in the journal, and can be taken back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stream.supervise.review_browsing import begin, five_leads, rows_of_stages, said, with_rest
from tests.stream.supervise.review_site import ReviewSite
from tests.stream.supervise.web_site import CHROMIUM, press, shown

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewSite]:
    """Serve a night to review while the tests of this file run."""
    made = ReviewSite(tmp_path_factory.mktemp("review"))
    made.withhold(0.4, 0.45, 0.3)
    made.start()
    yield made
    made.stop()


def test_keys_judge_cards_and_events_and_take_back(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Without a mouse: accept a card, reject the next one's first event as a blink, undo that, reject the last card."""
    site.forget()
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        standings, done = page.locator(".standing"), page.locator("[data-field=done]")
        page.evaluate("document.images[0].drawnOnce = true")
        press(page, "a")
        playwright.expect(standings.nth(0)).to_have_text("✓ 76 accepted")
        assert page.evaluate("document.images[0].drawnOnce")
        press(page, "ArrowDown", "ArrowRight", "i")
        page.keyboard.type("blink")
        press(page, "Enter")
        playwright.expect(done).to_have_text("event rejected as blink")
        playwright.expect(standings.nth(1)).to_contain_text("✕ 1 rejected")
        press(page, "u")
        playwright.expect(done).to_contain_text("taken back: reject of ")
        playwright.expect(standings.nth(1)).not_to_contain_text("rejected")
        press(page, "ArrowLeft", "ArrowDown", "k")
        page.keyboard.type("polyspike")
        press(page, "Enter")
        playwright.expect(standings.nth(2)).to_have_text("✓ 29 accepted")
        assert page.evaluate("document.activeElement.dataset.cluster") == "1-2"
    assert said(site) == [
        ("ann", "accept", "cluster", ""),
        ("ann", "reject", "event", "blink"),
        ("ann", "undo", "review", ""),
        ("ann", "relabel", "cluster", "polyspike"),
    ]


def test_the_slider_hides_events_and_hidden_ones_are_not_judged(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Raised by its keys; the first card shrinks, and what was not in sight stays open."""
    site.forget()
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        kept = page.locator("[data-field=kept]")
        playwright.expect(kept).to_contain_text("153 of 153")
        press(page, "s", "End")
        for _ in range(50):
            press(page, "ArrowLeft")
        playwright.expect(kept).to_contain_text("from 0.950 on")
        press(page, "Escape")
        cluster, _, counted = page.locator(".focus h2").first.inner_text().split(" · ")
        whole, shown_now = {"1-1": 76, "1-2": 29, "1-3": 48}[cluster], int(counted.split()[0])
        assert 0 < shown_now < whole
        press(page, "a")
        playwright.expect(page.locator(".standing").first).to_have_text(f"✓ {shown_now} accepted")
    [review] = site.reviews()
    assert (review["target"], review["threshold"]) == (cluster, 0.95)


def test_a_lower_threshold_shows_what_was_not_called_and_journals_nothing(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """By keys: counts and rate follow, a candidate cannot be judged, and one key leads back to what was called."""
    site.forget()
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        kept = page.locator("[data-field=kept]")
        playwright.expect(kept).to_have_text("as called, from 0.500 on: 153 of 153 events, 39.9 an analysed hour")
        press(page, "s", "Home", "Escape")
        playwright.expect(kept).to_have_text("from 0.300 on: 153 of 153 events and 3 not called, 40.7 an analysed hour")
        card = page.locator("[data-cluster='1-1']")
        playwright.expect(card.locator("h2")).to_contain_text("76 events and 3 not called")
        playwright.expect(card.locator("[data-withheld] td:last-child")).to_have_text(["▽ not called"] * 3)
        card.locator("[data-withheld]").first.click()
        press(page, "a")
        playwright.expect(page.locator("[data-field=trouble]")).to_contain_text("This was not called")
        press(page, "c")
        playwright.expect(kept).to_contain_text("as called")
        playwright.expect(page.locator("[data-withheld]")).to_have_count(0)
    assert site.reviews() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(browser: Any, site: ReviewSite, scheme: str) -> None:  # noqa: ANN401
    """Names of what can be pressed, roles, contrast, headings: the rules of axe-core on the page as it is drawn."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe: pip install -e '.[test]'")
    with shown(browser, site, "review/bed-1?hours=24", color_scheme=scheme) as page:
        begin(page)
        press(page, "s", "Home")
        page.locator("[data-withheld]").first.wait_for()
        found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_the_samples_around_an_event_are_shown_where_they_are_kept(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """As soon as the event is marked, under the rows of its card; an event without a snippet has no picture."""
    site.forget()
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        press(page, "ArrowRight")
        site.keep_snippet(page.evaluate("document.activeElement.dataset.event"))
        press(page, "a")
        picture = page.locator(".focus").first.locator(".snippet img")
        playwright.expect(picture).to_have_count(1)
        assert page.evaluate("document.querySelector('.snippet img').decode().then(() => true)")
        press(page, "ArrowDown")
        playwright.expect(picture).to_have_count(0)


def test_one_key_judges_the_rest_one_takes_it_back_and_one_opens_it(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """A night of three clusters, of which the page is told that the two smaller ones share a card."""
    site.forget()

    with shown(browser, site, "review/bed-1") as page:
        page.route("**/cards.json*", with_rest)
        page.reload()
        cards, done = page.locator(".focus"), page.locator("[data-field=done]")
        playwright.expect(cards).to_have_count(2, timeout=20_000)
        playwright.expect(cards.nth(1).locator("h2")).to_contain_text("the rest: 2 clusters")
        page.fill("[data-field=reviewer]", "ann")
        press(page, "Enter", "ArrowDown", "r")
        playwright.expect(done).to_have_text("77 events of the rest rejected")
        assert sorted(one["target"] for one in site.reviews()) == ["1-2", "1-3"]
        press(page, "u")
        playwright.expect(done).to_have_text("taken back: reject of 2 clusters")
        press(page, "o")
        playwright.expect(cards).to_have_count(3)
    assert said(site)[2:] == [("ann", "undo", "review", "")] * 2


def test_two_reviewers_see_each_other_and_a_refusal_is_one_line(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Who has no name is asked for it; their agreement is told; an event that is gone is said so."""
    site.forget()
    with shown(browser, site, "review/bed-1") as one, shown(browser, site, "review/bed-1") as other:
        playwright.expect(one.locator(".focus")).to_have_count(3, timeout=20_000)
        press(one, "a")
        playwright.expect(one.locator("[data-field=trouble]")).to_contain_text("Write your name first")
        begin(one)
        begin(other, "bob")
        press(one, "a")
        playwright.expect(one.locator("[data-field=done]")).to_contain_text("accepted")
        press(other, "r")
        playwright.expect(other.locator(".standing").first).to_have_text("≠ 76 disputed")
        playwright.expect(other.locator("[data-field=agreement]")).to_contain_text("ann and bob: 0 of 76 alike")
        one.evaluate(
            "document.activeElement.closest('[data-cluster]').querySelector('[data-event]').dataset.event = 'gone'"
        )
        press(one, "ArrowRight")
        press(one, "a")
        playwright.expect(one.locator("[data-field=trouble]")).to_contain_text(
            "Not judged. gone: bed bed-1 has no such event"
        )
    assert [review["reviewer"] for review in site.reviews()] == ["ann", "bob"]


def test_fourteen_drawn_events_promise_a_share(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """One key each, the next one is marked by itself; nothing on the list says how probable an event is."""
    site.forget()
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        press(page, "d")
        title = page.locator(".focus h2")
        playwright.expect(title).to_have_text("30 events drawn by chance · 0 judged by you")
        assert "0.9" not in page.locator(".focus table").inner_text()
        for count in range(1, 15):
            press(page, "a")
            playwright.expect(title).to_contain_text(f"{count} judged by you")
        playwright.expect(page.locator("[data-field=promise]")).to_contain_text(
            "at least 80 % of events are true, at 95 % (14 of 14"
        )
        press(page, "d")
        playwright.expect(page.locator(".focus")).to_have_count(3)
    assert {(one["drawn"], one["covers"]) for one in site.reviews()} == {(True, "event")}
    assert len({one["target"] for one in site.reviews()}) == 14


def test_an_event_shows_all_six_criteria_in_one_line_and_a_phone_what_fits(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Beside the pictures; the list of keys has them in words. On a phone no line is wider, and every picture came."""
    with shown(browser, site, "review/bed-1") as page:
        begin(page)
        card, heads = page.locator(".focus").first, page.locator(".focus").first.locator("th").all_inner_texts()
        row = card.locator("[data-event]").first
        said = dict(zip(heads, row.locator("td").all_inner_texts(), strict=True))
        six = {"sharp": "6.0", "ms": "70", "asym.": "0.20", "wave": "0.40", "change": "1.00", "field": "0.30"}
        assert {head: said[head] for head in six} == six
        assert [card.locator("th", has_text=head).first.get_attribute("title") for head in six].count(None) == 0
        assert (said["said"], page.evaluate("document.documentElement.scrollWidth")) == ("○ open", 1366)
        assert row.bounding_box()["height"] < 30
        table, pictures = card.locator("table").bounding_box(), card.locator(".pictures").bounding_box()
        assert table["x"] + table["width"] <= pictures["x"]
        press(page, "?")
        assert set(six) <= set(page.locator("#help dt").all_inner_texts())
        press(page, "?")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        decoded = "Promise.all([...document.images].map((one) => one.decode())).then((all) => all.length)"
        assert page.evaluate(decoded) == 6
        press(page, "d")
        # Else nobody would see on a phone which of the drawn events are left.
        playwright.expect(page.locator("[data-event] td:last-child").first).to_be_visible()


def test_a_card_names_every_channel_that_peaks_first_in_order(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Three with the interval of their share, the others after them; and how many events each stage has."""
    with shown(browser, site, "review/bed-1") as page:
        page.route("**/cards.json*", five_leads)
        page.reload()
        begin(page)
        playwright.expect(page.locator("[data-field=leads]").first).to_have_text(
            "C3-P3 50 % (45 % to 55 %), T7-P7 20 % (15 % to 25 %), F7-T7 15 % (10 % to 20 %); "
            "then \N{EN DASH} 10 %, Fz-Cz 5 %"
        )
        playwright.expect(page.locator("[data-field=stages]").first).to_contain_text("W 3 (")


def test_the_bed_page_shows_the_night_and_leads_to_the_review(browser: Any, site: ReviewSite) -> None:  # noqa: ANN401
    """Its strip has the events, the rate and the channel that comes first; `n` hides it, `v` opens the review."""
    with shown(browser, site) as page:
        text = page.locator("[data-field=nightText]")
        playwright.expect(text).to_contain_text("last 4.0 h: 153 IEDs, 39.9 an analysed hour", timeout=20_000)
        playwright.expect(page.locator("[data-field=nightLeads]")).to_contain_text("peak first: 1. P4-O2 29 %")
        rows = rows_of_stages(page)
        # Before the gap: W, N1, N2, N3 and R, each a line of two pixels or more in a row of its own.
        assert 10 <= rows <= 30
        press(page, "n")
        playwright.expect(text).to_be_hidden()
        page.keyboard.press("v")
        playwright.expect(page.locator(".focus")).to_have_count(3, timeout=20_000)
