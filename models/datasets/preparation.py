"""From a folder of marked recordings to a window set, with an account of everything that was left out."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from models.datasets import arrays
from models.datasets.annotations import Choice, Labelled, Skipped
from models.datasets.formats import Format, recognise
from models.datasets.windowing import cut_groups, cut_rows
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer, refuse_filled
from models.datasets.writing import Cut
from models.errors import DataError, ModelsError
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS, Spec
from models.signal.window_geometry import WINDOW_SAMPLES

View = Literal["groups", "rows"]
ACCOUNT: Final = "preparation.json"
ROW_RATE_HZ: Final = 250.0
"""Of TUEV: a row is one second at the corpus's own rate, as in iEDeaL."""
HOP_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which marks count, and how windows are cut.

    Parameters
    ----------
    subset
        which marks count, by the format's own names; its first one where empty
    words
        texts that mean a discharge beside those that are known
    view
        "groups": five derivations, 1.5 s at 128 Hz, as the shipped networks see them; "rows": one derivation, 1 s at
        250 Hz, for every mark that names one, as iEDeaL's instances of TUEV are; windows from .npz are what they are
    montage, hop_s
        of groups
    context_samples
        of its past that each window brings along, for networks that look further back than the window; windows from
        .npz must begin with it
    """

    subset: str = ""
    words: Sequence[str] = ()
    view: View = "groups"
    montage: Spec = "scalp"
    hop_s: float = HOP_S
    context_samples: int = 0

    @property
    def named_montage(self) -> str:
        """Name of the montage that groups are made by; empty where it has none."""
        return self.montage if self.view == "groups" and isinstance(self.montage, str) else ""


USUAL: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A window set, and what came of the recordings: `cut` windows, `read` files, those `skipped` and why.

    `doubts` are (file, text) of recordings that were used, though not all of their channels or not all that they say.
    """

    windowset: WindowSet
    format: str
    subset: str
    view: View
    read: int
    cut: Cut
    skipped: tuple[Skipped, ...]
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one file, for a progress display."""

    name: str
    cut: Cut
    skipped: str = ""


def prepare(
    folder: Path,
    out: Path,
    wanted: Wanted = USUAL,
    *,
    format: str = "",  # noqa: A002  (what the command line calls it)
    command: str = "",
    watch: Callable[[Done], None] = lambda _done: None,
) -> Prepared:
    """Read a folder's recordings and write their labelled windows.

    Parameters
    ----------
    folder, out
        of recordings, and for the window set
    format
        as for `formats.recognise`
    command
        that makes the set, for its header
    watch
        called after each file

    Raises
    ------
    DataError
        if nothing can be read, or there is no window with a discharge or none without: `out` is then removed again
    """
    form = recognise(folder, format, wanted.words, wanted.named_montage)
    choice = form.choice(wanted.subset)
    refuse_filled(out)
    # Windows that come as .npz have a shape of their own, or none that can be used: then nothing is written.
    header = replace(_shape(folder, form, wanted), command=command, note=f"subset {choice.name}")
    with _removed_on_error(out):
        with Writer(out, header) as writer:
            work = _Work(choice, writer, wanted)
            done = work.all(form, folder, watch)
            # Before the writer finishes: a set that cannot be trained on must not look like one.
            _refuse_useless(folder, form, choice, done)
        read, cut, skipped = done
        prepared = Prepared(
            load(out), form.name, choice.name, wanted.view, read, cut, tuple(skipped), tuple(work.doubts)
        )
        _write_account(out / ACCOUNT, prepared)
    return prepared


@contextmanager
def _removed_on_error(out: Path) -> Iterator[None]:
    """Remove a folder that was empty; after an interruption too, or half a set would make the next attempt fail."""
    try:
        yield
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise


def _shape(folder: Path, form: Format, wanted: Wanted) -> Header:
    """Return what a set's windows look like; those that come as windows already keep theirs."""
    if form.name == "arrays":
        return arrays.header(folder, wanted.context_samples)
    channels, samples, rate_hz = (
        (ROWS, WINDOW_SAMPLES, MODEL_RATE_HZ) if wanted.view == "groups" else (1, round(ROW_RATE_HZ), ROW_RATE_HZ)
    )
    return Header(form.name, channels, samples, rate_hz, context_samples=wanted.context_samples)


_Outcome = tuple[int, Cut, list[Skipped]]
"""How many recordings were read, what came of them, and which were skipped."""


@dataclass(frozen=True, slots=True)
class _Work:
    choice: Choice
    writer: Writer
    wanted: Wanted
    doubts: list[tuple[str, str]] = field(default_factory=list)

    def all(self, form: Format, folder: Path, watch: Callable[[Done], None]) -> _Outcome:
        """Cut every recording of a folder."""
        read, cut, skipped = 0, Cut(), list[Skipped]()
        for found in form.read(folder):
            done = found if isinstance(found, Skipped) else self._one(found)
            if isinstance(done, Skipped):
                skipped.append(done)
                watch(Done(done.path.name, Cut(), done.reason))
            else:
                read, cut = read + 1, cut + done.cut
                watch(done)
        return read, cut, skipped

    def _one(self, found: Labelled | arrays.Windows) -> Done | Skipped:
        """Cut one recording; one that cannot be cut is skipped, and the others are still read."""
        try:
            cut = arrays.write(found, self.writer) if isinstance(found, arrays.Windows) else self._cut(found)
        except ModelsError as problem:
            return Skipped(Path(found.name), str(problem))
        return Done(found.name, cut)

    def _cut(self, labelled: Labelled) -> Cut:
        opened, wanted = labelled.opened, self.wanted
        doubts = list(opened.head.remarks)
        if left_out := opened.head.left_out_text():
            doubts.append(f"left out {left_out}")
        try:
            if wanted.view == "rows":
                return cut_rows(labelled, self.choice, self.writer)
            return cut_groups(labelled, self.choice, self.writer, montage=wanted.montage, hop_s=wanted.hop_s)
        finally:
            # Behind the cut: what its reader warns of while it is read is known then.
            self.doubts.extend((labelled.name, text) for text in (*doubts, *opened.warned))


def _refuse_useless(folder: Path, form: Format, choice: Choice, done: _Outcome) -> None:
    read, cut, skipped = done
    if not read:
        first = f"; the first: {skipped[0].path.name}: {skipped[0].reason}" if skipped else ""
        raise DataError(f"{folder}: none of its {len(skipped)} recordings can be used as {form.name}{first}")
    if not (cut.positives and cut.negatives):
        which = "with a discharge" if not cut.positives else "without one"
        raise DataError(
            f"{folder}: {read} recordings give no window {which} (subset {choice.name}); "
            "see `spikewatch data check` for their marks"
        )


def _write_account(path: Path, prepared: Prepared) -> None:
    account: dict[str, Any] = {
        "format": prepared.format,
        "subset": prepared.subset,
        "view": prepared.view,
        "recordings": prepared.read,
        "windows": asdict(prepared.cut),
        # Names without folders: a path may hold what identifies a person or a site.
        "skipped": [{"file": one.path.name, "reason": one.reason} for one in prepared.skipped],
        "doubts": [{"file": name, "doubt": text} for name, text in prepared.doubts],
    }
    path.write_text(json.dumps(account, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
