"""Exports read back as other people would, each by its own world's library: how many events and gaps they find.

What a library is missing for is said by name, and not read.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Found:
    """Events, and stretches that were not analysed."""

    events: int
    gaps: int


def _edf(paths: list[Path]) -> Found:
    annotations = import_module("edfio").read_edf(paths[0]).annotations
    return _by_text([one.text for one in annotations], "missing")


def _edf_by_mne(paths: list[Path]) -> Found:
    return _by_text(list(import_module("mne").read_annotations(paths[0]).description), "missing")


def _bids(paths: list[Path]) -> Found:
    table = import_module("pandas").read_csv(paths[0], sep="\t")
    kinds = table["trial_type"].value_counts()
    return Found(int(kinds["ied"]), int(kinds["missing"]))


def _csv(paths: list[Path]) -> Found:
    pandas = import_module("pandas")
    events, stretches = (pandas.read_csv(path) for path in paths)
    return Found(events["id"].nunique(), len(stretches))


def _parquet(paths: list[Path]) -> Found:
    read_table = import_module("pyarrow.parquet").read_table
    events, stretches = (read_table(path) for path in paths)
    return Found(len(set(events["id"].to_pylist())), len(stretches))


def _fhir(paths: list[Path]) -> Found:
    bundle = import_module("fhir.resources.bundle").Bundle.model_validate_json(paths[0].read_bytes())
    missing = sum(entry.resource.dataAbsentReason is not None for entry in bundle.entry)
    return Found(len(bundle.entry) - missing, missing)


def _mne(paths: list[Path]) -> Found:
    return _by_text(list(import_module("mne").read_annotations(paths[0]).description), "BAD_missing")


def _by_text(texts: list[str], gap: str) -> Found:
    return Found(sum(text.startswith("ied ") for text in texts), sum(text.startswith(gap) for text in texts))


READERS: Final[dict[str, dict[str, Callable[[list[Path]], Found]]]] = {
    "edf+": {"edfio": _edf, "mne": _edf_by_mne},
    "bids": {"pandas": _bids},
    "csv": {"pandas": _csv},
    "parquet": {"pyarrow": _parquet},
    "fhir": {"fhir.resources": _fhir},
    "mne": {"mne": _mne},
}
"""By export format and library."""


def read_back(form: str, paths: list[Path]) -> dict[str, Any]:
    """Read an export by every library that there is for it; return seconds, events and gaps, or what is missing."""
    found: dict[str, Any] = {}
    for library, read in READERS[form].items():
        began_s = time.perf_counter()
        try:
            counts = read(paths)
        except ModuleNotFoundError as missing:
            found[library] = {"missing": missing.name}
            continue
        seconds = round(time.perf_counter() - began_s, 2)
        found[library] = {"seconds": seconds, "events": counts.events, "gaps": counts.gaps}
    return found
