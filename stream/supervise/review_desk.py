"""What a reviewer sees of one bed, and what becomes of a click: the reading and checking, without any HTTP.

Everything here reads the journal and takes its time: it is called on threads, one call at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from models.detection.cap import HOUR_S
from models.evaluation.promise import PROMISED
from stream.config.keys import Bed, Config
from stream.config.merge_keys import NAMED
from stream.errors import InputError
from stream.findings import stage_spans
from stream.logbook.journal_reader import JournalReader, Payload
from stream.logbook.night import night
from stream.logbook.snippets import Snippets
from stream.logbook.withheld import MOST_PER_H
from stream.review.averages import Average, averages
from stream.review.bed_review import BedReview
from stream.review.cards import Card
from stream.review.pictures import field, waveform
from stream.review.snippet_picture import snippet_picture
from stream.schema.journalled import Review, Verdict
from stream.schema.payload import Count, Probability
from stream.spike_wave import spike_wave

PICTURES: Final = {"waveform": waveform, "field": field}
SHOWN: Final = (
    "id", "utc", "probability", "peak_channel", "lead_channel", "amplitude_uv", "sleep_stage", "group", "reasons",
)  # fmt: skip
"""What the page shows of an event."""
BLIND: Final = ("id", "utc", "peak_channel", "group")
"""The same of an event that was drawn by chance: who sees how probable it is judges by that."""
DRAWN: Final = 30
CARDS: Final = 10
"""Clicks that judge a night: the smallest clusters share the last card."""
MOST_REVIEWS: Final = 50
LONGEST: Final = 64
MOST_TARGETS: Final = 50

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[Label, StringConstraints(min_length=1)]
Targets = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_TARGETS * LONGEST)]


class Click(BaseModel):
    """What the page sends of one judgement; `target` may be several, with a space between two.

    `until_seq` and `threshold` say which events of a card were in sight, `drawn` that an event was drawn by chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reviewer: Name
    verdict: Verdict
    target: Targets
    label: Label = ""
    until_seq: Count = 0
    threshold: Probability = 0.0
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of one bed; `stage_s` is how much of each stage was analysed (s), `analysed_s` of all."""

    review: BedReview
    drawn: dict[str, Average]
    snippets: set[str]
    stage_s: dict[str, int]
    analysed_s: float


class ReviewDesk:
    """The reviews of one bed, read again whenever the journal has something more of it."""

    def __init__(self, config: Config, bed: Bed) -> None:
        self._path = config.journal.path
        self._floor = config.review.floor
        self._bed = bed
        self._read: tuple[tuple[int, float], _Known] | None = None

    def cards(self, last_seq: int, hours: float, threshold: float, *, whole: bool = False) -> dict[str, Any]:
        """Return everything that the page shows.

        Parameters
        ----------
        last_seq
            the bed's newest sequence number: while it stays, the journal is not read again
        hours
            how far back events are reviewed
        threshold
            what is less probable is left out, and what was not called is there from it on; 0: as called
        whole
            a card for every cluster, and none that the smallest share
        """
        known = self._known(last_seq, hours)
        review = known.review
        cards = review.cards(threshold, 0 if whole else CARDS)
        promise = review.promise()
        return {
            "bed": self._bed.id,
            "hours": hours,
            "threshold": threshold,
            **self._scale(review),
            "stage_s": known.stage_s,
            "analysed_s": known.analysed_s,
            "cards": [{**asdict(card), "averaged": _averaged(known.drawn, card.cluster)} for card in cards],
            "events": _events(cards, review, known.snippets),
            "drawn": [_shown(one, review, BLIND) for one in review.to_draw(DRAWN)],
            "reviews": _standing(review.reviews),
            "agreements": [asdict(one) for one in review.agreements()],
            "promise": asdict(promise) if promise else None,
            "promised": PROMISED,
            "contract": self._contract(review),
            "model": review.model[:NAMED],
        }

    def _contract(self, review: BedReview) -> str:
        """Return what is promised of the bed's events; before the first one, what its configuration says."""
        merge = self._bed.merge
        if not review.events:
            return merge.contract(merge.promise_model, merge.promise_threshold)
        return merge.contract(review.model, review.events[-1]["threshold"])

    def _scale(self, review: BedReview) -> dict[str, Any]:
        """Return what the slider goes over: from where things are kept, and the threshold that called the newest."""
        every = [*review.events, *review.withheld]
        newest = max(every, key=lambda one: str(one.get("utc", "")), default={})
        return {
            "lowest": min((one["probability"] for one in every), default=0.0),
            "own": newest.get("threshold", 0.0),
            "total": len(review.events),
            "withheld": len(review.withheld),
            "floor": self._floor,
            "full": _is_full(review.withheld),
        }

    def picture(self, last_seq: int, hours: float, cluster: str, kind: str) -> str | None:
        """Return a picture of a cluster as SVG, None if there is none."""
        drawn = self._known(last_seq, hours).drawn
        return PICTURES[kind](drawn[cluster]) if kind in PICTURES and cluster in drawn else None

    def snippet(self, event: str) -> str | None:
        """Return a picture of the raw samples around an event, None if none are kept."""
        file = Snippets(self._path)
        try:
            found = file.of(event)
        finally:
            file.close()
        return snippet_picture(found) if found else None

    def review(self, body: bytes, last_seq: int, hours: float) -> list[Review]:
        """Return what is to be journalled of a click, which the page sends as JSON: a review of each target.

        Raises
        ------
        InputError
            in one line, if it is no click, what was judged is gone, or the review to undo is another's
        """
        click = _understood(body)
        known, now = self._known(last_seq, hours).review, datetime.now(UTC)
        return [
            known.review(
                target,
                click.verdict,
                click.reviewer,
                click.label,
                drawn=click.drawn,
                until_seq=click.until_seq or None,
                threshold=click.threshold,
                # Of one time, so that they are taken back together.
                utc=now,
            )
            for target in click.target.split()
        ]

    def _known(self, last_seq: int, hours: float) -> _Known:
        if self._read is None or self._read[0] != (last_seq, hours):
            # Opened anew each time: the file may have been deleted and written again.
            journal, file = JournalReader(self._path), Snippets(self._path)
            try:
                since = datetime.now(UTC) - timedelta(hours=hours)
                review, found = BedReview(journal, self._bed.id, since), night(journal, self._bed.id, since)
                drawn, snippets = averages(journal, self._bed, review.events), file.ids()
            finally:
                journal.close()
                file.close()
            stages = spike_wave(stage_spans(list(found.stages)), found.peaks_s, found.lost, found.seconds).stages
            lost_s = sum(end - begin for begin, end in found.lost)
            stage_s = {name: one.analysed_s for name, one in stages.items()}
            self._read = ((last_seq, hours), _Known(review, drawn, snippets, stage_s, found.seconds - lost_s))
        return self._read[1]


def _events(cards: Sequence[Card], review: BedReview, snippets: set[str]) -> dict[str, dict[str, Any]]:
    """Return what the cards name, by id."""
    named = {one for card in cards for one in (*card.clearest, *card.least_clear, *card.candidates)}
    return {
        one["id"]: {**_shown(one, review, SHOWN), "snippet": one["id"] in snippets}
        for one in (*review.events, *review.withheld)
        if one["id"] in named
    }


def _is_full(withheld: Sequence[Payload]) -> bool:
    """Report whether an hour held as much as is kept of one: there was more."""
    at_s = [datetime.fromisoformat(one["utc"]).timestamp() for one in withheld]
    return any(later - at_s[place] < HOUR_S for place, later in enumerate(at_s[MOST_PER_H - 1 :]))


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
