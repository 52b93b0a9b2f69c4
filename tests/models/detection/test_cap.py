"""The cap on events an hour: never more in any hour, and of many the more certain ones."""

import numpy as np

from models.detection.cap import HOUR_S, Cap


def test_no_hour_has_more_and_the_allowed_ones_are_the_surer() -> None:
    """Sixty an hour for eight hours, a cap of ten: whatever the hour, and against the probabilities of all."""
    rng = np.random.default_rng(1)
    at_s, probabilities = np.sort(rng.uniform(0, 8 * HOUR_S, 480)), rng.uniform(0.6, 1.0, 480)
    cap = Cap(10)
    allowed = np.array([cap.allows(float(at), float(one)) for at, one in zip(at_s, probabilities, strict=True)])
    called_s = at_s[allowed]
    assert max(int(((called_s > end - HOUR_S) & (called_s <= end)).sum()) for end in called_s) == 10
    settled = at_s > HOUR_S
    # Of a sixth that are allowed, chosen by chance, the mean would be that of all: 0.8.
    assert probabilities[allowed & settled].mean() > 0.9 > probabilities[~allowed & settled].mean()


def test_all_are_allowed_where_there_are_fewer_than_the_cap() -> None:
    """However improbable, and again an hour later."""
    cap = Cap(3)
    assert [cap.allows(at_s, 0.61) for at_s in (0.0, 1.0, 2.0, 3.0, 3600.0)] == [True, True, True, False, True]


def test_a_cap_goes_on_after_a_restart_as_without_one() -> None:
    """From what is remembered of the last hour."""
    rng = np.random.default_rng(2)
    events = [(60.0 * number, float(rng.uniform())) for number in range(200)]
    whole, first, second = Cap(5), Cap(5), Cap(5)
    expected = [whole.allows(*event) for event in events]
    begun = [first.allows(*event) for event in events[:120]]
    for event, allowed in zip(events[60:120], begun[60:], strict=True):
        second.remember(*event, allowed=allowed)
    assert begun + [second.allows(*event) for event in events[120:]] == expected
