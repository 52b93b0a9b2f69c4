"""SEAsam: a sample spread evenly over all shapes of a large collection of windows.

Windows are put in the order of their shape keys (models.training.sampling.sax), and n of N are drawn from it at even
distances.

Source: Wang & Palpanas, KDD 2021; qtwang/SEAsam. Differs from the released code: draws spread over the whole order; its
step rule, `mode="reference"`, takes the first windows alone for n > N / 2, and never reaches the last N modulo n.
Windows with the same key stay in the order in which they came (there: as the C library's qsort leaves them).

Memory: keys go to disk as 64-bit words, a file for each word, and are sorted a word at a time from the last to the
first; besides one block of windows, ordering N takes 28 N bytes whatever their length and channels. Measured:
10 million windows of 1 x 32 samples, 299 MiB with the interpreter, 23 s of one core; mapped windows that the system
still keeps in memory come on top, and it takes them back when it needs to.

Checked against: Python's own sort of the keys, and the released step rule (test_seasam.py).
"""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.training.sampling.random import Indices, check_count
from models.training.sampling.sax import Bytes, Floats, shape_keys

Mode = Literal["even", "reference"]
WORD_BYTES: Final = 8
SCRATCH: Final = "seasam-"  # begins the name of the folder of keys, by which one that a kill left is found


@dataclass(frozen=True, slots=True, eq=False)
class SeasamSampler:
    """Draws n of an `order` of all N negatives that `shape_order` made, at `positions`; the same in every epoch."""

    order: Indices
    mode: Mode = "even"

    def draw(self, epoch: int, count: int) -> Indices:  # noqa: ARG002
        """Return `count` different indices (count,) in the order of their shapes."""
        return self.order[positions(len(self.order), count, self.mode)]


def positions(total: int, count: int, mode: Mode = "even") -> Indices:
    """Return floor((i + 1/2) N / n), or in "reference" i floor(N / n), for i = 0 .. n - 1; N `total`, n `count`."""
    check_count(count, total)
    i = np.arange(count, dtype=np.int64)
    # In whole numbers: floats would miss a position from 2**53 on, and halves round either way.
    return (2 * i + 1) * total // (2 * count) if mode == "even" else i * (total // count)


def shape_order(blocks: Iterable[Floats], *, scratch: Path | None = None) -> Indices:
    """Return the order (n,) by shape of windows that come in blocks (m, channels, L) float32 in any unit.

    Keys go to a folder in `scratch`, 16 bytes per window and channel while it runs; the system's temporary folder by
    default.
    """
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=scratch) as folder:
        return _sorted(_write_words(Path(folder), map(shape_keys, blocks)))


def clear(scratch: Path) -> None:
    """Remove keys that a killed process left in a folder; no other process may be sorting there."""
    for left in scratch.glob(f"{SCRATCH}*"):
        # Gigabytes for a large set, and one more of them with every kill.
        shutil.rmtree(left, ignore_errors=True)


def _write_words(folder: Path, blocks: Iterable[Bytes]) -> list[Path]:
    """Write each 64-bit word of the keys to a file of its own, the key's first bytes first."""
    paths: list[Path] = []
    for keys in blocks:
        # Big-endian, so that whole numbers compare as the bytes of the key do.
        words: NDArray[np.uint64] = keys.view(">u8").astype(np.uint64)
        paths = [folder / f"{number}.word" for number in range(words.shape[1])]
        for path, column in zip(paths, words.T, strict=True):
            # Opened anew for each block: a key of many channels has more words than a process may have open files.
            with path.open("ab") as file:
                file.write(column.tobytes())
    return paths


def _sorted(words: list[Path]) -> Indices:
    """Return the order of keys by a radix sort: stably by the last word, then by each word before it."""
    count = words[0].stat().st_size // WORD_BYTES if words else 0
    order = np.arange(count, dtype=np.int64)
    for path in reversed(words):
        order = order[_stable_order(path, order)]
    return order


def _stable_order(path: Path, order: Indices) -> Indices:
    return np.argsort(np.fromfile(path, np.uint64)[order], kind="stable")
