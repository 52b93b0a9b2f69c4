"""What a reviewer sees of one bed, and what becomes of a click: the reading and checking, without any HTTP.

Everything here reads the journal and takes its time: it is called on threads, one call at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from models.evaluation.promise import PROMISED
from stream.config.keys import Bed, Config
from stream.errors import InputError
from stream.logbook.journal_reader import JournalReader, Payload
from stream.review.averages import Average, averages
from stream.review.bed_review import BedReview
from stream.review.pictures import field, waveform
from stream.schema.journalled import Review, Verdict
from stream.schema.payload import Count, Probability

PICTURES: Final = {"waveform": waveform, "field": field}
SHOWN: Final = (
    "id", "utc", "probability", "peak_channel", "lead_channel", "amplitude_uv", "sleep_stage", "group", "reasons",
)  # fmt: skip
"""What the page shows of an event."""
BLIND: Final = ("id", "utc", "peak_channel", "group")
"""The same of an event that was drawn by chance: who sees how probable it is judges by that."""
DRAWN: Final = 30
MOST_REVIEWS: Final = 50
LONGEST: Final = 64

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[Label, StringConstraints(min_length=1)]


class Click(BaseModel):
    """What the page sends of one judgement.

    `until_seq` and `threshold` say which events of a card were in sight, `drawn` that an event was drawn by chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reviewer: Name
    verdict: Verdict
    target: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    label: Label = ""
    until_seq: Count = 0
    threshold: Probability = 0.0
    drawn: bool = False


class ReviewDesk:
    """The reviews of one bed, read again whenever the journal has something more of it."""

    def __init__(self, config: Config, bed: Bed) -> None:
        self._path = config.journal.path
        self._bed = bed
        self._read: tuple[tuple[int, float], BedReview, dict[str, Average]] | None = None

    def cards(self, last_seq: int, hours: float, threshold: float) -> dict[str, Any]:
        """Return everything that the page shows.

        Parameters
        ----------
        last_seq
            the bed's newest sequence number: while it stays, the journal is not read again
        hours
            how far back events are reviewed
        threshold
            events that are less probable are left out
        """
        review, drawn = self._known(last_seq, hours)
        cards = review.cards(threshold)
        shown = {event_id for card in cards for event_id in (*card.clearest, *card.least_clear)}
        events = {one["id"]: _shown(one, review, SHOWN) for one in review.events if one["id"] in shown}
        promise = review.promise()
        return {
            "bed": self._bed.id,
            "hours": hours,
            "threshold": threshold,
            "lowest": min((event["probability"] for event in review.events), default=0.0),
            "total": len(review.events),
            "cards": [{**asdict(card), "averaged": _averaged(drawn, card.cluster)} for card in cards],
            "events": events,
            "drawn": [_shown(one, review, BLIND) for one in review.to_draw(DRAWN)],
            "reviews": _standing(review.reviews),
            "agreements": [asdict(one) for one in review.agreements()],
            "promise": asdict(promise) if promise else None,
            "promised": PROMISED,
            "contract": self._bed.merge.contract,
        }

    def picture(self, last_seq: int, hours: float, cluster: str, kind: str) -> str | None:
        """Return a picture of a cluster as SVG, None if there is none."""
        _, drawn = self._known(last_seq, hours)
        return PICTURES[kind](drawn[cluster]) if kind in PICTURES and cluster in drawn else None

    def review(self, body: bytes, last_seq: int, hours: float) -> Review:
        """Return what is to be journalled of a click, which the page sends as JSON.

        Raises
        ------
        InputError
            in one line, if it is no click, what was judged is gone, or the review to undo is another's
        """
        click = _understood(body)
        known, _ = self._known(last_seq, hours)
        return known.review(
            click.target,
            click.verdict,
            click.reviewer,
            click.label,
            drawn=click.drawn,
            until_seq=click.until_seq or None,
            threshold=click.threshold,
        )

    def _known(self, last_seq: int, hours: float) -> tuple[BedReview, dict[str, Average]]:
        if self._read is None or self._read[0] != (last_seq, hours):
            # Opened anew each time: the file may have been deleted and written again.
            journal = JournalReader(self._path)
            try:
                review = BedReview(journal, self._bed.id, datetime.now(UTC) - timedelta(hours=hours))
                self._read = ((last_seq, hours), review, averages(journal, self._bed, review.events))
            finally:
                journal.close()
        return self._read[1], self._read[2]


def _averaged(drawn: Mapping[str, Average], cluster: str) -> int:
    """Return how many events are in a cluster's average, 0 where there is none: the page draws it anew as they grow."""
    return drawn[cluster].count if cluster in drawn else 0


def _understood(body: bytes) -> Click:
    try:
        return Click.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the body"
        raise InputError(f"review: {key}: {first['msg']}") from None


def _shown(event: Payload, review: BedReview, keys: Sequence[str]) -> dict[str, Any]:
    said = review.verdicts.of.get(event["id"], {})
    judgements = {who: {"true": one.true, "label": one.label} for who, one in said.items()}
    standing = review.verdicts.standing(event["id"])
    return {**{key: event.get(key) for key in keys}, "standing": standing, "judgements": judgements}


def _standing(reviews: Sequence[Payload]) -> list[Payload]:
    """Return the last reviews that were not undone, the newest first."""
    undone = {one["target"] for one in reviews if one["verdict"] == "undo"}
    left = [one for one in reviews if one["verdict"] != "undo" and one["id"] not in undone]
    return left[::-1][:MOST_REVIEWS]
