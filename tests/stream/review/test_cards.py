"""Cards: what stands on them, in which order, and ten clicks for a thousand events."""

from stream.review.cards import cards, leads
from stream.review.verdicts import Verdicts, verdicts
from tests.stream.review.judged import event, review


def test_a_card_counts_and_shows_its_clearest_and_least_clear() -> None:
    """Seven events of rising probability."""
    events = [event(number, probability=number / 10) for number in range(1, 8)]
    found = verdicts(events, [review(1, "1-1", "reject", until_seq=3)])
    [card] = cards(events, found)
    assert (card.cluster, card.count, card.newest_seq, card.probability) == ("1-1", 7, 7, 0.4)
    assert card.clearest == ("e7", "e6", "e5", "e4", "e3")
    assert card.least_clear == ("e1", "e2", "e3", "e4", "e5")
    assert card.stages == {"N2": 4, "W": 3}
    assert card.standings == {"rejected": 3, "open": 4}


def test_the_most_certain_card_comes_first_and_a_threshold_applies_afterwards() -> None:
    """Raised, it takes events from their cards, and cards that have none left."""
    events = [event(1, "1-1", 0.6), event(2, "1-2", 0.9), event(3, "1-2", 0.7)]
    assert [card.cluster for card in cards(events, Verdicts())] == ["1-2", "1-1"]
    assert [(card.cluster, card.count) for card in cards(events, Verdicts(), 0.7)] == [("1-2", 2)]
    assert [(card.cluster, card.count) for card in cards(events, Verdicts(), 0.8)] == [("1-2", 1)]


def test_ten_clicks_review_a_thousand_events() -> None:
    """Ten clusters of a hundred, each judged by one review of its card."""
    events = [event(number, f"1-{number % 10 + 1}") for number in range(1, 1001)]
    clicks = [review(n, card.cluster, until_seq=card.newest_seq) for n, card in enumerate(cards(events, Verdicts()))]
    found = verdicts(events, clicks)
    assert (len(clicks), {found.standing(one["id"]) for one in events}) == (10, {"accepted"})


def test_a_lower_threshold_shows_what_was_not_called_beside_the_events() -> None:
    """On the card of what it resembles, counted apart and not to be judged; as called, there is none."""
    events = [event(number, probability=0.7 + number / 100) for number in range(1, 4)]
    withheld = [event(number, "1-1" if number < 8 else "", number / 20) for number in (6, 7, 8)]
    named, other = cards(events, Verdicts(), 0.3, withheld)
    assert (named.count, named.not_called, named.candidates, named.stages) == (3, 2, ("e7", "e6"), {"N2": 3, "W": 2})
    assert (named.clearest, named.standings, named.newest_seq) == (("e3", "e2", "e1"), {"open": 3}, 3)
    assert (other.cluster, other.count, other.newest_seq, other.candidates) == ("", 0, 0, ("e8",))
    assert [card.not_called for card in cards(events, Verdicts(), 0.34, withheld)] == [1, 1]
    assert [card.not_called for card in cards(events, Verdicts())] == [0]


def test_the_smallest_clusters_share_the_last_card() -> None:
    """Ten cards for thirty clusters; every event is on one of them, and what has no cluster is on a card of its own."""
    sizes = {f"1-{number}": 40 - number for number in range(1, 31)}
    names = [name for name, size in sizes.items() for _ in range(size)]
    events = [event(number, name) for number, name in enumerate(["", *names], start=1)]
    made = cards(events, Verdicts(), most=10)
    assert [card.cluster for card in made[:10]] == ["", *(f"1-{number}" for number in range(1, 10))]
    assert made[10].cluster == " ".join(f"1-{number}" for number in range(10, 31))
    assert sum(card.count for card in made) == len(events)
    assert len(cards(events, Verdicts(), most=31)) == len(cards(events, Verdicts())) == 31


def test_leads_have_an_interval_that_narrows_with_events() -> None:
    """The same share of few and of many; the same events give the same interval."""
    few, many = leads(["F7-T7"] * 8 + ["T7-P7"] * 2), leads(["F7-T7"] * 800 + ["T7-P7"] * 200)
    assert [(one.channel, one.share) for one in few] == [(one.channel, one.share) for one in many]
    assert few[0].low < many[0].low < 0.8 < many[0].high < few[0].high
    assert leads(["F7-T7"] * 8 + ["T7-P7"] * 2) == few
    assert (leads(["Cz-Pz"])[0].low, leads(["Cz-Pz"])[0].high) == (1.0, 1.0)
