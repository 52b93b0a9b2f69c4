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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelsError
from models.training.sampling.random import Indices, check_count
from models.training.sampling.sax import Bytes, Floats, shape_keys

Mode = Literal["even", "reference"]
BLOCK_BYTES: Final = 8 << 20  # of windows that are read at a time: a choice of ours, small beside the keys
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


def reference_validation_positions(total: int, train: int, validation: int) -> Indices:
    """Return floor(floor(N / n) / 3) + i floor(N / m), i = 0 .. m - 1: the released code's validation sample.

    Raises ModelsError where that runs over the end; the released code reads past its array there.
    """
    check_count(train, total)
    check_count(validation, total)
    drawn = total // train // 3 + positions(total, validation, "reference")
    if drawn[-1] >= total:
        raise ModelsError(f"{validation} validation and {train} training windows do not fit in {total}: ask for fewer")
    return drawn


def shape_order(windows: Floats, *, normalise: bool = True, scratch: Path | None = None) -> Indices:
    """Return the order (n,) of windows by shape.

    Parameters
    ----------
    windows
        (n, channels, L) or (n, L) float32 in any unit; may be memory-mapped, it is read once in blocks.
    normalise
        Whether to z-normalise every channel first; False expects that it is done.
    scratch
        Folder for the keys, 16 bytes per window and channel while it runs; the system's temporary one by default.
    """
    if windows.ndim not in {2, 3}:
        raise ModelsError(f"windows of shape {windows.shape}: give (n, channels, samples) or (n, samples)")
    return shape_order_of_blocks(_blocks(windows), normalise=normalise, scratch=scratch)


def shape_order_of_blocks(blocks: Iterable[Floats], *, normalise: bool = True, scratch: Path | None = None) -> Indices:
    """Return the order (n,) of windows that come in blocks (m, channels, L), where no single array holds them."""
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=scratch) as folder:
        keys = (shape_keys(block, normalise=normalise) for block in blocks)
        return _sorted(_write_words(Path(folder), keys))


def clear(scratch: Path) -> None:
    """Remove keys that a killed process left in a folder; no other process may be sorting there."""
    for left in scratch.glob(f"{SCRATCH}*"):
        # Gigabytes for a large set, and one more of them with every kill.
        shutil.rmtree(left, ignore_errors=True)


def _blocks(windows: Floats) -> Iterator[Floats]:
    per_block = max(1, BLOCK_BYTES // windows[:1].nbytes) if len(windows) else 1
    for start in range(0, len(windows), per_block):
        block = np.array(windows[start : start + per_block])
        yield block if block.ndim == 3 else block[:, None]


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
