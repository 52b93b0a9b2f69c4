"""`spikewatch calibrate`: a bed's threshold from the site's own recordings."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import MontageError, RecordingError
from stream.cli.beds import named
from stream.cli.options import AsJson, ConfigFile, Overrides
from stream.config.keys import Bed, Config
from stream.config.load import DEFAULT_CONFIG, load_or_default
from stream.errors import InputError
from stream.evaluate.once import check_once
from stream.printable import printable
from stream.terminal import print_json

if TYPE_CHECKING:
    from models.zoo.manifest import Manifest
    from stream.detect.models import Detectors
    from stream.evaluate.calibration import Calibration, Counted


def calibrate(
    recordings: Annotated[
        list[Path],
        typer.Argument(metavar="RECORDING...", help="Without discharges: EDF, BDF, XDF, npz, mat, MNE's."),
    ],
    config_file: ConfigFile = DEFAULT_CONFIG,
    overrides: Overrides = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    alarms_per_hour: Annotated[float, typer.Option(min=0.01, help="At most so many events in an analysed hour.")] = 6.0,
    bed: Annotated[str, typer.Option(help="The bed whose montage and unit hold; the first by default.")] = "",
    as_json: AsJson = False,
) -> None:
    """Choose a bed's threshold from recordings without discharges."""
    settings = load_or_default(config_file, overrides)
    chosen = named(settings, bed)[0]
    check_once(recordings)
    from models.engines.opening import tune_process
    from stream.detect.models import Detectors
    from stream.evaluate.calibration import calibrate as decide

    tune_process()
    # Sleep is not staged: events do not depend on it, and it would be staged again for each threshold.
    awake = settings.model_copy(update={"bed": [chosen], "infer": settings.infer.model_copy(update={"sleep": "off"})})
    detectors = Detectors(awake)
    counted, skipped = _counted(awake, detectors, recordings)
    found = decide(counted, alarms_per_hour)
    for recording in counted:
        for remark in recording.remarks:
            typer.echo(printable(f"{recording.path}: {remark}"), err=True)
        events = recording.events[found.chosen.threshold]
        typer.echo(printable(f"{recording.path}: {events} events in {recording.hours:.2f} analysed hours"), err=True)
    beds = [one.id for one in settings.bed if _is_alike(one, chosen)]
    manifest = detectors.of(chosen).manifest
    if as_json:
        print_json(_answer(found, beds, chosen, manifest, settings, skipped))
    else:
        typer.echo(_toml(found, beds, chosen, manifest, settings))
    raise typer.Exit(InputError.exit_code if skipped else 0)


def _counted(config: Config, detectors: "Detectors", paths: list[Path]) -> tuple[list["Counted"], list[str]]:
    """Count the events of each recording; return also what is wrong with those that cannot be used."""
    from rich.console import Console
    from rich.text import Text

    from stream.evaluate.calibration import count

    counted, skipped = [], []
    with Console(stderr=True).status("") as status:
        for path in paths:
            status.update(Text(printable(str(path))))
            try:
                counted.append(count(config, config.bed[0], detectors, path))
            except (RecordingError, MontageError, InputError) as problem:
                # One bad file does not cost the others theirs; the exit code remembers it.
                skipped.append(printable(str(problem)))
    for line in skipped:
        typer.echo(f"spikewatch: {line}", err=True)
    return counted, skipped


def _is_alike(one: Bed, other: Bed) -> bool:
    """Check whether a threshold found for one bed holds for another: the network is shown the same of both."""
    return (one.condition, one.acquire.unit) == (other.condition, other.acquire.unit)


def _montage(bed: Bed) -> str:
    return bed.condition.montage if isinstance(bed.condition.montage, str) else "of your own"


def _toml(found: "Calibration", beds: list[str], bed: Bed, manifest: "Manifest", settings: Config) -> str:
    """Write the lines for config.toml, and as remarks what they rest on."""
    from models.evaluation.bootstrap import LEVEL

    row, level = found.chosen, f"{100 * LEVEL:.0f} %"
    shown = [f"From {one.threshold:g} on they show at most {found.alarms_per_h:g} at {level}." for one in found.shown]
    more = shown or [f"No threshold shows at most {found.alarms_per_h:g} at {level}: that takes more hours."]
    return "\n".join(
        (
            f'# Bed {", ".join(beds)}: montage "{_montage(bed)}", detector {manifest.name} every '
            f"{settings.frame.hop_ms:g} ms, {found.hours:.2f} analysed hours of {len(found.recordings)} recordings",
            f"# without discharges. {row.events} events: {row.per_h:.1f} an hour, at most {row.highest_per_h:.1f} at "
            f"{level}. {more[0]}",
            "[bed.merge]",
            f"threshold = {row.threshold:g}",
        )
    )


def _answer(
    found: "Calibration", beds: list[str], bed: Bed, manifest: "Manifest", settings: Config, skipped: list[str]
) -> dict[str, Any]:
    from models.evaluation.bootstrap import LEVEL

    chosen = found.chosen.threshold
    return {
        "beds": beds,
        "montage": bed.condition.montage,
        "detector": {"name": manifest.name, "sha256": manifest.sha256},
        "hop_ms": settings.frame.hop_ms,
        "alarms_per_hour": found.alarms_per_h,
        "level": LEVEL,
        "hours": found.hours,
        **asdict(found.chosen),
        "shown_at_level": [asdict(row) for row in found.shown],
        "rows": [asdict(row) for row in found.rows],
        "recordings": [
            {"file": str(one.path), "hours": one.hours, "events": one.events[chosen], "remarks": list(one.remarks)}
            for one in found.recordings
        ],
        "skipped": skipped,
    }
