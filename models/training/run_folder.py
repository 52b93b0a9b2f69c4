"""The files of a run folder: recipe.json, history.jsonl, checkpoint.safetensors and best.safetensors."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from models.training import checkpoint, export
from models.training.callbacks import EpochRecord
from models.training.checkpoint import BEST, HISTORY, RECIPE, Checkpoint, Progress
from models.training.recipe import Recipe


class RunFolder:
    """Writes the files of one training, each of them whole; `data` is the fingerprint of its windows."""

    def __init__(self, path: Path, recipe: Recipe, data: str) -> None:
        self.path = path
        self._recipe, self._data = recipe, data

    def begin(self) -> None:
        """Write the recipe and an empty history; leftovers of an abandoned training do not count."""
        export.discard(self.path)
        checkpoint.replace(self.path / RECIPE, self._recipe.to_json().encode())
        self.write_history([])

    def resume(self) -> Checkpoint | None:
        """Read the checkpoint and bring the other files to where it stands; None where there is none.

        Raises
        ------
        TrainingError
            if it cannot be read, or is of another recipe or of other windows
        """
        found = checkpoint.read(self.path)
        if found is None:
            return None
        checkpoint.check_same(self.path, found, self._recipe, self._data)
        # The best weights are written before the checkpoint and the history after it: a kill in between leaves the one
        # an epoch ahead and the other an epoch behind.
        if best := found.named("best"):
            self.write_best(best)
        self.write_history(found.progress.history)
        return found

    def write_best(self, weights: Mapping[str, Tensor]) -> None:
        """Write best.safetensors."""
        checkpoint.write_tensors(self.path / BEST, weights)

    def write_history(self, history: list[EpochRecord]) -> None:
        """Write history.jsonl."""
        checkpoint.replace(self.path / HISTORY, checkpoint.history_lines(history))

    def save(
        self, progress: Progress, kinds: Mapping[str, Mapping[str, Tensor]], windows: Mapping[str, Tensor]
    ) -> None:
        """Write the checkpoint: tensors by kind ("network", "best", "optimiser"), and `windows` (n,) by their names."""
        tensors = {f"{kind}.{name}": tensor for kind, named in kinds.items() for name, tensor in named.items()}
        checkpoint.write(self.path, Checkpoint(self._recipe, self._data, progress, {**tensors, **windows}))
