"""FHIR: a bundle that its own library accepts where it is installed, and what stands in it."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from stream.cli.exports import fhir
from tests.stream.cli.exports.example import BEGAN, example, judged


def test_an_observation_says_what_was_found_and_that_nobody_confirmed_it(tmp_path: Path) -> None:
    """The event's id is the resource's; units are UCUM's; the discharge itself has no code of any authority."""
    [path] = fhir.write(example(), tmp_path)
    bundle = json.loads(path.read_text(encoding="utf-8"))
    first, second, start, gap = (entry["resource"] for entry in bundle["entry"])
    assert bundle["entry"][0]["fullUrl"] == f"urn:uuid:{example().events[0]['id']}"
    assert (first["status"], first["code"]) == (
        "preliminary",
        {"text": "Interictal epileptiform discharge, found by software"},
    )
    assert (first["effectiveDateTime"], second["effectiveDateTime"]) == (
        "2026-03-01T22:30:10.000+00:00",
        "2026-03-01T22:35:00.000+00:00",
    )
    assert {
        "code": {"text": "Amplitude"},
        "valueQuantity": {"value": -123.5, "unit": "uV", "system": "http://unitsofmeasure.org", "code": "uV"},
    } in first["component"]
    assert start["dataAbsentReason"]["text"] == "rejected: start"
    assert gap["effectivePeriod"] == {"start": "2026-03-01T22:36:40.000+00:00", "end": "2026-03-01T22:36:52.250+00:00"}


def test_an_event_that_reviewers_deny_is_no_true_one(tmp_path: Path) -> None:
    """Who counts values counts no blink; what was said, by whom and as what, is there. A file's event has no review."""
    [path] = fhir.write(judged(), tmp_path)
    denied, unjudged, *_ = (entry["resource"] for entry in json.loads(path.read_text(encoding="utf-8"))["entry"])
    assert [one["valueBoolean"] for one in (denied, unjudged)] == [False, True]
    assert {"code": {"text": "Review"}, "valueString": "rejected"} in denied["component"]
    assert {"code": {"text": "Review"}, "valueString": "open"} in unjudged["component"]
    assert denied["note"] == [{"text": "rejected by ann, bob (blink; eyes, shut)"}]
    assert {denied["status"], unjudged["status"]} == {"preliminary"}
    assert "note" not in unjudged
    [plain] = fhir.write(example(), tmp_path)
    assert "Review" not in plain.read_text(encoding="utf-8")


@pytest.mark.parametrize("began", [None, BEGAN.replace(tzinfo=None)])
def test_a_time_without_a_zone_is_left_out(tmp_path: Path, began: datetime | None) -> None:
    """FHIR would refuse it, and a guess would be wrong by hours; seconds since the start are there."""
    [path] = fhir.write(example(began=began), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "effective" not in text
    assert "Time of the peak since the start" in text


def test_its_own_library_accepts_it(tmp_path: Path) -> None:
    """Every resource, by the published profiles of R5."""
    bundles = pytest.importorskip("fhir.resources.bundle", reason="fhir.resources is not installed")
    [path] = fhir.write(judged(), tmp_path)
    assert len(bundles.Bundle.model_validate_json(path.read_text(encoding="utf-8")).entry) == 4
