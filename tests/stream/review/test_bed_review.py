"""Reviews through the journal: written, numbered, waiting for the broker, or refused in one line."""

from pathlib import Path

import pytest

from stream.errors import InputError
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.withheld import Withheld
from stream.review.bed_review import BedReview, post
from tests.stream.logbook.journals import START
from tests.stream.review.judged import event


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Make a journal with forty events of one cluster, the most probable first."""
    journal = Journal(tmp_path / "journal.db")
    made = [event(number, probability=1 - number / 100) for number in range(1, 41)]
    journal.post("bed-1", [Outgoing(one["id"], "ied", "event/ied", one, retain=False, utc=START) for one in made])
    return journal


def known(journal: Journal) -> BedReview:
    """Read what the journal holds."""
    return BedReview(journal, "bed-1", START)


def test_a_review_is_journalled_and_waits_for_the_broker(journal: Journal) -> None:
    """As every message: the next number, the topic event/review, until a broker has it."""
    assert post(journal, known(journal).review("e3", "reject", "ann", "blink")) == 41
    newest = journal.pending("bed-1", 100)[-1]
    assert (newest.seq, newest.topic, '"label": "blink"' in newest.payload) == (41, "event/review", True)
    found = known(journal)
    assert (found.verdicts.standing("e3"), found.verdicts.standing("e4")) == ("rejected", "open")


def test_a_card_is_judged_and_undone(journal: Journal) -> None:
    """By its cluster's name; all forty events at once."""
    review = known(journal).review("1-1", "accept", "ann")
    post(journal, review)
    assert known(journal).cards()[0].standings == {"accepted": 40}
    post(journal, known(journal).review(review.id, "undo", "ann"))
    assert known(journal).cards()[0].standings == {"open": 40}


@pytest.mark.parametrize("target", ["e99", "1-7", ""])
def test_what_is_not_there_or_gone_is_refused(journal: Journal, target: str) -> None:
    """With what to do."""
    with pytest.raises(InputError, match="has no such event or cluster, or it is gone"):
        known(journal).review(target, "accept", "ann")


def test_only_who_made_a_review_undoes_it(journal: Journal) -> None:
    """Two reviewers at once do not take each other's judgement away."""
    review = known(journal).review("e1", "accept", "ann")
    post(journal, review)
    with pytest.raises(InputError, match="is a review of ann, who alone can undo it"):
        known(journal).review(review.id, "undo", "bob")
    with pytest.raises(InputError, match="no such review"):
        known(journal).review("e1", "undo", "bob")


def test_reviews_of_drawn_events_promise_and_others_do_not(journal: Journal) -> None:
    """Fourteen drawn and true: at least 80 %, from the least probable of them on. Picked ones prove nothing."""
    drawn = known(journal).to_draw(14)
    assert known(journal).to_draw(30)[:14] == drawn
    for one in drawn:
        post(journal, known(journal).review(one["id"], "accept", "ann"))
    assert known(journal).promise() is None
    for one in drawn:
        post(journal, known(journal).review(one["id"], "accept", "ann", drawn=True))
    found = known(journal).promise()
    assert found is not None
    assert (found.true, found.reviews, found.threshold) == (14, 14, min(one["probability"] for one in drawn))
    # A second reviewer who differs makes it false, and with it 13 of 14.
    post(journal, known(journal).review(drawn[0]["id"], "reject", "bob", drawn=True))
    assert known(journal).promise() is None


def test_reviews_of_another_models_events_promise_nothing(journal: Journal) -> None:
    """Once a model was changed, only its own events are drawn, and what was shown of the one before is over."""
    for one in known(journal).to_draw(14):
        post(journal, known(journal).review(one["id"], "accept", "ann", drawn=True))
    assert known(journal).promise() is not None
    other = event(50) | {"model": {"name": "other", "sha256": "cd" * 32}}
    journal.post("bed-1", [Outgoing(other["id"], "ied", "event/ied", other, retain=False, utc=START)])
    changed = known(journal)
    assert (changed.promise(), changed.model) == (None, "cd" * 32)
    assert [one["id"] for one in changed.to_draw(30)] == ["e50"]


def test_what_was_not_called_is_no_event_to_judge(journal: Journal) -> None:
    """And what was called later, once the threshold had been lowered, is an event alone."""
    withheld = [Withheld(f"e{number}", START, event(number, probability=0.3)) for number in (40, 41)]
    journal.commit("bed-1", 1, 0, withheld=withheld)
    review = known(journal)
    assert [one["id"] for one in review.withheld] == ["e41"]
    assert [(card.count, card.not_called) for card in (review.cards()[0], review.cards(0.2)[0])] == [(40, 0), (40, 1)]
    with pytest.raises(InputError, match="e41: was not called, so there is no event to judge"):
        review.review("e41", "accept", "ann")
