"""The reviews of one bed: read from the journal, written to it, each refused with one line where it makes no sense."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import numpy as np

from models.evaluation.promise import PROMISED, Promise, Reviewed, promise
from stream.errors import InputError
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader, Payload
from stream.review.cards import Card, cards
from stream.review.verdicts import Agreement, Verdicts, agreements, verdicts
from stream.schema.journalled import Covers, Review, Verdict
from stream.schema.outgoing import review_outgoing

SEED: Final = 16
"""Which events are drawn by chance does not depend on when somebody asks."""


class BedReview:
    """What the journal holds of one bed since an instant, or until another: events, and what was said of them."""

    def __init__(
        self, journal: JournalReader, bed: str, since_utc: datetime, until_utc: datetime | None = None
    ) -> None:
        self.bed = bed
        events = journal.events(bed, since_utc)
        self.events: Sequence[Payload] = [
            event for event in events if until_utc is None or datetime.fromisoformat(event["utc"]) < until_utc
        ]
        self.reviews: Sequence[Payload] = list(journal.events(bed, since_utc, "review"))
        self.verdicts: Verdicts = verdicts(self.events, self.reviews)
        called = {event["id"] for event in self.events}
        # A candidate that became an event after the threshold was lowered is not listed a second time.
        self.withheld = [one for one in journal.withheld(bed, since_utc) if one["id"] not in called]

    def cards(self, threshold: float = 0.0, most: int = 0) -> list[Card]:
        """Return a card for each cluster: as called at 0, else as another threshold would have it."""
        return cards(self.events, self.verdicts, threshold, self.withheld if threshold else (), most)

    def agreements(self) -> list[Agreement]:
        """Return how far reviewers agree."""
        return agreements(self.verdicts)

    @property
    def model(self) -> str:
        """The hash of the model that found the newest event, "" where none is known."""
        return _model(self.events[-1]) if self.events else ""

    def to_draw(self, count: int) -> list[Payload]:
        """Return events to judge one by one, drawn by chance of this model's: a promise rests on these alone.

        Those judged already are among them, so that a second call continues the same draw.
        """
        # Drawn by a number of the event itself, so that a later event does not change which others are drawn.
        number = {event["id"]: _lot(event["id"]) for event in self._of_model()}
        return sorted(self._of_model(), key=lambda event: number[event["id"]])[:count]

    def promise(self, share: float = PROMISED) -> Promise | None:
        """Return the lowest threshold from which the drawn and judged events promise a share of true ones."""
        return promise(self._drawn(), share)

    def _of_model(self) -> list[Payload]:
        """Return the events of the model that is in use: reviews of another's promise nothing of it."""
        return [event for event in self.events if _model(event) == self.model]

    def _drawn(self) -> list[Reviewed]:
        drawn = []
        for event in self._of_model():
            said = [one.true for one in self.verdicts.of.get(event["id"], {}).values() if one.single and one.drawn]
            if said:
                # Where reviewers differ the event counts as false: a promise must hold for the stricter of them.
                drawn.append(Reviewed(event["probability"], all(said)))
        return drawn

    def review(
        self,
        target: str,
        verdict: Verdict,
        reviewer: str,
        label: str = "",
        *,
        drawn: bool = False,
        until_seq: int | None = None,
        threshold: float = 0.0,
        utc: datetime | None = None,
    ) -> Review:
        """Return the review of an event, of a cluster ("1-2"), or of a review that is undone.

        Of a cluster, `until_seq` and `threshold` say which events the reviewer saw; all there are by default.

        Raises
        ------
        InputError
            if there is no such target, or an undone review is another's
        """
        covers, newest_seq = self._covered(target, verdict, reviewer)
        return Review(
            id=str(uuid4()),
            bed=self.bed,
            reviewer=reviewer,
            verdict=verdict,
            target=target,
            covers=covers,
            until_seq=newest_seq if until_seq is None else min(until_seq, newest_seq),
            threshold=threshold if covers == "cluster" else 0.0,
            label=label,
            drawn=drawn and covers == "event",
            utc=utc or datetime.now(UTC),
        )

    def _covered(self, target: str, verdict: Verdict, reviewer: str) -> tuple[Covers, int]:
        if verdict == "undo":
            made = [one for one in self.reviews if one["id"] == target and one["verdict"] != "undo"]
            if not made:
                raise InputError(f"{target}: bed {self.bed} has no such review; `spikewatch events --kind review`")
            if made[0]["reviewer"] != reviewer:
                raise InputError(f"{target}: is a review of {made[0]['reviewer']}, who alone can undo it")
            return "review", 0
        if any(event["id"] == target for event in self.events):
            return "event", 0
        if any(one["id"] == target for one in self.withheld):
            raise InputError(f"{target}: was not called, so there is no event to judge (bed.merge.threshold)")
        of_cluster = [event["seq"] for event in self.events if event.get("cluster") == target and target]
        if not of_cluster:
            raise InputError(
                f"{target}: bed {self.bed} has no such event or cluster, or it is gone (journal.retention_days); "
                "`spikewatch review list` shows those there are"
            )
        return "cluster", max(of_cluster)


def post(journal: Journal, review: Review) -> int:
    """Write a review, and return its sequence number."""
    return journal.post(review.bed, [review_outgoing(review)])[0]


def _model(event: Payload) -> str:
    return str(event.get("model", {}).get("sha256", ""))


def _lot(event_id: str) -> float:
    seed = [SEED, *event_id.encode()]
    return float(np.random.default_rng(seed).random())
