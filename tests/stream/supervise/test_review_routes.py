"""Reviews over HTTP: the same clicks as the command's, by whom may, and refused in one line."""

import http.client
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stream.config.keys import Bed
from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from stream.review.averages import Average, averages
from stream.review.bed_review import BedReview
from stream.supervise import review_desk, review_routes
from tests.stream.supervise.review_site import ReviewSite

Answer = tuple[int, str, str]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewSite]:
    """Serve a night while the tests of this file run."""
    made = ReviewSite(tmp_path_factory.mktemp("review"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def site(served: ReviewSite) -> ReviewSite:
    """Return the site with a night that nobody has judged."""
    served.forget()
    return served


@pytest.fixture
def ask(site: ReviewSite) -> Ask:
    """Return a function that asks the page."""
    return asking(site)


def asking(site: ReviewSite) -> Ask:
    """Return a function that asks a site's page; it returns status, media type and text."""

    def call(path: str, click: Any = None, token: str = "", **more: str) -> Answer:  # noqa: ANN401
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
        headers = {"Host": "localhost", **more} | ({"Authorization": f"Bearer {token}"} if token else {})
        body = click if click is None or isinstance(click, str) else json.dumps(click)
        connection.request("POST" if click is not None else "GET", f"/review/{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.getheader("content-type", "").partition(";")[0], text

    return call


def cards(ask: Ask, query: str = "") -> dict[str, Any]:
    """Return what the page shows."""
    status, _, text = ask(f"bed-1/cards.json{query}")
    assert status == 200, text
    answer: dict[str, Any] = json.loads(text)
    return answer


def click(target: str, verdict: str = "accept", reviewer: str = "ann", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make what the page sends."""
    return {"target": target, "verdict": verdict, "reviewer": reviewer, **more}


def test_a_card_is_judged_as_by_the_command_and_wakes_the_publisher(site: ReviewSite, ask: Ask) -> None:
    """One message in the journal, on the topic of reviews; the cards and what the command reads say the same."""
    card = cards(ask)["cards"][0]
    status, _, text = ask("bed-1", click(card["cluster"], until_seq=card["newest_seq"]))
    assert status == 200
    [review] = site.reviews()
    assert (review["id"], review["target"], review["reviewer"]) == (json.loads(text)["id"], card["cluster"], "ann")
    assert os.eventfd_read(site.posted_fd) == 1
    with_topic = [one for one in site.file.pending("bed-1", 10_000) if one.topic == "event/review"]
    assert [one.seq for one in with_topic] == [review["seq"]]
    seen = cards(ask)
    assert seen["cards"][0]["standings"] == {"accepted": card["count"]}
    assert [one["id"] for one in seen["reviews"]] == [review["id"]]
    reader = JournalReader(site.path)
    assert BedReview(reader, "bed-1", site.began).cards()[0].standings == {"accepted": card["count"]}
    reader.close()


def test_only_the_events_that_a_card_showed_are_judged(ask: Ask) -> None:
    """Neither what the slider hid nor what came after the card was drawn."""
    everything = cards(ask)
    shown = cards(ask, "?threshold=0.95")
    [card] = [one for one in shown["cards"] if one["cluster"] == "1-1"]
    [whole] = [one for one in everything["cards"] if one["cluster"] == "1-1"]
    assert card["count"] < whole["count"]
    assert ask("bed-1", click("1-1", until_seq=card["newest_seq"], threshold=0.95))[0] == 200
    [after] = [one for one in cards(ask)["cards"] if one["cluster"] == "1-1"]
    assert after["standings"] == {"accepted": card["count"], "open": whole["count"] - card["count"]}
    assert ask("bed-1", click("1-2", until_seq=1))[0] == 200
    [other] = [one for one in cards(ask)["cards"] if one["cluster"] == "1-2"]
    assert other["standings"] == {"open": other["count"]}


def test_two_reviewers_differ_and_each_takes_back_their_own(ask: Ask) -> None:
    """Both are journalled; what they agree on is told."""
    event = next(iter(cards(ask)["events"]))
    assert ask("bed-1", click(event))[0] == 200
    assert ask("bed-1", click(event, "reject", "bob", label="blink"))[0] == 200
    seen = cards(ask)
    assert seen["events"][event]["standing"] == "disputed"
    assert seen["events"][event]["judgements"]["bob"] == {"true": False, "label": "blink"}
    assert seen["agreements"] == [{"reviewers": ["ann", "bob"], "events": 1, "same": 0, "kappa": 0.0}]
    [of_bob] = [one["id"] for one in seen["reviews"] if one["reviewer"] == "bob"]
    status, _, text = ask("bed-1", click(of_bob, "undo", "ann"))
    assert (status, text) == (422, f"{of_bob}: is a review of bob, who alone can undo it\n")
    assert ask("bed-1", click(of_bob, "undo", "bob"))[0] == 200
    assert cards(ask)["events"][event]["standing"] == "accepted"


def test_a_key_on_the_rest_is_a_review_of_each_of_its_clusters_or_of_none(site: ReviewSite, ask: Ask) -> None:
    """All of one time, so that they are taken back together; where one is gone, nothing is journalled."""
    status, _, text = ask("bed-1", click("1-2 gone 1-3", "reject", label="noise"))
    assert (status, text.partition(":")[0], site.reviews()) == (422, "gone", [])
    assert json.loads(ask("bed-1", click("1-2 1-3", "reject", label="noise"))[2])["reviews"] == 2
    made = cards(ask)["reviews"]
    assert [(one["target"], one["label"]) for one in made] == [("1-3", "noise"), ("1-2", "noise")]
    assert len({one["utc"] for one in made}) == 1
    assert ask("bed-1", click(" ".join(one["id"] for one in made), "undo"))[0] == 200
    assert cards(ask)["reviews"] == []


@pytest.mark.parametrize(
    ("path", "sent", "status", "line"),
    [
        ("bed-1", click("gone"), 422, "gone: bed bed-1 has no such event or cluster, or it is gone"),
        ("bed-1", click("1-1", reviewer="  "), 422, "review: reviewer: String should have at least 1 character"),
        ("bed-1", click("1-1", "maybe"), 422, "review: verdict: Input should be 'accept', 'reject'"),
        ("bed-1", click("1-1", seq=3), 422, "review: seq: Extra inputs are not permitted"),
        ("bed-1", click(" "), 422, "review: target: String should have at least 1 character"),
        ("bed-1", "not json", 422, "review: the body: Invalid JSON"),
        ("bed-9", click("1-1"), 404, "404: no such bed is configured"),
        ("bed-9/cards.json", None, 404, "404: no such bed is configured"),
        ("bed-1/cards.json?threshold=x", None, 422, "threshold=x: takes a number from 0 to 1"),
        ("bed-1/9-9/field.svg", None, 404, "404: there is no such picture"),
        ("bed-1/1-1/other.svg", None, 404, "404: there is no such picture"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_line_and_changes_nothing(
    site: ReviewSite,
    ask: Ask,
    path: str,
    sent: Any,  # noqa: ANN401
    status: int,
    line: str,
) -> None:
    """An event that is gone, a name that is none, a bed that is not there."""
    answered, kind, text = ask(path, sent)
    assert (answered, kind, text.count("\n")) == (status, "text/plain", 1)
    assert text.startswith(line)
    assert site.reviews() == []


def test_a_full_disk_is_told_and_nothing_is_said_to_be_journalled(
    site: ReviewSite, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The click is refused with the journal's own words, and works once there is room."""

    def full(_journal: Journal, *_given: object) -> list[int]:
        raise RecordError("journal events.db: database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "post", full)
        assert ask("bed-1", click("1-1")) == (503, "text/plain", "503: journal events.db: database or disk is full\n")
    assert site.reviews() == []
    assert ask("bed-1", click("1-1"))[0] == 200


def test_events_stay_in_memory_only_while_somebody_reviews(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night may be tens of megabytes: read once for several requests, and forgotten behind the last."""
    read = list[str]()

    def counted(journal: JournalReader, bed: Bed, events: Any) -> dict[str, Average]:  # noqa: ANN401
        read.append(bed.id)
        return averages(journal, bed, events)

    monkeypatch.setattr(review_desk, "averages", counted)
    monkeypatch.setattr(review_routes, "KEPT_S", 0.0)
    cards(ask)
    read.clear()
    for _ in range(2):
        cards(ask)
    assert read == ["bed-1"] * 2
    monkeypatch.setattr(review_routes, "KEPT_S", 60.0)
    for _ in range(3):
        cards(ask)
    assert len(read) <= 3


def test_pictures_and_the_page_itself(ask: Ask) -> None:
    """Each is served under its own type; a bed without events has no cards."""
    assert ask("bed-1")[:2] == (200, "text/html")
    for kind in ("waveform", "field"):
        status, media, text = ask(f"bed-1/1-1/{kind}.svg")
        assert (status, media, text.startswith("<svg xmlns=")) == (200, "image/svg+xml", True)
    empty = json.loads(ask("bed-2/cards.json")[2])
    assert (empty["cards"], empty["total"], empty["promise"]) == ([], 0, None)


def test_a_snippet_is_drawn_for_who_may_review_and_a_gap_in_it_is_said(site: ReviewSite, ask: Ask) -> None:
    """An event without one, and one that is gone, are one line."""
    event = next(iter(cards(ask)["events"]))
    assert ask(f"bed-1/snippets/{event}.svg") == (404, "text/plain", "404: there is no such picture\n")
    site.keep_snippet(event)
    status, media, text = ask(f"bed-1/snippets/{event}.svg")
    assert (status, media, "0.25 s are missing: a gap" in text) == (200, "image/svg+xml", True)
    assert ask("bed-1", click(event))[0] == 200
    assert cards(ask)["events"][event]["snippet"] is True
    assert ask("bed-1/snippets/gone.svg")[0] == 404


def test_only_the_roles_review_and_admin_judge(tmp_path: Path) -> None:
    """Who may only look is told so, and no click of another origin comes through."""
    tokens = {role: f"{role}-{'x' * 30}" for role in ("view", "review", "admin")}
    (tmp_path / "tokens").write_text("\n".join(f"{role} {token}" for role, token in tokens.items()))
    site = ReviewSite(tmp_path, tokens=str(tmp_path / "tokens"))
    site.start()
    try:
        ask = asking(site)
        assert ask("bed-1/cards.json")[0] == 401
        for path, sent in (("bed-1", None), ("bed-1/cards.json", None), ("bed-1", click("1-1"))):
            status, _, text = ask(path, sent, tokens["view"])
            assert (status, text) == (403, "403: reviewing takes a token of the role review or admin\n")
        assert ask("bed-1", click("1-1"), tokens["review"], Origin="http://evil.example")[0] == 403
        assert site.reviews() == []
        assert ask("bed-1", click("1-1"), tokens["review"], Origin="http://localhost")[0] == 200
        assert ask("bed-1", click("1-2"), tokens["admin"])[0] == 200
        assert [one["target"] for one in site.reviews()] == ["1-1", "1-2"]
    finally:
        site.stop()
