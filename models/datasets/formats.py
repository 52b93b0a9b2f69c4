"""Which reader a folder of recordings is for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from models.datasets import arrays, bids, edf, tuev, vepiset, vocabulary, windowset
from models.datasets.annotations import Choice, Labelled, Skipped
from models.errors import DataError

WINDOWS: Final = Choice("windows", frozenset({"with"}), frozenset({"without"}))
"""Of windows that come labelled: with a discharge, without one."""

WORDS, MONTAGE = frozenset({"positive_words"}), frozenset({"montage"})


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of data set.

    `fits` says whether a folder looks like one, by `files`, in words; `read` yields its recordings, or what it has for
    windows already; `choices` are its subsets by name, the first one the default. `takes` are what `read` accepts:
    "positive_words", where marks are texts, and "montage", where recordings may have electrodes of two kinds.
    """

    name: str
    files: str
    fits: Callable[[Path], bool]
    read: Callable[..., Iterator[Labelled | Skipped] | Iterator[arrays.Windows | Skipped]]
    choices: Mapping[str, Choice]
    takes: frozenset[str] = frozenset()

    def choice(self, subset: str) -> Choice:
        """Return the subset of a name, the default one where it is empty.

        Raises
        ------
        DataError
            if there is none of that name
        """
        name = subset or next(iter(self.choices))
        if name not in self.choices:
            raise DataError(f'{self.name} has no subset "{name}"; give one of {", ".join(self.choices)}')
        return self.choices[name]

    def knowing(self, words: Sequence[str], montage: str) -> "Format":
        """Return the format with more words that mean a discharge, and which electrodes it is read for.

        Raises
        ------
        DataError
            if its marks are codes
        """
        if words and "positive_words" not in self.takes:
            raise DataError(f"--word: the marks of {self.name} are codes and no texts; leave it out")
        options = {"positive_words": tuple(words), "montage": montage}
        return replace(self, read=partial(self.read, **{name: options[name] for name in self.takes if options[name]}))


FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        Format("tuev", "edf/train or edf/eval with .rec", tuev.is_tuev, tuev.read, tuev.SUBSETS),
        Format("vepiset", ".mat alone, no table beside", vepiset.is_vepiset, vepiset.read, vocabulary.CHOICES, WORDS),
        Format("bids", "sub-*/eeg or sub-*/ieeg", bids.is_bids, bids.read, vocabulary.CHOICES, WORDS | MONTAGE),
        Format(
            "edf",
            ".edf, .bdf, .xdf, marks in it or a .csv beside",
            edf.is_edf,
            edf.read,
            vocabulary.CHOICES,
            WORDS | MONTAGE,
        ),
        Format("arrays", ".npz of windows and labels", arrays.is_arrays, arrays.read, {"windows": WINDOWS}),
    )
}
"""In the order in which they are looked for: the more particular first."""


def recognise(folder: Path, name: str = "", words: Sequence[str] = (), montage: str = "") -> Format:
    """Return the format of a folder of recordings: the named one, or the first whose files are there.

    `words` are more texts that mean a discharge; `montage` is "scalp" or "shaft" where it is known what for it is read.

    Raises
    ------
    DataError
        if there is no such folder or format, it is a window set already, or its files fit no format
    """
    if name and name not in FORMATS:
        raise DataError(f'format "{name}" is unknown; give one of {", ".join(FORMATS)}')
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder; name the one that holds the recordings")
    # Otherwise the folder's .npy files would be taken for recordings, with an error that does not help.
    if windowset.is_windowset(folder):
        raise DataError(
            f"{folder}: is a prepared window set already; train on it, or name the folder of its recordings"
        )
    if name:
        return FORMATS[name].knowing(words, montage)
    for form in FORMATS.values():
        if form.fits(folder):
            return form.knowing(words, montage)
    # Said in words, since which files make a format is what the user has to put right.
    looked = "; ".join(f"{form.name}: {form.files}" for form in FORMATS.values())
    raise DataError(f"{folder}: holds no data set that is known (looked for {looked}); name one with --format")
