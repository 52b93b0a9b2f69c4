"""A folder of .npz files that hold windows already, checked and taken into a window set as they are.

Each file has `windows` (n, channels, samples), `labels` (n,) 1 with a discharge and 0 without, and `rate_hz`; and, if
it likes, `subjects` (n,) whose they are (else the file's name), `starts_s` (n,) where in the recording they begin
(else one behind the other), `stages` (n,) and `splits` (n,) words of `windowset.STAGE_CODES` and `windowset.SPLITS`.
In a set with context, each window begins with its past, and `starts_s` is where what follows the past begins.

Nothing is filtered or resampled here: the windows must have gone through `models.signal.conditioning`, the code that
streams, or a network trained on them will meet other signals at the bedside. A continuous recording is no window: mark
it beside an .edf, and `edf.read` will have it conditioned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.annotations import Skipped
from models.datasets.windowset import SPLITS, STAGE_CODES, Floats, Header
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut
from models.errors import DataError

# The fields that cannot be guessed; whose windows they are, and when, have harmless defaults.
NEEDED: Final = ("windows", "labels", "rate_hz")


@dataclass(frozen=True, slots=True)
class Windows:
    """What one file holds, checked; `name` is the file's below its folder, `stages` and `splits` (n,) are codes."""

    name: str
    windows: Floats
    labels: NDArray[np.uint8]
    rate_hz: float
    subjects: tuple[str, ...]
    starts_s: NDArray[np.float64]
    stages: NDArray[np.uint8]
    splits: NDArray[np.uint8]


def is_arrays(folder: Path) -> bool:
    """Whether there are .npz files in a folder or below it."""
    return bool(_files(folder))


def read(folder: Path) -> Iterator[Windows | Skipped]:
    """Yield what each file of a folder holds, one at a time."""
    for path in _files(folder):
        try:
            yield _read(folder, path)
        except DataError as problem:
            yield Skipped(path, str(problem))


def header(folder: Path, context_samples: int = 0) -> Header:
    """Return the shape and rate of a folder's windows, as its first good file has them; each begins with its past.

    Raises
    ------
    DataError
        if none is good, or the past leaves nothing of a window
    """
    why = ""
    for found in read(folder):
        if isinstance(found, Windows):
            channels, samples = found.windows.shape[1:]
            if samples <= context_samples:
                raise DataError(
                    f"{folder}: its windows have {samples} samples, no more than a past of {context_samples}"
                )
            window_samples = samples - context_samples
            return Header("arrays", channels, window_samples, found.rate_hz, context_samples=context_samples)
        why = why or f"; the first: {found.path.name}: {found.reason}"
    raise DataError(f"{folder}: holds no .npz of {', '.join(NEEDED)} that can be used{why}")


def write(found: Windows, writer: Writer) -> Cut:
    """Write one file's windows.

    Raises
    ------
    DataError
        if they have another shape or rate than the set
    """
    _refuse_another_shape(found, writer.header)
    # By person and split, since a writer takes windows of one of either at a time.
    keys = list(zip(found.subjects, found.splits.tolist(), strict=True))
    for subject, split in dict.fromkeys(keys):
        chosen = np.array([key == (subject, split) for key in keys])
        writer.add(
            found.windows[chosen],
            found.labels[chosen],
            found.starts_s[chosen],
            subject=subject,
            recording=found.name,
            group="arrays",
            montage="arrays",
            split=SPLITS[split],
            stages=found.stages[chosen],
        )
    positives = int(np.count_nonzero(found.labels))
    return Cut(positives, len(found.labels) - positives)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".npz" and path.is_file())


def _read(folder: Path, path: Path) -> Windows:
    return _checked(_arrays(path), path.relative_to(folder).with_suffix("").as_posix(), path.stem)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as problem:
        # Damaged bytes reach zlib and the parser of headers, which raise many kinds of errors.
        what = " ".join(str(problem).split())[:120] or type(problem).__name__
        raise DataError(f"cannot be read as .npz ({what}); save it again with numpy.savez") from problem


def _checked(arrays: dict[str, NDArray[Any]], name: str, stem: str) -> Windows:
    for needed in NEEDED:
        if needed not in arrays:
            raise DataError(f"has no `{needed}` (it has: {', '.join(sorted(arrays)) or 'nothing'}); save it beside")
    windows, labels, rate_hz = (arrays[needed] for needed in NEEDED)
    if windows.ndim != 3 or windows.dtype.kind not in "fiu" or 0 in windows.shape:
        raise DataError(f"`windows` is {windows.dtype} {windows.shape}; save numbers as (n, channels, samples)")
    if rate_hz.size != 1 or rate_hz.dtype.kind not in "fiu" or not 0 < float(rate_hz.ravel()[0]) < np.inf:
        raise DataError("`rate_hz` is no number above 0")
    count = len(windows)
    # Booleans and whole numbers alike: numpy saves what a comparison gave as booleans.
    if labels.shape != (count,) or labels.dtype.kind not in "fiub" or not np.isin(labels, (0, 1)).all():
        raise DataError(f"`labels` is not 0 or 1 for each of {count} windows")
    with np.errstate(over="ignore"):  # To infinity, which is refused next.
        signals = windows.astype(np.float32)
    if not np.isfinite(signals).all():
        raise DataError("`windows` holds samples that are not finite; leave those windows out")
    rate = float(rate_hz.ravel()[0])
    return Windows(
        name,
        signals,
        labels.astype(np.uint8),
        rate,
        tuple(_words(arrays, "subjects", count, stem)),
        _starts_s(arrays, count, windows.shape[2] / rate),
        _codes(_words(arrays, "stages", count, "unknown"), STAGE_CODES, "stages"),
        _codes(_words(arrays, "splits", count, ""), SPLITS, "splits"),
    )


def _words(arrays: dict[str, NDArray[Any]], name: str, count: int, otherwise: str) -> list[str]:
    values = arrays.get(name, np.full(count, otherwise))
    if values.shape != (count,) or values.dtype.kind not in "Uiu":
        raise DataError(f"`{name}` is {values.dtype} {values.shape}; save one word for each of {count} windows")
    return [str(value) for value in values.tolist()]


def _starts_s(arrays: dict[str, NDArray[Any]], count: int, window_s: float) -> NDArray[np.float64]:
    values = arrays.get("starts_s", np.arange(count) * window_s)
    if values.shape != (count,) or values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise DataError(f"`starts_s` is not a number of seconds for each of {count} windows")
    return values.astype(np.float64)


def _codes(words: Sequence[str], known: Sequence[str], name: str) -> NDArray[np.uint8]:
    strange = sorted(set(words) - set(known))
    if strange:
        raise DataError(f'`{name}` holds "{strange[0][:20]}"; use {", ".join(word or chr(34) * 2 for word in known)}')
    return np.array([known.index(word) for word in words], np.uint8)


def _refuse_another_shape(found: Windows, wanted: Header) -> None:
    shape, rate_hz = found.windows.shape[1:], found.rate_hz
    if shape != wanted.window_shape or rate_hz != wanted.rate_hz:
        raise DataError(
            f"has windows {shape} at {rate_hz:g} Hz; the set has {wanted.window_shape} at {wanted.rate_hz:g} Hz"
        )
