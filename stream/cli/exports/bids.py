"""Findings as BIDS: `events.tsv`, and its sidecar with the meaning of every column and HED-SCORE tags.

Source: BIDS 1.10, "Events"; HED library schema SCORE 2.1.0 (Robbins et al.; Dora et al. 2024).
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from stream.cli.exports.contract import SOFTWARE, ExportFormat
from stream.findings import Findings

COLUMNS: Final = (
    "onset", "duration", "trial_type", "channel", "group", "probability", "amplitude", "polarity", "sleep_stage",
    "sample", "reason", "event_id", "standing", "labels", "reviewers",
)  # fmt: skip
NOTHING: Final = "n/a"
STAGE_TAGS: Final = {
    "W": "Awake",
    "N1": "sc:Sleep-stage-N1",
    "N2": "sc:Sleep-stage-N2",
    "N3": "sc:Sleep-stage-N3",
    "R": "sc:Sleep-stage-REM",
}
TYPES: Final = {
    "ied": "An interictal epileptiform discharge that the software found; standing says what people said of it.",
    "missing": "Samples that never came: nothing was looked at here.",
    "rejected": "Signal that could not be judged: nothing was looked at here.",
    "shed": "Samples that the computer was too slow to look at.",
    **{f"sleep_{stage}": f"Sleep stage {stage}, as the software estimates it." for stage in STAGE_TAGS},
}

STANDINGS: Final = {
    "open": "Nobody has judged it.",
    "accepted": "A reviewer calls it a discharge, and none denies it.",
    "rejected": "A reviewer calls it no discharge, and none disagrees.",
    "disputed": "Reviewers contradict each other.",
}


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME_events.tsv and NAME_events.json, named as BIDS wants them."""
    stem = stem_of(findings.name)
    table, sidecar = folder / f"{stem}_events.tsv", folder / f"{stem}_events.json"
    rows = sorted([*_ieds(findings), *_spans(findings)], key=lambda row: float(row["onset"]))
    lines = ["\t".join(COLUMNS), *("\t".join(row.get(name, NOTHING) for name in COLUMNS) for row in rows)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sidecar.write_text(json.dumps(_sidecar(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [table, sidecar]


def stem_of(name: str) -> str:
    """Return a name made of BIDS' entities: its own where it is of BIDS already, else one made of it."""
    if re.match(r"sub-[A-Za-z0-9]+_(.+_)?(eeg|ieeg|meg)$", name):
        return name.rpartition("_")[0]
    # A label may hold letters and digits alone.
    return f"sub-{re.sub(r'[^A-Za-z0-9]', '', name) or 'unknown'}_task-monitoring"


def _ieds(findings: Findings) -> list[dict[str, str]]:
    return [
        {
            "onset": f"{event['time_s'] + event['onset_s']:.6f}",
            "duration": f"{event['duration_s']:.6f}",
            "trial_type": "ied",
            "channel": _cell(event["peak_channel"]),
            "group": _cell(event["group"]),
            "probability": f"{event['probability']:.6g}",
            "amplitude": f"{event['amplitude_uv']:.6g}",
            "polarity": event["polarity"],
            "sleep_stage": event["sleep_stage"],
            "sample": str(event["sample"]),
            "event_id": event["id"],
            "standing": event.get("standing", NOTHING),
            "labels": _cell("; ".join(event.get("labels", ()))),
            "reviewers": _cell("; ".join(event.get("reviewers", ()))),
        }
        for event in findings.events
    ]


def _spans(findings: Findings) -> list[dict[str, str]]:
    stages = [
        {"onset": f"{one.onset_s:.6f}", "duration": f"{one.duration_s:.6f}", "trial_type": f"sleep_{one.stage}"}
        for one in findings.stages
    ]
    stretches = [
        {"onset": f"{one.onset_s:.6f}", "duration": f"{one.duration_s:.6f}", "trial_type": one.fate}
        | ({"reason": _cell(one.reason)} if one.reason else {})
        for one in findings.stretches
    ]
    return [*stages, *stretches]


def _cell(text: str) -> str:
    # Names come from strangers: a tab in one would shift every column behind it.
    return re.sub(r"\s", " ", text) or NOTHING


def _sidecar() -> dict[str, Any]:
    hed = {
        "ied": "(sc:Epileptiform-interictal-activity)",
        **{f"sleep_{stage}": f"({tag})" for stage, tag in STAGE_TAGS.items()},
    }
    return {
        "trial_type": {"Description": "What is there.", "Levels": TYPES, "HED": hed},
        "channel": {"Description": "The derivation in which the discharge is largest."},
        "group": {"Description": "The group of derivations in which it was found."},
        "probability": {"Description": "The network's answer, 0 to 1."},
        "amplitude": {"Description": "Height of the discharge in that derivation.", "Units": "uV"},
        "polarity": {"Description": "Which way it points in that derivation."},
        "sleep_stage": {"Description": "The stage at that time, as the software estimates it."},
        "sample": {"Description": "Index of the peak at the recording's rate, from 0."},
        "reason": {"Description": "Why nothing was looked at."},
        "event_id": {"Description": "The id of the event in the journal and over MQTT."},
        "standing": {"Description": "What people said of the event.", "Levels": STANDINGS},
        "labels": {"Description": "What reviewers called it; several with a semicolon between them."},
        "reviewers": {"Description": "Who judged it, as they wrote their names; several with a semicolon."},
        "GeneratedBy": {"Description": SOFTWARE},
    }


FORMAT = ExportFormat("bids", "events.tsv with its sidecar and HED-SCORE tags", write)
