"""What `spikewatch data` prints about a folder that it read, and about a window set that it made."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stream.printable import printable
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from models.datasets.inspection import Inspection
    from models.datasets.preparation import Prepared

SHOWN_SKIPPED, SHOWN_WORDS, SHOWN_NOTES = 10, 15, 15
"""What a person is shown of long lists; --json has all."""
AS_MARKED = (
    "marks are counted as they are; `spikewatch data prepare` leaves out those whose signal is not settled yet (the "
    "first seconds of a recording), flat or at its limits"
)
WARM_UP = (
    "invalid: the signal is flat, at its limits or not yet settled: filters start with every recording and need its "
    "first seconds, as they do live. `spikewatch data check` counts marks, these among them"
)


def plain(found: "Inspection") -> dict[str, object]:
    """Return an inspection as a program takes it."""
    comparisons = [{**asdict(one), "verdict": one.verdict} for one in found.comparisons]
    return {**asdict(found), "usable": found.usable, "comparisons": comparisons}


def print_inspection(found: "Inspection") -> None:
    """Print what a folder holds, in tables."""
    whose = f"{found.recordings:,} recordings of {found.subjects:,} people, {found.hours:.1f} h"
    typer.echo(f"{printable(str(found.folder))}: {found.format}, {whose}")
    print_table(("sampling rate Hz", "of"), found.rates_hz.items())
    labels = [(part or "-", *one) for part, counts in found.labels.items() for one in counts.items()]
    print_table(("part", "label", "count"), labels)
    if not found.format.startswith("window set"):
        typer.echo(AS_MARKED)
    if found.stages:
        print_table(("stage", "count"), found.stages.items())
    if found.comparisons:
        rows = [(one.what, *map(_pair, (one.found, one.published)), one.verdict) for one in found.comparisons]
        print_table(("with / without a discharge", "found", "published", ""), rows)
    if found.unknown:
        words = [f'"{word}" {count}' for word, count in list(found.unknown.items())[:SHOWN_WORDS]]
        more = len(found.unknown) - len(words)
        typer.echo(printable(f"words that no subset uses: {', '.join(words)}{f' and {more} more' if more else ''}"))
    for note in found.notes[:SHOWN_NOTES]:
        typer.echo(printable(note))
    if len(found.notes) > SHOWN_NOTES:
        typer.echo(f"and {len(found.notes) - SHOWN_NOTES:,} more such; --json lists all")
    _print_skipped([(one.path.name, one.reason) for one in found.skipped])


def _pair(counts: tuple[int, int]) -> str:
    return f"{counts[0]:,} / {counts[1]:,}"


def _print_skipped(skipped: list[tuple[str, str]]) -> None:
    if not skipped:
        return
    typer.echo(f"{len(skipped):,} files skipped:")
    print_table(("file", "why"), skipped[:SHOWN_SKIPPED])
    if len(skipped) > SHOWN_SKIPPED:
        typer.echo(f"and {len(skipped) - SHOWN_SKIPPED:,} more; --json lists all")


def print_made(made: "Prepared", out: Path, *, as_json: bool) -> None:
    """Print what came of the recordings, and what was left out."""
    counts = asdict(made.cut)
    skipped = [(one.path.name, one.reason) for one in made.skipped]
    if as_json:
        answer = {"dataset": out, "format": made.format, "subset": made.subset, "view": made.view}
        print_json({**answer, "recordings": made.read, "windows": counts, "skipped": skipped, "doubts": made.doubts})
        return
    # The first two counts are positives and negatives, the windows that were kept.
    left_out = ", ".join(f"{count:,} {name}" for name, count in list(counts.items())[2:] if count)
    windows = f"{made.cut.positives:,} windows with IED and {made.cut.negatives:,} without"
    typer.echo(f"{out}: {windows}, of {made.read:,} recordings{f'; left out: {left_out}' if left_out else ''}")
    if made.cut.invalid:
        typer.echo(WARM_UP)
    for name, text in made.doubts[:SHOWN_SKIPPED]:
        typer.echo(printable(f"{name}: {text}"))
    if len(made.doubts) > SHOWN_SKIPPED:
        typer.echo(f"and {len(made.doubts) - SHOWN_SKIPPED:,} more such; see {out / 'preparation.json'}")
    if skipped:
        typer.echo(f"{len(skipped):,} files skipped; why is in {out / 'preparation.json'}")
