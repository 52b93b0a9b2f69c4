"""What stands of an event, whoever said what in which order."""

import math

from stream.review.verdicts import Agreement, agreements, verdicts
from tests.stream.review.judged import event, review

EVENTS = [event(1), event(2), event(3, "1-2"), event(4)]


def standings(*reviews: dict[str, object]) -> list[str]:
    """Return what stands of the four events."""
    found = verdicts(EVENTS, reviews)
    return [found.standing(one["id"]) for one in EVENTS]


def test_a_card_judges_the_events_that_it_was_shown_with() -> None:
    """Not the other cluster's, and not what came later."""
    assert standings(review(1, "1-1", until_seq=2)) == ["accepted", "accepted", "open", "open"]


def test_a_card_judges_no_event_that_was_hidden_as_too_improbable() -> None:
    """Its threshold goes with the review; a review of before there were thresholds hid nothing."""
    events = [event(1, probability=0.9), event(2, probability=0.6)]
    card = review(1, "1-1", until_seq=2)
    found = verdicts(events, [card | {"threshold": 0.7}])
    assert [found.standing(one["id"]) for one in events] == ["accepted", "open"]
    assert [verdicts(events, [card]).standing(one["id"]) for one in events] == ["accepted", "accepted"]


def test_a_single_event_stands_out_of_its_card_in_either_order() -> None:
    """The closer look counts."""
    card, single = review(1, "1-1", until_seq=4), review(2, "e2", "reject")
    assert standings(card, single) == standings(single, card) == ["accepted", "rejected", "open", "accepted"]


def test_the_last_of_two_reviews_of_one_event_stands() -> None:
    """One reviewer may change their mind."""
    assert standings(review(1, "e1"), review(2, "e1", "reject"))[0] == "rejected"
    assert standings(review(1, "e1", "reject"), review(2, "e1", "relabel"))[0] == "accepted"


def test_two_reviewers_who_differ_dispute_an_event() -> None:
    """Neither overrules the other."""
    assert standings(review(1, "e1"), review(2, "e1", "reject", "bob"))[0] == "disputed"
    assert standings(review(1, "e1"), review(2, "e1", "accept", "bob"))[0] == "accepted"


def test_what_is_undone_was_never_said() -> None:
    """What was said before it stands again."""
    said = review(1, "e1"), review(2, "e1", "reject"), review(3, "r2", "undo")
    assert standings(*said)[0] == "accepted"
    assert standings(*said, review(4, "r1", "undo"))[0] == "open"


def test_a_review_of_an_event_that_is_gone_changes_nothing() -> None:
    """Retention may take an event before its review."""
    assert standings(review(1, "e99"), review(2, "9-9", until_seq=9)) == ["open"] * 4


def test_agreement_counts_what_both_judged() -> None:
    """Three in common, two of them alike."""
    ann = [review(1, "e1"), review(2, "e2"), review(3, "e3", "reject"), review(4, "e4")]
    bob = [review(5, "e1", reviewer="bob"), review(6, "e2", "reject", "bob"), review(7, "e3", "reject", "bob")]
    [found] = agreements(verdicts(EVENTS, ann + bob))
    # Ann says yes to 2 of 3, Bob to 1 of 3: 2/9 + 2/9 by chance.
    assert found == Agreement(("ann", "bob"), 3, 2, found.kappa)
    assert math.isclose(found.kappa, (2 / 3 - 4 / 9) / (5 / 9))
