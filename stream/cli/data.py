"""`spikewatch data`: what a folder of marked recordings holds, and window sets for training made from it."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stream.cli.data_results import plain, print_inspection, print_made
from stream.cli.options import AsJson, Montage, View, Words
from stream.errors import ConfigError, InputError
from stream.printable import printable
from stream.terminal import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress

    from models.datasets.cutting import Cutter
    from models.datasets.preparation import Done
    from models.simulate.truth import Layout

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of recordings with marks, or a window set.")]
Out = Annotated[Path, typer.Option(metavar="DATASET", help="Where the window set goes; a new or empty folder.")]
Format = Annotated[str, typer.Option("--format", help="What the folder is, where its files do not show it.")]
Context = Annotated[int, typer.Option(min=0, help="Samples of its past that each window brings along.")]


class Layouts(StrEnum):
    """Which electrodes simulated patients wear."""

    scalp = "scalp"
    depth = "depth"
    both = "both"


def check(folder: Folder, form: Format = "", word: Words = [], *, as_json: AsJson = False) -> None:  # noqa: B006
    """Report what a folder of marked recordings holds."""
    from models.datasets.inspection import inspect

    _refuse_unknown(folder, form)
    with _progress() as progress:
        # No total: how many files there are is known only when the last one was found.
        task = progress.add_task("reading", total=None)
        found = inspect(
            folder,
            format=form,
            words=word,
            watch=lambda name: progress.update(task, description=printable(name), advance=1),
        )
    if as_json:
        print_json(plain(found))
    else:
        print_inspection(found)
    # After the answer: what was skipped, and why, is what the user needs then.
    if not found.usable:
        raise InputError(f"{folder}: nothing in it can be used ({found.format}; {len(found.skipped)} files skipped)")


def prepare(
    folder: Folder,
    out: Out,
    form: Format = "",
    word: Words = [],  # noqa: B006  (typer wants a list, and copies it)
    *,
    view: Annotated[View, typer.Option(help="Groups of five derivations, or the one that a mark names.")] = View.groups,
    subset: Annotated[str, typer.Option(help="Which marks count; of TUEV 3,3 or 1,1 or 1,3.")] = "",
    montage: Annotated[Montage, typer.Option(help="How groups are made.")] = Montage.scalp,
    hop: Annotated[float, typer.Option(min=0.01, help="Seconds from one window to the next.")] = 0.5,
    context: Context = 0,
    as_json: AsJson = False,
) -> None:
    """Make a window set of marked recordings."""
    from models.datasets.preparation import Wanted
    from models.datasets.preparation import prepare as make

    _refuse_unknown(folder, form, subset)
    with _progress() as progress:
        task = progress.add_task("reading", total=None)

        def show(done: "Done") -> None:
            progress.update(task, description=printable(done.name), advance=1)
            if done.skipped:
                # markup=False: a file's name may hold square brackets.
                progress.console.print(f"skipped {printable(done.name)}: {printable(done.skipped)}", markup=False)

        wanted = Wanted(subset, word, view.value, montage.value, hop, context)
        made = make(folder, out, wanted, format=form, command=_command(), watch=show)
    print_made(made, out, as_json=as_json)


def simulate(
    out: Out,
    patients: Annotated[int, typer.Option(min=1, help="How many.")],
    *,
    layouts: Annotated[Layouts, typer.Option(help="Which electrodes they wear.")] = Layouts.both,
    seed: Annotated[int, typer.Option(min=0, help="Which patients: two seeds have none in common.")] = 0,
    seconds: Annotated[float, typer.Option(min=10, help="Of each recording.")] = 30.0,
    context: Context = 0,
    as_json: AsJson = False,
) -> None:
    """Make a window set of simulated patients."""
    from models.datasets import simulated
    from models.datasets.cutting import Windows

    with _progress() as progress:
        task = progress.add_task("simulating", total=patients)
        made = simulated.write(
            out, patients=patients, seed=seed, layouts=_chosen(layouts), seconds=seconds,
            cutter=Windows(context_samples=context), command=_command(),
            watch=lambda written: progress.update(task, completed=written),
        )  # fmt: skip
    positives = int(made.label.sum())
    if as_json:
        print_json({"dataset": out, "windows": len(made), "positives": positives, "patients": patients})
    else:
        typer.echo(f"{out}: {positives:,} windows with IED and {len(made) - positives:,} without, {patients} patients")


def hybrid(
    recordings: Annotated[list[Path], typer.Argument(metavar="BACKGROUND...", help="Scalp EEG without discharges.")],
    out: Out,
    *,
    copies: Annotated[int, typer.Option(min=1, help="Times that every 40 s get discharges, each of other foci.")] = 12,
    patients: Annotated[int, typer.Option(min=0, help="Wholly simulated patients beside them.")] = 0,
    layouts: Annotated[Layouts, typer.Option(help="Which electrodes those wear.")] = Layouts.both,
    seed: Annotated[int, typer.Option(min=0, help="Which discharges and patients.")] = 0,
    candidates_of: Annotated[
        str, typer.Option(metavar="MODEL", help="Cut what this detector finds, to train a verifier; not windows.")
    ] = "",
    context: Context = 0,
    as_json: AsJson = False,
) -> None:
    """Make a window set of real recordings with simulated discharges on them; the same command resumes."""
    from models.datasets import hybrid as hybrids

    cutter = _cutter(candidates_of, context)
    mix = hybrids.Mix(copies=copies, patients=patients, layouts=_chosen(layouts), seed=seed, cutter=cutter)
    with _progress() as progress:
        task = progress.add_task("laying on", total=len(recordings) + bool(patients))
        made = hybrids.write(
            out, recordings, mix, command=_command(),
            watch=lambda name: progress.update(task, description=printable(name), advance=1),
        )  # fmt: skip
    positives = int(made.label.sum())
    if as_json:
        print_json(
            {"dataset": out, "windows": len(made), "positives": positives, "subjects": len(made.header.subjects)}
        )
    else:
        typer.echo(f"{out}: {positives:,} windows with IED and {len(made) - positives:,} without; {made.header.note}")


def join(
    datasets: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Window sets of one kind.")],
    out: Out,
    *,
    as_json: AsJson = False,
) -> None:
    """Make one window set of several."""
    from models.datasets.joining import together

    made = together(datasets, out, _command())
    positives = int(made.label.sum())
    if as_json:
        print_json({"dataset": out, "windows": len(made), "positives": positives})
    else:
        typer.echo(f"{out}: {positives:,} windows with IED and {len(made) - positives:,} without")


def _chosen(layouts: Layouts) -> "Sequence[Layout]":
    from models.simulate.truth import LAYOUTS

    return [layout for layout in LAYOUTS.values() if layouts.value in {layout, "both"}]


def _cutter(candidates_of: str, context: int) -> "Cutter":
    """Return what cuts windows, or the candidates of a detector."""
    from models.datasets.candidates import Candidates
    from models.datasets.cutting import Windows
    from models.engines.opening import open_engine, tune_process
    from models.zoo import store

    if not candidates_of:
        return Windows(context_samples=context)
    tune_process()
    loaded = store.load(candidates_of)
    return Candidates(open_engine(loaded), f"{loaded.manifest.name} ({loaded.manifest.sha256[:8]})")


def _refuse_unknown(folder: Path, form: str, subset: str = "") -> None:
    """Refuse a name that does not exist as wrong usage, exit 2; a folder that cannot be used is exit 3."""
    from models.datasets.formats import FORMATS, recognise

    if form and form not in FORMATS:
        raise ConfigError(f"--format {form}: give one of {', '.join(FORMATS)}")
    # Only where a subset is named: recognising a folder may read thousands of file names.
    choices = recognise(folder, form).choices if subset else {}
    if subset and subset not in choices:
        raise ConfigError(f"--subset {subset}: give one of {', '.join(choices)}")


def _command() -> str:
    # Stored with the set: the line that makes it again.
    return shlex.join(["spikewatch", *sys.argv[1:]])


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Show how far it is, on stderr, only in a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
