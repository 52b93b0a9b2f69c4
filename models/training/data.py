"""The windows that a training uses: where its positives and negatives are, and a fingerprint to recognise them."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.counts import Counts
from models.datasets.splits import Part
from models.datasets.windowset import Indices, Reader
from models.errors import TrainingError

# Windows whose samples enter the fingerprint, evenly over the part: reading all of a set of many GB would take minutes
# at every start, and a set that was prepared again differs everywhere.
PROBED: Final = 64


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingData:
    """Training and validation part of one window set; `positives` and `negatives` (n,) are window numbers."""

    train: Part
    validation: Part
    positives: Indices
    negatives: Indices

    @property
    def counts(self) -> Counts:
        """n1 and n0 of the training part."""
        return Counts(len(self.positives), len(self.negatives))

    def fingerprint(self) -> str:
        """Return a hash of which windows there are, their labels, and some of their samples."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation):
            digest.update(json.dumps(_shape_of(part)).encode())
            digest.update(part.indices.tobytes())
            digest.update(part.labels.tobytes())
            digest.update(_probe(part).tobytes())
        return digest.hexdigest()


def training_data(parts: Mapping[str, Part]) -> TrainingData:
    """Return the training data of the parts "train" and "validation".

    Raises
    ------
    TrainingError
        if one is missing or lacks a class
    """
    for name in ("train", "validation"):
        if name not in parts:
            raise TrainingError(f"training needs a part {name!r}; there are {', '.join(parts) or 'none'}")
        _check_both(name, parts[name])
    train = parts["train"]
    labels = train.labels
    return TrainingData(train, parts["validation"], train.indices[labels == 1], train.indices[labels == 0])


def _check_both(name: str, part: Part) -> None:
    positives = int(np.count_nonzero(part.labels))
    if not 0 < positives < len(part):
        raise TrainingError(
            f"{part.windowset.folder}: part {name!r} has {positives} positives among {len(part)} windows; "
            "it needs both: split otherwise or prepare more recordings"
        )


def _shape_of(part: Part) -> list[float]:
    header = part.windowset.header
    return [len(part.windowset), header.channels, header.window_samples, header.rate_hz]


def _probe(part: Part) -> NDArray[np.float32]:
    reader = Reader(part.windowset)
    try:
        return reader.take(part.indices[np.linspace(0, len(part) - 1, PROBED).astype(np.int64)])
    finally:
        reader.close()
