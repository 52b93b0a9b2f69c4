"""The window set that a training needs: DATA itself, or what is made of its recordings in RUN/data."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stream.cli.options import Montage, View
from stream.errors import ConfigError, InputError
from stream.printable import printable

if TYPE_CHECKING:
    from models.datasets.preparation import Done, Prepared


@dataclass(frozen=True, slots=True)
class Cutting:
    """Which marks count and how windows are cut of recordings."""

    subset: str = ""
    view: View = View.groups
    montage: Montage = Montage.scalp
    word: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Return the options of `spikewatch data prepare` that differ from its defaults."""
        # Only options that differ from their default are listed: sets made before an option existed do not name it, and
        # are the same sets.
        asked = {"--subset": self.subset, "--view": self.view.value, "--montage": self.montage.value}
        usual = {"--subset": "", "--view": View.groups.value, "--montage": Montage.scalp.value}
        cut = [word for option, value in asked.items() if value != usual[option] for word in (option, value)]
        return [*cut, *(word for text in self.word for word in ("--word", text))]


def prepared(data: Path, out: Path, cutting: Cutting) -> Path:
    """Return the window set: DATA itself, or what is made of its recordings in RUN/data."""
    from models.datasets import windowset

    if not data.is_dir():
        raise InputError(f"{data}: there is no such folder; give a prepared window set or a folder of recordings")
    # An unfinished set counts as a set here, so that the error names the set and not missing recordings.
    if windowset.is_windowset(data) or (data / windowset.WINDOWS).exists():
        if words := cutting.words():
            raise ConfigError(
                f"{words[0]}: {data} is a prepared window set, cut already; leave it out, or name the recordings"
            )
        return data
    made = out / "data"
    command = shlex.join(["spikewatch", "data", "prepare", str(data), "--out", str(made), *cutting.words()])
    if not windowset.is_windowset(made):
        _prepare(data, made, cutting, command)
    # Resuming must not silently train on windows of other recordings.
    elif (before := windowset.load(made).header.command) != command:
        raise ConfigError(f"{made}: was made by `{before}`, not by `{command}`; name another folder with --out")
    return made


def _prepare(data: Path, made: Path, cutting: Cutting, command: str) -> None:
    """Make a window set of marked recordings, as `command` would; print on stderr what is left out."""
    from rich.console import Console

    from models.datasets.preparation import Wanted, prepare

    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    with console.status("preparing windows") as status:

        def show(done: "Done") -> None:
            status.update(f"preparing windows: {printable(done.name)}")
            if done.skipped:
                console.print(f"skipped {printable(done.name)}: {printable(done.skipped)}")

        wanted = Wanted(cutting.subset, cutting.word, cutting.view.value, cutting.montage.value)
        found = prepare(data, made, wanted, command=command, watch=show)
    console.print(_taken(made, found))


def _taken(made: Path, found: "Prepared") -> str:
    """Return what was taken of the recordings, and which choices there were."""
    from models.datasets.formats import FORMATS

    choices = list(FORMATS[found.format].choices)
    others = f" of {' | '.join(choices)} (--subset)" if len(choices) > 1 else ""
    header = found.windowset.header
    shape = f"{header.channels} derivation{'s' * (header.channels > 1)}, {header.window_samples / header.rate_hz:g} s"
    return (
        f"{made}: {found.format}, subset {found.subset}{others}, view {found.view} (--view groups | rows): windows of "
        f"{shape} at {header.rate_hz:g} Hz; {found.cut.positives:,} with IED and {found.cut.negatives:,} without"
    )
