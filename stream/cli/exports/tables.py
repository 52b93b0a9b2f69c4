"""Findings as CSV: IEDs with the fields of `event/ied` and what was said of them; and what was not analysed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from stream.cli.exports.contract import SAID, ExportFormat
from stream.cli.formats.csv_table import CsvTable
from stream.findings import Findings
from stream.schema.columns import IED_COLUMNS

STRETCH_COLUMNS: Final = ("onset_s", "duration_s", "fate", "reason")


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME.csv and NAME_not_analysed.csv."""
    ieds, stretches = folder / f"{findings.name}.csv", folder / f"{findings.name}_not_analysed.csv"
    _write(ieds, ("time_s", *IED_COLUMNS, *SAID), findings.events)
    _write(stretches, STRETCH_COLUMNS, map(asdict, findings.stretches))
    return [ieds, stretches]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = CsvTable(file, columns)
        for row in rows:
            table.write(dict(row))


FORMAT = ExportFormat("csv", "tables of IEDs and of what was not analysed", write)
