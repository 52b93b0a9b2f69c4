"""Findings as an EDF+ file of annotations alone, which every EEG viewer lays over the recording."""
# ruff: noqa: PLC0415  (edfio brings numpy along, and help is to be quick)

from datetime import datetime
from pathlib import Path

from stream.cli.exports.contract import SOFTWARE, ExportFormat, marks
from stream.findings import Findings


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME.edf."""
    import edfio

    # 1985 is the oldest year that EDF knows; the date itself is written as unknown then.
    began = findings.began or datetime(1985, 1, 1)
    annotations = [edfio.EdfAnnotation(mark.onset_s, mark.duration_s, mark.text) for mark in marks(findings)]
    file = edfio.Edf(
        [],
        patient=edfio.Patient(),
        recording=edfio.Recording(startdate=began.date() if findings.began else None, equipment_code="Spikewatch"),
        starttime=began.time(),
        annotations=[edfio.EdfAnnotation(0, None, SOFTWARE), *annotations],
    )
    path = folder / f"{findings.name}.edf"
    file.write(path)
    return [path]


FORMAT = ExportFormat("edf+", "annotations alone, for EEG viewers", write)
