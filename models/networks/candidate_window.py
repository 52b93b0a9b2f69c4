"""The window in which a verifier sees a candidate; apart from the network, so that cutting windows need not load it."""

from typing import Final

ROWS: Final = 5
"""Derivations of a group."""
BEFORE, AFTER = 224, 64
"""Samples before the candidate's peak, and from it on: 1.75 s, longer than a detector's window, and 0.5 s, in which a
slow wave or a movement shows, at 128 Hz. Choices of ours, no others were tried."""
WINDOW: Final = BEFORE + AFTER
EARLIEST: Final = 9
"""Samples from the peak on, itself included, that have come at the least when a candidate is judged: 70 ms."""
LATEST: Final = AFTER + 16
"""Samples after which a candidate is judged no more: one usual hop after all that the verifier looks at has come."""
