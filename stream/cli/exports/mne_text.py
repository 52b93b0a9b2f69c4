"""Findings as MNE-Python's annotations: text files that `mne.read_annotations` reads.

Annotations whose text begins with BAD are left out by MNE-Python when it cuts epochs, so stretches that were not
analysed are BAD. A second file marks the IEDs as BAD as well: epochs cut with it hold no discharge that was found.
"""

from datetime import UTC
from pathlib import Path
from typing import Final

from stream.cli.exports.contract import SOFTWARE, ExportFormat, Mark, marks
from stream.findings import Findings

FATES: Final = ("missing", "rejected", "shed")


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME-annot.txt and NAME-ied-free-annot.txt."""
    everything, mask = folder / f"{findings.name}-annot.txt", folder / f"{findings.name}-ied-free-annot.txt"
    found = list(marks(findings))
    everything.write_text(_text(findings, found, FATES), encoding="utf-8")
    mask.write_text(_text(findings, found, (*FATES, "ied")), encoding="utf-8")
    return [everything, mask]


def _text(findings: Findings, found: list[Mark], bad: tuple[str, ...]) -> str:
    lines = ["# MNE-Annotations", f"# {SOFTWARE}"]
    if findings.began:
        # MNE-Python takes the start of a recording for UTC, also where its file names no zone.
        began = findings.began if findings.began.tzinfo is None else findings.began.astimezone(UTC)
        lines.append(f"# orig_time : {began.strftime('%Y-%m-%d %H:%M:%S.%f')}")
    lines.append("# onset, duration, description")
    for mark in found:
        # A comma would begin another column.
        text = mark.text.replace(",", ";")
        label = f"BAD_{text}" if mark.text.startswith(bad) else text
        lines.append(f"{mark.onset_s:.6f}, {mark.duration_s:.6f}, {label}")
    return "\n".join(lines) + "\n"


FORMAT = ExportFormat("mne", "annotations for MNE-Python, and a mask for epochs without IEDs", write)
