"""Findings as Parquet: the same tables as CSV, with types and nested keys. The only code that knows pyarrow."""
# ruff: noqa: PLC0415  (pyarrow is an extra, and large)

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stream.cli.exports.contract import SOFTWARE, ExportFormat
from stream.errors import ConfigError
from stream.findings import Findings

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS: Final = (
    "id", "bed", "kind", "utc", "group", "peak_channel", "polarity", "sleep_stage", "engine", "schema",
    "lead_channel", "cluster", "contract",
)  # fmt: skip
NUMBERS: Final = ("time_s", "lsl_time_s", "onset_s", "duration_s", "probability", "threshold", "amplitude_uv",
                  "sleep_confidence")  # fmt: skip
COUNTS: Final = ("seq", "sample", "similar")
LISTS: Final = ("channels", "flags")
MODEL: Final = ("name", "sha256")
LATENCIES: Final = ("acquire", "condition", "frame", "infer", "merge", "journal", "total")
SAID_LISTS: Final = ("labels", "reviewers")
REASONS: Final = ("sharpness", "duration_ms", "asymmetry", "after_wave", "background_change", "field")


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write NAME.parquet and NAME_not_analysed.parquet.

    Raises
    ------
    ConfigError
        if pyarrow is not installed
    """
    check_installed("--format parquet")
    import pyarrow as pa
    from pyarrow import parquet

    ieds, stretches = folder / f"{findings.name}.parquet", folder / f"{findings.name}_not_analysed.parquet"
    about = {"name": findings.name, "began": str(findings.began or ""), "software": SOFTWARE}
    for path, rows, schema in (
        (ieds, list(findings.events), _judged_schema()),
        (stretches, [asdict(one) for one in findings.stretches], _stretch_schema()),
    ):
        table = pa.Table.from_pylist(rows, schema=schema)
        parquet.write_table(table.replace_schema_metadata(about), path, compression="zstd")
    return [ieds, stretches]


def check_installed(what: str) -> None:
    """Check that tables can be written, before anything is done for them.

    Raises
    ------
    ConfigError
        if pyarrow is not installed; names `what` was asked for
    """
    try:
        import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"{what}: pyarrow is missing; install it with pip install spikewatch[export]") from error


def write_archive(results: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write events.parquet and not_analysed.parquet of many files: one after the other, so memory holds one file."""
    import pyarrow as pa
    from pyarrow import parquet

    names = ("events", "not_analysed")
    schemas = [one.insert(0, pa.field("file", pa.string())) for one in (_ied_schema(), _stretch_schema())]
    partial = [folder / f"{name}.parquet.partial" for name in names]
    with ExitStack() as stack:
        writers = [
            stack.enter_context(parquet.ParquetWriter(path, schema, compression="zstd"))
            for path, schema in zip(partial, schemas, strict=True)
        ]
        for result in results:
            for writer, schema, kind in zip(writers, schemas, ("events", "stretches"), strict=True):
                rows = [{"file": result["file"], **row} for row in result.get(kind, ())]
                if rows:
                    writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    # Renamed once both are whole: a reader of the folder finds the earlier tables meanwhile.
    return [path.replace(path.with_suffix("")) for path in partial]


# The types are given and not guessed: a table without events has the same columns, and tables can be joined.
def _ied_schema() -> "pa.Schema":
    import pyarrow as pa

    text, number, texts = pa.string(), pa.float64(), pa.list_(pa.string())
    fields: list[tuple[str, Any]] = [(name, text) for name in TEXTS]
    fields += [(name, number) for name in NUMBERS]
    fields += [(name, pa.int64()) for name in COUNTS]
    fields += [(name, texts) for name in LISTS]
    fields += [("model", pa.struct([(name, text) for name in MODEL]))]
    fields += [("latency_ms", pa.struct([(stage, number) for stage in LATENCIES]))]
    fields += [("reasons", pa.struct([(name, number) for name in REASONS]))]
    return pa.schema(fields)


def _judged_schema() -> "pa.Schema":
    """Return the columns of events of which people may have said something."""
    import pyarrow as pa

    schema = _ied_schema().append(pa.field("standing", pa.string()))
    for name in SAID_LISTS:
        schema = schema.append(pa.field(name, pa.list_(pa.string())))
    return schema


def _stretch_schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [("onset_s", pa.float64()), ("duration_s", pa.float64()), ("fate", pa.string()), ("reason", pa.string())]
    )


FORMAT = ExportFormat("parquet", "the same tables with types (needs the extra [export])", write)
