"""What every patient's model finds after so many clicks, and what that comes to for some of the patients."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.adaptation.clicks import Reviewed, learned, measured, review
from bench.adaptation.gains import Counts, gains
from bench.adaptation.patients import Patient
from models.networks.whole_head import WholeHead
from models.training.adaptation import AdaptationLoss


@dataclass(frozen=True, slots=True)
class Row:
    """All patients after so many clicks on events told from a threshold on, by one loss."""

    shown_from: float
    clicks: int
    loss: AdaptationLoss
    reviewed: list[Reviewed]
    after: Counts


@dataclass
class Measured:
    """The patients and the shipped model, measured before; what the same events teach is learned once."""

    patients: Sequence[Patient]
    network: WholeHead
    weight: float
    _known: dict[tuple[int, float, int, str], Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Measure what the shipped model finds."""
        self.before: Counts = np.array([measured(one, self.network, self.weight) for one in self.patients])

    def rows(self, shown: float, clicks: int, losses: Sequence[AdaptationLoss], seed: int) -> Iterator[Row]:
        """Review, learn and measure all patients, with each loss."""
        odds = math.log(shown / (1 - shown))
        reviewed = [review(one, self.network, self.weight, clicks, odds, seed) for one in self.patients]
        for loss in losses:
            after = [self._after(at, shown, one, loss) for at, one in enumerate(reviewed)]
            yield Row(shown, clicks, loss, reviewed, np.array(after))

    def told(self, chosen: Sequence[int], rows: Sequence[Row], threshold: float) -> dict[str, Any]:
        """Return the figures of some of the patients."""
        before = self.before[list(chosen)]
        return {
            "patients": len(chosen),
            "marked": int(before[:, 0, 1].sum()),
            "hours": round(float(before[:, 0, 3].sum()), 2),
            "rows": [self._row(chosen, row, threshold) for row in rows],
        }

    def _after(self, at: int, shown: float, reviewed: Reviewed, loss: AdaptationLoss) -> Counts:
        key = at, shown, len(reviewed.judged.true), loss
        if key not in self._known:
            own = learned(reviewed, self.network, self.weight, loss)
            self._known[key] = measured(self.patients[at], own, self.weight)
        return self._known[key]

    def _row(self, chosen: Sequence[int], row: Row, threshold: float) -> dict[str, Any]:
        reviewed = [row.reviewed[at] for at in chosen]
        numbers = [self.patients[at].number for at in chosen]
        return {
            "shown_from": row.shown_from,
            "clicks": row.clicks,
            "accepted_mean": round(float(np.mean([one.accepted for one in reviewed])), 1),
            "rejected_mean": round(float(np.mean([one.rejected for one in reviewed])), 1),
            "loss": row.loss,
            **gains(self.before[list(chosen)], row.after[list(chosen)], numbers, threshold),
        }
