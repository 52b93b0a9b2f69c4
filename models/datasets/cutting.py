"""How examples are cut from a simulated or hybrid recording: windows for a detector, or candidates for a verifier."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset_writer import Writer
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import PerGroup, Piece, Track, pieces

PER_IED, PER_GROUP, PER_LOOKALIKE = 3, 8, 1
"""Windows of each group around every discharge, anywhere, and around everything that may pass for a discharge."""
BARE_PASSES: Final = 3
"""Times that a bare recording is cut, each pass beginning elsewhere: windows then lie a live hop apart, as in use."""


class Cutter(Protocol):
    """Cuts examples of one shape: `channels` rows of `context_samples` and `window_samples`."""

    @property
    def channels(self) -> int:
        """Rows of an example."""
        ...

    @property
    def window_samples(self) -> int:
        """Samples of an example, without its past."""
        ...

    @property
    def context_samples(self) -> int:
        """Samples of its past that an example brings along."""
        ...

    @property
    def note(self) -> str:
        """What is cut, for the set's header; "" for windows."""
        ...

    def cut(self, track: Track, rng: np.random.Generator, *, bare: bool) -> Iterator[Piece]:
        """Yield the labelled examples of each group; `bare` where no discharge was put in."""
        ...


@dataclass(frozen=True, slots=True)
class Windows:
    """Cuts windows for a detector.

    `per_ied`, `per_group`, `per_lookalike`: windows of each group around every discharge; anywhere, "all" for one every
    third of a second; and around every artefact, benign variant and graphoelement of sleep. Of a bare recording all are
    taken.
    """

    per_ied: int = PER_IED
    per_group: PerGroup = PER_GROUP
    per_lookalike: int = PER_LOOKALIKE
    context_samples: int = 0
    channels: int = ROWS
    window_samples: int = WINDOW_SAMPLES
    note: str = ""

    def cut(self, track: Track, rng: np.random.Generator, *, bare: bool) -> Iterator[Piece]:
        """Yield labelled windows."""
        # Where nothing was laid on, every window is a negative: all of them are wanted.
        per_group: PerGroup = "all" if bare else self.per_group
        for _ in range(BARE_PASSES if bare else 1):
            yield from pieces(
                track,
                rng,
                per_ied=self.per_ied,
                per_group=per_group,
                per_lookalike=self.per_lookalike,
                context_samples=self.context_samples,
            )


def write_piece(
    writer: Writer,
    track: Track,
    piece: Piece,
    *,
    subject: str,
    recording: str,
    split: str,
    montage: str = "scalp",
    stages: NDArray[np.uint8] | None = None,
) -> None:
    """Append the examples of one group; `split` and `stages` as `Writer.add` takes them."""
    writer.add(
        piece.windows,
        piece.labels.astype(np.uint8),
        piece.starts / MODEL_RATE_HZ,
        subject=subject,
        recording=recording,
        group=track.names[piece.group],
        montage=montage,
        split=split,
        stages=stages,
    )
