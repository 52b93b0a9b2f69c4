"""The window that detectors are trained and run on: its length, where in it a discharge may lie, the order of its rows.

Simulated patients, labelled recordings, training and evaluation cut windows by these numbers, so that a window means
the same wherever it comes from.
"""

from typing import Final

WINDOW_SAMPLES: Final = 192
"""1.5 s at the model's rate."""
# The last 14 samples are 110 ms: a discharge shall be found that soon after its peak came in.
EARLIEST, LATEST = 16, WINDOW_SAMPLES - 14
"""Samples into the window between which a positive's peak lies."""
SWEEP: Final = WINDOW_SAMPLES // 4
"""Samples from one window to the next where all are wanted."""
AROUND: Final = 256
"""Samples on either side of a peak over which the background is measured."""
# A scalp group's last row joins the two ends of its chain, and does so from either end.
FROM_THE_OTHER_END: Final = {"scalp": [3, 2, 1, 0, 4], "shaft": [4, 3, 2, 1, 0]}
"""Order of the rows of a group read from its other end, by montage."""
