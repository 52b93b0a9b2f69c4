"""One bed's results that are not in the journal yet: for about a second, or as long as the journal fails."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from stream.logbook.journal import Outgoing
from stream.logbook.withheld import Withheld
from stream.records import Coverage

MOST_MESSAGES: Final = 10_000
MOST_PIECES: Final = 50_000
"""Some 30 MB together. When they are reached, the bed is not analysed further: its samples wait in their ring."""


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message, when the samples that settled it had arrived, and when it had been made (monotonic s)."""

    message: Outgoing
    arrival_s: float
    merged_s: float


class Held:
    """One recording's coverage and messages that wait for a commit, in order, and the clusters that they changed."""

    def __init__(self) -> None:
        self.coverage: list[Coverage] = []
        self.messages: list[PendingMessage] = []
        self.clusters: dict[int, bytes] = {}
        # Bounded by its cap an hour.
        self.withheld: list[Withheld] = []

    def __bool__(self) -> bool:
        return bool(self.coverage or self.messages)

    @property
    def full(self) -> bool:
        """Whether no more may be held."""
        return len(self.messages) >= MOST_MESSAGES or len(self.coverage) >= MOST_PIECES

    def reached(self, committed: int) -> int:
        """Return the index up to which every sample has a fate, here or in the journal."""
        return self.coverage[-1].end if self.coverage else committed

    def cover(self, pieces: Iterable[Coverage]) -> None:
        """Add the fates of what follows."""
        for piece in pieces:
            last = self.coverage[-1] if self.coverage else None
            # While a journal fails for hours, each hop would otherwise add a piece.
            if last and (last.end, last.fate, last.reason) == (piece.first, piece.fate, piece.reason):
                self.coverage[-1] = replace(last, end=piece.end)
            else:
                self.coverage.append(piece)

    def clear(self) -> None:
        """Forget everything: it is in the journal, or is found again."""
        self.coverage.clear()
        self.messages.clear()
        self.clusters.clear()
        self.withheld.clear()
