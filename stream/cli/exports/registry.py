"""The formats that `export` writes. Another one is a file beside this one and its name in `EXPORTS`."""

from typing import Final

from stream.cli.exports import bids, edf_plus, fhir, mne_text, parquet, tables
from stream.cli.exports.contract import ExportFormat
from stream.errors import ConfigError

EXPORTS: Final[dict[str, ExportFormat]] = {
    found.name: found
    for found in (
        edf_plus.FORMAT, bids.FORMAT, tables.FORMAT, parquet.FORMAT, fhir.FORMAT, mne_text.FORMAT,
    )
}  # fmt: skip


def export_named(name: str) -> ExportFormat:
    """Return the format that `--format` names.

    Raises
    ------
    ConfigError
        if there is no such format: the line names those that there are
    """
    if name not in EXPORTS:
        raise ConfigError(f"--format {name}: no such format; give one of {', '.join(EXPORTS)}")
    return EXPORTS[name]
