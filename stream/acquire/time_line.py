"""A straight line of time over the sample index, through one point a second: when samples are due, and at what rate.

The slope is the median of the slopes between points half a window apart (Theil's incomplete method, 1950), so that
neither jitter nor a burst bends it.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Final, NamedTuple

# Choices of ours; how far off times are with them is tested in tests/stream/acquire/test_clock.py.
WINDOW_SECONDS: Final = 120
"""How many points count, one a second: long beside jitter and stalls, short beside changes of a crystal's drift."""
LEARNING_SECONDS: Final = 10
"""So many points make a line."""


class Point(NamedTuple):
    """A sample, and when it was taken or came."""

    sample: int
    time_s: float


_ORIGIN: Final = Point(0, 0.0)


@dataclass(slots=True)
class Line:
    """Time over sample index, through points that are added one a second; `slope` is in seconds a sample."""

    slope: float
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=WINDOW_SECONDS))
    _anchor: Point = _ORIGIN

    @property
    def learned(self) -> bool:
        """True once the line is known well enough to call a sample late."""
        return len(self.points) >= LEARNING_SECONDS

    def add(self, point: Point) -> None:
        """Add one more point and fit the line anew."""
        self.points.append(point)
        if self.learned:
            # Pairs half a window apart, not all of them: 60 slopes a second, and each over a long baseline.
            later = islice(self.points, len(self.points) // 2, None)
            self.slope = median(
                (b.time_s - a.time_s) / (b.sample - a.sample) for a, b in zip(self.points, later, strict=False)
            )
        # Anchored in the middle of the window, where an error of the slope does least.
        middle = self.points[len(self.points) // 2].sample
        self._anchor = Point(middle, median(t - (i - middle) * self.slope for i, t in self.points))

    def time_s(self, index: int) -> float:
        """Return the time of sample `index`."""
        return self._anchor.time_s + (index - self._anchor.sample) * self.slope

    def slope_error(self, point_error_s: float) -> float:
        """Return how far the slope may be off, as a share of it, if each of two points may be off by so much."""
        half_s = (self.points[-1].time_s - self.points[0].time_s) / 2 if self.points else 0.0
        return 2 * point_error_s / half_s if half_s > 0 else math.inf

    def copy(self) -> "Line":
        """Return a line of its own through the same points."""
        return Line(self.slope, self.points.copy(), self._anchor)

    def shift(self, seconds: float) -> None:
        """Move the whole line in time."""
        self.points = deque((_moved(point, seconds) for point in self.points), maxlen=WINDOW_SECONDS)
        self._anchor = _moved(self._anchor, seconds)


def _moved(point: Point, seconds: float) -> Point:
    return Point(point.sample, point.time_s + seconds)
