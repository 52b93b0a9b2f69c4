"""One thing that the doctor looked at, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

# Words that `doctor --json` prints: scripts compare them.
Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, what was found; and where it is not well, the remedy."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""

    @staticmethod
    def rate(value: float, *, fail_below: float, warn_below: float) -> Verdict:
        """Return the verdict on a quantity of which more is better."""
        if value < fail_below:
            return "fail"
        return "warn" if value < warn_below else "ok"
