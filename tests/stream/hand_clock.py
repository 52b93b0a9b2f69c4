"""A clock that a test turns by hand."""


class HandClock:
    """Returns the same time until it is moved."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        """Return the present."""
        return self.now_s
