"""Makes the journal's messages of what was found, with an id that is the same however often it is found again."""

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from stream.logbook.journal import Outgoing
from stream.logbook.journal_reader import Kind
from stream.records import Detection, SleepState
from stream.schema.alarms import condition
from stream.schema.journalled import Alarm, Audit, IedEvent, Model, Reasons, Review, SleepMessage, StageLatency
from stream.terms import Stage

# Never to be changed: the ids of past events depend on it.
_NAMESPACE = UUID("6f0f6c3e-5d3c-5a53-9a55-2f6d0d7c1e11")


@dataclass(frozen=True, slots=True)
class IedContext:
    """What an event has beyond its detection. `latency_ms` has the stages up to merge; the journal adds the rest."""

    site: str
    recording: int
    model: Model
    engine: str
    utc: datetime
    sleep_stage: Stage
    latency_ms: dict[str, float]
    sleep_confidence: float = 0.0
    contract: str = ""


def message_id(site: str, bed: str, recording: int, kind: Kind, model_sha256: str, sample: int) -> str:
    """Return an id that is the same however often the same finding is found again."""
    return str(uuid5(_NAMESPACE, f"{site}/{bed}/{recording}/{kind}/{model_sha256}/{sample}"))


def ied_outgoing(detection: Detection, context: IedContext) -> Outgoing:
    """Make the journal's message of one detection."""
    event = IedEvent(
        id=message_id(context.site, detection.bed, context.recording, "ied", context.model.sha256, detection.sample),
        bed=detection.bed,
        sample=detection.sample,
        lsl_time_s=detection.lsl_s,
        utc=context.utc,
        onset_s=detection.onset_s,
        duration_s=detection.duration_s,
        group=detection.group,
        peak_channel=detection.peak_channel,
        channels=detection.channels,
        probability=detection.probability,
        threshold=detection.threshold,
        amplitude_uv=detection.amplitude_uv,
        polarity=detection.polarity,
        sleep_stage=context.sleep_stage,
        sleep_confidence=context.sleep_confidence,
        model=context.model,
        engine=context.engine,
        latency_ms=StageLatency(**context.latency_ms),
        flags=detection.flags,
        lead_channel=detection.lead_channel,
        cluster=f"{context.recording}-{detection.cluster}" if detection.cluster else "",
        similar=detection.similar,
        reasons=_rounded(asdict(detection.reasons)),
        contract=context.contract,
    )
    return Outgoing(event.id, "ied", event.topic(), event.payload(), retain=False, utc=event.utc)


def _rounded(measures: dict[str, float]) -> Reasons:
    """Return the criteria of an event to three digits: more are below any noise, and every event carries them."""
    return Reasons(**{name: None if math.isnan(value) else round(value, 3) for name, value in measures.items()})


def sleep_outgoing(
    state: SleepState, site: str, recording: int, model_sha256: str, since_utc: datetime, epoch_end_utc: datetime
) -> Outgoing:
    """Make the journal's message of one sleep epoch."""
    message = SleepMessage(
        id=message_id(site, state.bed, recording, "sleep", model_sha256, state.epoch_end),
        bed=state.bed,
        stage=state.stage,
        confidence=state.confidence,
        probabilities=state.probabilities,
        since_utc=since_utc,
        epoch_end_utc=epoch_end_utc,
        lookahead_s=state.lookahead_s,
        ready=state.ready,
    )
    return Outgoing(message.id, "sleep", message.topic(), message.payload(), retain=True, utc=epoch_end_utc)


def sleep_withdrawal(bed: str, utc: datetime) -> Outgoing:
    """Make the journal's message that no sleep stage is known any more."""
    # A random id: a stage is not found again in the samples, so its id need not come from them.
    message = SleepMessage(
        id=str(uuid4()),
        bed=bed,
        stage="unknown",
        probabilities={},
        since_utc=utc,
        epoch_end_utc=utc,
        lookahead_s=0.0,
        ready=False,
    )
    return Outgoing(message.id, "sleep", message.topic(), message.payload(), retain=True, utc=utc)


def alarm_outgoing(bed: str, name: str, *, on: bool, reason: str, utc: datetime) -> Outgoing:
    """Make the journal's message of an alarm condition that begins or ends."""
    known = condition(name)
    alarm = Alarm(
        # A random id: two alarms of one name are two happenings, unlike a discharge that is found twice.
        id=str(uuid4()),
        bed=bed,
        name=name,
        on=on,
        reason=reason,
        priority=known.priority,
        action=known.action,
        utc=utc,
    )
    return Outgoing(alarm.id, "alarm", alarm.topic(), alarm.payload(), retain=False, utc=utc)


def audit_outgoing(bed: str, action: str, detail: dict[str, str], utc: datetime) -> Outgoing:
    """Make the journal's message of something that was done."""
    audit = Audit(id=str(uuid4()), bed=bed, action=action, detail=detail, utc=utc)
    return Outgoing(audit.id, "audit", audit.topic(), audit.payload(), retain=False, utc=utc)


def review_outgoing(review: Review) -> Outgoing:
    """Make the journal's message of what a person says."""
    return Outgoing(review.id, "review", review.topic(), review.payload(), retain=False, utc=review.utc)
