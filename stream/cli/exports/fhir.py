"""Findings as a FHIR bundle of Observations (R5).

An authority's code stands only where it lists one: UCUM for units, HL7's data-absent-reason. LOINC and SNOMED CT were
not searched for the discharge itself, so it is named in words.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from stream.cli.exports.contract import SOFTWARE, ExportFormat
from stream.findings import Findings, Stretch

Resource = dict[str, Any]
ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
WHY: Final = {"missing": "error", "rejected": "error", "shed": "not-performed"}


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME.fhir.json."""
    path = folder / f"{findings.name}.fhir.json"
    with path.open("w", encoding="utf-8") as file:
        # Resource by resource: a week of events need not be in memory twice.
        file.write('{"resourceType": "Bundle", "type": "collection", "entry": [')
        file.writelines(_lines(_entries(findings)))
        file.write("]}\n")
    return [path]


def _lines(entries: Iterator[Resource]) -> Iterator[str]:
    for index, entry in enumerate(entries):
        yield (",\n" if index else "\n") + json.dumps(entry, ensure_ascii=False)


def _entries(findings: Findings) -> Iterator[Resource]:
    for event in findings.events:
        yield {"fullUrl": f"urn:uuid:{event['id']}", "resource": _ied(findings, event)}
    for one in findings.stretches:
        # The same stretch of the same recording has the same id however often it is exported.
        name = uuid5(NAMESPACE_URL, f"spikewatch:{findings.name}/{findings.began}/{one.onset_s}/{one.fate}")
        yield {"fullUrl": f"urn:uuid:{name}", "resource": _stretch(findings, one)}


def _observation(findings: Findings, text: str) -> Resource:
    return {
        "resourceType": "Observation",
        # Also where a reviewer accepts it: the name of a reviewer is not proven.
        "status": "preliminary",
        "code": {"text": text},
        "subject": {"type": "Location", "display": findings.name},
        "device": {"display": SOFTWARE},
    }


def _ied(findings: Findings, event: dict[str, Any]) -> Resource:
    return {
        **_observation(findings, "Interictal epileptiform discharge, found by software"),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{event['id']}"}],
        **_at(findings, event["time_s"], None),
        # Who counts these must not count what a reviewer denies.
        "valueBoolean": event.get("standing") != "rejected",
        "bodySite": {"text": event["peak_channel"]},
        "method": {"text": f"{event['model']['name']} {event['model']['sha256']}, {event['engine']}"},
        "component": [
            _number("Time of the peak since the start", event["time_s"], "s"),
            _number("Onset relative to the peak", event["onset_s"], "s"),
            _number("Duration", event["duration_s"], "s"),
            _number("Probability", event["probability"], "1"),
            _number("Threshold", event["threshold"], "1"),
            _number("Amplitude", event["amplitude_uv"], "uV"),
            _text("Polarity", event["polarity"]),
            _text("Group of derivations", event["group"]),
            _text("Sleep stage", event["sleep_stage"]),
            *([_text("Review", event["standing"])] if "standing" in event else []),
        ],
        **_notes(event),
    }


def _notes(event: dict[str, Any]) -> Resource:
    """Return who judged an event and what they called it, as a note; nothing where nobody did."""
    if not event.get("reviewers"):
        return {}
    called = f" ({'; '.join(event['labels'])})" if event["labels"] else ""
    return {"note": [{"text": f"{event['standing']} by {', '.join(event['reviewers'])}{called}"}]}


def _stretch(findings: Findings, one: Stretch) -> Resource:
    absent = {"coding": [{"system": ABSENT, "code": WHY[one.fate]}], "text": f"{one.fate}: {one.reason or 'start'}"}
    return {
        **_observation(findings, "EEG that was not analysed"),
        **_at(findings, one.onset_s, one.onset_s + one.duration_s),
        "dataAbsentReason": absent,
        "component": [
            _number("Start since the start of the recording", one.onset_s, "s"),
            _number("Duration", one.duration_s, "s"),
        ],
    }


def _at(findings: Findings, onset_s: float, end_s: float | None) -> Resource:
    """Return when something was, where that is known: FHIR knows no time without a zone."""
    if findings.began is None or findings.began.tzinfo is None:
        return {}
    start = _instant(findings.began, onset_s)
    if end_s is None:
        return {"effectiveDateTime": start}
    return {"effectivePeriod": {"start": start, "end": _instant(findings.began, end_s)}}


def _instant(began: datetime, seconds: float) -> str:
    return (began + timedelta(seconds=seconds)).astimezone(UTC).isoformat(timespec="milliseconds")


def _number(text: str, value: float, unit: str) -> Resource:
    quantity = {"value": round(value, 6), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"code": {"text": text}, "valueQuantity": quantity}


def _text(text: str, value: str) -> Resource:
    return {"code": {"text": text}, "valueString": value}


FORMAT = ExportFormat("fhir", "a bundle of Observations", write)
