"""`spikewatch events --summary`: time in each sleep stage, IEDs by stage, and the spike-wave index of NREM sleep."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from stream.cli.exports.journal import findings_of
from stream.logbook.journal_reader import JournalReader
from stream.spike_wave import Index, SpikeWave, spike_wave
from stream.terminal import print_json, print_table

STAGE_COLUMNS: Final = ("bed", "stage", "minutes", "analysed_min", "ieds", "ieds_per_h")
INDEX_COLUMNS: Final = ("bed", "spike-wave index of", "percent", "analysed_s", "coverage")


def print_summary(journal: JournalReader, beds: list[str], since_utc: datetime, *, as_json: bool) -> None:
    """Print the summary of every bed."""
    found = {bed: _spike_wave(journal, bed, since_utc) for bed in beds}
    if as_json:
        for bed, one in found.items():
            print_json({"bed": bed, **_as_json(one)})
        return
    print_table(STAGE_COLUMNS, [row for bed, one in found.items() for row in _stage_rows(bed, one)])
    print_table(INDEX_COLUMNS, [row for bed, one in found.items() for row in _index_rows(bed, one)])


def _spike_wave(journal: JournalReader, bed: str, since_utc: datetime) -> SpikeWave:
    findings = findings_of(journal, bed, since_utc)
    lost = [(one.onset_s, one.onset_s + one.duration_s) for one in findings.stretches]
    return spike_wave(findings.stages, [event["time_s"] for event in findings.events], lost, findings.seconds)


def _stage_rows(bed: str, found: SpikeWave) -> Iterator[list[str]]:
    for stage, time in found.stages.items():
        yield [
            bed,
            stage,
            f"{time.seconds / 60:.1f}",
            f"{time.analysed_s / 60:.1f}",
            str(time.spikes),
            _cell(time.per_h),
        ]


def _index_rows(bed: str, found: SpikeWave) -> Iterator[list[str]]:
    for name, index in found.named.items():
        yield [bed, name, _cell(index.percent), str(index.analysed_s), f"{100 * index.coverage:.0f} %"]


def _cell(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.1f}"


def _as_json(found: SpikeWave) -> dict[str, Any]:
    stages = {name: asdict(time) | {"per_h": _known(time.per_h)} for name, time in found.stages.items()}
    return {
        "stages": stages,
        "spike_wave_index": {
            "first_100_s_n2": _index(found.first_n2),
            "first_10_min_nrem": _index(found.first_nrem),
            "nrem": _index(found.nrem),
            "cycles": [_index(one) for one in found.cycles],
        },
    }


def _index(index: Index) -> dict[str, float | None]:
    return {"percent": _known(index.percent), "analysed_s": index.analysed_s, "coverage": index.coverage}


def _known(number: float) -> float | None:
    """Return a number as JSON knows them."""
    return None if math.isnan(number) else number
